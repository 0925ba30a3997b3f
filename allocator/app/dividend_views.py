"""Dividends looked at: what counts, what it brings, and what is doubtful."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np

from allocator import config
from allocator.app.dividend_desk import known_ticker, today_of
from allocator.app.dividends import missing_amounts
from allocator.core.bars import Bars, Interval, Times
from allocator.core.calendar import Calendar
from allocator.core.instrument import Dividend, Rename, Split
from allocator.core.portfolio import without_board
from allocator.history.dividends import disagreements, effective, joined, suspicions
from allocator.report.dividends import Line, Listing, Review
from allocator.store import Store, Transaction

A_YEAR = timedelta(days=365)
STALE = timedelta(days=30)  # an older close says little of a yield
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show. `held` are units by ticker, None without portfolio files; days are record dates."""

    tickers: tuple[str, ...] = ()
    since: date | None = None
    till: date | None = None
    all_sources: bool = False
    held: Mapping[str, Decimal] | None = None


EVERYTHING = Wanted(all_sources=True)


def held_units(paths: Iterable[Path]) -> dict[str, Decimal]:
    """Units held by ticker, all files together; boards are left out.

    Raises: `ConfigError` for a file that is wrong.
    """
    found: dict[str, Decimal] = {}
    for path in paths:
        for asset in config.load(path).assets:
            if asset.have:
                ticker = without_board(asset.ticker)
                found[ticker] = found.get(ticker, ZERO) + asset.have
    return found


def listing(store: Store, wanted: Wanted, today: date, tax: Decimal) -> Listing:
    """The dividends that are asked for, by record date; without tickers and days those of the last year and to come.

    With portfolio files: those of held assets whose ex-date is still ahead, with the income of today's units.
    Raises: `UsageError` for an unknown ticker; `StoreError`.
    """
    with store.reading() as transaction:
        renames = transaction.renames.all()
        rows = joined(transaction.dividends.all(), renames)
        held = _today(wanted.held, renames)
        chosen = {known_ticker(transaction, ticker, renames) for ticker in wanted.tickers}
        if held is not None:
            chosen = chosen & held.keys() if chosen else set(held)
        since = wanted.since
        if since is None and held is not None:
            since = today
        elif since is None and not chosen:
            since = today - A_YEAR
        rows = [row for row in rows if not (chosen or held is not None) or row.ticker in chosen]
        splits = transaction.splits.all()
        lines = lines_of(transaction, rows, renames, replace(wanted, since=since))
    if held is not None:
        lines = [
            replace(line, units=_as_of(line.dividend, held[line.dividend.ticker], splits), tax=tax) for line in lines
        ]
    if held is not None and wanted.since is None:
        lines = [line for line in lines if line.ex_date > today]
    return Listing(lines, since, wanted.till, held is not None, tax)


def lines_of(
    transaction: Transaction, rows: Sequence[Dividend], renames: Sequence[Rename], wanted: Wanted = EVERYTHING
) -> list[Line]:
    """All that sources say of some papers, joined, as lines by record date; of `wanted` the days and sources count."""
    disputed = {(each.ticker, each.record_date) for each in disagreements(rows)}
    believed = set(effective(rows))
    chosen = [row for row in (rows if wanted.all_sources else believed) if _within(row, wanted.since, wanted.till)]
    chosen.sort(key=lambda row: (row.record_date, row.ticker, row not in believed, row.source))
    market = Market(transaction, renames)
    ex_dates, closes = market.ex_dates(chosen), market.closes(chosen)
    return [
        Line(
            row,
            ex_dates[row.record_date],
            counts=row in believed,
            disputed=(row.ticker, row.record_date) in disputed,
            price_share=_share(row, closes),
        )
        for row in chosen
    ]


