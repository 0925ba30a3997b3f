"""A small exchange with a past: papers with years of bars, made from a seed or read from the recorded data.

The bars of the model are the truth: as traded, each session under its own date. `iss_history` tells of them as ISS
does, with all its oddities. `Market.day` is the last day that has data; `night()` brings the next session.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from iss_days import Days

FIELDS = ("open", "high", "low", "close")
AHEAD = 120  # days of bars beyond `day`, so that nights can come


@dataclass
class Raw:
    """Bars as traded: `begin` datetime64[s], prices, `volume`, `value`; sorted."""

    begin: np.ndarray
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray
    value: np.ndarray

    def __getitem__(self, which: object) -> Raw:
        return Raw(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


@dataclass
class Paper:
    ticker: str
    bars: Raw
    board: str = "TQBR"
    sectype: str = "1"
    isin: str = ""
    name: str = ""
    lot: int = 10
    listed: bool = True  # in today's list
    hours: Raw | None = None  # made of the days when first asked for
    seed: int = 0

    def __post_init__(self) -> None:
        self.isin = self.isin or f"RU000A{zlib.crc32(self.ticker.encode()) % 10**6:06d}"
        self.name = self.name or f"{self.ticker.title()} {'ап' if self.sectype == '2' else 'ао'}"


@dataclass(frozen=True)
class Action:
    """A split; `listed` and `rewritten` say from which day on `splits` tells of it and `candles` work it in."""

    ticker: str
    day: date
    before: int
    after: int
    listed: date | None
    rewritten: date | None


@dataclass(frozen=True)
class Rewrite:
    """History changed without a reason: prices up to `till` are multiplied, from `known` on."""

    ticker: str
    till: date
    factor: float
    known: date


@dataclass
class Market:
    days: Days
    day: date
    papers: dict[str, Paper] = field(default_factory=dict)
    indexes: dict[str, Paper] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    rewrites: list[Rewrite] = field(default_factory=list)
    changeover: list[tuple[date, str, str]] = field(default_factory=list)
    dividends: dict[str, list[tuple[date, float, str]]] = field(default_factory=dict)
    members: dict[str, list[tuple[str, date, float]]] = field(default_factory=dict)  # ticker, since, weight
    closings: list[tuple[str, date]] = field(default_factory=list)
    serves_calendar: bool = True  # the free service answers with a page instead
    serves_dividends: bool = True  # withdrawn in 2025: the security's card comes without them
    _edits: dict[str, int] = field(default_factory=dict)

    def night(self, count: int = 1) -> date:
        """The next session's data has come (its weekend's too); the new last day."""
        for _ in range(count):
            self.day = self.days.next_session(self.day)
        return self.day

    def split(
        self,
        ticker: str,
        before: int,
        after: int,
        *,
        day: date | None = None,
        listed: bool = True,
        rewritten: bool = True,
    ) -> Action:
        """The paper splits on that day (the next session): later bars are in new units, the past is rewritten then."""
        day = day or self.days.next_session(self.day)
        paper = self.papers[ticker]
        later = paper.bars.begin.astype("M8[D]") >= np.datetime64(day)
        for name in FIELDS:
            prices = getattr(paper.bars, name)
            prices[later] = np.array([float(f"{price:.12g}") for price in prices[later] * before / after])
        paper.bars.volume[later] = np.maximum(1, np.rint(paper.bars.volume[later] * after / before))
        paper.hours = None
        action = Action(ticker, day, before, after, day if listed else None, day if rewritten else None)
        self.actions.append(action)
        self.changed(ticker)
        return action

    def rewrite(self, ticker: str, factor: float = 1.03, *, till: date | None = None) -> None:
        """From now on the past of this ticker is told differently, up to `till` (all of it)."""
        self.rewrites.append(Rewrite(ticker, till or self.day, factor, self.day))

    def vanish(self, ticker: str) -> None:
        """The ticker is in today's list no more."""
        self.papers[ticker].listed = False
        self.changed(ticker)

    def drop(self, ticker: str) -> None:
        """The ticker and its past are gone from every answer."""
        del self.papers[ticker]

    def changed(self, ticker: str | None = None) -> None:
        """Whoever edits bars by hand says whose (all without a name), for rendered rows are kept."""
        for name in [ticker] if ticker else [*self.papers, *self.indexes]:
            self._edits[name] = self._edits.get(name, 0) + 1

    def edited(self, ticker: str) -> int:
        """How often the bars of a ticker were changed."""
        return self._edits.get(ticker, 0)

    def hours_of(self, paper: Paper) -> Raw:
        if paper.hours is None:
            paper.hours = hourly(paper.bars, self.days)
        return paper.hours


