"""Series over the network by a few threads, into the store by one: each ticker in a transaction of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

import numpy as np

from allocator.app import judging
from allocator.app.refresh.digest import Digest, Known, digest
from allocator.app.refresh.planning import Days, Task, last_day
from allocator.core.bars import Bars
from allocator.core.errors import MarketError
from allocator.core.finding import Fault, Finding
from allocator.core.text import Text, text
from allocator.store import Load, Store, Transaction

AHEAD = 2  # answers that wait for the store, for each connection
DEAD_AFTER = 8  # tickers in a row without an answer: the exchange is away, and the rest is spared

Ask = Callable[[Task, date], Bars]


@dataclass
class Loaded:
    """What became of the tasks."""

    done: int = 0
    rows: int = 0
    failed: dict[str, Text] = field(default_factory=dict)  # by "ticker interval"
    quarantined: set[str] = field(default_factory=set)
    skipped: int = 0  # not asked, since the exchange was away

    @property
    def finished(self) -> int:
        return self.done + len(self.failed)


@dataclass
class Loader:
    """Carries out tasks. `note` writes to the journal within a transaction; `step` is called after each task."""

    store: Store
    ask: Ask
    connections: int
    days: Days
    known: judging.Known
    note: Callable[[Transaction, Task, Text, str], None]
    step: Callable[[Loaded, Task], None]

    def run(self, tasks: Sequence[Task]) -> Loaded:
        """Ask for all tasks and store the answers as they come.

        What goes wrong with one ticker is noted and stops nothing else.
        Raises: `StoreError`: without a store there is nothing to do.
        """
        loaded = Loaded()
        in_a_row = 0
        pool = ThreadPoolExecutor(self.connections, thread_name_prefix="refresh")
        try:
            for task, future in self._answers(pool, tasks):
                try:
                    self._keep(task, future.result(), loaded)
                    in_a_row = 0
                except MarketError as error:
                    in_a_row += 1
                    self._failed(task, error.message, loaded)
                except (ArithmeticError, LookupError, TypeError, ValueError) as error:
                    # Data so odd that our own code trips over it must not cost the other tickers their night.
                    kind = type(error).__name__
                    self._failed(task, text("an internal fault on its data ({kind})", kind=kind), loaded)
                self.step(loaded, task)
                if in_a_row >= DEAD_AFTER:
                    loaded.skipped = len(tasks) - loaded.done - len(loaded.failed)
                    break
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C waits for no answer: see the provider's stop()
        return loaded

    def _answers(self, pool: ThreadPoolExecutor, tasks: Sequence[Task]) -> Iterator[tuple[Task, Future[Bars]]]:
        """Each task with its answer, in the order in which they come; few are in memory at once."""
        waiting = deque(tasks)
        running: dict[Future[Bars], Task] = {}
        while waiting or running:
            while waiting and len(running) < self.connections * AHEAD:
                task = waiting.popleft()
                running[pool.submit(self.ask, task, last_day(task.instrument, self.days))] = task
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                yield running.pop(future), future

    def _keep(self, task: Task, fetched: Bars, loaded: Loaded) -> None:
        with self.store.transaction() as transaction:
            known = self._known(transaction, task)
            found = digest(task, fetched, known, self.days)
            write(transaction, task, known, found, self.days)
            for split in found.splits:
                self.known.splits[task.ticker] = (*self.known.splits.get(task.ticker, ()), split)
            doubts = self._judged(transaction, task, found)
            for message in found.notes:
                self.note(transaction, task, message, "info")
            for message in found.warnings:
                self.note(transaction, task, message, "warning")
        loaded.done += 1
        loaded.rows += len(found.bars)
        if found.findings or doubts:
            loaded.quarantined.add(task.ticker)

    def _known(self, transaction: Transaction, task: Task) -> Known:
        return Known(
            bars=transaction.bars.read(task.ticker, task.interval, start=datetime.combine(task.since, time.min)),
            splits=self.known.splits.get(task.ticker, ()),
            calendar=self.known.calendar,
            findings=transaction.findings.of(task.ticker, task.interval),
        )

    def _judged(self, transaction: Transaction, task: Task, found: Digest) -> list[Finding]:
        """Moves that nothing explains: among the new bars, or among all when more than those has changed."""
        if not len(found.bars):
            return []
        newest = None if task.load is None or found.splits or found.bars.days[0] <= task.load.till else len(found.bars)
        doubts = judging.judge(transaction, task.ticker, task.interval, self.known, newest=newest)
        fresh = {moment.item() for moment in found.bars.begin}
        for doubt in doubts:
            if doubt.begin in fresh:
                self.note(transaction, task, doubt.detail, "warning")
        return doubts

    def _failed(self, task: Task, reason: Text, loaded: Loaded) -> None:
        loaded.failed[f"{task.ticker} {task.interval.value}"] = reason
        with self.store.transaction() as transaction:
            self.note(transaction, task, reason, "error")


def write(transaction: Transaction, task: Task, known: Known, found: Digest, days: Days) -> None:
    """Put a digest into the store; on a usual night, that is the new bars and the day that they reach to."""
    ticker, interval = task.ticker, task.interval
    if found.splits:
        transaction.splits.put(found.splits)
    if not found.settled:
        transaction.findings.put(found.findings)
        return
    if found.replaced is not None and (task.anew or (known.bars.days >= np.datetime64(found.replaced)).any()):
        transaction.bars.drop(ticker, interval, start=datetime.combine(found.replaced, time.min))
    transaction.bars.put(ticker, interval, found.bars)
    if known.findings or task.anew:
        transaction.findings.clear(ticker, interval, {Fault.REWRITTEN})
        asked = datetime.combine(task.since, time.min)
        transaction.findings.clear(ticker, interval, set(Fault) - {Fault.REWRITTEN, Fault.JUMP}, since=asked)
    if found.findings:
        transaction.findings.put(found.findings)
    load = task.load or Load(ticker, interval, task.since, days.final)
    transaction.loads.put(replace(load, since=min(load.since, task.since), till=max(load.till, days.final)))
