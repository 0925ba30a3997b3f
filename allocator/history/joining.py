"""Histories put together: weekend sessions into their Mondays, old tickers before new ones; and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Bars, Floats, Times
from allocator.core.calendar import Calendar
from allocator.history.factors import scaled

PRICES = ("open", "high", "low", "close")


def is_daily(bars: Bars) -> bool:
    """Whether every bar begins at midnight, as those of days do and no hour of trading does."""
    return bool((bars.begin == bars.days).all())


def merge_weekends(bars: Bars, calendar: Calendar) -> Bars:
    """Daily bars (sorted) with those of extra sessions merged into the session day that they are booked on.

    Open of the first, close of the last, highest high, lowest low, volume and turnover summed: exactly how the
    exchange's own `history` makes a Monday. Hourly bars are returned as they are: an hour stays its own.
    """
    sessions = calendar.session_of(bars.days)
    if not len(bars) or not is_daily(bars) or bool((sessions == bars.days).all()):
        return bars
    first = np.flatnonzero(np.r_[True, sessions[1:] != sessions[:-1]])
    last = np.r_[first[1:], len(bars)] - 1
    return Bars(
        sessions[first].astype("datetime64[s]"),
        bars.open[first],
        np.fmax.reduceat(bars.high, first),
        np.fmin.reduceat(bars.low, first),
        bars.close[last],
        _sums(bars.volume, first),
        _sums(bars.value, first),
    )


def _sums(column: Floats, first: NDArray[np.intp]) -> Floats:
    """Sums of what is known; NaN where nothing of a group is."""
    unknown = np.isnan(column)
    sums: Floats = np.add.reduceat(np.where(unknown, 0.0, column), first)
    sums[np.logical_and.reduceat(unknown, first)] = np.nan
    return sums


def splice(parts: Sequence[tuple[Bars, Fraction]]) -> Bars:
    """One history of tickers that followed each other, the oldest first, in units of the newest.

    Each part comes with how many units of the newest its unit became: prices are divided by it, volumes multiplied.
    On a day where several have bars the later part is believed, whole days at a time.
    """
    joined = Bars.of(())
    for bars, ratio in parts:
        if len(bars):
            joined = Bars.joined([joined[~np.isin(joined.days, bars.days)], _converted(bars, ratio)])
    if bool((np.diff(joined.begin) > np.timedelta64(0, "s")).all()):
        return joined
    return joined[np.argsort(joined.begin, kind="stable")]


def _converted(bars: Bars, ratio: Fraction) -> Bars:
    if ratio == 1:
        return bars
    prices = {name: scaled(getattr(bars, name), 1 / ratio) for name in PRICES}
    volume = bars.volume * ratio.numerator / ratio.denominator
    return Bars(bars.begin, **prices, volume=volume, value=bars.value)


def gaps(days: Times, calendar: Calendar) -> list[tuple[date, date, int]]:
    """Runs of sessions without a bar between the first and the last bar: first day, last day, how many sessions.

    Only sessions that the calendar knows are missed: beyond its span nobody can tell a gap from a holiday.
    """
    if not len(days):
        return []
    had = np.unique(calendar.session_of(days))
    lost = calendar.days[(calendar.days > had[0]) & (calendar.days < had[-1])]
    lost = lost[~np.isin(lost, had)]
    if not len(lost):
        return []
    position = np.searchsorted(calendar.days, lost)
    starts = np.flatnonzero(np.r_[True, np.diff(position) != 1])
    ends = np.r_[starts[1:], len(lost)] - 1
    return [
        (lost[start].item(), lost[end].item(), int(end - start + 1)) for start, end in zip(starts, ends, strict=True)
    ]
