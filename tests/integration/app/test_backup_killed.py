"""A backup or a restore killed at any moment: the file is an old one or a new one, the store is all of one backup.

`ALLOCATOR_KILLS=100 pytest tests/integration/app/test_backup_killed.py` kills a hundred on each database.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from backing import fill, said

from allocator.app.backup import Backups
from allocator.config.settings import BackupSettings
from allocator.core.instrument import Instrument, Kind
from allocator.store import Store, open_store
from allocator.store.backing_file import unpack

KILLS = int(os.environ.get("ALLOCATOR_KILLS", "5"))
LONGEST_S = 0.4
TABLES = 300  # instruments, so that a restore has something to do


def backups(store: Store) -> Backups:
    return Backups(store, BackupSettings(), lambda: datetime.now(UTC), time.monotonic)


def back_up_for_ever(url: str, path: Path, begun: Event) -> None:
    with open_store(url) as store:
        begun.set()
        while True:
            backups(store).write(path)


def restore_for_ever(url: str, paths: tuple[Path, Path], begun: Event) -> None:
    with open_store(url) as store:
        begun.set()
        for path in itertools.cycle(paths):
            backups(store).restore(path, keep=False)


@pytest.fixture
def kill() -> Callable[..., None]:
    """Kill a process that does one thing again and again, at a random moment."""
    context = multiprocessing.get_context("forkserver")
    dice = random.Random(20260718)

    def killed(target: Callable[..., None], url: str, what: object) -> None:
        begun = context.Event()
        process = context.Process(target=target, args=(url, what, begun))
        process.start()
        assert begun.wait(60)
        time.sleep(dice.random() * LONGEST_S)
        assert process.is_alive()
        process.kill()
        process.join()

    return killed


def test_a_backup_killed_leaves_a_whole_file(store_url: str, tmp_path: Path, kill: Callable[..., None]) -> None:
    """Verified to the last byte; the next backup takes away what the killed one left."""
    path = tmp_path / "there" / "one.backup"
    with open_store(store_url) as store:
        fill(store)
        backups(store).write(path)
        for _ in range(KILLS):
            kill(back_up_for_ever, store_url, path)
            unpack(path)
        backups(store).write(path)
    assert ["one.backup"] == [each.name for each in path.parent.iterdir()]


def test_a_restore_killed_leaves_a_whole_store(store_url: str, tmp_path: Path, kill: Callable[..., None]) -> None:
    """All that one backup says, and nothing of another; the next restore works."""
    paths = tmp_path / "small.backup", tmp_path / "large.backup"
    with open_store(store_url) as store:
        fill(store)
        backups(store).write(paths[0])
        small = said(store)
        backups(store).restore(paths[0], keep=False)  # the database counts on from the numbers that came back
        with store.transaction() as transaction:
            transaction.instruments.put(Instrument(f"T{number}", Kind.SHARE) for number in range(TABLES))
        backups(store).write(paths[1])
        large = said(store)
    for _ in range(KILLS):
        kill(restore_for_ever, store_url, paths)
        with open_store(store_url) as store:
            assert said(store) in (small, large)
    with open_store(store_url) as store:
        backups(store).restore(paths[0], keep=False)
        assert small == said(store)