def walk(ticker: str, days: np.ndarray, seed: int, *, price: float | None = None, spread: float = 0.018) -> Raw:
    """Daily bars of a random walk, the same for the same ticker and seed."""
    rng = np.random.default_rng([seed, zlib.crc32(ticker.encode())])
    size = len(days)
    level = price or float(np.exp(rng.uniform(2.0, 8.5)))
    tick = 10.0 ** (np.floor(np.log10(level)) - 3)
    moves = rng.normal(0.0002, spread, size)
    close = np.maximum(
        level * np.exp(np.cumsum(moves) - np.sum(moves) * 0.7 * np.arange(size) / max(1, size)), 50 * tick
    )
    close = np.rint(close / tick)
    open_ = np.concatenate([close[:1], close[:-1]]) + rng.integers(-5, 6, size)
    high = np.maximum(open_, close) + rng.integers(0, 12, size)
    low = np.minimum(open_, close) - rng.integers(0, 12, size)
    digits = max(0, int(-np.floor(np.log10(tick))))
    prices = [np.round(ticks * tick, digits) for ticks in (open_, high, low, close)]
    turnover = np.exp(rng.uniform(15.5, 21.0) + rng.normal(0.0, 0.5, size))  # some five million to a billion a day
    volume = np.rint(turnover / prices[3]) + 20
    value = np.round(volume * sum(prices) / 4, 2)
    return Raw(days.astype("M8[s]"), *prices, volume, value)


def hourly(bars: Raw, days: Days) -> Raw:
    """Hours of the days: a straight way from open to close that touches low and high; volume and value add up."""
    counts, first = days.hours(bars.begin.astype("M8[D]"))
    of = np.repeat(np.arange(len(bars.begin)), counts)
    step = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
    parts = counts[of]
    begin = bars.begin[of] + ((first[of] + step) * 3600).astype("m8[s]")

    def along(share: np.ndarray) -> np.ndarray:
        prices = bars.open[of] + (bars.close[of] - bars.open[of]) * share
        digits = 6 if len(bars.open) and np.median(bars.open) < 1 else 3
        return np.round(prices, digits)

    open_, close = along(step / parts), along((step + 1) / parts)
    open_[step == 0], close[step == parts - 1] = bars.open, bars.close
    low, high = np.minimum(open_, close), np.maximum(open_, close)
    low[step == 1], high[step == 2] = bars.low, bars.high
    low, high = np.minimum(low, np.minimum(open_, close)), np.maximum(high, np.maximum(open_, close))  # rounding
    volume = np.floor(bars.volume[of] / parts)
    volume[step == parts - 1] += bars.volume - np.floor(bars.volume / counts) * counts
    value = np.round(bars.value[of] * volume / bars.volume[of], 2)
    whole = volume > 0  # an hour without deals has no candle
    return Raw(begin, open_, high, low, close, volume, value)[whole]


def cut(paper: Paper, since: date | None, till: date | None) -> Raw:
    """The bars of these days."""
    days = paper.bars.begin.astype("M8[D]")
    inside = np.ones(len(days), dtype=bool)
    if since:
        inside &= days >= np.datetime64(since)
    if till:
        inside &= days <= np.datetime64(till)
    return paper.bars[inside]


def renamed(paper: Paper, new: str, last: date, first: date, *, isin: str | None = None) -> tuple[Paper, Paper]:
    """A paper under its old ticker till `last`, and under the new one since `first`; a new ISIN when given."""
    old = replace(paper, bars=cut(paper, None, last), listed=False, hours=None)
    return old, replace(
        paper, ticker=new, bars=cut(paper, first, None), isin=isin or paper.isin, name=f"{new} ао", hours=None
    )
