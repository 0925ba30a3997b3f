"""The supervisor: decides what is to be done, has it done in children, and writes down what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from allocator.app.loop.events import Happened
from allocator.app.loop.live import Live
from allocator.app.loop.place import Place
from allocator.config.settings import Settings
from allocator.store import Store


class Supervisor:
    """A thread beside the pages."""

    def __init__(
        self, store: Store, settings: Settings, place: Place, *, live: Live, now: Callable[[], datetime]
    ) -> None:
        self._store, self._settings, self._place, self._live, self._now = store, settings, place, live, now

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End."""

    def poke(self, event: Happened) -> None:
        """Something happened outside."""
