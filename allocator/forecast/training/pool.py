"""A process per model: its memory is returned when it exits, and its crash costs one model.

`Pool.submit(spec, arrays, split) -> Future` is all that others need; a pool over many machines has the same.

The supervisor never loads torch. Where the system can fork, a server process loads it once and forks a worker in 0.05
seconds; a fresh interpreter takes 1.6. A thread of the supervisor waits for each worker and does nothing else.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, cast

from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.spec import ModelSpec
from allocator.forecast.training.jobs import Ask, Job, Train
from allocator.forecast.training.results import Forecasts, Progress, Trained
from allocator.forecast.training.scope import Scope
from allocator.forecast.training.split import Split

WORKER = "allocator.forecast.training.worker"
SERVER = "allocator.forecast.training.server"
PRELOADED = ["allocator.forecast.quiet", WORKER]
SETTLED_S = 2.0  # after which nobody is expected to submit more
Report = Callable[[Progress], None]


class Backend(Protocol):
    """What trains models somewhere and leaves them in `folder`: `Pool` on this machine, `RayPool` on many.

    `workers`: how many models are at work at once. The methods are described at `Pool`.
    """

    @property
    def folder(self) -> Path: ...

    @property
    def workers(self) -> int: ...

    def submit(self, spec: ModelSpec, arrays: Path, split: Split) -> Future[Trained]: ...

    def ask(self, weights: Path, arrays: Path, ends: Iterable[int]) -> Future[Forecasts]: ...

    def close(self) -> None: ...

    def stop(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...


class Pool(Scope):
    """As many single-threaded workers as cores, or as said; models and checkpoints are left in `folder`.

    Where nobody said how many, the last few share the cores: three models on two cores take the time of one and a half
    at once, and that of two in turns. At most half as many again as cores, for the memory's sake. The last are those
    after which nothing was submitted for two seconds.
    `report` is called with the `Progress` of any model, from threads of the pool. As a context it waits at its end;
    when left by an exception (Ctrl+C) it stops the workers, whose trainings go on from their last epoch another time.
    `preload`: modules that the supervisor's own module loads, so that the server loads them once for all workers.
    """

    def __init__(
        self,
        folder: Path,
        *,
        workers: int | None = None,
        device: str = "cpu",
        report: Report | None = None,
        preload: Sequence[str] = (),
    ) -> None:
        self.folder, self.device = folder, device
        self.workers = workers or cores()
        self._last = self.workers if workers else self.workers * 3 // 2  # so few need not wait for each other
        self._report = report or (lambda _: None)
        self._context = _context(preload)
        self._threads = ThreadPoolExecutor(self._last, thread_name_prefix="supervisor")
        self._running: set[BaseProcess] = set()
        self._taken = 0  # places of workers that run or are being started
        self._left = 0  # jobs that were submitted and are not done
        self._submitted_at = 0.0
        self._changed = threading.Condition()
        self._starting = threading.Lock()
        self._stopped = False

    def submit(self, spec: ModelSpec, arrays: Path, split: Split) -> Future[Trained]:
        """Train in a process of its own. The future raises `ForecastError` when the model or its process fails."""
        job = Train(spec, arrays.absolute(), split, self.folder.absolute(), self.device)
        return cast("Future[Trained]", self._submit(job))

    def ask(self, weights: Path, arrays: Path, ends: Iterable[int]) -> Future[Forecasts]:
        """Forecasts of a trained model for the windows that end at places n * T + t (see `split.ends`)."""
        job = Ask(weights.absolute(), arrays.absolute(), tuple(int(each) for each in ends), self.device)
        return cast("Future[Forecasts]", self._submit(job))

    @property
    def running(self) -> tuple[int, ...]:
        """The process ids of the workers at work."""
        with self._changed:
            return tuple(process.pid for process in self._running if process.pid is not None)

    def close(self) -> None:
        """Wait for all that was submitted."""
        self._threads.shutdown(wait=True)

    def stop(self) -> None:
        """End all workers now and forget what waits; finished models and whole epochs are kept."""
        with self._changed:
            self._stopped = True
            for process in self._running:
                process.terminate()
            self._changed.notify_all()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _submit(self, job: Job) -> Future[object]:
        with self._changed:
            if self._stopped:
                raise stopped(job)
            self._left += 1
            self._submitted_at = time.monotonic()
            future = self._threads.submit(self._supervise, job)
        future.add_done_callback(self._done)
        return future

    def _done(self, _: Future[object]) -> None:
        with self._changed:
            self._left -= 1
            self._changed.notify_all()

    def _supervise(self, job: Job) -> object:
        """Start a worker as soon as it may, pass its progress on, and give its last word; in a thread of the pool."""
        ours, theirs = self._context.Pipe(duplex=False)
        process = cast("Any", self._context).Process(target=_run, args=(job, theirs), name=job.name, daemon=True)
        with ours, theirs, self._place(job):
            self._start(process, job)
            theirs.close()
            try:
                said = self._listen(ours)
                with self._starting:  # which looks after processes that have ended, too
                    process.join()
            finally:
                with self._changed:
                    self._running.discard(process)
        if isinstance(said, ForecastError):
            raise said
        if said is None:
            raise stopped(job) if self._stopped else died(job, process.exitcode)
        return said

    @contextmanager
    def _place(self, job: Job) -> Iterator[None]:
        """A place among those at work, as soon as there is one."""
        with self._changed:
            while not self._may_start():
                self._changed.wait(SETTLED_S)
            if self._stopped:
                raise stopped(job)
            self._taken += 1
        try:
            yield
        finally:
            with self._changed:
                self._taken -= 1
                self._changed.notify_all()

    def _may_start(self) -> bool:
        settled = time.monotonic() - self._submitted_at >= SETTLED_S
        return self._stopped or self._taken < self.workers or (settled and self._left <= self._last)

    def _start(self, process: BaseProcess, job: Job) -> None:
        """The first waits until the server has loaded torch; who submits and who stops does not wait for that."""
        try:
            with self._starting:
                process.start()
        except (OSError, EOFError) as error:  # the server is gone: it could not load what it preloads, or was ended
            raise (stopped(job) if self._stopped else unstarted(job, error)) from error
        with self._changed:
            self._running.add(process)
            if self._stopped:
                process.terminate()

    def _listen(self, worker: Connection) -> object:
        """The last word of a worker, None when it died without one."""
        while True:
            try:
                said = worker.recv()
            except (EOFError, OSError):
                return None
            if not isinstance(said, Progress):
                return cast("object", said)
            self._report(said)


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run(job: Job, to: Connection) -> None:
    """In the worker: its module is loaded here by name, so that importing this one loads no torch."""
    import_module(WORKER).main(job, to)


def _context(preload: Sequence[str]) -> BaseContext:
    """Forked from a clean server that has loaded torch, or where there is no fork a fresh interpreter."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([SERVER, *PRELOADED, *preload])
    _serve()
    return context


def _serve() -> None:
    """Start the server, with Ctrl+C blocked until `SERVER` says what it means there."""
    from multiprocessing import forkserver, resource_tracker  # noqa: PLC0415 -- not where there is no fork

    resource_tracker.ensure_running()  # first, as it unblocks the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def unstarted(job: Job, error: Exception) -> ForecastError:
    return ForecastError(
        text("The process of {model} cannot be started: {reason}.", model=job.name,
             reason=getattr(error, "strerror", None) or type(error).__name__),
        text("See what is wrong with it, with the Python that runs allocator: python -m {module}", module=WORKER),
    )  # fmt: skip


def died(job: Job, code: int | None) -> ForecastError:
    if code is not None and code < 0:
        number = -code
        name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
        return ForecastError(
            text("The process of {model} was ended by {signal}.", model=job.name, signal=name),
            text("If memory ran out, give fewer workers. The same command goes on from the last whole epoch."),
        )
    return ForecastError(
        text("The process of {model} ended without an answer (exit code {code}).", model=job.name, code=code),
        text("What it said last is above; please report it."),
    )


def stopped(job: Job) -> ForecastError:
    return ForecastError(
        text("{model} was stopped before its end.", model=job.name),
        text("The same command goes on from the last whole epoch."),
    )
