"""When weights are brought back to what is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from allocator.backtest.seen import Seen
from allocator.core.bars import Floats
from allocator.core.errors import ConfigError
from allocator.core.text import text

Period = Literal["day", "week", "month", "quarter", "year"]
PERIODS: tuple[Period, ...] = ("day", "week", "month", "quarter", "year")
THURSDAY = 3  # 1970-01-01 was one: with it, weeks begin on Mondays


class Rebalancing(Protocol):
    """Says whether a decision is one to deal at; the first always is."""

    def due(self, seen: Seen, wanted: Floats) -> bool: ...


@dataclass(frozen=True, slots=True)
class Calendar:
    """At the first decision of each day, week (from Monday), month, quarter or year, or at every n-th decision.

    Raises: `ConfigError` for another word, or a number below 1.
    """

    every: Period | int = "month"

    def __post_init__(self) -> None:
        if self.every not in PERIODS and not (isinstance(self.every, int) and self.every >= 1):
            raise ConfigError(
                text('"{every}" does not say when to rebalance.', every=self.every),
                text("Choose one of: {choices}, or a number of bars.", choices=", ".join(PERIODS)),
            )

    def due(self, seen: Seen, wanted: Floats) -> bool:  # noqa: ARG002 -- the calendar does not look at weights
        if isinstance(self.every, int):
            return seen.step % self.every == 0
        return seen.previous is None or _bucket(seen.time, self.every) != _bucket(seen.previous, self.every)


@dataclass(frozen=True, slots=True)
class Bands:
    """As soon as the weight of a security that can be dealt is more than `width` (0.05: five percent of all) off.

    Raises: `ConfigError` for a width that is not above zero.
    """

    width: float = 0.05

    def __post_init__(self) -> None:
        if not self.width > 0:
            raise ConfigError(text("A band of {width} is not one: it must be above 0.", width=self.width))

    def due(self, seen: Seen, wanted: Floats) -> bool:
        return bool((np.abs(wanted - seen.weights) > self.width)[seen.tradable].any())


def _bucket(time: np.datetime64, period: Period) -> int:
    if period == "day":
        return int(time.astype("datetime64[D]").astype(np.int64))
    if period == "week":
        return (int(time.astype("datetime64[D]").astype(np.int64)) + THURSDAY) // 7
    month = int(time.astype("datetime64[M]").astype(np.int64))
    return month // {"month": 1, "quarter": 3, "year": 12}[period]
