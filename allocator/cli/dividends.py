"""`allocator dividends ...`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from allocator.app import wire
from allocator.app.dividend_desk import Desk, asked_amount, asked_currency, asked_day, asked_ticker
from allocator.app.dividend_views import Wanted, held_units, listing, review
from allocator.cli.talk import Talk
from allocator.cli.usage import refuse_together
from allocator.config.settings import Settings
from allocator.core.errors import UsageError
from allocator.core.moscow import MOSCOW
from allocator.core.text import Text, text
from allocator.report import dividends as report
from allocator.report import dumps


@dataclass(frozen=True, slots=True)
class _Open:
    desk: Desk
    settings: Settings

    @property
    def today(self) -> date:
        return self.desk.now().date()


@contextmanager
def _opened(talk: Talk, store: str | None, config_file: Path | None) -> Iterator[_Open]:
    """The store with what ships in it; closed at the end."""
    settings = wire.settings(config_file)
    with wire.store(store, settings) as opened:
        desk = Desk.of(opened, settings.dividends.backups, lambda: datetime.now(MOSCOW))
        if (said := desk.prepare()) is not None:
            talk.remark(text("{said}.", said=said))
        yield _Open(desk, settings)


def run_list(
    talk: Talk,
    *,
    tickers: tuple[str, ...],
    since: date | None,
    till: date | None,
    all_sources: bool,
    portfolios: tuple[Path, ...],
    store: str | None,
    config_file: Path | None,
    as_json: bool,
    as_csv: bool,
) -> int:
    refuse_together((as_json and as_csv, "--json", "--csv"))
    if since and till and since > till:
        raise UsageError(text("--from {since} is after --to {till}.", since=since, till=till))
    held = held_units(portfolios) if portfolios else None
    wanted = Wanted(tuple(map(asked_ticker, tickers)), since, till, all_sources, held)
    with _opened(talk, store, config_file) as opened:
        found = listing(opened.desk.store, wanted, opened.today, opened.settings.dividends.tax)
    if as_json:
        talk.answer(dumps(report.document(found)))
    elif as_csv:
        talk.answer(report.sheet(found), newline=False)
    else:
        talk.answer(report.table(found, talk.lang))
    return 0


def run_add(
    talk: Talk, *, ticker: str, date: str, amount: str, currency: str, store: str | None, config_file: Path | None
) -> int:
    asked = asked_ticker(ticker), asked_day(date), asked_amount(amount), asked_currency(currency)
    with _opened(talk, store, config_file) as opened:
        _say(talk, opened.desk.add(*asked))
    return 0


def run_remove(talk: Talk, *, ticker: str, date: str, store: str | None, config_file: Path | None) -> int:
    asked = asked_ticker(ticker), asked_day(date)
    with _opened(talk, store, config_file) as opened:
        _say(talk, opened.desk.remove(*asked))
    return 0


def run_check(
    talk: Talk,
    *,
    tickers: tuple[str, ...],
    since: date | None,
    portfolios: tuple[Path, ...],
    store: str | None,
    config_file: Path | None,
    as_json: bool,
) -> int:
    held = held_units(portfolios) if portfolios else None
    wanted = Wanted(tuple(map(asked_ticker, tickers)), since, held=held)
    with _opened(talk, store, config_file) as opened:
        found = review(opened.desk.store, wanted, opened.today)
    talk.answer(dumps(report.review_document(found)) if as_json else report.review_text(found, talk.lang))
    return 0


def run_backup(talk: Talk, *, file: Path | None, store: str | None, config_file: Path | None) -> int:
    with _opened(talk, store, config_file) as opened:
        talk.answer(talk.say(opened.desk.backup(file)))
    return 0


def run_restore(talk: Talk, *, file: Path | None, store: str | None, config_file: Path | None) -> int:
    with _opened(talk, store, config_file) as opened:
        if file is not None:
            _say(talk, opened.desk.restore(file))
            return 0
        backups = opened.desk.listed_backups()
        for backup in backups:
            talk.answer(f"{backup.made:%Y-%m-%d %H:%M:%S}  {backup.path}")
    if backups:
        talk.remark(text("To put one back: allocator dividends restore FILE"))
    else:
        talk.answer(talk.say(text("There are no backups yet: one is made before every change.")))
    return 0


def _say(talk: Talk, sentences: Iterable[Text]) -> None:
    for sentence in sentences:
        talk.answer(talk.say(sentence))
