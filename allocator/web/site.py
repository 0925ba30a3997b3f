"""What the pages stand on: the store, the settings, the clock, the loop; one of it for a server."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated, TypeVar, cast

from fastapi import Depends, Request

from allocator.app.loop.events import CHANGES
from allocator.app.loop.live import Live
from allocator.app.loop.place import Place
from allocator.app.rebalance import Rebalancer
from allocator.config.settings import Settings
from allocator.store import Store

if TYPE_CHECKING:
    from allocator.app.loop import Supervisor

T = TypeVar("T")


class Remembered:
    """The last answer to each question, as long as what it was worked out from is the same. For many threads."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[Hashable, object]] = {}
        self._busy: dict[str, Lock] = {}
        self._lock = Lock()

    def get(self, name: str, stamp: Hashable, make: Callable[[], T]) -> T:
        """The answer made for this `stamp`: a second asker waits for the first instead of doing the same work."""
        with self._lock:
            busy = self._busy.setdefault(name, Lock())
        with busy:
            known = self._answers.get(name)
            if known is None or known[0] != stamp:
                try:
                    known = stamp, make()
                except BaseException:
                    if known is None:  # nothing is kept of what is not there
                        self._busy.pop(name, None)
                    raise
                self._answers[name] = known
        return cast("T", known[1])


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that a page may use. `now` is aware; `folder` is where runs that the pages begin keep their files."""

    store: Store
    settings: Settings
    now: Callable[[], datetime]
    rebalancer: Callable[[], Rebalancer]  # a new one: it keeps connections, and is one thread's
    folder: Path
    supervisor: Supervisor | None = None  # None: pages without the loop
    remembered: Remembered = field(default_factory=Remembered)
    live: Live = field(default_factory=Live)  # what open pages hear at once
    place: Place = field(default_factory=Place)  # where a `Child` finds the store and the settings

    def changed(self, what: str) -> None:
        """A page has changed "accounts", "policy" or "dividends": other open pages hear of it, and so does the loop."""
        event = CHANGES[what]()
        self.live.changed(event.pages)
        if self.supervisor is not None:
            self.supervisor.poke(event)


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


TheSite = Annotated[Site, Depends(site_of)]
"""What a page's function asks for: `def portfolio(request: Request, site: TheSite)`."""
