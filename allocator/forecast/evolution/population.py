"""How many live, and who goes when there are more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

import numpy as np

from allocator.forecast.evolution.judging import LEAST_BARS
from allocator.forecast.evolution.record import Record, common

LEAST, MOST = 8, 200  # recipes: fewer cannot breed, more change no median


class Rule(Enum):
    """By what the worst is the worst."""

    RETURN = "return"
    QUALITY = "quality"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Living:
    """What deletion knows of a recipe: its record, the day of its last judgement, and how long it trains."""

    record: Record | None
    day: date | None
    seconds: float


def capacity(seconds: Sequence[float], *, night: float, workers: int) -> int:
    """How many recipes can be trained again in a night of so many seconds, from what trainings took (seconds)."""
    if not seconds:
        return LEAST
    return int(min(max(night * workers / max(float(np.mean(seconds)), 1e-3), LEAST), MOST))


def margins(each: Record, elders: Sequence[Record]) -> tuple[float, float]:
    """Mean (loss, excess return) less the elders', on the bars that all have; NaN where too few are common.

    Records of different days are compared so by way of the elders, who were there on both.
    """
    times = common([each, *elders])
    if len(times) < LEAST_BARS or not elders:
        return np.nan, np.nan
    ours, theirs = each.at(times), [elder.at(times) for elder in elders]
    loss = ours.loss.mean() - np.mean([elder.loss.mean() for elder in theirs])
    excess = ours.excess.mean() - np.mean([elder.excess.mean() for elder in theirs])
    return float(loss), float(excess)


def victim(living: Mapping[str, Living], elders: Sequence[str], rng: np.random.Generator) -> tuple[str, Rule] | None:
    """Who goes, and by which rule, drawn of three: the least return, the worst quality, or the longest unjudged (of
    those the slowest to train). Elders stay. One that cannot be compared goes first. None when only elders live.
    """
    rule = tuple(Rule)[int(rng.integers(len(Rule)))]
    able = sorted(key for key in living if key not in elders)
    if not able:
        return None
    if rule is Rule.AGE:
        return max(able, key=lambda key: (-(living[key].day or date.min).toordinal(), living[key].seconds)), rule
    best = [record for key in elders if key in living and (record := living[key].record) is not None]

    def badness(key: str) -> float:
        record = living[key].record
        loss, excess = margins(record, best) if record is not None else (np.nan, np.nan)
        value = loss if rule is Rule.QUALITY else -excess
        return value if np.isfinite(value) else np.inf

    return max(able, key=badness), rule
