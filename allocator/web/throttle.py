"""How often a password may be tried: each wrong one makes the next wait longer, and nobody is shut out for ever.

Who tries is known by the address, or by a mark in the browser that an earlier login left there (a "device cookie").
What strangers do makes strangers wait, all together; a browser with a mark waits for its own mistakes alone. So a
guesser cannot keep the owner out.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from threading import Lock

FORGOTTEN_S = 3600.0
MOST = 10_000
"""Addresses that are kept in mind; with more, the one that failed longest ago is forgotten."""


@dataclass(frozen=True, slots=True)
class Patience:
    """So many mistakes are free; then the wait doubles with each, from a second to `longest_s`."""

    free: int
    longest_s: float

    def wait(self, mistakes: int) -> float:
        return 0.0 if mistakes < self.free else min(self.longest_s, 2.0 ** min(mistakes - self.free, 30))


ONE = Patience(5, 300.0)
ALL = Patience(20, 30.0)


@dataclass(slots=True)
class _Mistakes:
    count: int = 0
    last: float = 0.0
    till: float = 0.0

    def one_more(self, now: float, patience: Patience) -> None:
        self.count = self.count + 1 if now - self.last < FORGOTTEN_S else 1
        self.last, self.till = now, now + patience.wait(self.count)


class Throttle:
    """The mistakes of an hour. For many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._each: dict[str, _Mistakes] = {}
        self._all = _Mistakes()
        self._lock = Lock()

    def begin(self, who: str, *, marked: bool) -> float:
        """Seconds that this attempt is too early; 0 when it may be made, and then it counts as a mistake at once.

        One that was too early does not count.
        """
        now = self._clock()
        with self._lock:
            mine = self._each.get(who, _Mistakes())
            wait = max(mine.till, 0.0 if marked else self._all.till) - now
            if wait > 0:
                return wait
            mine.one_more(now, ONE)
            if who not in self._each and len(self._each) >= MOST:
                del self._each[min(self._each, key=lambda name: self._each[name].last)]
            self._each[who] = mine
            if not marked:
                self._all.one_more(now, ALL)
            return 0.0

    def succeeded(self, who: str, *, marked: bool) -> None:
        """The attempt was no mistake after all."""
        with self._lock:
            self._each.pop(who, None)
            if not marked:
                self._all.count -= 1
                self._all.till = 0.0


def network_of(address: str) -> str:
    """Whom an address stands for: of IPv6 the subnet, for one reader has all of that."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return parsed.exploded[:19]
    return address


def new_mark(key: str) -> str:
    """What a browser keeps of a login; `key` is the hash of the password, so a new password ends all marks."""
    name = secrets.token_hex(16)
    return f"{name}.{_seal(key, name)}"


def name_of_mark(key: str, mark: str | None) -> str | None:
    """The browser that a mark of ours names."""
    name, _, seal = (mark or "").partition(".")
    return name if name and hmac.compare_digest(seal.encode("utf-8", "replace"), _seal(key, name).encode()) else None


def _seal(key: str, name: str) -> str:
    return hmac.new(key.encode(), f"mark {name}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()
