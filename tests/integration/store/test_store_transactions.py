"""Transactions, snapshots and locks, between threads and between processes, on both databases."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy.engine.default import DefaultDialect

from allocator.core.bars import Bars, Interval
from allocator.core.errors import StoreError
from allocator.core.instrument import Instrument, Kind
from allocator.store import Load, Store, open_store

DAY = Interval.DAY


def bars(n: int, close: float = 1.0) -> Bars:
    """So many daily bars of one price."""
    begin = np.datetime64("2000-01-03", "s") + np.arange(n) * np.timedelta64(1, "D")
    return Bars(begin, *[np.full(n, close)] * 6)


@contextmanager
def child(url: str, *code: str) -> Iterator[subprocess.Popen[str]]:
    """Another process with the same store in `store`; it has said "ready" when this returns."""
    lines = [
        "import sys, numpy as np",
        "from allocator.store import open_store",
        "from allocator.core.bars import Bars, Interval",
        f"store = open_store({url!r})",
        *code,
    ]
    process = subprocess.Popen(
        [sys.executable, "-c", "\n".join(lines)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        assert "ready\n" == process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.stdin.close()
        process.stdout.close()
        process.wait()


READY = "print('ready', flush=True)"
WAIT = "sys.stdin.readline()"


class TestTransactions:
    @pytest.mark.parametrize("error", [ValueError("mistake"), KeyboardInterrupt(), OSError("the network")])
    def test_nothing_is_kept_after_an_exception(self, store: Store, error: BaseException) -> None:
        """Whatever it is, Ctrl-C too; and it comes out as it was raised."""
        with store.transaction() as tx:
            tx.facts.set("a", "before")

        def fail() -> None:
            with store.transaction() as tx:
                tx.facts.set("a", "after")
                raise error

        with pytest.raises(type(error)) as raised:
            fail()

        assert error is raised.value
        with store.reading() as tx:
            assert "before" == tx.facts.get("a")

    @pytest.mark.parametrize("kind", ["BEGIN", "INSERT"])
    @pytest.mark.parametrize("rows", [1, 3])
    def test_ctrl_c_within_a_statement_keeps_nobody_waiting(
        self, store: Store, kind: str, rows: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever handles it writes at once, before what was stopped is forgotten: the journal of a refresh does so."""
        pressed: list[str] = []

        def stopped_after(once: Callable[..., None]) -> Callable[..., None]:
            def run(self: DefaultDialect, cursor: Any, statement: str, *rest: Any) -> None:
                once(self, cursor, statement, *rest)
                if statement.startswith(kind) and not pressed:
                    pressed.append(statement)
                    raise KeyboardInterrupt

            return run

        monkeypatch.setattr(DefaultDialect, "do_execute", stopped_after(DefaultDialect.do_execute))
        monkeypatch.setattr(DefaultDialect, "do_executemany", stopped_after(DefaultDialect.do_executemany))
        papers = [Instrument(f"AAA{at}", Kind.SHARE) for at in range(rows)]
        try:
            with store.transaction() as tx:
                tx.instruments.put(papers)
        except KeyboardInterrupt:
            with store.transaction() as tx:
                assert [] == tx.instruments.all()
                tx.instruments.put(papers[:1])

        assert bool(pressed) == (kind == "INSERT" or store.name.endswith(".db"))  # a server begins by itself
        with store.reading() as tx:
            assert papers[: 1 if pressed else rows] == tx.instruments.all()

    def test_nothing_is_kept_after_a_failure_of_the_database(self, store: Store) -> None:
        """A statement that fails takes the whole transaction with it, and the next one begins anew."""

        def fail() -> None:
            with store.transaction() as tx:
                tx.facts.set("a", "b")
                with tx.link.cursor() as cursor:
                    cursor.execute("SELECT * FROM nowhere")

        with pytest.raises(StoreError):
            fail()
        with store.transaction() as tx:
            assert tx.facts.get("a") is None

    def test_one_at_a_time_in_a_thread(self, store: Store) -> None:
        """A transaction within another would wait for itself: it is a mistake, said at once; the outer one goes on."""
        with store.transaction() as tx:
            with pytest.raises(RuntimeError, match="within a transaction"), store.transaction():
                pass
            tx.facts.set("a", "b")
        with store.transaction() as tx:
            assert "b" == tx.facts.get("a")

    def test_writers_wait_for_each_other(self, store: Store) -> None:
        """Threads that read, add and write lose no step of each other's."""

        def add() -> None:
            for _ in range(5):
                with store.transaction() as tx:
                    tx.facts.set("lock", "taken")  # PostgreSQL locks the row, SQLite the store
                    tx.facts.set("n", str(int(tx.facts.get("n") or 0) + 1))

        threads = [threading.Thread(target=add) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with store.reading() as tx:
            assert "20" == tx.facts.get("n")


class TestSnapshots:
    def test_a_reader_sees_one_moment(self, store: Store) -> None:
        """What others write while it looks, it does not see; a later look does."""
        with store.transaction() as tx:
            tx.facts.set("a", "1")
        with store.reading() as reader:
            assert "1" == reader.facts.get("a")
            with store.transaction() as tx:
                tx.facts.set("a", "2")
            assert "1" == reader.facts.get("a")
        with store.reading() as reader:
            assert "2" == reader.facts.get("a")

    def test_readers_do_not_wait_for_a_writer(self, store: Store) -> None:
        """A refresh in the middle of a ticker stops nobody from looking."""
        with store.transaction() as tx:
            tx.instruments.put([Instrument("A", Kind.SHARE)])
            tx.bars.put("A", DAY, bars(10))
            with store.reading() as reader:
                assert [] == reader.instruments.all()
        with store.reading() as reader:
            assert 10 == len(reader.bars.read("A", DAY))

    def test_a_reader_does_not_write(self, store: Store) -> None:
        """A mistake in code that only looks cannot change anything."""
        with pytest.raises(StoreError), store.reading() as tx:
            tx.facts.set("a", "b")
        with store.transaction() as tx:
            tx.facts.set("a", "c")
            assert "c" == tx.facts.get("a")


class TestKilled:
    def test_transaction_of_a_killed_process_never_was(self, store: Store, store_url: str) -> None:
        """kill -9 in the middle: the store is as before, and can be written at once."""
        with store.transaction() as tx:
            tx.instruments.put([Instrument("A", Kind.SHARE)])
            tx.bars.put("A", DAY, bars(100))
            tx.loads.put(Load("A", DAY, date(2000, 1, 3), date(2000, 4, 11)))
        with child(
            store_url,
            "with store.transaction() as tx:",
            "    tx.bars.drop('A', Interval.DAY)",
            "    times = np.datetime64('1990-01-01', 's') + np.arange(20000) * np.timedelta64(1, 'h')",
            "    tx.bars.put('A', Interval.DAY, Bars(times, *[np.full(20000, 7.0)] * 6))",
            f"    {READY}; {WAIT}",
        ) as process:
            process.send_signal(signal.SIGKILL)
            process.wait()

        with store.transaction() as tx:
            assert [1.0] * 100 == tx.bars.read("A", DAY).close.tolist()
            assert 100 == len(tx.calendar.get().days)
            assert 1 == tx.bars.put("A", DAY, bars(1, 2.0))

    def test_committed_work_outlives_the_process(self, store: Store, store_url: str) -> None:
        """What was committed a moment before kill -9 is there."""
        with child(store_url, "with store.transaction() as tx:", "    tx.facts.set('a', 'b')", READY, WAIT) as process:
            process.send_signal(signal.SIGKILL)
            process.wait()
        with store.reading() as tx:
            assert "b" == tx.facts.get("a")

    def test_two_processes_fill_one_store(self, store: Store, store_url: str) -> None:
        """Each loads its own ticker, in many small transactions, without a failure on either side."""
        with store.transaction() as tx:
            tx.instruments.put(Instrument(ticker, Kind.SHARE) for ticker in ("A", "B"))
        fill = [
            "for n in range(30):",
            "    times = np.datetime64('2000-01-03', 's') + np.arange(n * 9, n * 9 + 9) * np.timedelta64(1, 'D')",
            "    with store.transaction() as tx: tx.bars.put('{}', Interval.DAY, Bars(times, *[np.full(9, 7.0)] * 6))",
        ]
        with (
            child(store_url, READY, WAIT, *fill[:2], fill[2].format("A")) as one,
            child(store_url, READY, WAIT, *fill[:2], fill[2].format("B")) as other,
        ):
            for process in (one, other):
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()

            assert [0, 0] == [process.wait(60) for process in (one, other)]
        with store.reading() as tx:
            assert [270, 270] == [each.rows for each in tx.bars.coverage(DAY)]


class TestLocks:
    def test_one_holder_for_a_name(self, store: Store, store_url: str) -> None:
        """Another process, and another opening in this one, is told at once; other names are free."""
        with child(store_url, "with store.lock() as mine:", f"    {READY}; {WAIT}"):
            with store.lock() as mine, store.lock("backup") as other:
                assert [False, True] == [mine, other]
            with store.transaction() as tx:  # the lock is a promise between refreshes, no obstacle to a writer
                tx.facts.set("a", "b")
        with store.lock() as mine, open_store(store_url) as again, again.lock() as other:
            assert [True, False] == [mine, other]
        with store.lock() as mine:
            assert mine

    def test_a_killed_holder_holds_nothing(self, store: Store, store_url: str) -> None:
        """No stale lock is ever left for a person to remove."""
        with child(store_url, "with store.lock() as mine:", f"    {READY}; {WAIT}") as process:
            process.send_signal(signal.SIGKILL)
            process.wait()
        # The server notices the closed connection in its own time.
        for _ in range(100):
            with store.lock() as mine:
                if mine:
                    break
            threading.Event().wait(0.05)
        assert mine

    def test_an_exception_frees_the_lock(self, store: Store) -> None:
        """And comes out as it was raised."""
        with pytest.raises(KeyboardInterrupt), store.lock():
            raise KeyboardInterrupt
        with store.lock() as mine:
            assert mine


def test_a_closed_store_lets_go_of_its_file(tmp_path: Path) -> None:
    """No log is left beside the file when nobody uses it: it can be copied as it is."""
    with open_store(str(tmp_path / "store.db")) as store, store.transaction() as tx:
        tx.facts.set("a", "b")

    assert {"store.db"} == {path.name for path in tmp_path.iterdir() if not path.name.endswith(".lock")}


class TestVersion:
    """What tells that nothing has changed, without a look at what there is."""

    def test_it_is_another_one_after_any_change(self, store: Store) -> None:
        """Not after a look."""
        versions = [store.version()]
        with store.transaction() as tx:
            tx.facts.set("a", "1")
        versions.append(store.version())
        with store.reading() as tx:
            assert "1" == tx.facts.get("a")
        assert versions[-1] == store.version()
        with store.transaction() as tx:
            tx.facts.set("a", "2")
            assert versions[-1] == store.version()  # not before it can be seen
        versions.append(store.version())
        assert len(versions) == len(set(versions))

    def test_others_are_seen(self, store: Store, store_url: str) -> None:
        """A change by another program is one, as soon as it is there."""
        before = store.version()
        with child(store_url, READY, WAIT, "with store.transaction() as tx: tx.facts.set('a', '1')", READY) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert before == store.version()
            process.stdin.write("\n")
            process.stdin.flush()
            assert "ready\n" == process.stdout.readline()
            assert before != store.version()
