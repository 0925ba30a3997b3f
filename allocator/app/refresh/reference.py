"""What is known of the securities besides their bars: lists, renames, splits, the calendar, indexes and sectors."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from allocator.app.refresh.planning import Days
from allocator.core.bars import Interval
from allocator.core.errors import MarketError
from allocator.core.instrument import Instrument, Kind, Rename, Split
from allocator.core.text import Text, text
from allocator.market.history import SECTORS, HistoryProvider, NotServed, Stopped
from allocator.store import Store, Transaction
from allocator.store.shipped import is_same_split

FEWEST = 0.8  # of the tickers known to trade: a shorter list is a broken answer, not a wave of delistings
AHEAD = timedelta(days=30)  # how far the calendar is asked for
LISTED_DAY = "listing read"  # facts
MEMBERS_DAY = "members read"
CALENDAR_SINCE = "calendar since"
SELDOM = timedelta(days=7)
COMPOSITION = ("IMOEX",)

Note = Callable[[Text, str], None]


@dataclass
class Reference:
    """Brings the reference data up to date, one step at a time. A step that fails leaves what was known."""

    store: Store
    provider: HistoryProvider
    days: Days
    since: date
    note: Note
    step: Callable[[Text], None]
    connections: int = 4
    failed: int = 0
    resplit: set[str] = field(default_factory=set)  # tickers with a split that was not known

    def run(self) -> None:
        """Every step, in order; what they need is asked for at once.

        Raises: `MarketError` only when no list of securities is known, from now or before.
        """
        with self.store.reading() as transaction:
            due = self._due(transaction)
        pool = ThreadPoolExecutor(self.connections, thread_name_prefix="reference")
        try:
            questions = {name: pool.submit(question) for name, question in due.items()}
            self._lists(questions, pool)
            self._guarded(text("splits"), lambda: self._splits(questions["splits"].result()))
            self._guarded(text("trading calendar"), lambda: self._calendar(questions))
            if COMPOSITION[0] in questions:
                self._guarded(text("indexes and sectors"), lambda: self._members(questions))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # whoever stops the run stops the provider, which ends them

    def _due(self, transaction: Transaction) -> dict[str, Callable[[], Any]]:
        """What has to be asked whatever the answers are: some of it every night, some once a week."""
        due: dict[str, Callable[[], Any]] = {"instruments": self.provider.instruments, "splits": self.provider.splits}
        for year, since, till in self._years(transaction):
            due[f"calendar {year}"] = functools.partial(self.provider.calendar, since, till)
        if self._old(transaction, LISTED_DAY):
            due |= {"listing": self.provider.listing, "renames": self.provider.renames}
        if self._old(transaction, MEMBERS_DAY):
            due |= {index: functools.partial(self.provider.members, index) for index in (*COMPOSITION, *SECTORS)}
        return due

    def _years(self, transaction: Transaction) -> Iterator[tuple[int, date, date]]:
        """The days of the calendar that are not known for sure, year by year."""
        since, known, span = self.since, transaction.facts.get(CALENDAR_SINCE), transaction.calendar.span()
        if known is not None and span is not None and date.fromisoformat(known) <= self.since:
            since = min(span[1], self.days.final) - SELDOM
        till = self.days.final + AHEAD
        for year in range(since.year, till.year + 1):
            yield year, max(since, date(year, 1, 1)), min(till, date(year, 12, 31))

    def _old(self, transaction: Transaction, fact: str) -> bool:
        """Whether what is asked once a week was asked a week ago."""
        read = transaction.facts.get(fact)
        if read is None:
            return True
        age = self.days.final - date.fromisoformat(read)
        return not timedelta(0) <= age < SELDOM  # written by a clock that was ahead, it says nothing

    def _lists(self, questions: dict[str, Future[Any]], pool: ThreadPoolExecutor) -> None:
        """Today's list, and when it changed (or a week has passed) the list of all that ever traded and of renames."""
        self.step(text("list of securities"))
        with self.store.reading() as transaction:
            known = {instrument.ticker: instrument for instrument in transaction.instruments.all()}
        traded = {ticker for ticker, instrument in known.items() if _trades(instrument)}
        try:
            listed: list[Instrument] = questions["instruments"].result()
        except MarketError as error:
            if not traded or isinstance(error, Stopped):
                raise
            self.failed += 1
            self.note(text("list of securities: the stored one serves; {error}", error=error.message), "error")
            return
        new = {instrument.ticker for instrument in listed}
        whole = len(new & traded) >= FEWEST * len(traded)
        gone = traded - new if whole else set()
        if not whole:
            self.note(
                text(
                    "the list of securities lacks {count} of {all}; nothing is marked as delisted",
                    count=len(traded - new),
                    all=len(traded),
                ),
                "warning",
            )
        with self.store.transaction() as transaction:
            transaction.instruments.put(_merged(known, instrument) for instrument in listed)
        if "listing" not in questions and (gone or new - traded):
            questions["listing"] = pool.submit(self.provider.listing)
            questions["renames"] = pool.submit(self.provider.renames)
        if "listing" in questions:
            self._guarded(text("securities of the past"), lambda: self._past(questions["listing"].result()))
            self._guarded(text("renames"), lambda: self._renames(questions["renames"].result()))
        if gone:
            self._delist(sorted(gone))

    def _past(self, past: Sequence[Instrument]) -> None:
        """Papers that left, for studies without survivorship bias; and when each paper was listed."""
        with self.store.transaction() as transaction:
            known = {instrument.ticker: instrument for instrument in transaction.instruments.all()}
            transaction.instruments.put(
                _aged(known.get(instrument.ticker), instrument)
                for instrument in past
                if instrument.delisted is None or instrument.delisted >= self.since
            )
            transaction.facts.set(LISTED_DAY, self.days.final.isoformat())

    def _delist(self, gone: Sequence[str]) -> None:
        """Mark the papers that vanished from the list, by their last bar where the exchange gave no day."""
        with self.store.transaction() as transaction:
            for ticker in gone:
                instrument = transaction.instruments.get(ticker)
                if instrument is None or instrument.delisted:
                    continue
                day = _last_day(transaction, ticker) or self.days.final
                transaction.instruments.put([replace(instrument, delisted=day)])
                self.note(
                    text(
                        "{ticker}: left the exchange, last traded on {day}; its history stays", ticker=ticker, day=day
                    ),
                    "info",
                )

    def _renames(self, found: Sequence[Rename]) -> None:
        with self.store.transaction() as transaction:
            known = {instrument.ticker for instrument in transaction.instruments.all()}
            had = {(rename.old, rename.new) for rename in transaction.renames.all()}
            fresh = [each for each in found if each.new in known and (each.old, each.new) not in had]
            transaction.renames.put(fresh)
            for rename in fresh:
                self.note(text("{old} became {new} on {day}", old=rename.old, new=rename.new, day=rename.day), "info")

    def _splits(self, found: Sequence[Split]) -> None:
        with self.store.transaction() as transaction:
            known = {instrument.ticker for instrument in transaction.instruments.all()}
            had = transaction.splits.all()
            for split in found:
                if split.ticker not in known or is_same_split(split, had):
                    continue
                transaction.splits.put([split])
                self.resplit.add(split.ticker)
                self.note(
                    text(
                        "{ticker}: split, {before} became {after} on {day}",
                        ticker=split.ticker,
                        before=split.before,
                        after=split.after,
                        day=split.day,
                    ),
                    "info",
                )

    def _calendar(self, questions: Mapping[str, Future[Any]]) -> None:
        found = [day for name, each in questions.items() if name.startswith("calendar") for day in each.result()]
        with self.store.transaction() as transaction:
            transaction.calendar.put(found)
            known = transaction.facts.get(CALENDAR_SINCE)
            transaction.facts.set(CALENDAR_SINCE, min(known or "9999", self.since.isoformat()))

    def _members(self, questions: Mapping[str, Future[Any]]) -> None:
        """The composition of the index, and the sector of each share by the index of its sector."""
        for index in (*COMPOSITION, *SECTORS):
            members = questions[index].result()
            with self.store.transaction() as transaction:
                transaction.members.put(index, members)
        with self.store.transaction() as transaction:
            sectors = transaction.members.sectors()
            transaction.instruments.put(
                replace(instrument, sector=SECTORS.get(sectors[instrument.ticker], sectors[instrument.ticker]))
                for instrument in transaction.instruments.all()
                if instrument.ticker in sectors and instrument.kind is not Kind.INDEX
            )
            transaction.facts.set(MEMBERS_DAY, self.days.final.isoformat())

    def _guarded(self, name: Text, work: Callable[[], None]) -> None:
        self.step(name)
        try:
            work()
        except Stopped:
            raise
        except NotServed as error:
            self.note(text("{name}: what was known serves; {error}", name=name, error=error.message), "info")
        except MarketError as error:
            self.failed += 1
            self.note(text("{name}: what was known serves; {error}", name=name, error=error.message), "error")


def _trades(instrument: Instrument) -> bool:
    return instrument.delisted is None and instrument.kind is not Kind.INDEX


def _merged(known: dict[str, Instrument], listed: Instrument) -> Instrument:
    """Today's row, with what only other answers tell."""
    before = known.get(listed.ticker)
    if before is None:
        return listed
    return replace(listed, sector=before.sector, listed=listed.listed or before.listed, delisted=None)


def _aged(known: Instrument | None, past: Instrument) -> Instrument:
    """A row of the list of all times; of a paper that trades only its first day is news."""
    if known is None:
        return past
    if known.delisted is None:
        return replace(known, listed=past.listed or known.listed)
    return replace(known, listed=past.listed or known.listed, delisted=past.delisted or known.delisted)


def _last_day(transaction: Transaction, ticker: str) -> date | None:
    last = transaction.bars.last(ticker, Interval.DAY, 1)
    if not len(last):
        return None
    day: date = last.begin[0].item().date()
    return day
