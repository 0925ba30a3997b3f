"""The whole store into a backup and back: by hand, and once a day by itself.

Weights of models are not in a backup: the store has every number that makes a model, and `allocator train --again`
trains them all anew. So a backup is small, and one consistent moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from allocator.config.settings import BackupSettings
from allocator.core.errors import AllocatorError, StoreError
from allocator.core.moscow import MOSCOW
from allocator.core.text import text
from allocator.report.backup import BackedUp, Backup, Listed, Restored, noted
from allocator.report.refresh import Note
from allocator.store import Store, open_store
from allocator.store.backing import LOCK, Folder, Tell, back_up, refuse_newer, rows_of, silent, sweep, unpacked
from allocator.store.backing_file import Description, describe, unpack

HISTORY = frozenset({"runs", "notes", "events", "facts"})  # tables that are no reason for a backup
WAIT = text("Run the same command again when it is done.")

Clock = Callable[[], float]  # seconds


@dataclass(frozen=True)
class Backups:
    """Backups of one store. `now` gives an aware time, `clock` seconds; `tell` hears how far the work is."""

    store: Store
    settings: BackupSettings
    now: Callable[[], datetime]
    clock: Clock
    tell: Tell = silent

    @property
    def folder(self) -> Folder:
        return Folder.of(self.store.name, self.settings.folder, self.settings.keep)

    def write(self, path: Path, *, force: bool = False) -> BackedUp:
        """A backup in a file of one's own.

        Raises: `UsageError` for a file in the way that is no backup, without `force`; `StoreError`.
        """
        with self._alone():
            return self._written(path, force=force)

    def make(self, *, again: bool = False) -> BackedUp:
        """The day's backup in the folder; the one that the day has already, unless `again`. The oldest go.

        Raises: `StoreError`.
        """
        with self._alone():
            folder = self.folder
            today = folder.of_day(self.now().astimezone(MOSCOW).date())
            there = _read_or_none(today.path) if today and not again else None
            if there is not None:
                return BackedUp(there, fresh=False)
            sweep(folder)
            done = self._written(folder.path_at(self.now()))
            return BackedUp(done.backup, gone=folder.rotate(), seconds=done.seconds)

    def all(self) -> Listed:
        """What the folder has."""
        folder = self.folder
        return Listed(folder.folder, [(each.path, _read_or_none(each.path)) for each in folder.all()])

    def ask(self, path: Path) -> Restored:
        """What `restore` would do; the backup is verified.

        Raises: `StoreError` for a backup that is damaged or newer than this program; `UsageError` for another file.
        """
        return Restored(check(path, self.tell), self.store.name, self._rows())

    def restore(self, path: Path, *, keep: bool = True) -> Restored:
        """Make the store what it was, in one transaction; before that, with `keep`, a backup of what it is.

        Raises: `StoreError`, and then nothing has changed; `UsageError` for a file that is no backup.
        """
        began = self.clock()
        with self._alone(), self._no_refresh(), unpacked(path, self.store, self.tell) as (description, file):
            before, kept = self._kept() if keep else (self._rows(), None)
            _hold_messages(file, self.now())
            self.tell(text("restoring"), 0, 0)
            self.store.copy_in(file, lambda done, total: self.tell(text("restoring"), done, total))
        said = _backup(path, description)
        return Restored(said, self.store.name, before, kept, seconds=self.clock() - began)

    def _kept(self) -> tuple[Mapping[str, int], Path | None]:
        """The rows that are in the store, and the backup of them; None of nothing."""
        try:
            before = rows_of(self.store)
            path = self._written(self.folder.path_at(self.now())).backup.path if _is_worth(before) else None
        except StoreError as error:
            raise StoreError(
                text("what is there now cannot be kept: {reason}", reason=error.message),
                text("To restore without keeping it, add: --discard"),
            ) from error
        return before, path

    def _rows(self) -> Mapping[str, int]:
        """None that could be counted in a damaged store, which a restore shall mend."""
        try:
            return rows_of(self.store)
        except StoreError:
            return {}

    def _written(self, path: Path, *, force: bool = False) -> BackedUp:
        began = self.clock()
        description = back_up(self.store, path, self.now(), force=force, tell=self.tell)
        return BackedUp(_backup(path, description), seconds=self.clock() - began)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self.store.lock(LOCK) as mine:
            if not mine:
                raise StoreError(text("{name}: another backup or restore is under way.", name=self.store.name), WAIT)
            yield

    @contextmanager
    def _no_refresh(self) -> Iterator[None]:
        with self.store.lock("refresh") as mine:
            if not mine:
                raise StoreError(text("{name}: a refresh or an import is under way.", name=self.store.name), WAIT)
            yield


def daily(
    store: Store, settings: BackupSettings, now: Callable[[], datetime], clock: Clock, tell: Tell = silent
) -> BackedUp | None:
    """The backup of the day, once a day, if the settings want it and the store holds anything. None: nothing to do.

    Cheap when there is nothing to do: the names in one folder are read.
    Raises: `StoreError`.
    """
    if not settings.daily:
        return None
    backups = Backups(store, settings, now, clock, tell)
    if backups.folder.of_day(now().astimezone(MOSCOW).date()) or not _is_worth(rows_of(store)):
        return None
    done = backups.make()
    return done if done.fresh else None


def before_refresh(
    store: Store, settings: BackupSettings, now: Callable[[], datetime], clock: Clock, tell: Tell = silent
) -> Note | None:
    """`daily`, as a note for the journal: that it cannot be written keeps no refresh from its work."""
    try:
        done = daily(store, settings, now, clock, tell)
    except StoreError as error:
        return Note(text("no backup of the day: {reason}", reason=error.message), "warning")
    return Note(noted(done), "info") if done else None


def check(path: Path, tell: Tell = silent) -> Backup:
    """A backup, verified to the last byte; no store is needed.

    Raises: `StoreError` for one that is damaged or newer than this program; `UsageError` for another file.
    """
    refuse_newer(path, describe(path))
    unpack(path, step=lambda done, total: tell(text("verifying"), done // 10**6, max(total // 10**6, 1)))
    return _read(path)


def _hold_messages(file: Path, now: datetime) -> None:
    """What waited to be sent when the backup was made has likely been sent since: nobody is told twice."""
    with open_store(str(file), create=False) as opened, opened.transaction() as transaction:
        for message in transaction.messages.all("waiting"):
            transaction.messages.give_up(
                message.id, text("it came back with a backup, and may have been sent"), now, doubtful=True
            )


def _is_worth(rows: Mapping[str, int]) -> bool:
    return any(count for name, count in rows.items() if name not in HISTORY)


def _read(path: Path) -> Backup:
    return _backup(path, describe(path))


def _read_or_none(path: Path) -> Backup | None:
    try:
        return _read(path)
    except AllocatorError:
        return None


def _backup(path: Path, said: Description) -> Backup:
    path = path.absolute()
    made = said.made.astimezone(MOSCOW)
    return Backup(path, made, path.stat().st_size, said.program, said.tables, said.store, said.rows)
