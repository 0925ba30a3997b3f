"""Is a candidate as good as the elders?

The elders are the five best of the living, chosen for a day, and anew after five newcomers, or a search of one night
would breed its first recipes only; every candidate meets the same five until then. It is judged against their average
at each bar: one test, so its error is the one that it says, and a reference that one lucky or one poor model does not
make.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

import numpy as np

from allocator.core.bars import Floats
from allocator.forecast.evaluation.blocks import block_mean
from allocator.forecast.evolution.record import Record, common

ELDERS = 5
LEVEL = 0.05
LEAST_BARS = 16  # in common; fewer compare nothing
SHARED = 0.5  # of a candidate's bars, that an elder must have to be compared with
Key = TypeVar("Key")


class Reason(Enum):
    """Why a candidate was not accepted."""

    RETURN = "return"
    QUALITY = "quality"


@dataclass(frozen=True, slots=True)
class Judgement:
    """`loss_gap` and `excess_gap` are means per bar of candidate less elders, `p` how often chance alone gives such a
    loss or a worse one where there is no difference; NaN without elders. `bars` were compared.

    `chance`: it was not accepted for its return, and chance explains that return: more days would tell more.
    """

    reason: Reason | None  # None: accepted
    p: float
    loss_gap: float
    excess_gap: float
    bars: int
    elders: int
    chance: bool = False

    @property
    def accepted(self) -> bool:
        return self.reason is None


def judge(candidate: Record, elders: Sequence[Record], *, horizon: int, rng: np.random.Generator) -> Judgement:
    """By bars that the candidate and the elders have in common, with p-values by the block bootstrap.

    Not accepted for its return: its mean excess return is below that of the elders, and it loses money or loses to
    equal weights. Not accepted for its quality: its loss is above theirs at the 5 % level. Else accepted; also when
    there is nobody to compare it with.
    """
    near = [each for each in elders if _overlap(candidate, each) >= SHARED]
    times = common([candidate, *near])
    least = max(LEAST_BARS, 4 * horizon)
    if not near or len(times) < least:
        return Judgement(None, np.nan, np.nan, np.nan, len(times), 0)
    ours, theirs = candidate.at(times), [each.at(times) for each in near]
    loss = ours.loss - np.mean([each.loss for each in theirs], axis=0)
    excess = ours.excess - np.mean([each.excess for each in theirs], axis=0)
    quality, earning = _tail(loss, horizon, rng), _tail(-excess, horizon, rng)
    poor = min(float(ours.excess.mean()), float(ours.net.mean())) < 0
    reason = Reason.RETURN if excess.mean() < 0 and poor else Reason.QUALITY if quality < LEVEL else None
    chance = reason is Reason.RETURN and earning >= LEVEL
    return Judgement(reason, quality, float(loss.mean()), float(excess.mean()), len(times), len(near), chance)


def elders(records: Mapping[Key, Record], ages: Mapping[Key, int], count: int = ELDERS) -> tuple[Key, ...]:
    """The best, the very best first: by rank in loss and in excess return on the same bars, weighted by age.

    Ranks (1 best, 0 worst) are averaged, and drawn to the middle the less often a recipe has been judged (`ages`), by
    age / (age + 1): a newcomer must be much better to count as much. Only recipes that have most of the newest bars
    are ranked.
    """
    if not records:
        return ()
    newest = max(records.values(), key=lambda each: (each.times[-1] if len(each) else np.datetime64(0, "s"), len(each)))
    able = [key for key, each in records.items() if _overlap(newest, each) >= SHARED]
    times = common([records[key] for key in able])
    if len(times) < LEAST_BARS:
        return tuple(able[:count])
    loss = np.array([records[key].at(times).loss.mean() for key in able])
    excess = np.array([records[key].at(times).excess.mean() for key in able])
    quality = (_ranks(-loss) + _ranks(excess)) / 2
    age = np.array([max(ages.get(key, 1), 1) for key in able], dtype=np.float64)
    score = 0.5 + age / (age + 1) * (quality - 0.5)
    return tuple(able[at] for at in np.argsort(-score, kind="stable")[:count])


def _ranks(values: Floats) -> Floats:
    """(K,) 0 for the lowest to 1 for the highest; equals share."""
    below = (values[:, None] > values).sum(axis=1) + ((values[:, None] == values).sum(axis=1) - 1) / 2
    ranks: Floats = below / max(len(values) - 1, 1)
    return ranks if len(values) > 1 else np.full(1, 0.5)


def _overlap(of: Record, by: Record) -> float:
    return len(common([of, by])) / max(len(of), 1)


def _tail(values: Floats, horizon: int, rng: np.random.Generator) -> float:
    """How often chance alone gives so high a mean; of equals it says nothing."""
    return 1.0 if not values.any() else block_mean(values, horizon=horizon, rng=rng).p
