"""One piece of work in a process of its own: what it uses returns to the system when it ends, whatever comes of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import allocator
from allocator.app.loop.child_process import NICE, Order, Said, read_frame, write_frame
from allocator.core.errors import AllocatorError
from allocator.core.text import Text, text

Report = Callable[[Text, int, int], None]  # what is being done, steps done, steps in all (0: not known yet)
GRACE_S = 4.0  # between the polite request to end and the other one
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
POSIX = os.name == "posix"


class Stopped(AllocatorError):  # noqa: N818 -- it is no failure
    """The work was told to end before it was done."""

    def __init__(self) -> None:
        super().__init__(text("This was stopped before its end."))


def silent(_: Text, __: int, ___: int) -> None:
    """For whom progress is of no interest."""


class Child:
    """Calls `module:function` with `(tell, *arguments)` in a new process, at once; what it returns comes back.

    Arguments and the result travel as pickles. `report` hears what the function tells, from a thread of this object;
    `done`, once, that the end has come. The process has lower priority, computes in one thread, hears no Ctrl+C, and
    ends with this one, however that ends; so do the processes that it has started.
    """

    def __init__(
        self,
        call: str,
        arguments: tuple[object, ...] = (),
        *,
        report: Report = silent,
        done: Callable[[Child], None] = lambda _: None,
    ) -> None:
        self.call = call
        self._report = report
        self._stopped = False
        self._lock = threading.Lock()
        self._future: Future[Any] = Future()
        self._future.set_running_or_notify_cancel()
        self._future.add_done_callback(lambda _: done(self))
        self._process = _start()
        threading.Thread(target=self._attend, args=(Order(call, arguments, sys.path),), daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return not self._future.done()

    def result(self, timeout: float | None = None) -> Any:  # noqa: ANN401 -- whatever the function returns
        """What the function returned.

        Raises: the function's `AllocatorError`; `Stopped`; an `AllocatorError` when it failed otherwise, or its process
        died; `TimeoutError` when it is not there after so many seconds.
        """
        return self._future.result(timeout)

    def stop(self, grace_s: float = GRACE_S) -> None:
        """End it, first politely (what it does is told so by `KeyboardInterrupt`), after the grace for good."""
        self.ask_to_stop()
        self.end(grace_s)

    def ask_to_stop(self) -> None:
        """The polite half of `stop`, for who ends several at once."""
        with self._lock:
            self._stopped = True
            if self._process.poll() is None:
                with suppress(OSError):
                    self._process.terminate()

    def end(self, grace_s: float = GRACE_S) -> None:
        """Wait for the end so long, then make it."""
        if self._future.done():
            return  # its number may be somebody else's by now
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(grace_s)
        self._kill()
        with suppress(Exception):
            self._future.exception(GRACE_S)

    def _kill(self) -> None:
        """The process and all that it has started."""
        with suppress(OSError):
            if POSIX:
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def _attend(self, order: Order) -> None:
        """Hand the order over, pass on what is told, and keep the last word."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        said: Said | None = None
        with suppress(OSError, ValueError):
            write_frame(process.stdin, order)  # stdin stays open: it is the leash
        with suppress(OSError, EOFError):
            said = self._heard(process.stdout)
        if said is not None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(GRACE_S)
        self._kill()  # nothing that the work has started outlives it
        code = process.wait()
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                stream.close()
        self._settle(said, code)

    def _heard(self, stream: IO[bytes]) -> Said:
        """The last word. That it cannot be understood, or that its progress is told badly, is an error of the work."""
        try:
            while True:
                said: Said = read_frame(stream)
                if said.over:
                    return said
                self._report(*said.progress)
        except (OSError, EOFError):
            raise
        except Exception as error:  # noqa: BLE001 -- who waits for the result must hear of it
            self.ask_to_stop()
            kind, message = type(error).__name__, str(error)
            return Said(error=AllocatorError(text("internal error: {kind}: {message}", kind=kind, message=message)))

    def _settle(self, said: Said | None, code: int) -> None:
        if said is not None and said.error is None:
            self._future.set_result(said.result)
        elif said is not None and said.error is not None and not said.over:
            self._future.set_exception(said.error)
        elif self._stopped:
            self._future.set_exception(Stopped())
        elif said is not None and said.error is not None:
            self._future.set_exception(said.error)
        else:
            self._future.set_exception(_died(self.call, code))


def _start() -> subprocess.Popen[bytes]:
    roots = [str(Path(allocator.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, roots))} | dict.fromkeys(THREADS, "1")
    flags = 0 if POSIX else getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0) | subprocess.CREATE_NEW_PROCESS_GROUP  # type: ignore[attr-defined]
    try:
        return subprocess.Popen(  # noqa: S603 -- this very program
            [sys.executable, "-m", "allocator.app.loop.child_process", str(NICE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environ,
            start_new_session=POSIX,
            creationflags=flags,
        )
    except OSError as error:
        raise AllocatorError(
            text("No process can be started: {reason}.", reason=error.strerror or type(error).__name__),
            text("The machine may be out of memory, or of processes."),
        ) from error


def _died(call: str, code: int) -> AllocatorError:
    work = call.rpartition(":")[2]
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return AllocatorError(
            text("The process of {work} was ended by {signal}.", work=work, signal=name),
            text("Memory may have run out; it is tried again."),
        )
    return AllocatorError(
        text("The process of {work} ended without an answer (exit code {code}).", work=work, code=code),
        text("What it said last is in the log of the server."),
    )
