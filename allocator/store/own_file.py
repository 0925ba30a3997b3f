"""The SQLite file of a store: opened and never made by the way, and still the one that was opened."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Lock

from allocator.core.errors import StoreError
from allocator.core.text import text
from allocator.store.address import Address
from allocator.store.failures import MOVED, START_AGAIN, told

BUSY_S = 30  # how long one writer waits for another; transactions are of one ticker, so a fraction of a second


class OwnFile:
    """The file of an address, which is there. It is known by its number: another of the same name is another store.

    Raises: `OSError` when it is not there.
    """

    def __init__(self, address: Address) -> None:
        assert address.path is not None
        self._address = address
        self._path = address.path.absolute()  # a store stays where it is when the program goes to another folder
        self._number = _number(self._path)
        self._watching = Lock()
        self._watcher: sqlite3.Connection | None = None

    def connect(self) -> sqlite3.Connection:
        """A connection to the file; one that is not there is not made. Raises: `sqlite3.Error`."""
        # Connections go from thread to thread, one at a time: the pool sees to it.
        uri = f"{self._path.as_uri()}?mode=rw"
        return sqlite3.connect(uri, uri=True, timeout=BUSY_S, check_same_thread=False)

    def version(self) -> int:
        """Another number after any commit to the file, whoever made it. Raises: `sqlite3.Error`."""
        with self._watching:
            if self._watcher is None:
                self._watcher = self.connect()  # its own: SQLite counts the commits of all the other connections
            (number,) = self._watcher.execute("PRAGMA data_version").fetchone()
        return int(number)

    def close(self) -> None:
        with self._watching:
            if self._watcher is not None:
                self._watcher.close()
                self._watcher = None

    def check(self) -> None:
        """Raises: `StoreError` when the file is gone, or another has its name: what is written would be lost."""
        try:
            same = self._number == _number(self._path)
        except (FileNotFoundError, NotADirectoryError):
            same = False
        except OSError as error:
            with told(self._address):
                raise error from None
        if not same:
            raise StoreError(text("{name}: {what}.", name=self._address.name, what=MOVED), START_AGAIN)

    def examine(self) -> None:
        """Read the whole file, to the first damage. Raises: `StoreError` (a `DamagedError` for damage)."""
        with told(self._address), closing(self.connect()) as connection:  # its own: one of the pool knows old pages
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if said != "ok":
                error = sqlite3.DatabaseError(said)
                error.sqlite_errorname = "SQLITE_CORRUPT"
                raise error


def make(path: Path) -> None:
    """An empty file where there is none. Raises: `sqlite3.Error`, `OSError`."""
    if not path.exists():
        sqlite3.connect(path).close()


def _number(path: Path) -> tuple[int, int]:
    found = os.stat(path)  # noqa: PTH116 -- at every transaction: a few microseconds less
    return found.st_dev, found.st_ino
