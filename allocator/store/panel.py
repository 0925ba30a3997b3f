"""Bars as arrays of times x tickers: renames joined, weekends merged, splits and dividends worked in on the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, TypeVar

import numpy as np
import sqlalchemy as sa

from allocator.core.bars import FIELDS, Bars, Floats, Interval, Times
from allocator.core.calendar import Calendar
from allocator.core.finding import Fault
from allocator.core.instrument import Dividend, Kind, Split
from allocator.core.panel import Panel
from allocator.store.failures import not_stored
from allocator.store.lineage import Lineage, Part
from allocator.store.moments import DAY_S, seconds_of, times_of_seconds
from allocator.store.rows import Rows, fetch
from allocator.store.schema import INSTRUMENTS
from allocator.store.store import Transaction
from allocator.store.units import splits_until

Adjust = Literal["none", "splits", "total"]
Of = TypeVar("Of", Split, Dividend)
PRICES = ("open", "high", "low", "close")
ONE_SPLIT = timedelta(days=10)  # between the days that are told of one split
HEAD_START = timedelta(days=14)  # read before `start`: a weekend session there may belong to a Monday here


def read_panel(
    tx: Transaction,
    fields: Sequence[str] = ("close", "value"),
    interval: Interval = Interval.DAY,
    tickers: Sequence[str] | None = None,
    start: date | None = None,
    end: date | None = None,
    *,
    adjust: Adjust = "none",
    merge_weekends: bool = True,
    tax: Decimal = Decimal("0.13"),
    today: date | None = None,
) -> Panel:
    """The panel of some `fields` of bars from `start` to `end`, both included.

    Columns are papers under their ticker of today, with what they traded as before joined in front. Without
    `tickers`: all securities with a bar in the period, those that left too, by ticker. With `tickers`: these, in this
    order, an old ticker meaning its paper of today; also indexes. Rows are the times at which any of them has a bar.

    Prices are in units of the session after the last bar of the store, or of `today` where that is later; a split
    announced for later is left for later.
    A bar that jumped and was not accepted is not valid; of a merged weekend, the whole session is not. Weekend
    sessions are merged into the session that they are booked on, in daily panels. `adjust` is as in `Panel`; `tax` is
    the share of a dividend that is withheld.

    Raises: `StoreError` for a ticker that is not in the store, and as all of the store; `ValueError` for a field that
    bars do not have.
    """
    if unknown := sorted(set(fields) - set(FIELDS)):
        raise ValueError(f"bars have no {', '.join(unknown)}; they have {', '.join(FIELDS)}")
    request = _Request(tx, interval, adjust, tax, today, merge=merge_weekends and interval is Interval.DAY)
    papers = request.papers(tickers)
    needed = [name for name in FIELDS if name in fields or (name == "close" and adjust == "total")]
    early = start and start - (HEAD_START if request.merge else timedelta(0))
    stored = request.read(papers, needed, early, end)
    columns = ((head, _between(request.made(head, parts, stored), start, end)) for head, parts in papers.items())
    if tickers is None:
        columns = ((head, bars) for head, bars in columns if len(bars))
    return _arranged(dict(columns), fields, interval, adjust)


@dataclass(frozen=True, slots=True)
class _Stored:
    """The bars read; of each ticker, the positions from and to."""

    rows: Rows
    spans: Mapping[str, tuple[int, int]]

    def bars(self, ticker: str) -> Bars:
        """Bars of one ticker; fields that were not read are NaN."""
        mine = slice(*self.spans.get(ticker, (0, 0)))
        begin = times_of_seconds(self.rows.begin[mine])
        unread = np.broadcast_to(np.nan, len(begin))
        columns = (self.rows.values[name][mine] if name in self.rows.values else unread for name in FIELDS)
        return Bars(begin, *columns)


class _Request:
    """What a panel is made with: the lineage of tickers, and corporate actions where they are asked for."""

    def __init__(
        self, tx: Transaction, interval: Interval, adjust: Adjust, tax: Decimal, today: date | None, *, merge: bool
    ) -> None:
        self._link = tx.link
        self._interval = interval
        self._adjust = adjust
        self._tax = tax
        self.merge = merge
        found = tx.link.rows(sa.select(INSTRUMENTS.c.ticker, INSTRUMENTS.c.id, INSTRUMENTS.c.kind))
        self._ids: dict[str, int] = {row.ticker: row.id for row in found}
        self._indexes = {row.ticker for row in found if row.kind == Kind.INDEX.value}
        renames = tx.renames.all()
        self._lineage = Lineage(renames, self._ids)
        self._doubted = _doubted(tx, interval)
        self._calendar = tx.calendar.get() if merge or adjust != "none" else None
        self._splits: Mapping[str, Sequence[Split]] = {}
        self._dividends: Mapping[str, Sequence[Dividend]] = {}
        if adjust != "none":
            self._splits = _by_ticker(splits_until(tx, today))
        if adjust == "total":
            from allocator.history.dividends import effective, joined  # noqa: PLC0415 -- only this needs them

            known = [each for each in renames if each.new in self._ids]
            self._dividends = _by_ticker(effective(joined(tx.dividends.all(), known)))

    def papers(self, tickers: Sequence[str] | None) -> dict[str, list[Part]]:
        """The tickers of each column."""
        if tickers is None:
            tickers = sorted(self._ids.keys() - self._indexes)
            heads = sorted({self._lineage.head(each) for each in tickers} - self._indexes)
        else:
            for each in tickers:
                if each not in self._ids:
                    raise not_stored(each)
            heads = [self._lineage.head(each) for each in tickers]
        return {head: [part for part in self._lineage.parts(head) if part.ticker in self._ids] for head in heads}

    def read(
        self, papers: Mapping[str, Sequence[Part]], names: Sequence[str], start: date | None, end: date | None
    ) -> _Stored:
        """The bars of all parts, at once."""
        tickers = {self._ids[part.ticker]: part.ticker for parts in papers.values() for part in parts}
        since = None if start is None else seconds_of(start)
        till = None if end is None else seconds_of(end) + DAY_S - 1
        rows = fetch(self._link, names, self._interval, sorted(tickers), since, till)
        numbers = rows.instrument_id
        firsts = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]]) if len(rows) else np.zeros(0, np.intp)
        lasts = np.r_[firsts[1:], len(rows)]
        spans = {
            tickers[int(numbers[first])]: (first, last)
            for first, last in zip(firsts.tolist(), lasts.tolist(), strict=False)
        }
        return _Stored(rows, spans)

    def made(self, head: str, parts: Sequence[Part], stored: _Stored) -> Bars:
        """The bars of a paper as they are shown."""
        from allocator.history import merge_weekends, splice  # noqa: PLC0415 -- rooms of lower rank stay light

        pieces = [(_before(self._believed(part.ticker, stored), part.until), part.ratio) for part in parts]
        pieces = [(bars, ratio) for bars, ratio in pieces if len(bars)]
        bars = pieces[0][0] if len(pieces) == 1 and pieces[0][1] == 1 else splice(pieces)
        if self.merge and len(bars):
            assert self._calendar is not None
            bars = merge_weekends(self._of_sessions(parts, bars, self._calendar), self._calendar)
        return self._adjusted(head, parts, bars)

    def _of_sessions(self, parts: Sequence[Part], bars: Bars, calendar: Calendar) -> Bars:
        """Weekend bars in the units of the session that they are booked on: a split may lie between."""
        from allocator.history import split_factors  # noqa: PLC0415

        splits = self._splits_of(parts)
        if not splits:
            return bars
        sessions = calendar.session_of(bars.days).astype("datetime64[s]")
        units = split_factors(bars.begin, splits) / split_factors(sessions, splits)
        if bool((units == 1).all()):
            return bars
        return replace(bars, **{name: getattr(bars, name) * units for name in PRICES}, volume=bars.volume / units)

    def _splits_of(self, parts: Sequence[Part]) -> list[Split]:
        return _of_a_paper(each for part in reversed(parts) for each in self._splits.get(part.ticker, ()))

    def _believed(self, ticker: str, stored: _Stored) -> Bars:
        """The bars of a ticker without those that jumped; merged, one of them spoils its session."""
        bars = stored.bars(ticker)
        if ticker not in self._doubted:
            return bars
        doubted, begin = self._doubted[ticker], bars.begin
        if self.merge:
            assert self._calendar is not None
            doubted, begin = self._calendar.session_of(doubted), self._calendar.session_of(begin)
        return bars[~np.isin(begin, doubted)]

    def _adjusted(self, head: str, parts: Sequence[Part], bars: Bars) -> Bars:
        from allocator.history import split_factors, total_return_factors  # noqa: PLC0415

        splits = self._splits_of(parts)
        dividends = self._dividends.get(head, ())
        if not len(bars) or not (splits or dividends):
            return bars
        in_units = split_factors(bars.begin, splits)
        in_money = in_units
        if self._adjust == "total":
            assert self._calendar is not None
            in_money = total_return_factors(bars, splits, dividends, self._calendar, self._tax)
        prices = {name: getattr(bars, name) * in_money for name in PRICES}
        return replace(bars, **prices, volume=bars.volume / in_units)


def _doubted(tx: Transaction, interval: Interval) -> dict[str, Times]:
    """Times of the bars of each ticker that nobody should believe yet."""
    found: defaultdict[str, list[object]] = defaultdict(list)
    for finding in tx.findings.all(accepted=False):
        if finding.fault is Fault.JUMP and finding.interval is interval and finding.begin is not None:
            found[finding.ticker].append(finding.begin)
    return {ticker: np.array(begins, dtype="datetime64[s]") for ticker, begins in found.items()}


def _of_a_paper(splits: Iterable[Split]) -> list[Split]:
    """Each split once: it may be told of under the old ticker and the new one, by days that differ a little."""
    found: list[Split] = []
    for split in splits:
        told = (each for each in found if each.ticker != split.ticker and each.factor == split.factor)
        if not any(abs(each.day - split.day) <= ONE_SPLIT for each in told):
            found.append(split)
    return found


def _by_ticker(each: Iterable[Of]) -> dict[str, list[Of]]:
    found: defaultdict[str, list[Of]] = defaultdict(list)
    for one in each:
        found[one.ticker].append(one)
    return found


def _before(bars: Bars, day: date | None) -> Bars:
    return bars if day is None else bars[bars.begin < np.datetime64(day)]


def _between(bars: Bars, start: date | None, end: date | None) -> Bars:
    """Merging may have moved bars over the end, and more was read than was asked for."""
    if start is not None:
        bars = bars[bars.begin >= np.datetime64(start)]
    return bars if end is None else bars[bars.days <= np.datetime64(end)]


def _arranged(columns: Mapping[str, Bars], fields: Sequence[str], interval: Interval, adjust: Adjust) -> Panel:
    """The arrays: each bar at the row of its time and the column of its paper."""
    everything = Bars.joined(list(columns.values()))
    column = np.repeat(np.arange(len(columns)), [len(bars) for bars in columns.values()])
    known = np.zeros(len(everything), dtype=bool)
    for name in fields:
        known |= ~np.isnan(getattr(everything, name))
    if not known.all():
        everything, column = everything[known], column[known]
    times, row = np.unique(everything.begin, return_inverse=True)
    shape = len(times), len(columns)
    valid = np.zeros(shape, dtype=bool)
    valid[row, column] = True
    values: dict[str, Floats] = {}
    for name in fields:
        values[name] = np.full(shape, np.nan)
        values[name][row, column] = getattr(everything, name)
    return Panel(interval, times, tuple(columns), values, valid, adjust)
