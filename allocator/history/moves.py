"""Moves of the price that no corporate action explains."""

from __future__ import annotations

from collections.abc import Iterable

from allocator.core.bars import Bars, Interval
from allocator.core.calendar import Calendar
from allocator.core.finding import Finding
from allocator.core.instrument import Dividend, Split


def jumps(
    ticker: str,
    interval: Interval,
    bars: Bars,
    splits: Iterable[Split],
    dividends: Iterable[Dividend],
    calendar: Calendar,
) -> list[Finding]:
    del ticker, interval, bars, splits, dividends, calendar
    return []
