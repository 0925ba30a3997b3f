"""Candles of one security, as columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from typing import Self

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.datetime64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

FIELDS = ("open", "high", "low", "close", "volume", "value")


class Interval(Enum):
    """How long a bar lasts."""

    DAY = "day"
    HOUR = "hour"

    @property
    def seconds(self) -> int:
        return 86_400 if self is Interval.DAY else 3_600

    @property
    def bars_a_day(self) -> int:
        """Of the Moscow Exchange: hours from the morning session to the end of the evening one."""
        return 1 if self is Interval.DAY else 14


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """(n,) columns of equal length. `begin` is Moscow wall-clock time without a zone, `datetime64[s]`.

    Prices are in the currency of the board for one unit (share), `volume` in units, `value` (turnover) in currency.
    NaN means that the source does not say. Bars are not necessarily sorted or clean: `allocator.history` sees to it.
    """

    begin: Times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    value: Floats

    def __len__(self) -> int:
        return len(self.begin)

    def __getitem__(self, which: slice | Mask | NDArray[np.intp]) -> Self:
        """The bars of a slice, a mask or an array of positions."""
        return type(self)(*(getattr(self, each.name)[which] for each in fields(self)))

    @property
    def days(self) -> Times:
        """(n,) calendar days, `datetime64[D]`."""
        return self.begin.astype("datetime64[D]")

    @classmethod
    def of(cls, rows: Iterable[Sequence[object]]) -> Self:
        """Bars from rows of (begin, open, high, low, close, volume, value); begin is anything numpy reads as a time."""
        columns = list(zip(*rows, strict=True)) or [()] * 7
        begin = np.array(columns[0], dtype="datetime64[s]")
        return cls(begin, *(np.array(column, dtype=np.float64) for column in columns[1:]))

    @classmethod
    def joined(cls, parts: Sequence[Bars]) -> Self:
        """All bars of the parts, one part after another."""
        if not parts:
            return cls.of(())
        return cls(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(cls)))
