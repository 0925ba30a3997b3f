"""Work that readers of pages wait for: a few pieces at once, one for each reader, none for longer than they wait."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from allocator.app.loop.child import Child, Stopped
from allocator.core.errors import AllocatorError, TimeLimit
from allocator.core.text import text

AT_ONCE = 2
QUEUE_S = 20.0
LONGEST_S = 150.0
KEPT = 64

T = TypeVar("T")


class Busy(AllocatorError):  # noqa: N818 -- the word for it
    """Others are being served; it is no fault of the one who asks."""

    http_status = 503


class Gone(AllocatorError):  # noqa: N818 -- likewise
    """What the address names is not kept any more, or never was."""

    http_status = 404


class _Visit:
    """One who waits, first for a place and then for what the child does."""

    def __init__(self) -> None:
        self.child: Child | None = None
        self.stopped = False


class Desk:
    """Runs pieces of work in processes of their own (`Child`), so that pages stay quick. For many threads.

    A reader who asks for another piece does not want the last one any more: that is stopped.
    """

    def __init__(
        self,
        start: Callable[[str, tuple[object, ...]], Child] = Child,
        *,
        at_once: int = AT_ONCE,
        queue_s: float = QUEUE_S,
        longest_s: float = LONGEST_S,
    ) -> None:
        self._start, self._queue_s, self._longest_s = start, queue_s, longest_s
        self._free = at_once
        self._changed = threading.Condition()
        self._of: dict[str, _Visit] = {}

    def run(self, reader: str, call: str, *arguments: object) -> Any:  # noqa: ANN401 -- whatever the function returns
        """What `module:function` returns.

        Raises: what it raises; `Busy`; `TimeLimit` when it took too long; `Stopped`, also while it waits for its turn.
        """
        visit = self._come(reader)
        try:
            self._queue(visit)
            try:
                return self._served(visit, call, arguments)
            finally:
                with self._changed:
                    self._free += 1
                    self._changed.notify_all()
        finally:
            with self._changed:
                if self._of.get(reader) is visit:
                    del self._of[reader]

    def stop(self, reader: str) -> None:
        """End what this reader waits for, if anything."""
        with self._changed:
            visit = self._of.pop(reader, None)
        self._dismiss(visit)

    def _come(self, reader: str) -> _Visit:
        visit = _Visit()
        with self._changed:
            before = self._of.get(reader)
            self._of[reader] = visit
        self._dismiss(before)
        return visit

    def _dismiss(self, visit: _Visit | None) -> None:
        if visit is None:
            return
        with self._changed:
            visit.stopped = True
            self._changed.notify_all()
        if visit.child is not None:
            visit.child.stop(grace_s=0.2)

    def _queue(self, visit: _Visit) -> None:
        """Wait for a place, and take it. Raises: `Busy`, `Stopped`."""
        with self._changed:
            self._changed.wait_for(lambda: visit.stopped or self._free, self._queue_s)
            if visit.stopped:
                raise Stopped
            if not self._free:
                raise Busy(text("Others are being served."), text("Try again in a minute."))
            self._free -= 1

    def _served(self, visit: _Visit, call: str, arguments: tuple[object, ...]) -> Any:  # noqa: ANN401 -- likewise
        child = self._start(call, arguments)
        with self._changed:
            visit.child = child
            stopped = visit.stopped
        if stopped:  # while it was started
            child.stop(grace_s=0.2)
        try:
            return child.result(self._longest_s)
        except TimeoutError:
            child.stop()
            raise TimeLimit(
                text(
                    "This took longer than {seconds} {seconds:second|seconds} and was stopped.",
                    seconds=f"{self._longest_s:g}",
                ),
                text("Write a gap such as 0.1% in [options], or ask the command line, which has patience."),
            ) from None


class Kept(Generic[T]):
    """The last few answers, each under a name that nobody guesses. For many threads."""

    def __init__(self, most: int = KEPT) -> None:
        self._most, self._lock = most, threading.Lock()
        self._answers: OrderedDict[str, T] = OrderedDict()

    def put(self, answer: T, name: str | None = None) -> str:
        """Keep it, under a new name or in place of what has that one; the name comes back."""
        name = name or secrets.token_urlsafe(12)
        with self._lock:
            self._answers[name] = answer
            self._answers.move_to_end(name)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
        return name

    def get(self, name: str) -> T:
        """Raises: `Gone`."""
        with self._lock:
            if name in self._answers:
                self._answers.move_to_end(name)
                return self._answers[name]
        raise Gone(text("This answer is not kept any more."), text("Have it worked out again."))
