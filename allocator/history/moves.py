"""Moves of the price that no corporate action explains.

The bounds come from 546,841 recorded daily bars of 260 securities, 2014 to 2024. A real move, be it a crash, leaves a
trail: its bar reaches back to the last close. What does not is a bar that stands apart as a whole, and one that does
so by more than the exchange's limit for illiquid papers (40% down at once, a factor of 1.67) is 1 bar in 10,000.
Where a million roubles change hands every day it takes a factor of 1.45 only: no real bar of 24 February 2022 or of
any other day is found by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from math import exp, log

import numpy as np

from allocator.core.bars import Bars, Floats, Interval, Mask
from allocator.core.calendar import Calendar
from allocator.core.finding import Fault, Finding
from allocator.core.instrument import Dividend, Split
from allocator.core.text import Text, text
from allocator.history.factors import payments, split_factors
from allocator.history.sieve import row

APART = log(1.75)  # between a bar as a whole and the close before
APART_LIQUID = log(1.45)  # where both bars, and the median of those before, have LIQUID of turnover
LIQUID = 1_000_000.0  # roubles
THROUGHOUT = log(3.0)  # of the average price and of the close both, though the bar reached back to the close before
WICK = log(3.0)  # of low or high beyond both open and close
USUAL = 20  # bars that tell what is usual
SOON = 5  # bars that tell what volumes became
LONG = 5  # sessions without deals, after which many a price is possible
THIN = 10_000.0  # roubles of turnover: a few deals, maybe of odd lots
SURGE = 3  # how much more than by a small ratio volumes may grow after a split
CERTAIN = 4  # a ratio from which on no move of many deals is mere trading
NEAR = 1.15  # of a ratio, to name it
BEHIND, AHEAD = SOON + 1, USUAL + 2  # bars whose judgement a new bar can change; bars before that it is made by
LIKELY = (2, 3, 4, 5, 8, 10, 20, 25, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)  # splits, one to so many


def jumps(
    ticker: str,
    interval: Interval,
    bars: Bars,
    splits: Iterable[Split],
    dividends: Iterable[Dividend],
    calendar: Calendar,
) -> list[Finding]:
    """Bars (raw, sorted, sound) that moved beyond a bound although no declared split or dividend tells why.

    A bar is found when the whole of it stands apart from the last close by a factor of 1.75, or of 1.45 in liquid
    trading; when its average price and its close both are a factor of 3 away; or when its low or high is a factor of
    3 beyond open and close. Of a price that goes and comes back only the bar between is found. Each finding says what
    it looks like and what to type: declare a split, or accept the bar.
    """
    if len(bars) < 2:
        return []
    track = _Track.of(ticker, bars, tuple(splits), tuple(dividends), calendar)
    apart = track.apart(1)
    far = np.abs(apart) > APART
    for at in np.flatnonzero(~far & (np.abs(apart) > APART_LIQUID)).tolist():
        far[at] = _liquid(bars, at)
    far |= track.throughout()
    spikes = far & np.r_[np.abs(track.apart(2))[1:] <= APART_LIQUID, False]
    spikes[0] = False
    far[1:] &= ~spikes[:-1]
    findings = []
    for at in np.flatnonzero(far | _wicks(bars)).tolist():
        detail = track.told(at, spike=bool(spikes[at])) if far[at] else _wick(ticker, bars, at)
        moment: datetime = bars.begin[at].item()
        findings.append(Finding(ticker, interval, moment, Fault.JUMP, detail, row(bars, at)))
    return findings


@dataclass(frozen=True, slots=True)
class _Track:
    """Bars with the units of each, to compare it with those before: (n,) arrays, NaN where there is none before."""

    ticker: str
    bars: Bars
    units: Floats  # what prices are multiplied by, to be in units of the newest
    paid: Floats  # dividends of one share that left the price so far, in units of the newest
    calendar: Calendar

    @classmethod
    def of(
        cls, ticker: str, bars: Bars, splits: tuple[Split, ...], dividends: tuple[Dividend, ...], calendar: Calendar
    ) -> _Track:
        units = split_factors(bars.begin, splits)
        left = np.zeros(len(bars))
        sessions = calendar.session_of(bars.days)
        for position, roubles in payments(bars, sessions, splits, dividends, calendar).items():
            left[position + 1] += roubles * units[position]
        return cls(ticker, bars, units, np.cumsum(left), calendar)

    def before(self, lag: int) -> tuple[Floats, Floats]:
        """The close of `lag` bars ago in units of each bar, and what dividends since may have left of it."""
        close, less = np.full(len(self.bars), np.nan), np.full(len(self.bars), np.nan)
        then = self.bars.close[:-lag] * self.units[:-lag]
        close[lag:] = then / self.units[lag:]
        less[lag:] = np.maximum(then - (self.paid[lag:] - self.paid[:-lag]), 0.01 * then) / self.units[lag:]
        return close, less

    def apart(self, lag: int) -> Floats:
        """Log of how far the whole bar is above (positive) or below the close of `lag` bars ago; 0 if it reaches it."""
        close, less = self.before(lag)
        low, high = np.fmin(self.bars.low, self.bars.close), np.fmax(self.bars.high, self.bars.close)
        return np.log(np.where(low > close, low / close, np.where(high < less, high / less, 1.0)))

    def throughout(self) -> Mask:
        """(n,) where nearly all deals were far from the close before, and the close too."""
        close, less = self.before(1)
        average = _average(self.bars)
        above = np.minimum(average, self.bars.close) > close * exp(THROUGHOUT)
        below = np.maximum(average, self.bars.close) < less * exp(-THROUGHOUT)
        found: Mask = above | below
        return found

    def told(self, at: int, *, spike: bool) -> Text:
        """What the move looks like, and what to type."""
        last = float(self.before(1)[0][at])
        price = float(_average(self.bars)[at])
        before: date = self.bars.begin[at - 1].item().date()
        day: date = self.bars.begin[at].item().date()
        shown = {"price": f"{price:.6g}", "before": before, "last": f"{last:.6g}"}
        move = (
            text("{price} is {times} times the close of {before}, {last}", times=f"{price / last:.3g}", **shown)
            if price > last
            else text(
                "{price} is {times} times below the close of {before}, {last}", times=f"{last / price:.3g}", **shown
            )
        )
        about = None if spike else self.split(at)
        if about is not None:
            return text(
                "{move}; volumes changed with it: it looks like a split that is not declared. "
                "Declare it: allocator data split {ticker} {day} {split}; or believe the price: "
                "allocator data accept {ticker} {day}",
                move=move,
                ticker=self.ticker,
                day=day,
                split=about,
            )
        return text(
            "{move}; {why}. If it is right: allocator data accept {ticker} {day}",
            move=move,
            why=self.why(at, spike=spike),
            ticker=self.ticker,
            day=day,
        )

    def why(self, at: int, *, spike: bool) -> Text:
        value, usual = float(self.bars.value[at]), _usual(self.bars.value, at)
        first, second = np.searchsorted(self.calendar.days, self.bars.days[at - 1 : at + 1]).tolist()
        if value < THIN:
            return text("deals for {turnover} RUB in all say little", turnover=_grouped(f"{value:,.2f}"))
        if spike:
            return text("the next bar is back")
        if second - first > LONG:
            return text("{count} {count:session|sessions} passed without deals", count=second - first - 1)
        if not value > 0:
            return text("no declared split or dividend explains it")
        return text(
            "no declared split or dividend explains it; deals for {turnover} RUB, usually {usual} RUB",
            turnover=_grouped(f"{value:,.0f}"),
            usual=_grouped(f"{usual:,.0f}"),
        )

    def split(self, at: int) -> str | None:
        """The split that the move looks like, if volumes changed with it: "1:100"; BEFORE:AFTER when no ratio is near.

        After a real split deals are many: volumes grow by more than the ratio, seldom by less than its root.
        """
        last = float(self.before(1)[0][at])
        moves = [log(price / last) for price in (self.bars.open[at], _average(self.bars)[at], self.bars.close[at])]
        away, size, move = min((abs(abs(move) - log(size)), size, move) for size in LIKELY for move in moves if move)
        then, now = _usual(self.bars.volume, at), _usual(self.bars.volume, at + SOON, SOON)
        paid = min(_usual(self.bars.value, at), float(self.bars.value[at]))
        if paid < THIN or not then > 0 or not now > 0:
            return None
        grown = log(now / then) * (-1 if move > 0 else 1)
        if grown < log(size) / 2:
            return None
        if size < CERTAIN and (paid < LIQUID or away > log(NEAR) or grown > log(size) + log(SURGE)):
            return None
        if away > log(NEAR):
            return "BEFORE:AFTER"
        return f"1:{size}" if move < 0 else f"{size}:1"


def _usual(column: Floats, end: int, count: int = USUAL) -> float:
    """The median of the `count` bars before `end`, NaN when nothing is known of them."""
    known = column[max(0, end - count) : end]
    known = known[known > 0]
    return float(np.median(known)) if len(known) else float("nan")


def _average(bars: Bars) -> Floats:
    """(n,) what was paid on average; the close where turnover does not tell."""
    known = (bars.volume > 0) & (bars.value > 0)
    found = bars.close.copy()
    found[known] = bars.value[known] / bars.volume[known]
    return np.clip(found, np.fmin(bars.low, bars.close), np.fmax(bars.high, bars.close))


def _liquid(bars: Bars, at: int) -> bool:
    """Whether money changed hands, in the bar, in the one before, and usually."""
    return bool(bars.value[at] >= LIQUID and bars.value[at - 1] >= LIQUID and _usual(bars.value, at) >= LIQUID)


def _wicks(bars: Bars) -> Mask:
    """(n,) bars that went far beyond where they opened and closed."""
    top, bottom = np.fmax(bars.open, bars.close), np.fmin(bars.open, bars.close)
    found: Mask = (bars.high > top * exp(WICK)) | (bars.low < bottom * exp(-WICK))
    return found


def _wick(ticker: str, bars: Bars, at: int) -> Text:
    return text(
        "from {low} to {high} in one bar, that opened at {open} and closed at {close}. "
        "If it is right: allocator data accept {ticker} {day}",
        low=f"{bars.low[at]:.6g}",
        high=f"{bars.high[at]:.6g}",
        open=f"{bars.open[at]:.6g}",
        close=f"{bars.close[at]:.6g}",
        ticker=ticker,
        day=bars.begin[at].item().date(),
    )


def _grouped(figure: str) -> str:
    """Thousands parted by spaces, as everywhere: a comma would read as the decimal one."""
    return figure.replace(",", " ")
