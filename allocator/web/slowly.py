"""Answers that take longer than a page may: the last one is shown while a thread works out the next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from allocator.core.errors import AllocatorError
from allocator.web.site import Site

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """`value`: None before the first. `fresh`: nothing has changed since it was worked out."""

    value: T | None
    fresh: bool


class Slowly(Generic[T]):
    """One question. At most one thread works on it at a time; who asks never waits. For many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stamp: Hashable = None
        self._value: T | None = None
        self._failed: AllocatorError | None = None
        self._worker: threading.Thread | None = None

    def ask(self, stamp: Hashable, make: Callable[[], T]) -> Answer[T]:
        """The answer for this stamp, or the one before with the work begun.

        Raises: what `make` raised for this stamp.
        """
        with self._lock:
            if self._stamp == stamp and (self._value is not None or self._failed):
                if self._failed is not None:
                    raise self._failed
                return Answer(self._value, fresh=True)
            if self._worker is None or not self._worker.is_alive():
                self._worker = threading.Thread(target=self._work, args=(stamp, make), daemon=True)
                self._worker.start()
            return Answer(self._value, fresh=False)

    def _work(self, stamp: Hashable, make: Callable[[], T]) -> None:
        value: T | None = None
        failed: AllocatorError | None = None
        try:
            value = make()
        except AllocatorError as error:
            failed = error
        with self._lock:
            self._stamp, self._failed = stamp, failed
            self._value = self._value if value is None else value

    def wait(self) -> None:
        """Until nobody works on it."""
        worker = self._worker
        if worker is not None:
            worker.join()


def slowly(site: Site, name: str) -> Slowly[T]:
    """The question of this name, the same for all readers of a site."""
    return site.remembered.get(f"slowly {name}", None, Slowly[T])
