"""Where a series is whole enough to compute on: gaps filled, gaps that break, rows that are warm, rows that are dead.

The rules, the same for every input mode so that modes are compared on the same rows:

- A *bar* is a row that the panel calls valid and whose needed fields are finite, with prices above zero and volume and
  turnover not below it. Everything else is *missing*.
- Up to `LONGEST_FILL` missing rows in a row are filled: each price is the last close, volume and turnover are zero.
  On hours that is what a paper misses that trades in the main session only; a filled row is part of a window and never
  the end of one. Filling is causal: the row knows how long the gap has lasted, not how long it will.
- A longer gap breaks the series, and so does a market closed for more than `CLOSED_DAYS` (holidays last ten at most;
  from 2022-02-28 to 2022-03-23 nobody traded shares): recursive indicators begin again on the other side.
- The first `WARM_UP` rows of a stretch are not used: what depends on where a recursion began has faded by then.
- A row whose last `DEAD_ROWS` closes are all equal is not used: oscillators there are 0/0, and there is nothing to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Floats, Interval, Mask, Times
from allocator.core.panel import Panel

Rows = NDArray[np.intp]

LONGEST_FILL = {Interval.HOUR: 14, Interval.DAY: 5}  # main and evening session together; a week of days
CLOSED_DAYS = 14
WARM_UP = 200
DEAD_ROWS = 50


@dataclass(frozen=True, eq=False)
class Series:
    """One ticker's bars on the panel's rows: which are there, and the rows between breaks.

    `source` (T,) is the row that each row is filled from (itself where there is a bar; -1 before the first one).
    """

    traded: Mask  # (T,)
    source: Rows  # (T,)
    stretches: tuple[slice, ...]

    def prices(self, values: Floats, close: Floats, rows: slice) -> Floats:
        """`values` over the rows of a stretch, with the last close where there is no bar."""
        return np.where(self.traded[rows], values[rows], close[self.source[rows]])

    def amounts(self, values: Floats, rows: slice) -> Floats:
        """`values` (volumes, turnover, counts) over the rows of a stretch, with zero where there is no bar."""
        return np.where(self.traded[rows], values[rows], 0.0)


def bars(panel: Panel, needed: Iterable[str]) -> Mask:
    """(T, N) true where there is a bar with every field of `needed`."""
    mask = panel.valid.copy()
    for name in needed:
        values = panel[name]
        with np.errstate(invalid="ignore"):
            mask &= np.isfinite(values) & ((values >= 0) if name in {"volume", "value"} else (values > 0))
    return mask


def closed_before(times: Times) -> Mask:
    """(T,) true at the first row after a market closed for more than `CLOSED_DAYS`."""
    late = np.zeros(len(times), dtype=bool)
    late[1:] = np.diff(times) > np.timedelta64(CLOSED_DAYS, "D")
    return late


def series(traded: Mask, late: Mask, longest: int) -> Series:
    """The stretches of one ticker.

    `traded`, `late` (T,); a gap of more than `longest` rows breaks. Rows of the gap up to `longest` belong to the
    stretch before it.
    """
    rows = np.arange(len(traded))
    source = np.maximum.accumulate(np.where(traded, rows, -1)) if len(traded) else rows
    at = np.flatnonzero(traded)
    if not len(at):
        return Series(traded, source, ())
    era = np.cumsum(late)
    broken = (np.diff(at) > longest + 1) | (np.diff(era[at]) > 0)
    firsts = at[np.concatenate(([True], broken))]
    lasts = at[np.concatenate((broken, [True]))]
    # The end of the era of each last bar: the next late row, or the end of the panel.
    closes = np.append(np.flatnonzero(late), len(traded))
    ends = np.minimum(lasts + longest + 1, closes[np.searchsorted(closes, lasts, side="right")])
    return Series(traded, source, tuple(slice(int(a), int(b)) for a, b in zip(firsts, ends, strict=True)))


def unchanged(values: Floats) -> Rows:
    """(n,) how many rows ago each value last changed: 0 where it differs from the row before, or is the first."""
    rows = np.arange(len(values))
    moved = np.ones(len(values), dtype=bool)
    moved[1:] = values[1:] != values[:-1]
    return rows - np.maximum.accumulate(np.where(moved, rows, 0))


def runs(usable: Mask) -> NDArray[np.int32]:
    """(..., T) -> how many usable rows in a row end at each."""
    rows = np.arange(1, usable.shape[-1] + 1, dtype=np.int32)
    broken = np.maximum.accumulate(np.where(usable, 0, rows), axis=-1)
    return (rows - broken).astype(np.int32)
