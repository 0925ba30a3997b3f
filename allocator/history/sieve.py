"""Bars as they came -> bars that may be stored, and the rest with a reason each."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np

from allocator.core.bars import FIELDS, Bars, Interval, Mask
from allocator.core.finding import Fault, Finding
from allocator.core.text import Text, text

PRICES = ("open", "high", "low", "close")
SLACK = 1e-9  # of a price: what arithmetic on decimals may add


def sift(ticker: str, interval: Interval, bars: Bars, *, today: date) -> tuple[Bars, list[Finding]]:
    """Bars sorted by time, one for each time, every one of them possible; and a finding for each that is not.

    A day without trades (no price, or the 0.0 of old years, and no volume) is no bar and no finding. A bar may have
    a close alone (indexes do); NaN in volume or turnover means that the source does not say. Identical repeats of a
    bar (overlapping pages) count once; of two different bars of one time neither can be believed. A daily bar begins
    at midnight.
    """
    if interval is Interval.DAY:
        bars = Bars(bars.days.astype("datetime64[s]"), *(getattr(bars, name) for name in FIELDS))
    bars = bars[~_without_trades(bars)]
    findings = []
    wrong = np.zeros(len(bars), dtype=np.bool_)
    for fault, mask, detail in _faults(bars, today):
        new = mask & ~wrong
        wrong |= new
        for at in np.flatnonzero(new).tolist():
            findings.append(Finding(ticker, interval, _moment(bars, at), fault, detail, row(bars, at)))  # noqa: PERF401
    bars = bars[~wrong] if wrong.any() else bars
    bars, clashes = _unique(ticker, interval, bars)
    return bars, findings + clashes


def row(bars: Bars, at: int) -> str:
    """A bar as a line of CSV: begin, open, high, low, close, volume, turnover; nothing stands for NaN."""
    values = (float(getattr(bars, name)[at]) for name in FIELDS)
    moment = _moment(bars, at)
    return ",".join([moment.isoformat(" ") if moment else "", *("" if v != v else f"{v:.12g}" for v in values)])  # noqa: PLR0124


def _moment(bars: Bars, at: int) -> datetime | None:
    moment: datetime | None = bars.begin[at].astype("datetime64[s]").item()
    return moment


def _without_trades(bars: Bars) -> Mask:
    """(n,) rows that say that nobody traded."""
    found: Mask = np.isnan(bars.volume) | (bars.volume == 0)
    for name in PRICES:
        price = getattr(bars, name)
        found &= np.isnan(price) | (price == 0)
    return found


def _faults(bars: Bars, today: date) -> list[tuple[Fault, Mask, Text]]:
    """What can be wrong with one bar, the worst first, as (n,) masks."""
    columns = {name: getattr(bars, name) for name in FIELDS}
    rest = [np.isnan(columns[name]) for name in ("open", "high", "low")]
    some = np.logical_or.reduce(rest) & ~np.logical_and.reduce(rest)
    low, high = columns["low"] * (1 - SLACK), columns["high"] * (1 + SLACK)
    outside = columns["high"] < low
    for name in ("open", "close"):
        outside |= (columns[name] < low) | (columns[name] > high)
    volume, value = columns["volume"], columns["value"]
    return [
        (Fault.NULLS, np.isnat(bars.begin), text("a bar without a time")),
        (Fault.NULLS, np.isnan(columns["close"]) | some, text("a bar with deals lacks a price")),
        (
            Fault.BAD_PRICE,
            np.logical_or.reduce([(columns[name] <= 0) | np.isinf(columns[name]) for name in PRICES]),
            text("a price is zero, negative or infinite"),
        ),
        (Fault.BAD_RANGE, outside, text("high is below low, or open or close is outside of them")),
        (
            Fault.BAD_VOLUME,
            (volume < 0) | (value < 0) | np.isinf(volume) | np.isinf(value) | ((volume == 0) & (value > 0)),
            text("volume or turnover is negative or infinite, or there is turnover without volume"),
        ),
        (Fault.FUTURE, bars.days > np.datetime64(today), text("the bar is of a day to come")),
    ]


def _unique(ticker: str, interval: Interval, bars: Bars) -> tuple[Bars, list[Finding]]:
    """Bars sorted, one of each time; times with different bars are left out, with a finding each."""
    step = np.diff(bars.begin)
    zero = np.timedelta64(0, "s")
    if bool((step > zero).all()):
        return bars, []
    bars = bars[np.argsort(bars.begin, kind="stable")]
    repeat = np.diff(bars.begin) == zero
    if not repeat.any():
        return bars, []
    same = repeat.copy()
    for name in FIELDS:
        column = getattr(bars, name)
        same &= (column[1:] == column[:-1]) | (np.isnan(column[1:]) & np.isnan(column[:-1]))
    first = np.flatnonzero(np.r_[True, ~repeat])  # where each time starts
    clash = np.add.reduceat(np.r_[False, repeat & ~same].astype(np.intp), first) > 0
    ends = np.r_[first[1:], len(bars)]
    findings = [
        Finding(
            ticker,
            interval,
            _moment(bars, first[at]),
            Fault.DUPLICATE,
            text("different bars of one time: {count}", count=int(ends[at] - first[at])),
            " | ".join(dict.fromkeys(row(bars, each) for each in range(first[at], ends[at]))),
        )
        for at in np.flatnonzero(clash).tolist()
    ]
    return bars[first[~clash]], findings
