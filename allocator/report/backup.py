"""Backups of the store: what was written, what there is, what a restore is about to do and did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from allocator.core.text import Text, text
from allocator.report import numbers
from allocator.report.catalogue import render
from allocator.report.document import Json
from allocator.report.layout import ruled

MINUTE = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup file: when it was made, its size, and what it says of itself. `rows` are those of each table."""

    path: Path
    made: datetime
    size: int
    program: str
    tables: str
    store: str
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup was made, or (`fresh` False) the day has one already. `gone` are older ones that made room."""

    backup: Backup
    fresh: bool = True
    gone: Sequence[Path] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Listed:
    """A folder of backups, the newest first. None for one whose head cannot be read."""

    folder: Path
    backups: Sequence[tuple[Path, Backup | None]]


@dataclass(frozen=True, slots=True)
class Restored:
    """A restore: `before` are the rows that were in the store, `kept` the backup of them, if it was wanted.

    `weightless` models live in the store and have no weights in the folder of models.
    """

    backup: Backup
    store: str
    before: Mapping[str, int]
    kept: Path | None = None
    weightless: int = 0
    seconds: float = 0.0


# --- a backup


def backed_up(done: BackedUp) -> Iterator[Text]:
    made = done.backup
    if not done.fresh:
        yield text(
            "{path} is of today ({time}); for another one: allocator backup --again",
            path=made.path,
            time=f"{made.made:%H:%M}",
        )
        return
    yield text(
        "{path}: {rows} {rows:row|rows}, {megabytes} MB, verified; {seconds} s.",
        path=made.path,
        rows=_total(made.rows),
        megabytes=_megabytes(made.size),
        seconds=f"{done.seconds:.1f}",
    )
    for path in done.gone:
        yield text("{path} made room for it.", path=path)


def backed_up_document(done: BackedUp) -> Json:
    return _document(done.backup) | {
        "fresh": done.fresh,
        "removed": [str(path) for path in done.gone],
        "seconds": round(done.seconds, 3),
    }


def noted(done: BackedUp) -> Text:
    """For the journal of a refresh."""
    return text(
        "the store as it was is in {path} ({megabytes} MB)",
        path=done.backup.path,
        megabytes=_megabytes(done.backup.size),
    )


# --- a list


def listing(listed: Listed, lang: str = "en") -> str:
    """The backups under headings, and what to type next; a sentence when there are none."""
    if not listed.backups:
        none = text("There are no backups in {folder} yet. To make one: allocator backup", folder=listed.folder)
        return render(none, lang)
    headings = [text("Made"), text("Rows"), text("MB"), text("File")]
    known = [backup for _, backup in listed.backups]
    columns = [
        [f"{each.made:{MINUTE}}" if each else "?" for each in known],
        numbers.right([_total(each.rows) if each else "?" for each in known]),
        numbers.right([_megabytes(each.size) if each else "?" for each in known]),
        [str(path) for path, _ in listed.backups],
    ]
    said = render(text("To put one back: allocator restore FILE"), lang)
    return "\n".join([ruled([render(heading, lang) for heading in headings], columns), "", said])


def listing_document(listed: Listed) -> Json:
    return {
        "folder": str(listed.folder),
        "backups": [_document(backup) if backup else {"file": str(path)} for path, backup in listed.backups],
    }


# --- a restore


def intended(restored: Restored) -> Iterator[Text]:
    """What a restore is about to do, for who is asked."""
    made = restored.backup
    yield _whole(made)
    yield text(
        "{name} holds {rows} {rows:row|rows}; all of it is replaced.", name=restored.store, rows=_total(restored.before)
    )


def checked(backup: Backup) -> Iterator[Text]:
    yield _whole(backup)
    yield text("Every byte of it is as it was written.")


def checked_document(backup: Backup) -> Json:
    return _document(backup)


def restored(done: Restored) -> Iterator[Text]:
    yield text(
        "{name} is as of {time}: {rows} {rows:row|rows}; {seconds} s.",
        name=done.store,
        time=f"{done.backup.made:{MINUTE}}",
        rows=_total(done.backup.rows),
        seconds=f"{done.seconds:.1f}",
    )
    if done.kept:
        yield text("What was there before is in {path}", path=done.kept)
    if done.weightless:
        yield text(
            "Models without weights here, for backups hold none: {count}. To train them again: allocator train --again",
            count=done.weightless,
        )


def restored_document(done: Restored) -> Json:
    return {
        **_document(done.backup),
        "restored": done.store,
        "before": dict(done.before),
        "kept": str(done.kept) if done.kept else None,
        "models_without_weights": done.weightless,
        "seconds": round(done.seconds, 3),
    }


def _whole(made: Backup) -> Text:
    return text(
        "{path}: {name} as of {time}, {rows} {rows:row|rows}, tables {tables}, written by version {version}.",
        path=made.path,
        name=made.store,
        time=f"{made.made:{MINUTE}}",
        rows=_total(made.rows),
        tables=made.tables,
        version=made.program,
    )


def _document(made: Backup) -> dict[str, Json]:
    return {
        "file": str(made.path),
        "made": made.made.isoformat(),
        "bytes": made.size,
        "program": made.program,
        "tables": made.tables,
        "store": made.store,
        "rows": dict(made.rows),
    }


def _total(rows: Mapping[str, int]) -> str:
    return f"{sum(rows.values()):,}".replace(",", " ")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f}"
