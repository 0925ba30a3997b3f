"""`allocator data`: the answer in the form that was asked for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from allocator import report
from allocator.app import wire
from allocator.app.data import DataDesk, Selection
from allocator.app.import_series import Request
from allocator.app.importing import Importer
from allocator.cli.files import refuse_undrawable, refuse_unwritable, write
from allocator.cli.progress import ProgressBar
from allocator.cli.talk import Talk
from allocator.cli.usage import refuse_together
from allocator.core.bars import Interval
from allocator.core.errors import UsageError
from allocator.core.text import Text, text
from allocator.report import numbers
from allocator.report.data_status import status_document, status_text
from allocator.report.imported import import_document, import_notes, imported_text
from allocator.report.series import SeriesView, series_document, series_text
from allocator.report.series_picture import series_picture
from allocator.store.export import Part, csv_chunks, writer_of

if TYPE_CHECKING:
    from allocator.config.settings import Settings
    from allocator.store import Store

LAST = 20  # bars of a table, unless told


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What every command is asked."""

    store: str | None
    config_file: Path | None

    @contextmanager
    def opened(self, *, create: bool = False) -> Iterator[tuple[Store, Settings]]:
        settings = wire.settings(self.config_file)
        with wire.store(self.store, settings, create=create) as store:
            yield store, settings

    @contextmanager
    def desk(self) -> Iterator[DataDesk]:
        """The use cases, over a store that is there. Raises: `ConfigError`, `StoreError`."""
        with self.opened() as (store, settings):
            yield DataDesk(store, now, settings.dividends.tax)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusAsked(Asked):
    """The options of `data status`."""

    interval: str | None
    tickers: tuple[str, ...] | None
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowAsked(Asked):
    """The options of `data show`."""

    ticker: str
    interval: str | None
    since: date | None
    till: date | None
    adjust: str | None
    last: int | None
    plot: Path | None
    as_json: bool
    as_csv: bool

    @property
    def selection(self) -> Selection:
        adjust = self.adjust or ("splits" if self.plot else "none")
        return Selection(Interval(self.interval or "day"), (self.ticker.upper(),), self.since, self.till, adjust)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportAsked(Asked):
    """The options of `data export`."""

    file: Path
    interval: str | None
    tickers: tuple[str, ...] | None
    since: date | None
    till: date | None
    adjust: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportAsked(Asked):
    """The options of `data import`."""

    files: tuple[Path, ...]
    interval: str | None
    adjusted_to: date | None
    ticker: str | None
    replace: bool
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptAsked(Asked):
    """The options of `data accept`."""

    ticker: str
    day: date | None
    interval: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitAsked(Asked):
    """The options of `data split`."""

    ticker: str
    day: date
    ratio: str | None
    remove: bool


def now() -> datetime:
    return datetime.now(UTC)


def show_status(talk: Talk, asked: StatusAsked) -> int:
    with talk.working() as progress, asked.desk() as desk:
        progress(text("looking through the store"))
        status = desk.status(intervals(asked.interval), asked.tickers)
    if asked.as_json:
        talk.answer(report.dumps(status_document(status, lang=talk.lang)))
    else:
        talk.answer(status_text(status, lang=talk.lang))
    return 0


def show_series(talk: Talk, asked: ShowAsked) -> int:
    refuse_together((asked.as_json and asked.as_csv, "--json", "--csv"))
    if asked.plot is not None:
        report.need_matplotlib()
        refuse_undrawable(asked.plot)
    with asked.desk() as desk:
        view = desk.show(asked.ticker.upper(), asked.selection)
    if asked.plot is not None:
        _draw(view, asked.plot, talk.lang)
    if asked.as_json:
        talk.answer(report.dumps(series_document(view, last=asked.last or 0, lang=talk.lang)))
    elif asked.as_csv:
        bars = view.bars[-asked.last :] if asked.last else view.bars
        part = Part(view.instrument.ticker, view.instrument.board, bars)
        for chunk in csv_chunks([part], view.interval, adjust=view.adjust):
            talk.answer(chunk, newline=False)
    else:
        last = LAST if asked.last is None else asked.last
        talk.answer(series_text(view, last=last, lang=talk.lang))
    return 0


def _draw(view: SeriesView, path: Path, lang: str) -> None:
    if not len(view.bars):
        raise UsageError(text("No bars in these days."), text("Give other days with --from and --to."))
    write(path, series_picture(view, lang=lang))


def export_bars(talk: Talk, asked: ExportAsked) -> int:
    selection = Selection(Interval(asked.interval or "day"), asked.tickers, asked.since, asked.till, asked.adjust)
    path = None if str(asked.file) == "-" else asked.file
    if path is not None:  # before the work
        writer_of(path)
        refuse_unwritable(path)
    with asked.desk() as desk:
        if path is None:
            desk.export(None, selection, lambda chunk: talk.answer(chunk, newline=False))
            return 0
        with talk.working() as progress:
            progress(text("writing {path}", path=path))
            rows = desk.export(path, selection, talk.answer)
    talk.answer(talk.say(text("{path}: {rows} {rows:bar|bars}.", path=path, rows=numbers.grouped(str(rows)))))
    return 0


def import_files(talk: Talk, asked: ImportAsked) -> int:
    request = Request(
        files=asked.files,
        interval=Interval(asked.interval) if asked.interval else None,
        adjusted_to=asked.adjusted_to,
        ticker=asked.ticker.upper() if asked.ticker else None,
        replace=asked.replace,
    )
    with ProgressBar(talk) as bar, asked.opened(create=True) as (store, _):
        importer = Importer(store, now, time.monotonic, bar.show)
        imported = importer.run(request)
    for warnings in (False, True):
        for note in import_notes(imported, warnings=warnings):
            talk.remark(note)
    if asked.as_json:
        talk.answer(report.dumps(import_document(imported, lang=talk.lang)))
    else:
        talk.answer(imported_text(imported, lang=talk.lang))
    for failure in importer.failures:
        talk.report(failure)
    return importer.failures[0].exit_code if importer.failures else 0


def accept_findings(talk: Talk, asked: AcceptAsked) -> int:
    with asked.desk() as desk:
        return _said(talk, desk.accept(asked.ticker.upper(), asked.day, intervals(asked.interval)))


def declare_split(talk: Talk, asked: SplitAsked) -> int:
    ticker = asked.ticker.upper()
    if asked.remove == (asked.ratio is not None):
        raise UsageError(
            text("Say either how many shares became how many, or --remove."),
            text("allocator data split {ticker} {day} 1:100", ticker=ticker, day=asked.day),
        )
    with asked.desk() as desk:
        if asked.ratio is None:
            return _said(talk, desk.remove_split(ticker, asked.day))
        return _said(talk, desk.declare_split(ticker, asked.day, *_ratio(asked.ratio)))


def _ratio(written: str) -> tuple[int, int]:
    before, colon, after = written.partition(":")
    if not (colon and before.isascii() and before.isdigit() and after.isascii() and after.isdigit()):
        raise UsageError(
            text('"{ratio}" is not a ratio such as 1:100.', ratio=written),
            text("Write how many shares became how many: 1:100, or 5000:1."),
        )
    return int(before), int(after)


def _said(talk: Talk, notes: list[Text]) -> int:
    for note in notes:
        talk.answer(talk.say(note))
    return 0


def intervals(asked: str | None) -> tuple[Interval, ...]:
    return (Interval(asked),) if asked else tuple(Interval)
