"""Dividends mended by hand, backed up before every change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from allocator import config
from allocator.core.errors import AllocatorError, ConflictError, UsageError
from allocator.core.instrument import Dividend, Kind, Rename
from allocator.core.portfolio import without_board
from allocator.core.text import Text, text
from allocator.history.dividends import MANUAL, SAME_PAYMENT, agree, effective, joined
from allocator.market.findings import did_you_mean, near
from allocator.store import Store, Transaction, seed
from allocator.store.backup_folder import Kept
from allocator.store.backups import CURRENCY, Backups, read, write

T = TypeVar("T")

FURTHEST = timedelta(days=3 * 366)  # no register is announced for longer
EARLIEST = date(1990, 1, 1)


@dataclass(frozen=True)
class Desk:
    """Changes of dividends in one store. `now` is for the names of backups, its date for what is far ahead."""

    store: Store
    backups: Backups
    now: Callable[[], datetime]

    @classmethod
    def of(cls, store: Store, keep: int, now: Callable[[], datetime]) -> Desk:
        """The desk of a store whose backups are where those of this store belong; `keep` of them."""
        return cls(store, Backups.of(store.name, keep), now)

    def prepare(self) -> Text | None:
        """Put in what ships with the program, if it is not there yet."""
        with self.store.transaction() as transaction:
            return seed(transaction)

    def add(
        self, ticker: str, day: date, amount: Decimal, currency: str = "RUB", version: str | None = None
    ) -> Iterator[Text]:
        """Put in a dividend by hand; it goes before every other source. An amount of 0 means that none is paid.

        `version` is what `version_of` gave for the paper when it was read, None for whatever is there.
        Raises: `UsageError` for an unknown ticker or an impossible day; `ConflictError`; `StoreError`.
        """
        self._check_day(day)
        with self.store.transaction() as transaction:
            renames = transaction.renames.all()
            name = known_ticker(transaction, ticker, renames)
            rows = _payment(transaction, name, renames, version)
            before = [row for row in rows if row.record_date == day]
            self.backups.make(transaction.dividends.all(), self.now())
            _remove(transaction, [row for row in before if row.source == MANUAL], renames)
            added = Dividend(name, day, amount, currency, MANUAL)
            transaction.dividends.put([added])
        if name != ticker:
            yield text("{old} is {new} today.", old=ticker, new=name)
        if amount:
            yield text("{dividend} counts from now on.", dividend=_told(added))
        else:
            yield text("{ticker}, {day}: no dividend, whatever other sources say.", ticker=name, day=day)
        for row in sorted(before, key=lambda each: each.source):
            if row != added:
                yield text("Before: {dividend}.", dividend=_told(row))
        yield from _neighbours(added, [row for row in effective(rows) if row.record_date != day])

    def remove(self, ticker: str, day: date, version: str | None = None) -> Iterator[Text]:
        """Take out what was typed; where nothing was, overrule the other sources by a typed 0.

        `version` is as in `add`.
        Raises: `UsageError` when there is nothing to remove; `ConflictError`; `StoreError`.
        """
        with self.store.transaction() as transaction:
            renames = transaction.renames.all()
            name = known_ticker(transaction, ticker, renames)
            rows = _payment(transaction, name, renames, version)
            here = [row for row in rows if row.record_date == day]
            manual = [row for row in here if row.source == MANUAL]
            others = effective(row for row in here if row.source != MANUAL)
            if not manual and not others:
                raise _nothing(name, day, effective(rows))
            self.backups.make(transaction.dividends.all(), self.now())
            _remove(transaction, manual, renames)
            if not manual:
                transaction.dividends.put([Dividend(name, day, Decimal(0), others[0].currency, MANUAL)])
        for row in manual:
            yield text("Removed: {dividend}.", dividend=_told(row))
        for row in others:
            if manual:
                yield text("Now {dividend} counts; to overrule it, remove it too.", dividend=_told(row))
            else:
                yield text(
                    "{dividend} is kept but counts no more: a typed 0 says that nothing was paid. "
                    "To take that back: allocator dividends remove {ticker} {day}",
                    dividend=_told(row),
                    ticker=name,
                    day=day,
                )

    def backup(self, path: Path | None = None) -> Text:
        """Write a backup now, to the store's folder of backups or to a file.

        Raises: `StoreError` when it cannot be written; `UsageError` without dividends, or for a file in the way.
        """
        with self.store.reading() as transaction:
            rows = transaction.dividends.all()
        if not rows:
            raise UsageError(text("There are no dividends to back up."))
        if path is None:
            written = self.backups.make(rows, self.now()) or self.backups.all()[0].path
            return text("{path}: {count} {count:row|rows}.", path=written, count=len(rows))
        if path.exists():
            raise UsageError(text("{path} is there already.", path=path), text("Give another name."))
        write(path, rows, self.now())
        return text("{path}: {count} {count:row|rows}.", path=path, count=len(rows))

    def restore(self, path: Path) -> Iterator[Text]:
        """Make the dividends those of a backup, after a backup of what is there. All of them or none.

        Raises: `StoreError` when the file is damaged, or the store or the backup cannot be written.
        """
        rows = read(path)
        with self.store.transaction() as transaction:
            before = transaction.dividends.all()
            saved = self.backups.make(before, self.now())
            for ticker, day, source in {(row.ticker, row.record_date, row.source) for row in set(before) - set(rows)}:
                transaction.dividends.remove(ticker, day, source)
            transaction.dividends.put(rows)
        came, went = len(set(rows) - set(before)), len(set(before) - set(rows))
        yield text(
            "{path}: {count} {count:row is|rows are} back; {came} came, {went} went.",
            path=path,
            count=len(rows),
            came=came,
            went=went,
        )
        if saved:
            yield text("What was there before is in {path}", path=saved)

    def listed_backups(self) -> list[Kept]:
        """The newest first."""
        return self.backups.all()

    def _check_day(self, day: date) -> None:
        furthest = self.now().date() + FURTHEST
        if not EARLIEST <= day <= furthest:
            raise UsageError(
                text(
                    "{day} is no record date: it is not between {since} and {till}.",
                    day=day,
                    since=EARLIEST,
                    till=furthest,
                )
            )


def asked_ticker(raw: str) -> str:
    """The ticker that a person typed, its board left out. Raises: `UsageError`."""
    return without_board(_asked("TICKER", config.ticker, raw))


def asked_amount(raw: str) -> Decimal:
    """The amount that a person typed, 0 or more. Raises: `UsageError`."""
    return _asked("AMOUNT", config.values.number, raw, text("Write it as 34.84, before tax, for one share."))


def asked_day(raw: str) -> date:
    """A day as 2026-07-18 or 18.07.2026. Raises: `UsageError`."""
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(raw.strip(), form).date()  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
    raise UsageError(text("{word} is no day.", word=repr(raw)), text("Write it as 2026-07-18."))


def asked_currency(raw: str) -> str:
    """A code such as RUB or USD; the rouble's older codes are RUB. Raises: `UsageError`."""
    code = raw.strip().upper()
    if not CURRENCY.fullmatch(code):
        raise UsageError(
            text("{word} is no currency.", word=repr(raw)), text("Write a code of three letters: RUB, USD.")
        )
    return "RUB" if code in {"RUR", "SUR"} else code


