"""Who wants to know of what: handlers subscribe to kinds of events, and know neither each other nor who publishes."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

E = TypeVar("E")


class Dispatcher:
    """Calls the handlers of an event in the order in which they subscribed, in the thread that publishes.

    A handler of a class hears of its subclasses, too. One that fails keeps nobody else from hearing; `failed` is told.
    For many threads.
    """

    def __init__(self, failed: Callable[[object, Exception], None] | None = None) -> None:
        self._handlers: tuple[tuple[type[Any], Callable[[Any], None]], ...] = ()
        self._lock = threading.Lock()
        self._failed = failed or _told

    def subscribe(self, kind: type[E], handler: Callable[[E], None]) -> Callable[[], None]:
        """Call `handler` with every event of this kind from now on; what is returned ends that."""
        entry = (kind, handler)
        with self._lock:
            self._handlers = (*self._handlers, entry)

        def end() -> None:
            with self._lock:
                self._handlers = tuple(each for each in self._handlers if each is not entry)

        return end

    def publish(self, event: object) -> None:
        """Tell everybody who wants to know."""
        for kind, handler in self._handlers:
            if isinstance(event, kind):
                try:
                    handler(event)
                except Exception as error:  # noqa: BLE001 -- one handler's failure is no other's
                    self._failed(event, error)


def _told(event: object, error: Exception) -> None:  # noqa: ARG001 -- into the log of the server
    traceback.print_exception(error)
