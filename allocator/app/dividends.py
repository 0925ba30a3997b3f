"""Dividends of the exchange, asked for at night, and reminders of what it has not said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from allocator.core.errors import MarketError
from allocator.core.instrument import Dividend, Instrument, Kind, Rename
from allocator.core.text import Text, text
from allocator.history.dividends import ISS, MANUAL, SAME_PAYMENT, SHIPPED, Missing, effective, joined
from allocator.report.refresh import Note
from allocator.store import Store, Transaction
from allocator.store.backups import Backups

if TYPE_CHECKING:
    from allocator.market.history import HistoryProvider

CLOSINGS = "register closings"  # facts: announced record dates, as JSON
REMEMBERED = timedelta(days=366)  # how long an announced record date is kept
SOON = timedelta(days=60)  # a register that closes within is asked about every night
EVERY = timedelta(days=7)  # all others once a week
PAYS = frozenset({Kind.SHARE, Kind.PREFERRED, Kind.RECEIPT, Kind.FUND})
CONNECTIONS = 4
GIVE_UP = 5  # failures in a row: the exchange is away

# --- the night's part


def fetch_dividends(
    store: Store,
    provider: HistoryProvider,
    today: date,
    *,
    held: frozenset[str] = frozenset(),
    backups: Backups | None = None,
    now: Callable[[], datetime] = datetime.now,
) -> list[Note]:
    """Ask the exchange for dividends of the tickers whose turn it is, and say what is worth a line.

    All tickers on the first run, afterwards each once a week; `held` ones and those whose register closes within 60
    days every night. One transaction for a ticker; a failure of one is a note. What a person or the package says is
    never touched. Ends with a reminder for every held ticker whose register closes while no amount is known.

    Raises: `StoreError`; `Stopped` when the provider was told to stop.
    """
    fetching = _Fetching(store, provider, today, backups or Backups.of(store.name), now)
    return fetching.run(held)


@dataclass
class _Fetching:
    store: Store
    provider: HistoryProvider
    today: date
    backups: Backups
    now: Callable[[], datetime]
    notes: list[Note] = field(default_factory=list)
    saved: bool = False  # whether this run has its backup
    changed: int = 0

    def run(self, held: frozenset[str]) -> list[Note]:
        from allocator.market.failures import NotServed  # noqa: PLC0415 -- requests

        closings = self._closings()
        with self.store.reading() as transaction:
            due = self._due(transaction, closings, held)
        failures = 0
        pool = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="dividends")
        try:
            for start in range(0, len(due), CONNECTIONS * 4):
                if failures >= GIVE_UP:
                    self._note(text("dividends of the other tickers are asked for next time"), "warning")
                    break
                batch = due[start : start + CONNECTIONS * 4]
                for ticker, answer in zip(batch, pool.map(self._asked, batch), strict=True):
                    if isinstance(answer, NotServed):
                        failures = GIVE_UP
                    if isinstance(answer, MarketError):
                        failures += 1
                        self._note(text("dividends: {reason}", reason=answer.message), "error", ticker)
                    else:
                        failures = 0
                        self._keep(ticker, answer)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C waits for no answer: see the provider's stop()
        if self.changed:
            self._note(
                text(
                    "dividends: {count} {count:row of the exchange is|rows of the exchange are} new or changed",
                    count=self.changed,
                ),
                "info",
            )
        self._remind(held)
        return self.notes

    def _asked(self, ticker: str) -> list[Dividend] | MarketError:
        from allocator.market.failures import Stopped  # noqa: PLC0415

        try:
            return self.provider.dividends(ticker)
        except Stopped:
            raise
        except MarketError as error:
            return error

    def _closings(self) -> Mapping[str, Sequence[date]]:
        """Announced record dates by ticker, those of earlier nights too; the exchange lists two weeks back only."""
        with self.store.reading() as transaction:
            known = announced(transaction)
        try:
            fresh = self.provider.register_closings()
        except MarketError as error:
            self._note(text("announced record dates: {reason}", reason=error.message), "warning")
            return known
        merged = {ticker: {day for day in days if day >= self.today - REMEMBERED} for ticker, days in known.items()}
        # A date ahead that is announced no more was moved or called off.
        merged = {ticker: {day for day in days if day < self.today} for ticker, days in merged.items()}
        for ticker, day in fresh:
            merged.setdefault(ticker, set()).add(day)
        with self.store.transaction() as transaction:
            said = {ticker: sorted(map(str, days)) for ticker, days in sorted(merged.items()) if days}
            transaction.facts.set(CLOSINGS, json.dumps(said))
            return announced(transaction)

    def _due(self, transaction: Transaction, closings: Mapping[str, Sequence[date]], held: frozenset[str]) -> list[str]:
        """The tickers to ask for: never asked ones first, then those asked longest ago."""
        traded = [each.ticker for each in transaction.instruments.all() if _pays(each)]
        checked = {ticker: transaction.dividends.checked(ticker) for ticker in traded}
        soon = {
            ticker
            for ticker, days in closings.items()
            if any(self.today - SOON <= day <= self.today + SOON for day in days)
        }

        def is_due(ticker: str) -> bool:
            last = checked[ticker]
            if last is None or last > self.today:  # a clock that has gone backwards counts for nothing
                return True
            return self.today - last >= EVERY or (last < self.today and (ticker in held or ticker in soon))

        return sorted(filter(is_due, traded), key=lambda ticker: (checked[ticker] or date.min, ticker))

    def _keep(self, ticker: str, answer: Sequence[Dividend]) -> None:
        """Make the exchange's rows of the ticker those of its answer; an empty answer takes nothing away."""
        with self.store.transaction() as transaction:
            stored = {_place(row): row for row in transaction.dividends.of(ticker) if row.source == ISS}
            fresh = {_place(row): row for row in answer if row.ticker == ticker and row.source == ISS}
            news = [row for place, row in fresh.items() if stored.get(place) != row]
            gone = {row.record_date for place, row in stored.items() if fresh and place not in fresh}
            if (news or gone) and not self.saved:
                self.backups.make(transaction.dividends.all(), self.now())
                self.saved = True
            for day in sorted(gone):
                transaction.dividends.remove(ticker, day, ISS)
            transaction.dividends.put([*news, *(row for row in fresh.values() if row.record_date in gone)])
            transaction.dividends.set_checked(ticker, self.today)
        self.changed += len(news) + len(gone)

    def _remind(self, held: frozenset[str]) -> None:
        with self.store.reading() as transaction:
            for missing in missing_amounts(transaction, held, self.today):
                self._note(reminder(missing), "warning", missing.ticker)

    def _note(self, message: Text, level: str, ticker: str | None = None) -> None:
        self.notes.append(Note(message, level, ticker))