def _asked(name: str, reader: Callable[[str], T], raw: str, hint: Text | None = None) -> T:
    try:
        return reader(raw.strip())
    except config.BadValueError as error:
        raise UsageError(text("{option}: {what}.", option=name, what=error.what), error.hint or hint) from error


def known_ticker(transaction: Transaction, ticker: str, renames: Sequence[Rename]) -> str:
    """The ticker of today of a ticker that the store has heard of.

    Raises: `UsageError` for another.
    """
    instrument, renamed = transaction.instruments.get(ticker), {each.old for each in renames}
    renamed |= {each.new for each in renames}
    traded = instrument is not None and instrument.kind is not Kind.INDEX
    if not (traded or ticker in renamed or transaction.dividends.of(ticker)):
        known = {each.ticker for each in transaction.instruments.all() if each.kind is not Kind.INDEX}
        known |= renamed | {row.ticker for row in transaction.dividends.all()}
        hint = did_you_mean(near(ticker, known)) or text("New tickers come with: allocator refresh")
        raise UsageError(text("{ticker}: the store has no such ticker.", ticker=ticker), hint)
    return today_of(ticker, renames)


def today_of(ticker: str, renames: Sequence[Rename]) -> str:
    """The ticker that the paper has today."""
    changes = {each.old: each.new for each in renames}
    for _ in changes:  # a circle would never end
        if ticker not in changes:
            break
        ticker = changes[ticker]
    return ticker


def version_of(rows: Iterable[Dividend]) -> str:
    """Another one as soon as any source says something else of the paper whose rows these are."""
    said = sorted(f"{row.record_date} {row.amount.normalize()} {row.currency} {row.source}" for row in rows)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def _payment(transaction: Transaction, ticker: str, renames: Sequence[Rename], version: str | None) -> list[Dividend]:
    """All that sources say of the ticker, under its name of today. Raises: `ConflictError`."""
    rows = [row for row in joined(transaction.dividends.all(), renames) if row.ticker == ticker]
    if version is not None and version != version_of(rows):
        raise ConflictError(
            text("The dividends of {ticker} have changed meanwhile.", ticker=ticker),
            text("Look at what is there now, and repeat the edit."),
        )
    return rows


def _remove(transaction: Transaction, rows: Sequence[Dividend], renames: Sequence[Rename]) -> None:
    """Remove rows that may be stored under an older ticker."""
    for row in rows:
        names = {row.ticker} | {each.old for each in renames if today_of(each.old, renames) == row.ticker}
        for name in names:
            transaction.dividends.remove(name, row.record_date, row.source)


def _told(row: Dividend) -> Text:
    return text(
        "{ticker}, {day}: {amount} {currency} ({source})",
        ticker=row.ticker,
        day=row.record_date,
        amount=f"{row.amount.normalize():f}",
        currency=row.currency,
        source=row.source,
    )


def _neighbours(added: Dividend, others: Sequence[Dividend]) -> Iterator[Text]:
    """A payment a few days off is likely the same one, unless the amount says that it was taken for it."""
    for row in others:
        if not added.amount or abs(row.record_date - added.record_date) > SAME_PAYMENT:
            continue
        if row.source == MANUAL or row.currency != added.currency or not agree(row, added):
            yield text(
                "{dividend} counts as well; if it is the same payment: allocator dividends remove {ticker} {day}",
                dividend=_told(row),
                ticker=row.ticker,
                day=row.record_date,
            )


def _nothing(ticker: str, day: date, rows: Sequence[Dividend]) -> AllocatorError:
    nearest = sorted(rows, key=lambda row: abs(row.record_date - day))[:3]
    hint = None
    if nearest:
        days = ", ".join(str(row.record_date) for row in sorted(nearest, key=lambda row: row.record_date))
        hint = text("Record dates nearby: {days}.", days=days)
    return UsageError(text("{ticker} has no dividend with the record date {day}.", ticker=ticker, day=day), hint)
