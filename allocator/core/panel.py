"""What forecasts, backtests and pages read: times x tickers arrays with a validity mask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from allocator.core.bars import Floats, Interval, Mask, Times


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """`fields` maps "close", "value", ... to (T, N) arrays; rows are `times`, columns are `tickers`.

    `valid` (T, N) is true where there is a bar that may be believed: traded then, and not quarantined or flagged.
    Everywhere else every field is NaN, so that a return over a doubtful bar is unknown, never wrong.
    `adjust` says what the prices are: "none" (as traded), "splits", or "total" (splits, and dividends after tax
    reinvested on their ex-dates); volumes are adjusted for splits, turnover (`value`) never.
    """

    interval: Interval
    times: Times  # (T,) datetime64[s], strictly increasing, Moscow wall clock
    tickers: tuple[str, ...]  # (N,)
    fields: Mapping[str, Floats]
    valid: Mask
    adjust: str = "none"

    def __getitem__(self, field: str) -> Floats:
        return self.fields[field]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.times), len(self.tickers)


def filled(table: Floats) -> Floats:
    """(T, N) with each NaN replaced by the last number above it; NaN where there is none."""
    rows = np.where(np.isnan(table), 0, np.arange(len(table))[:, None])
    np.maximum.accumulate(rows, axis=0, out=rows)
    found: Floats = np.take_along_axis(table, rows, axis=0)
    return found
