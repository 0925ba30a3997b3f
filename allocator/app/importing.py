"""Recorded history into the store, without a network: a file at a time, a ticker at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import numpy as np

from allocator.app.import_series import Request, SeriesImport
from allocator.app.judging import Known
from allocator.core.bars import Interval
from allocator.core.calendar import WEEKEND_SESSIONS, Calendar
from allocator.core.errors import MarketError, StoreError
from allocator.core.moscow import MOSCOW
from allocator.core.text import Text, text
from allocator.report.imported import FileImported, Imported, Note, Rows
from allocator.store import Store, seed
from allocator.store.files import HistoryFile, read_history

MOST_LINES = 5

Step = Callable[[Text, int, int], None]


@dataclass
class Importer:
    """The use case; `now` gives an aware time, `clock` seconds, `step` is told what is done of how much."""

    store: Store
    now: Callable[[], datetime]
    clock: Callable[[], float]
    step: Step
    failures: list[MarketError] = field(default_factory=list)  # files that were not understood

    def run(self, request: Request) -> Imported:
        """Import all files; one that is not understood is kept among the `failures` and stops no other.

        Raises: `StoreError`, also while another run writes; the failure when not one file was understood.
        """
        with self.store.lock("refresh") as mine:
            if not mine:
                raise StoreError(
                    text("{name}: another refresh or import is at work.", name=self.store.name),
                    text("Wait for its end, and import again."),
                )
            with self.store.transaction() as transaction:
                seed(transaction)
                run = transaction.journal.begin("import", self.now())
            started, files = self.clock(), list[FileImported]()
            outcome = "stopped"
            try:
                files.extend(self._file(path, request) for path in request.files)
                outcome = "failed" if len(self.failures) == len(files) else "partial" if self.failures else "done"
            finally:
                imported = Imported(tuple(files), self.clock() - started)
                self._close(run, outcome, imported)
        if outcome == "failed":
            raise MarketError(self.failures[0].message, self.failures[0].hint)
        return imported

    def _close(self, run: int, outcome: str, imported: Imported) -> None:
        with self.store.transaction() as transaction:
            for file in imported.files:
                for note in file.notes:
                    level = "warning" if note.warning else "info"
                    transaction.journal.note(run, self.now(), note.text, level=level)
            transaction.journal.end(run, self.now(), outcome, imported.figures)

    def _file(self, path: Path, request: Request) -> FileImported:
        self.step(text("reading {path}", path=path.name), 0, 0)
        try:
            file = read_history(path, interval=request.interval, ticker=request.ticker)
        except MarketError as error:
            self.failures.append(error)
            return FileImported(path, None, notes=(Note(error.message, warning=True),))
        tickers = {series.ticker for series in file.series}
        with self.store.reading() as transaction:
            known = Known.of(transaction, tickers)
        known = replace(known, calendar=_with_days(known.calendar, file))
        tickers |= set(known.tickers)
        rows, flagged, notes = Rows(unread=len(file.bad)), 0, list(_of_file(file))
        for done, series in enumerate(file.series):
            self.step(text("{ticker}", ticker=series.ticker), done, len(file.series))
            with self.store.transaction() as transaction:
                work = SeriesImport(transaction, file, series, known, request, self._today())
                work.run(tickers)
            rows.add(work.rows)
            flagged += work.flagged
            notes += work.notes
        self.step(text("{path}", path=path.name), len(file.series), len(file.series))
        return FileImported(path, file.interval, len(file.series), rows, flagged, tuple(notes))

    def _today(self) -> date:
        return self.now().astimezone(MOSCOW).date()


def _with_days(calendar: Calendar, file: HistoryFile) -> Calendar:
    """The calendar with the days of a daily file, on which securities were dealt in."""
    if file.interval is not Interval.DAY or file.levels:
        return calendar
    days = np.unique(np.concatenate([series.bars.days for series in file.series]))
    sessions = days[np.is_busday(days) | (days < np.datetime64(WEEKEND_SESSIONS))]
    return Calendar(np.union1d(calendar.days, sessions), calendar.weekend)


def _of_file(file: HistoryFile) -> Sequence[Note]:
    notes = [
        Note(
            text("{path}:{line}: {what}: {row}", path=file.path, line=bad.line, what=bad.what, row=bad.row),
            warning=True,
        )
        for bad in file.bad[:MOST_LINES]
    ]
    if len(file.bad) > MOST_LINES:
        rest = len(file.bad) - MOST_LINES
        notes.append(
            Note(
                text("{path}: {count} more {count:line is no bar|lines are no bars}.", path=file.path, count=rest),
                warning=True,
            )
        )
    if file.unused:
        columns = ", ".join(file.unused)
        notes.append(Note(text("{path}: columns without a use here: {columns}.", path=file.path, columns=columns)))
    return notes
