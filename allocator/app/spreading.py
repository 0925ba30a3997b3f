"""Where work is done: processes of this machine, or the machines of Ray. `docs/machines.md` tells the user."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import ParamSpec, TypeVar

from allocator.app.spreading_process import QUIET, begin
from allocator.core.errors import AllocatorError, UsageError
from allocator.core.text import text
from allocator.core.workers import Workers
from allocator.forecast.training.pool import Backend, Pool, Report, cores

P = ParamSpec("P")
T = TypeVar("T")
CALL = "allocator.forecast.training.ray_there:call"


def backend(folder: Path, workers: int | str | None, *, device: str = "cpu", report: Report | None = None) -> Backend:
    """What trains models and leaves them in `folder`; `workers` as in `executor`.

    Raises: `UsageError` for workers that cannot be; `ClusterError` when Ray is not to be had.
    """
    asked = _asked(workers)
    if asked.address is None:
        return Pool(folder, workers=asked.count, device=device, report=report)
    from allocator.forecast.training.ray_pool import RayPool  # noqa: PLC0415 -- only who asks for Ray meets it

    return RayPool(folder, asked, device=device, report=report)


def executor(workers: int | str | None, *, preload: Sequence[str] = ()) -> Executor:
    """What calls pure functions that can be pickled, each single-threaded, in any order.

    `workers`: so many processes of this machine (None: one for each core), `ray` or `ray:N` for a Ray started here,
    `ray://host:port` or `ray://host:port/N`. `preload`: modules that its processes load once. As a context it waits at
    its end; left by an exception (Ctrl+C) it ends what runs. When a process dies, what was at work there raises
    `AllocatorError`.

    Raises: `UsageError` for workers that cannot be; `ClusterError` when Ray is not to be had.
    """
    asked = _asked(workers)
    return Here(asked.count or cores(), preload) if asked.address is None else There(asked)


class Here(Executor):
    """Processes of this machine that end with it: they hold one end of a pipe, and exit when the other is closed."""

    def __init__(self, workers: int, preload: Sequence[str] = ()) -> None:
        forked = "forkserver" in multiprocessing.get_all_start_methods()
        context = multiprocessing.get_context("forkserver" if forked else "spawn")
        if forked:
            context.set_forkserver_preload([QUIET, *preload])
        theirs, self._ours = context.Pipe(duplex=False)
        self._processes = ProcessPoolExecutor(workers, context, begin, (theirs, tuple(preload)))
        self._stopped = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        done = self._processes.submit(fn, *args, **kwargs)
        return _Worded(done, self._worded)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._processes.shutdown(wait=wait, cancel_futures=cancel_futures)

    def stop(self) -> None:
        """End all processes now and forget what waits."""
        self._stopped = True
        # After the first call it would have forgotten its thread, and wait for nobody; that closes pipes to its end,
        # and where Python ends meanwhile it trips over them.
        manager: threading.Thread | None = getattr(self._processes, "_executor_manager_thread", None)
        self._processes.shutdown(wait=False, cancel_futures=True)
        self._ours.close()
        if manager is not None:
            manager.join()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> bool | None:
        if kind is None:
            self.shutdown()
            self._ours.close()
        else:
            self.stop()
        return None

    def _worded(self, error: BaseException) -> BaseException:
        if not isinstance(error, BrokenExecutor):
            return error
        if self._stopped:
            return _stopped()
        return AllocatorError(
            text("A worker process was ended before its work was done, and the others with it."),
            text("If memory ran out, give fewer workers."),
        )


class There(Executor):
    """The machines of Ray, or one that is started here."""

    def __init__(self, workers: Workers) -> None:
        from allocator.forecast.training.ray_link import Link, Task  # noqa: PLC0415 -- only who asks for Ray meets it

        self._link, self._task = Link(workers), Task

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        task = self._task(CALL, lambda _: ((fn, args, kwargs), {}), lambda given: given, _lost, _stopped)
        return self._link.submit(task)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        if cancel_futures:
            self._link.forget()
        if wait:
            self._link.close()

    def stop(self) -> None:
        """End what runs, and forget what waits."""
        self._link.stop()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> bool | None:
        if kind is None:
            self.shutdown()
        else:
            self.stop()
        return None


class _Worded(Future[T]):
    """A future of the same outcome, its error in words."""

    def __init__(self, inner: Future[T], worded: Callable[[BaseException], BaseException]) -> None:
        super().__init__()
        self._inner = inner
        self._wording = worded
        inner.add_done_callback(self._done)

    def cancel(self) -> bool:
        return self._inner.cancel() and super().cancel()

    def _done(self, inner: Future[T]) -> None:
        if inner.cancelled():
            super().cancel()
            self.set_running_or_notify_cancel()
        elif self.set_running_or_notify_cancel():
            error = inner.exception()
            if error is None:
                self.set_result(inner.result())
            else:
                self.set_exception(self._wording(error))


def _asked(workers: int | str | None) -> Workers:
    try:
        return Workers.of(workers)
    except ValueError:
        raise UsageError(
            text("{workers} is neither a number of processes nor where Ray is.", workers=workers),
            text("Type --workers 4, --workers ray or --workers ray://host:10001."),
        ) from None


def _lost(memory: bool) -> AllocatorError:
    if memory:
        return AllocatorError(text("A machine of Ray has not enough memory for its workers."))
    return AllocatorError(text("A worker process of Ray was ended, or its machine was lost."))


def _stopped() -> AllocatorError:
    return AllocatorError(text("This was stopped before its end."))
