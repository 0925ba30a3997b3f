"""The file of a backup: a line that names it, one that describes it, an SQLite file packed by gzip, a checksum.

Without this program: `tail -n +3 FILE | gunzip > store.db` (which complains of the last line, and is right).
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from allocator.core.errors import StoreError, UsageError
from allocator.core.text import Text, text

MAGIC = b"allocator backup 1\n"
MARK = b"\nsha256 "
TRAILER = len(MARK) + 64 + 1  # the mark, the digits, the end of the line
LONGEST = 2**16  # bytes of the description
BLOCK = 2**20
LEVEL = 1  # of zlib: the next ones take twice the time for a tenth of the size
OTHERS = text("See what backups there are: allocator restore")

Step = Callable[[int, int], None]  # bytes done, bytes in all


def silent(done: int, total: int) -> None:
    """A `Step` that tells nobody."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a backup says of itself. `rows` are those of each table, `size` the bytes of the unpacked SQLite file."""

    made: datetime  # with a zone
    program: str  # its version
    tables: str  # revision of the schema
    store: str  # its name, without a password
    rows: Mapping[str, int]
    size: int

    def line(self) -> bytes:
        told = {
            "made": self.made.isoformat(timespec="seconds"),
            "program": self.program,
            "tables": self.tables,
            "store": self.store,
            "rows": dict(self.rows),
            "size": self.size,
        }
        return json.dumps(told).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Description:
        """Raises: `ValueError` for anything else."""
        try:
            told = json.loads(line)
            rows = {str(name): int(count) for name, count in told["rows"].items()}
            made = datetime.fromisoformat(told["made"])
            program, tables, store = (str(told[name]) for name in ("program", "tables", "store"))
            found = cls(made, program, tables, store, rows, int(told["size"]))
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(line[:80]) from error
        if made.tzinfo is None or found.line() != line:
            raise ValueError(line[:80])
        return found


def is_backup(path: Path) -> bool:
    """Whether a file begins as a backup does. Raises: `OSError`."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def pack(source: Path, target: Path, description: Description, step: Step = silent) -> None:
    """Write the backup of an SQLite file, and have it on the disk at the end. Raises: `OSError`."""
    digest, packer = hashlib.sha256(), zlib.compressobj(LEVEL, wbits=31)
    with source.open("rb") as plain, target.open("wb") as file:

        def write(content: bytes) -> None:
            digest.update(content)
            file.write(content)

        write(MAGIC + description.line())
        for done, block in enumerate(iter(lambda: plain.read(BLOCK), b"")):
            write(packer.compress(block))
            step(done * BLOCK + len(block), description.size)
        write(packer.flush())
        file.write(MARK + digest.hexdigest().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def describe(path: Path) -> Description:
    """What a backup says of itself; only its head is read, and nothing verified.

    Raises: `StoreError`; `UsageError` for a file that is no backup.
    """
    with _told(path), path.open("rb") as file:
        return _head(path, file)[1]


def unpack(path: Path, into: Path | None = None, step: Step = silent) -> Description:
    """Verify every byte of a backup, and write the SQLite file that is in it, if asked.

    What was written is worth nothing after an exception.
    Raises: `StoreError` for a file that was damaged or cut, or cannot be read; `UsageError` for one that is no backup.
    """
    with _told(path), path.open("rb") as file:
        head, description = _head(path, file)
        digest, size = hashlib.sha256(head), 0
        with _sink(into) as write:
            for content in _unpacked(path, _body(path, file, len(head), digest.update)):
                size += len(content)
                if size > description.size:
                    raise damaged(path, text("more is in it than it says"))
                write(content)
                step(size, description.size)
        if file.read() != MARK + digest.hexdigest().encode() + b"\n":
            raise damaged(path, text("its checksum is of another content"))
    if size != description.size:
        raise damaged(path, text("less is in it than it says"))
    return description


def damaged(path: Path, what: Text) -> StoreError:
    return StoreError(text("{path}: the backup is damaged: {what}. Nothing was changed.", path=path, what=what), OTHERS)


def _head(path: Path, file: BinaryIO) -> tuple[bytes, Description]:
    magic = file.read(len(MAGIC))
    if magic != MAGIC:
        raise UsageError(text("{path} is no backup of a store.", path=path), OTHERS)
    line = file.readline(LONGEST)
    try:
        return magic + line, Description.read(line)
    except ValueError as error:
        raise damaged(path, text("what it says of itself cannot be read")) from error


def _body(path: Path, file: BinaryIO, begin: int, digest: Callable[[bytes], None]) -> Iterator[bytes]:
    """Blocks of the packed part: what is between the head and the checksum."""
    left = os.fstat(file.fileno()).st_size - begin - TRAILER
    while left > 0 and (block := file.read(min(BLOCK, left))):
        digest(block)
        yield block
        left -= len(block)
    if left:
        raise damaged(path, text("it was cut"))


def _unpacked(path: Path, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The content in pieces of at most a few blocks, however well it was packed."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        for block in blocks:
            left = block
            while left:
                yield unpacker.decompress(left, 4 * BLOCK)
                left = unpacker.unconsumed_tail
        yield unpacker.flush()
    except zlib.error as error:
        raise damaged(path, text("it cannot be unpacked")) from error
    if not unpacker.eof or unpacker.unused_data:
        raise damaged(path, text("it cannot be unpacked"))


@contextmanager
def _sink(into: Path | None) -> Iterator[Callable[[bytes], None]]:
    """What takes the unpacked file, or lets it go.

    Raises: `StoreError` when it cannot be written.
    """
    if into is None:
        yield lambda content: None  # noqa: ARG005
        return
    try:
        file = into.open("wb", buffering=0)
    except OSError as error:
        raise _unwritten(into, error) from error

    def write(content: bytes) -> None:
        left = memoryview(content)
        try:
            while left:
                left = left[file.write(left) :]
        except OSError as error:
            raise _unwritten(into, error) from error

    with file:
        yield write


def _unwritten(into: Path, error: OSError) -> StoreError:
    return StoreError(
        text("{path} cannot be written: {reason}.", path=into, reason=error.strerror or str(error)),
        text("The store is unpacked there before it is put in place: free some space, or make the folder writable."),
    )


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the system refuses becomes a `StoreError` that names the file."""
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise StoreError(text("{path} cannot be read: {reason}.", path=path, reason=reason), OTHERS) from error