def _pays(instrument: Instrument) -> bool:
    return instrument.kind in PAYS and instrument.delisted is None


def _place(row: Dividend) -> tuple[date, str]:
    return row.record_date, row.currency


# --- amounts that are missing


def announced(transaction: Transaction) -> Mapping[str, Sequence[date]]:
    """The record dates that the exchange announced, by ticker; none before the first refresh."""
    said = transaction.facts.get(CLOSINGS)
    return {ticker: [date.fromisoformat(day) for day in days] for ticker, days in json.loads(said or "{}").items()}


def missing_amounts(transaction: Transaction, tickers: Iterable[str] | None, today: date) -> list[Missing]:
    """Record dates of these tickers (None: all), a year back and all ahead, of which no source knows an amount.

    A typed or shipped zero is an amount. A payment known under a day nearby is taken for the same one.
    """
    closings, renames = announced(transaction), transaction.renames.all()
    tickers = None if tickers is None else set(tickers)
    rows = transaction.dividends.all() if tickers is None else rows_of(transaction, tickers, renames)
    rows = joined(rows, renames)
    known: dict[str, list[date]] = {}
    for row in [*effective(rows), *(row for row in rows if row.source in {MANUAL, SHIPPED})]:
        known.setdefault(row.ticker, []).append(row.record_date)
    wanted = closings.keys() if tickers is None else tickers
    found = []
    for ticker in sorted(wanted):
        for day in closings.get(ticker, ()):
            about = known.get(ticker, ())
            if day >= today - REMEMBERED and all(abs(other - day) > SAME_PAYMENT for other in about):
                found.append(Missing(ticker, day))
    return found


def rows_of(transaction: Transaction, tickers: Iterable[str], renames: Sequence[Rename]) -> list[Dividend]:
    """What all sources say of papers by their tickers of today, under those and the tickers before; not yet joined."""
    names, more = set(tickers), True
    while more:
        older = {each.old for each in renames if each.new in names} - names
        names |= older
        more = bool(older)
    return transaction.dividends.among(names)


def reminder(missing: Missing) -> Text:
    return text(
        "no dividend is known for the register of {day}; once it is: {command}",
        day=missing.record_date,
        command=missing.command,
    )
