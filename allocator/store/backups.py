"""Copies of all dividends in files that a person can read: CSV, packed by gzip, with a checksum as the last line."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import re
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from allocator.core.errors import StoreError
from allocator.core.instrument import Dividend
from allocator.core.text import Text, text
from allocator.store.backup_folder import Kept, in_moscow, let_go, listed, place_of, sync_folder

HEADER = ("ticker", "record_date", "amount", "currency", "source")
CHECKSUM = "# sha256 "
NAME = re.compile(r"(?P<store>.+)-dividends-(?P<time>\d{8}-\d{6})-(?P<digest>[0-9a-f]{8})\.csv\.gz")
LARGEST = 64 * 2**20  # bytes, unpacked: no collection of dividends comes near
CURRENCY = re.compile(r"[A-Z]{3}")
LIST_THEM = text("See what backups there are: allocator dividends restore")


@dataclass(frozen=True, slots=True)
class Backups:
    """The folder of backups of one store. `keep` is how many files are kept, the newest."""

    folder: Path
    store: str  # in the names of its files
    keep: int = 30

    @classmethod
    def of(cls, store_name: str, keep: int = 30) -> Backups:
        """The folder `backups` beside a store's file, or in the user's data directory for a store on a server."""
        return cls(*place_of(store_name), keep)

    def all(self) -> list[Kept]:
        """The newest first."""
        return listed(self.folder, NAME, self.store)

    def make(self, dividends: Iterable[Dividend], now: datetime) -> Path | None:
        """Write a backup and let the oldest go. None when the newest one says exactly the same, or nothing is there.

        `now` with a zone is told in Moscow's, so that the names of all backups follow each other in time.

        Raises: `StoreError` when it cannot be written; then the caller must not change a thing.
        """
        now = in_moscow(now)
        rows = sorted(dividends, key=lambda each: (each.ticker, each.record_date, each.currency, each.source))
        digest = _digest(_lines(rows))[:8]
        backups = self.all()
        newest = NAME.fullmatch(backups[0].path.name) if backups else None
        if not rows or (newest and newest["digest"] == digest):
            return None
        path = self.folder / f"{self.store}-dividends-{now:%Y%m%d-%H%M%S}-{digest}.csv.gz"
        write(path, rows, now)
        let_go([each for each in self.all() if each.path != path][max(self.keep - 1, 0) :])
        return path


def write(path: Path, dividends: Sequence[Dividend], now: datetime) -> None:
    """Write a backup file as a whole or not at all, whatever happens meanwhile.

    Raises: `StoreError`.
    """
    lines = _lines(dividends)
    said = f"# dividends of allocator, {len(dividends)} rows, {in_moscow(now):%Y-%m-%d %H:%M:%S}\n"
    content = said + lines + f"{CHECKSUM}{_digest(lines)}\n"
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(gzip.compress(content.encode(), mtime=0))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        sync_folder(path.parent)
    except (OSError, ValueError) as error:
        with suppress(OSError, ValueError):
            partial.unlink(missing_ok=True)
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise StoreError(
            text("{path}: the backup cannot be written: {reason}. Nothing was changed.", path=path, reason=reason),
            text("Make the folder writable, or free some space, and run the same command again."),
        ) from error


def read(path: Path) -> list[Dividend]:
    """The dividends of a backup file, verified to its last byte; packed or not.

    Raises: `StoreError` that names the line.
    """
    head, _, rest = _content(path).partition("\n")
    if not head.startswith("# dividends of allocator"):
        raise _damaged(path, 1, text("this is no backup of dividends"))
    body, mark, checksum = rest.rpartition(CHECKSUM)
    found = _rows(path, body if mark else rest)
    if not mark:
        last = rest.count("\n") + 2
        raise _damaged(path, last, text("the line with the checksum is missing: the file was cut"))
    if checksum.strip() != _digest(body):
        last = body.count("\n") + 2
        raise _damaged(path, last, text("the checksum is of other lines: the file was changed"))
    return found


def _content(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise StoreError(text("{path} cannot be read: {reason}.", path=path, reason=reason), LIST_THEM) from error
    if raw[:2] == b"\x1f\x8b":
        raw = _unpacked(path, raw)
    try:
        return raw.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _damaged(path, line, text("this is not text")) from error


def _unpacked(path: Path, raw: bytes) -> bytes:
    """What was packed, with a damage placed at the line where unpacking stops."""
    unpacker = zlib.decompressobj(wbits=31)
    found = b""
    try:
        for at in range(0, len(raw), 4096):
            found += unpacker.decompress(raw[at : at + 4096])
            if len(found) > LARGEST:
                raise _damaged(path, found.count(b"\n") + 1, text("it is far too large for a backup"))
    except zlib.error as error:
        raise _damaged(path, found.count(b"\n") + 1, text("it cannot be unpacked from here on")) from error
    if not unpacker.eof:
        raise _damaged(path, found.count(b"\n") + 1, text("it ends in the middle: the file was cut"))
    return found


def _rows(path: Path, body: str) -> list[Dividend]:
    lines = body.splitlines()
    if not lines or tuple(lines[0].split(",")) != HEADER:
        raise _damaged(path, 2, text("the names of the columns should be {names}", names=",".join(HEADER)))
    found: dict[tuple[str, ...], Dividend] = {}
    for number, row in enumerate(csv.reader(lines[1:]), 3):
        dividend = _row(path, number, row)
        key = (row[0], row[1], row[3], row[4])
        if key in found:
            raise _damaged(path, number, text("the same payment stands twice"))
        found[key] = dividend
    return list(found.values())


def _row(path: Path, number: int, row: Sequence[str]) -> Dividend:
    try:
        ticker, day, amount, currency, source = row
        dividend = Dividend(ticker, date.fromisoformat(day), Decimal(amount), currency, source)
    except (ValueError, InvalidOperation) as error:
        raise _damaged(path, number, text("{row} is no dividend", row=",".join(row)[:80])) from error
    sound = ticker and source and CURRENCY.fullmatch(currency) and dividend.amount.is_finite() and dividend.amount >= 0
    if not sound:
        raise _damaged(path, number, text("{row} is no dividend", row=",".join(row)[:80]))
    return dividend


def _damaged(path: Path, line: int, what: Text) -> StoreError:
    return StoreError(text("{path}:{line}: {what}.", path=path, line=line, what=what), LIST_THEM)


def _lines(dividends: Iterable[Dividend]) -> str:
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow(HEADER)
    for each in dividends:
        writer.writerow((each.ticker, each.record_date, f"{each.amount:f}", each.currency, each.source))
    return content.getvalue()


def _digest(lines: str) -> str:
    return hashlib.sha256(lines.encode()).hexdigest()
