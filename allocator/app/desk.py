"""Work that readers of pages wait for: a few pieces at once, one for each reader, none for longer than they wait."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from allocator.app.loop.child import Child
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
        self._free = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._of: dict[str, Child] = {}

    def run(self, reader: str, call: str, *arguments: object) -> Any:  # noqa: ANN401 -- whatever the function returns
        """What `module:function` returns.

        Raises: what it raises; `Busy`; `TimeLimit` when it took too long; `Stopped`.
        """
        self.stop(reader)
        if not self._free.acquire(timeout=self._queue_s):
            raise Busy(text("Others are being served."), text("Try again in a minute."))
        try:
            child = self._start(call, arguments)
            self._put(reader, child)
            try:
                return child.result(self._longest_s)
            except TimeoutError:
                child.stop()
                raise TimeLimit(
                    text("This took longer than {seconds} seconds and was stopped.", seconds=f"{self._longest_s:g}"),
                    text("Write a gap such as 0.1% in [options], or ask the command line, which has patience."),
                ) from None
            finally:
                self._drop(reader, child)
        finally:
            self._free.release()

    def stop(self, reader: str) -> None:
        """End what this reader waits for, if anything."""
        with self._lock:
            child = self._of.pop(reader, None)
        if child is not None:
            child.stop(grace_s=0.2)

    def _put(self, reader: str, child: Child) -> None:
        with self._lock:
            other = self._of.get(reader)
            self._of[reader] = child
        if other is not None:  # two requests of one reader at the same moment: the later one counts
            other.stop(grace_s=0.2)

    def _drop(self, reader: str, child: Child) -> None:
        with self._lock:
            if self._of.get(reader) is child:
                del self._of[reader]


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
