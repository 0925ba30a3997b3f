"""Backups of a whole store: written whole, verified, kept in a folder, put back."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from sqlite3 import Error as SqliteError

from allocator import __version__
from allocator.core.errors import StoreError, UsageError
from allocator.core.moscow import MOSCOW
from allocator.core.text import Text, text
from allocator.store.backing_file import Description, damaged, describe, is_backup, pack, unpack
from allocator.store.backup_folder import Kept, in_moscow, let_go, listed, place_of, sync_folder
from allocator.store.copying import UnwrittenError, counts, is_plain
from allocator.store.migrate import UPGRADE
from allocator.store.schema import REVISIONS
from allocator.store.store import Store, open_store

LOCK = "backup"  # one backup or restore of a store at a time
NAME = re.compile(r"(?P<store>.+)-(?P<time>\d{8}-\d{6})\.backup")
HIDDEN = ".working"  # the folder in which a file comes to be
SPACE = text("Make the folder writable, or free some space, and run the same command again.")

Tell = Callable[[Text, int, int], None]  # what is done, parts of it done, parts in all (0: not known)


def silent(doing: Text, done: int = 0, total: int = 0) -> None:
    """A `Tell` that tells nobody."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of backups of one store. `keep` is how many are kept, the newest."""

    folder: Path
    store: str  # in the names of its files
    keep: int = 14

    @classmethod
    def of(cls, store_name: str, folder: Path | None = None, keep: int = 14) -> Folder:
        """`folder`, else `backups` beside the store's file, or in the user's data directory for a store on a server.

        In a folder that was named stores of several places may meet: a digest of the place tells them apart.
        """
        own, label = place_of(store_name)
        if folder is None:
            return cls(own.absolute(), label, keep)
        place = store_name if "://" in store_name else str(Path(store_name).absolute())
        return cls(folder, f"{label}-{sha256(place.encode()).hexdigest()[:6]}", keep)

    def all(self) -> list[Kept]:
        """The newest first."""
        return listed(self.folder, NAME, self.store)

    def of_day(self, day: date) -> Kept | None:
        """The newest of a day in Moscow."""
        return next((each for each in self.all() if each.made.date() == day), None)

    def path_at(self, now: datetime) -> Path:
        """Of a new backup: a name that nobody has, so a second later where one of this second is there."""
        while (path := self.folder / f"{self.store}-{in_moscow(now):%Y%m%d-%H%M%S}.backup").exists():
            now += timedelta(seconds=1)
        return path

    def rotate(self) -> list[Path]:
        """Let the oldest go; those that went."""
        return let_go(self.all()[self.keep :])


def back_up(store: Store, path: Path, now: datetime, *, force: bool = False, tell: Tell = silent) -> Description:
    """Write a backup of the store as it is now. The file is there whole and verified, or it is what it was before.

    The caller holds the lock `LOCK`.
    Raises: `UsageError` for a file in the way that is no backup, without `force`; `StoreError`.
    """
    path = path.absolute()
    _refuse_others(path, force=force)
    try:
        with _working(path) as folder:
            copy, packed = folder / "store.db", folder / "packed"
            tell(text("copying the store"), 0, 0)
            store.copy_out(copy)
            description = _described(store, copy, now)
            pack(copy, packed, description, _megabytes(tell, text("packing")))
            unpack(packed, step=_megabytes(tell, text("verifying")))
            packed.replace(path)
            sync_folder(path.parent)
    except (OSError, ValueError, UnwrittenError) as error:  # ValueError: a NUL in the name
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise StoreError(
            text("{path}: the backup cannot be written: {reason}. Nothing was changed.", path=path, reason=reason),
            SPACE,
        ) from error
    return description


def sweep(folder: Folder) -> None:
    """Take away what killed backups left in the folder. The caller holds the lock `LOCK`."""
    with suppress(OSError):
        for entry in folder.folder.iterdir():
            if entry.name.startswith(f".{folder.store}-") and entry.name.endswith(HIDDEN):
                shutil.rmtree(entry, ignore_errors=True)


def refuse_newer(path: Path, description: Description) -> None:
    """Raises: `StoreError` for a backup by a newer version of this program."""
    if description.tables not in REVISIONS:
        raise StoreError(
            text(
                "{name} was written by a newer version of this program (tables {revision}).",
                name=path,
                revision=description.tables,
            ),
            UPGRADE,
        )


@contextmanager
def unpacked(path: Path, store: Store, tell: Tell = silent) -> Iterator[tuple[Description, Path]]:
    """A backup as an SQLite file of today's form, verified; it is beside the store, and gone at the end.

    The caller holds the lock `LOCK`.
    Raises: `StoreError` for a backup that is damaged, or newer than this program; `UsageError` for another file.
    """
    own, label = place_of(store.name)
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(_working(own / f"{label}-restored"))
        except OSError as error:
            reason = error.strerror or str(error)
            raise StoreError(text("{path} cannot be written: {reason}.", path=own, reason=reason), SPACE) from error
        refuse_newer(path, describe(path))
        file = folder / "store.db"
        description = unpack(path, file, _megabytes(tell, text("unpacking")))
        _bring_up_to_date(path, file)
        yield description, file


def _bring_up_to_date(path: Path, file: Path) -> None:
    """Migrate what a backup holds. Raises: `StoreError` when that is no store."""
    try:
        plain = is_plain(file)
    except SqliteError:
        plain = False
    if not plain:
        raise damaged(path, text("what is in it is no store"))
    open_store(str(file), create=False).close()


def rows_of(store: Store) -> Mapping[str, int]:
    """The rows of each table of a store.

    Raises: `StoreError`.
    """
    with store.reading() as transaction:
        return counts(transaction.link)


def _refuse_others(path: Path, *, force: bool) -> None:
    """Raises: `UsageError` for a path that holds something else than a backup."""
    try:
        if not path.exists():
            return
        if path.is_file() and (force or is_backup(path)):
            return
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise UsageError(text("{path} cannot be written: {reason}.", path=path, reason=reason)) from error
    if not path.is_file():
        raise UsageError(text("{path} is not a file.", path=path), text("Give the name of a file."))
    raise UsageError(
        text("{path} is there already, and is no backup of a store.", path=path),
        text("Give another name, or overwrite it with --force."),
    )


def _described(store: Store, copy: Path, now: datetime) -> Description:
    with open_store(str(copy), create=False) as opened:
        rows = rows_of(opened)
    made = now if now.tzinfo else now.replace(tzinfo=MOSCOW)
    name = store.name if "://" in store.name else str(Path(store.name).absolute())
    size = copy.stat().st_size
    return Description(made.astimezone(MOSCOW).replace(microsecond=0), __version__, REVISIONS[-1], name, rows, size)


@contextmanager
def _working(path: Path) -> Iterator[Path]:
    """A hidden folder beside a file, in which it comes to be; what a killed run left there goes first.

    Raises: `OSError`.
    """
    folder = path.with_name(f".{path.name}{HIDDEN}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _megabytes(tell: Tell, doing: Text) -> Callable[[int, int], None]:
    """Bytes as whole megabytes, so that a person can read them."""
    return lambda done, total: tell(doing, min(done, total) // 10**6, max(total // 10**6, 1))