def review(store: Store, wanted: Wanted, today: date) -> Review:
    """What is doubtful of these tickers (none: of held ones, else of all), since a year ago unless said otherwise.

    Raises: `UsageError` for an unknown ticker; `StoreError`.
    """
    since = wanted.since or today - A_YEAR
    with store.reading() as transaction:
        renames = transaction.renames.all()
        chosen: set[str] | None = {known_ticker(transaction, ticker, renames) for ticker in wanted.tickers} or None
        if (held := _today(wanted.held, renames)) is not None:
            chosen = set(held) | (chosen or set())
        rows = [
            row
            for row in joined(transaction.dividends.all(), renames)
            if row.record_date >= since and (chosen is None or row.ticker in chosen)
        ]
        closes = Market(transaction, renames).closes(rows)
        known = {each.ticker for each in transaction.instruments.all() if each.delisted is None}
        missing = missing_amounts(transaction, known if chosen is None else chosen, today)
    return Review(since, disagreements(rows), missing, suspicions(rows, closes))


def _today(held: Mapping[str, Decimal] | None, renames: Sequence[Rename]) -> dict[str, Decimal] | None:
    """Units under the tickers of today. A new paper for an old one is taken at one to one."""
    if held is None:
        return None
    found: dict[str, Decimal] = {}
    for ticker, units in held.items():
        name = today_of(ticker, renames)
        found[name] = found.get(name, ZERO) + units
    return found


def _as_of(row: Dividend, units: Decimal, splits: Sequence[Split]) -> Decimal:
    """Today's units as those of the record date, for which the dividend was paid."""
    for split in splits:
        if split.ticker == row.ticker and split.day > row.record_date:
            units = units * split.before / split.after
    return units


def _within(row: Dividend, since: date | None, till: date | None) -> bool:
    return (since is None or row.record_date >= since) and (till is None or row.record_date <= till)


def _share(row: Dividend, closes: Mapping[tuple[str, date], Decimal]) -> Decimal | None:
    close = closes.get((row.ticker, row.record_date))
    return row.amount / close if close and row.amount and row.currency == "RUB" else None


class Market:
    """What the store's bars and calendar say of dividends."""

    def __init__(self, transaction: Transaction, renames: Sequence[Rename]) -> None:
        self._transaction = transaction
        self._renames = renames
        self._calendar: Calendar = transaction.calendar.get()
        self._known = {each.ticker for each in transaction.instruments.all()}

    def ex_dates(self, rows: Sequence[Dividend]) -> dict[date, date]:
        """Ex-dates by record date."""
        records = sorted({row.record_date for row in rows})
        if not records:
            return {}
        found = self._calendar.ex_dates(np.array(records, dtype="datetime64[D]"))
        return dict(zip(records, found.tolist(), strict=True))

    def closes(self, rows: Sequence[Dividend]) -> dict[tuple[str, date], Decimal]:
        """The last raw close before the ex-date, if at most a month old, by ticker and record date."""
        ex_dates = self.ex_dates(rows)
        found = {}
        by_ticker: dict[str, list[Dividend]] = {}
        for row in rows:
            by_ticker.setdefault(row.ticker, []).append(row)
        for ticker, mine in by_ticker.items():
            days, closes = self._history(ticker, min(ex_dates[row.record_date] for row in mine))
            for row in mine:
                ex_date = np.datetime64(ex_dates[row.record_date])
                position = int(np.searchsorted(days, ex_date, side="left")) - 1
                if position >= 0 and ex_date - days[position] <= np.timedelta64(STALE):
                    found[row.ticker, row.record_date] = Decimal(repr(float(closes[position])))
        return found

    def _history(self, ticker: str, since: date) -> tuple[Times, np.typing.NDArray[np.float64]]:
        """(n,) days and (n,) raw closes that are known, of the ticker and those before it, in order."""
        start = datetime.combine(since - STALE, time())
        names = [each.old for each in self._renames if today_of(each.old, self._renames) == ticker]
        known = [name for name in [*names, ticker] if name in self._known]
        bars = Bars.joined([self._transaction.bars.read(name, Interval.DAY, start) for name in known])
        bars = bars[np.isfinite(bars.close)]
        bars = bars[np.argsort(bars.begin, kind="stable")]
        return bars.days, bars.close
