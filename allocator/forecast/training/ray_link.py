"""Ray, of this machine or of many, as something that runs functions: one thread speaks with it and nobody else.

Importing this loads no Ray. What goes there is pickled with the standard library only after the other side has said
that it has this version of the program, so that two versions never meet half-way.
"""

from __future__ import annotations

import pickle
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import allocator
from allocator.core.errors import AllocatorError
from allocator.core.text import text
from allocator.core.workers import Workers
from allocator.forecast.training.ray_box import Letters
from allocator.forecast.training.ray_errand import opened
from allocator.forecast.training.ray_errors import ClusterError, gone, last_line
from allocator.forecast.training.ray_session import Failure, Session
from allocator.forecast.training.scope import Scope

POLL_S = 0.2  # how long what is submitted may wait to be noticed
ROUND_S = 1.0  # after which an empty box is asked again
CONNECT_S = 120.0  # after which a server that neither answers nor refuses is given up
LEAST_AT_ONCE = 64  # tasks handed to Ray when nobody said how many: machines may join later
AGAIN = 3  # times that a task is begun anew when its process is gone, as Ray does by itself

Refs = Mapping[str, Any]
Prepare = Callable[["Link"], tuple[tuple[object, ...], Refs]]


@dataclass(eq=False)
class Task:
    """Something to be done by `entry`, "module:function", on another machine.

    `prepare` gives its arguments, plain values, and what of Ray it needs besides (a mapping, its last argument), in the
    thread of the link. `finish` turns what it gave into the future's result there. `lost` and `stopped` word the errors
    when its process is gone (with whether that was for want of memory) and when it was stopped. `again`: how often it
    is still begun anew, prepared anew, when its process is gone.
    """

    entry: str
    prepare: Prepare
    finish: Callable[[Any], Any]
    lost: Callable[[bool], AllocatorError]
    stopped: Callable[[], AllocatorError]
    again: int = AGAIN
    future: Future[Any] = field(default_factory=Future)


