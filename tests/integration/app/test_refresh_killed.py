"""A refresh killed at any moment leaves a store that one more run makes whole.

`ALLOCATOR_KILLS=100 pytest tests/integration/app/test_refresh_killed.py` kills a hundred loads on each database.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import time
from datetime import date
from pathlib import Path

import pytest
from fixtures_iss import LocalIss
from integration.app.refreshing import Night, content
from iss_server import Exchange
from iss_universe import made

from allocator.core.bars import Interval
from allocator.store import open_store

KILLS = int(os.environ.get("ALLOCATOR_KILLS", "3"))
DAY = date(2025, 11, 13)
BOTH = (Interval.DAY, Interval.HOUR)
SINCE = date(2025, 6, 1)


def refresh(url: str, iss_url: str, day: date) -> None:
    """What the killed process does: one refresh of the store at `url`."""
    exchange = Exchange()
    exchange.market = made(1, 0.1, day=day)  # only its day is looked at
    with open_store(url) as store:
        Night(LocalIss(iss_url, "", exchange), store, since=SINCE, intervals=BOTH).run()


class Child:
    """Refreshes in processes of their own, quickly started from one that has everything imported."""

    def __init__(self, iss: LocalIss) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._iss = iss

    def start(self, url: str) -> multiprocessing.process.BaseProcess:
        process = self._context.Process(target=refresh, args=(url, self._iss.url, DAY))
        process.start()
        return process

    def finish(self, url: str) -> float:
        """A refresh to its end; the seconds that it took."""
        started = time.monotonic()
        process = self.start(url)
        process.join()
        assert 0 == process.exitcode
        return time.monotonic() - started


def held(url: str) -> dict[str, object]:
    with open_store(url) as store, store.reading() as transaction:
        return content(transaction)


@pytest.fixture
def exchange(iss: LocalIss) -> LocalIss:
    iss.serve(made(7, 0.6, day=DAY))
    return iss


def test_killed_at_any_moment(exchange: LocalIss, store_url: str, database: str, tmp_path: Path, request) -> None:
    """After SIGKILL at a random moment of a first load, one more run gives the store of an undisturbed load."""
    child = Child(exchange)
    spare = str(tmp_path / "whole.db")
    child.finish(spare)
    took = child.finish(str(tmp_path / "timed.db"))
    expected = held(spare)
    dice = random.Random(20260101)
    killed = 0
    empty = str(tmp_path / "empty.db")
    if database == "sqlite":
        shutil.copy(store_url, empty)
    for _ in range(KILLS):
        if database == "sqlite":
            for suffix in ("", "-wal", "-shm"):
                Path(store_url + suffix).unlink(missing_ok=True)
            shutil.copy(empty, store_url)
        else:
            request.getfixturevalue("postgres").empty(store_url)
        process = child.start(store_url)
        time.sleep(dice.uniform(0.02, took))
        process.kill()
        process.join()
        killed += process.exitcode == -9
        child.finish(store_url)
        found = held(store_url)
        assert [] == [name for name in expected if expected[name] != found[name]]
    assert killed >= KILLS / 2
