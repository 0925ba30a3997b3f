"""Who is signed in: sessions on this side, a random name of them in a cookie on the other."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from starlette.requests import cookie_parser

from allocator.web import csrf
from allocator.web.door import Door

IDLE_S = 24 * 3600
LONGEST_S = 14 * 24 * 3600
MOST = 200
"""Sessions at once; the one that was idle longest goes first."""


@dataclass(slots=True)
class _Session:
    began: float
    seen: float


class Sessions:
    """The visits that are signed in, until they are idle for too long, or old, or the server ends. For many threads."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._sessions: dict[bytes, _Session] = {}
        self._lock = Lock()

    def begin(self) -> str:
        """A visit of a new name, signed in: the name that the browser had before may be known to somebody."""
        visit, now = csrf.new_visit(), self._clock()
        with self._lock:
            if len(self._sessions) >= MOST:
                self._sessions.pop(min(self._sessions, key=lambda name: self._sessions[name].seen))
            self._sessions[_name(visit)] = _Session(now, now)
        return visit

    def holds(self, visit: str) -> bool:
        """Whether it is signed in; it is not idle then."""
        name, now = _name(visit), self._clock()
        with self._lock:
            session = self._sessions.get(name)
            if session is None:
                return False
            if now - session.seen > IDLE_S or now - session.began > LONGEST_S:
                del self._sessions[name]
                return False
            session.seen = now
            return True

    def end(self, visit: str) -> None:
        with self._lock:
            self._sessions.pop(_name(visit), None)


def _name(visit: str) -> bytes:
    """Looked up by its hash: how long a look-up takes says nothing of the names that are there."""
    return hashlib.sha256(visit.encode()).digest()


def cookie_of(header: str, name: str, door: Door) -> str | None:
    """The value of a cookie of this server's."""
    return cookie_parser(header).get(_numbered(name, door))


def new_cookie(name: str, value: str, door: Door, scheme: str, age_s: int) -> str:
    """A header `Set-Cookie`: for this server alone, out of reach of scripts and of other sites."""
    secure = "; Secure" if door.https or scheme == "https" else ""
    return f"{_numbered(name, door)}={value}; HttpOnly; Max-Age={age_s}; Path=/; SameSite=Strict{secure}"


def _numbered(name: str, door: Door) -> str:
    return f"{name}_{door.port}"  # cookies do not tell ports apart
