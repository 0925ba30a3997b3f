"""What an import did: a few lines for a person, one object for a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from allocator.core.bars import Interval
from allocator.core.finding import Fault
from allocator.core.text import Text, text
from allocator.report import numbers
from allocator.report.catalogue import render
from allocator.report.data_status import FAULTS
from allocator.report.document import Json

MOST_NOTES = 20
MOST_LINES = 5


@dataclass(slots=True)
class Rows:
    """What became of the rows of a file. Every row is in exactly one of these."""

    new: int = 0
    equal: int = 0  # in the store already
    completed: int = 0  # in the store, now with figures that it lacked
    replaced: int = 0  # in the store with other figures, and the file was to be believed
    kept: int = 0  # in the store with other figures, and the store was believed
    untraded: int = 0  # days without a deal, which are no bars
    repeated: int = 0  # the same bar once more
    boards: int = 0  # of other boards than the main one
    unread: int = 0  # lines that are no bars
    faults: Counter[Fault] = field(default_factory=Counter)  # kept out, by what is wrong

    def add(self, other: Rows) -> None:
        for name in NAMES:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.faults.update(other.faults)

    @property
    def total(self) -> int:
        counts: list[int] = [getattr(self, name) for name in NAMES]
        return sum(counts) + self.faults.total()

    @property
    def stored(self) -> int:
        return self.new + self.completed + self.replaced


NAMES = ("new", "equal", "completed", "replaced", "kept", "untraded", "repeated", "boards", "unread")
WORDS: Mapping[str, Text] = {
    "new": text("new"),
    "equal": text("already there"),
    "completed": text("completed"),
    "replaced": text("replaced"),
    "kept": text("differing from the store, which was kept"),
    "untraded": text("without deals"),
    "repeated": text("repeated"),
    "boards": text("of other boards"),
    "unread": text("not understood"),
}


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence about the import; a warning when data is not as it should be."""

    text: Text
    warning: bool = False


@dataclass(frozen=True, slots=True)
class FileImported:
    """What became of a file; `interval` is None when it was not understood, and then `notes` say why."""

    path: Path
    interval: Interval | None
    tickers: int = 0
    rows: Rows = field(default_factory=Rows)
    flagged: int = 0  # bars that are stored, but kept from readers until a person has looked
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of all files."""

    files: tuple[FileImported, ...]
    seconds: float

    @property
    def rows(self) -> Rows:
        found = Rows()
        for file in self.files:
            found.add(file.rows)
        return found

    @property
    def figures(self) -> Mapping[str, float]:
        """For the journal."""
        rows = self.rows
        return {
            "files": len(self.files), "rows": rows.total, "new": rows.new, "quarantined": rows.faults.total(),
            "flagged": sum(file.flagged for file in self.files), "seconds": round(self.seconds, 3),
        }  # fmt: skip


def imported_text(imported: Imported, *, lang: str = "en") -> str:
    """A line for each file, and the speed."""
    lines = [render(_line(file), lang) for file in imported.files if file.interval is not None]
    rows = imported.rows.total
    speed = round(rows / imported.seconds) if imported.seconds else rows
    total = text(
        "{rows} {rows:row|rows} in {seconds} s, {speed} a second.",
        rows=numbers.grouped(str(rows)),
        seconds=f"{imported.seconds:.1f}",
        speed=numbers.grouped(str(speed)),
    )
    return "\n".join([*lines, render(total, lang)])


def _line(file: FileImported) -> Text:
    parts: Text | None = None
    for part in _parts(file):
        parts = part if parts is None else text("{one}, {other}", one=parts, other=part)
    daily = file.interval is Interval.DAY
    return text(
        "{path}: {bars} of {tickers} {tickers:ticker|tickers}: {rows}.",
        path=file.path,
        bars=text("daily bars") if daily else text("hourly bars"),
        tickers=file.tickers,
        rows=parts or text("nothing"),
    )


def _parts(file: FileImported) -> Iterator[Text]:
    for name in NAMES:
        count = getattr(file.rows, name)
        if count or name == "new":
            yield text("{count} {what}", count=numbers.grouped(str(count)), what=WORDS[name])
    for fault, count in file.rows.faults.items():
        yield text("{count} quarantined ({why})", count=count, why=FAULTS[fault])
    if file.flagged:
        yield text("{count} to be looked at ({why})", count=file.flagged, why=FAULTS[Fault.JUMP])


def import_notes(imported: Imported, *, warnings: bool) -> Iterator[Text]:
    """What is worth a line, of the warnings or of the rest, with an end to it."""
    understood = [file for file in imported.files if file.interval is not None]  # of the others the errors tell
    found = [note.text for file in understood for note in file.notes if note.warning is warnings]
    yield from found[:MOST_NOTES]
    if len(found) > MOST_NOTES:
        yield text("... and {count} more {count:note|notes}: add --json", count=len(found) - MOST_NOTES)


def import_document(imported: Imported, *, lang: str = "en") -> dict[str, Json]:
    """The object of `allocator data import --json`."""
    return {
        "seconds": round(imported.seconds, 3),
        **_rows(imported.rows),
        "files": [
            {
                "file": str(file.path),
                "interval": file.interval.value if file.interval else None,
                "tickers": file.tickers,
                **_rows(file.rows),
                "flagged": file.flagged,
                "notes": [{"text": render(note.text, lang), "warning": note.warning} for note in file.notes],
            }
            for file in imported.files
        ],
    }


def _rows(rows: Rows) -> dict[str, Json]:
    counts: dict[str, Json] = {name: getattr(rows, name) for name in NAMES}
    return {
        "rows": rows.total,
        **counts,
        "quarantined": {fault.value: count for fault, count in rows.faults.items()},
    }