class Link(Scope):
    """A connection. Without a count, tasks wait at Ray's and not here, so that machines that join are used.

    `heard` gets what workers put into the `box`, which is there when it is given.
    """

    box: Any = None

    def __init__(self, workers: Workers, *, heard: Callable[[Letters], None] | None = None) -> None:
        """Raises: `ClusterError` when Ray is not installed, not there, of another version, or has no processor."""
        self._workers, self._heard = workers, heard
        self._listening: Any = None  # a reference to what the box will give
        self._waiting: deque[Task] = deque()
        self._running: dict[Any, Task] = {}
        self._changed = threading.Condition()
        self._closing = self._stopping = False
        self._broken: AllocatorError | None = None
        self._connected: Future[Session] = Future()
        self._thread = threading.Thread(target=self._live, name="ray", daemon=True)
        self._thread.start()
        try:
            self.session = self._connected.result(CONNECT_S)
        except BaseException as error:
            with self._changed:  # whoever still connects parts as soon as that is done
                self._closing = self._stopping = True
            if isinstance(error, TimeoutError):
                raise ClusterError(text("{address}: Ray does not answer.", address=workers.address)) from None
            raise
        self.processors = self.session.processors
        self.at_once = workers.count or self.processors

    def submit(self, task: Task) -> Future[Any]:
        """The task's future, cancelled when this is closed. Raises: `ClusterError` when the connection was lost."""
        with self._changed:
            if self._broken is not None:
                raise self._broken
            if self._closing:
                task.future.cancel()
            else:
                self._waiting.append(task)
                self._changed.notify()
        return task.future

    def forget(self) -> None:
        """Cancel what has not begun."""
        with self._changed:
            waiting = list(self._waiting)
            self._waiting.clear()
        for task in waiting:
            task.future.cancel()

    def close(self) -> None:
        """Wait for all that was submitted, then part."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        try:
            self._thread.join()
        except BaseException:  # Ctrl+C while it waits
            self.stop()
            raise

    def stop(self) -> None:
        """End what runs, forget what waits, and part."""
        with self._changed:
            self._closing = self._stopping = True
            self._changed.notify()
        self._thread.join(CONNECT_S)

    def _live(self) -> None:
        """The thread: connect, work, part."""
        try:
            session = Session(self._workers)
        except BaseException as error:  # noqa: BLE001 -- it is raised to who waits for the connection
            self._connected.set_exception(error)
            return
        try:
            if self._heard is not None:
                self.box = session.box()
                self._listening = self.box.take.remote(ROUND_S)
            self._connected.set_result(session)
            self._work(session)
        except BaseException as error:  # noqa: BLE001 -- it is the answer of all futures
            self._give_up(gone(error, self._workers))
            if not self._connected.done():
                self._connected.set_exception(gone(error, self._workers))
        finally:
            session.close()

    def _work(self, session: Session) -> None:
        most = self._workers.count or max(LEAST_AT_ONCE, 4 * session.processors)
        while self._awake():
            with self._changed:
                begin = [self._waiting.popleft() for _ in range(min(len(self._waiting), most - len(self._running)))]
            for task in begin:
                self._begin(session, task)
            listened = [] if self._listening is None else [self._listening]
            for ref in session.ready([*self._running, *listened], POLL_S):
                if ref == self._listening:
                    self._listen(session)
                else:
                    self._settle(session, ref)
        for ref, task in self._running.items():
            session.cancel(ref)
            task.future.set_exception(task.stopped())
        self._running.clear()
        for task in self._waiting:
            task.future.cancel()
        if self._listening is not None:
            self._hear_the_last(session)

    def _awake(self) -> bool:
        """Whether there is something to do, as soon as there is; not when all is done and no more will come."""
        with self._changed:
            while not (self._waiting or self._running or self._closing):
                self._changed.wait()
            return not self._stopping and bool(self._waiting or self._running)

    def _listen(self, session: Session) -> None:
        """Hear what is in the box; a box that is gone costs nothing but that."""
        try:
            self._tell(session.get(self._listening, 2 * ROUND_S))
            self._listening = self.box.take.remote(ROUND_S)
        except Exception as error:
            self._listening = None
            if session.lost(error):
                raise

    def _hear_the_last(self, session: Session) -> None:
        """What was put into the box until now."""
        with suppress(Exception):
            self._tell(session.get(self._listening, 2 * ROUND_S))
            self._tell(session.get(self.box.take.remote(0.0), 2 * ROUND_S))

    def _tell(self, letters: Letters) -> None:
        with suppress(AllocatorError):  # a full disk is met again, and told, when the model comes home
            if self._heard is not None:
                self._heard(letters)

    def _begin(self, session: Session, task: Task) -> None:
        if not task.future.running() and not task.future.set_running_or_notify_cancel():
            return
        try:
            arguments, refs = task.prepare(self)
            sent = pickle.dumps(arguments)
        except Exception as error:
            task.future.set_exception(error)
            if session.lost(error):
                raise
            return
        try:
            ref = session.run(allocator.__version__, task.entry, sent, dict(refs))
            self._running[ref] = task
        except BaseException:
            self._waiting.appendleft(task)  # it is told with the others
            raise

    def _settle(self, session: Session, ref: Any) -> None:  # noqa: ANN401 -- Ray's
        """The task is running until it is settled: a lost connection is told to all that are."""
        task = self._running[ref]
        try:
            answer = session.get(ref)
        except Exception as error:
            if session.lost(error):
                raise
            failure = session.failure(error)
            again = failure is Failure.LOST and task.again > 0
            if again and self._listening is not None:  # a checkpoint that it left
                self._listen(session)
            del self._running[ref]
            if again:
                task.again -= 1
                self._begin(session, task)
            else:
                task.future.set_exception(_worded(failure, error, task))
            return
        del self._running[ref]
        try:
            task.future.set_result(task.finish(opened(answer)))
        except Exception as error:  # noqa: BLE001 -- it is the future's
            task.future.set_exception(error)

    def _give_up(self, error: AllocatorError) -> None:
        """Nothing more is to be had of this connection."""
        with self._changed:
            self._broken = error
            every = [*self._running.values(), *self._waiting]
            self._running.clear()
            self._waiting.clear()
        for task in every:
            if task.future.running() or task.future.set_running_or_notify_cancel():
                task.future.set_exception(error)


def _worded(failure: Failure, error: Exception, task: Task) -> AllocatorError:
    if failure is Failure.STOPPED:
        return task.stopped()
    if failure is Failure.FOREIGN:
        return ClusterError(text("A machine of Ray cannot run this program: {reason}.", reason=last_line(error)))
    return task.lost(failure is Failure.MEMORY)
