"""What is known of the securities besides their bars: lists, renames, splits, the calendar, indexes and sectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from allocator.app.refresh.planning import Days
from allocator.core.bars import Interval
from allocator.core.errors import MarketError
from allocator.core.instrument import Instrument, Kind
from allocator.core.text import Text, text
from allocator.market.history import SECTORS, HistoryProvider, NotServed, Stopped
from allocator.store import Store, Transaction
from allocator.store.shipped import is_same_split

FEWEST = 0.8  # of the tickers known to trade: a shorter list is a broken answer, not a wave of delistings
AHEAD = timedelta(days=30)  # how far the calendar is asked for
LISTED_DAY = "listing read"  # facts
MEMBERS_DAY = "members read"
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
    failed: int = 0
    resplit: set[str] = field(default_factory=set)  # tickers with a split that was not known

    def run(self) -> None:
        """Every step. Raises: `MarketError` only when no list of securities is known, from now or before."""
        self._lists()
        self._guarded(text("splits"), self._splits)
        self._guarded(text("trading calendar"), self._calendar)
        self._guarded(text("indexes and sectors"), self._members)

    def _lists(self) -> None:
        """Today's list, and when it changed (or a week has passed) the list of all that ever traded and of renames."""
        self.step(text("list of securities"))
        with self.store.reading() as transaction:
            known = {instrument.ticker: instrument for instrument in transaction.instruments.all()}
            read = transaction.facts.get(LISTED_DAY)
        traded = {ticker for ticker, instrument in known.items() if _trades(instrument)}
        try:
            listed = self.provider.instruments()
        except MarketError as error:
            if not traded:
                raise
            self.failed += 1
            self.note(text("list of securities: {error}; the stored one serves", error=error.message), "error")
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
        if read is None or gone or new - traded or date.fromisoformat(read) + SELDOM <= self.days.final:
            self._guarded(text("securities of the past"), self._past)
            self._guarded(text("renames"), self._renames)
        if gone:
            self._delist(sorted(gone))

    def _past(self) -> None:
        """Papers that left, for studies without survivorship bias; and when each paper was listed."""
        past = self.provider.listing()
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

    def _renames(self) -> None:
        found = self.provider.renames()
        with self.store.transaction() as transaction:
            known = {instrument.ticker for instrument in transaction.instruments.all()}
            had = {(rename.old, rename.new) for rename in transaction.renames.all()}
            fresh = [each for each in found if each.new in known and (each.old, each.new) not in had]
            transaction.renames.put(fresh)
            for rename in fresh:
                self.note(text("{old} became {new} on {day}", old=rename.old, new=rename.new, day=rename.day), "info")

    def _splits(self) -> None:
        found = self.provider.splits()
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

    def _calendar(self) -> None:
        with self.store.reading() as transaction:
            span = transaction.calendar.span()
        since = (
            self.since if span is None or span[0] > self.since else min(span[1], self.days.final) - timedelta(days=7)
        )
        found = self.provider.calendar(since, self.days.final + AHEAD)
        with self.store.transaction() as transaction:
            transaction.calendar.put(found)

    def _members(self) -> None:
        """The composition of the index, and the sector of each share by the index of its sector; weekly."""
        with self.store.reading() as transaction:
            read = transaction.facts.get(MEMBERS_DAY)
        if read is not None and date.fromisoformat(read) + SELDOM > self.days.final:
            return
        for index in (*COMPOSITION, *SECTORS):
            members = self.provider.members(index)
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
            self.note(text("{name}: {error}; what was known serves", name=name, error=error.message), "info")
        except MarketError as error:
            self.failed += 1
            self.note(text("{name}: {error}; what was known serves", name=name, error=error.message), "error")


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
