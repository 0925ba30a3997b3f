"""When the next request may start: spacing, a long-run rate with a burst, and pauses that the server asks for."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Pace:
    """The turns of all threads of a session. Times are seconds of `monotonic`.

    At least `spacing_s` apart; never more than `burst` + rate * t starts in any t seconds (the token bucket, kept as
    the one moment at which the bucket would be full again: the generic cell rate algorithm of ITU-T I.371).
    """

    def __init__(self, spacing_s: float, rate: float, burst: int, monotonic: Callable[[], float]) -> None:
        self._spacing_s = spacing_s
        self._token_s = 1 / rate
        self._slack_s = self._token_s * (burst - 1)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._next_start = -float("inf")
        self._full_at = -float("inf")
        self._paused_till = -float("inf")

    def turn(self) -> float:
        """Take the next turn: the seconds to wait before it, a pause aside."""
        with self._lock:
            now = self._monotonic()
            start = max(now, self._next_start, self._full_at - self._slack_s)
            self._next_start = start + self._spacing_s
            self._full_at = max(self._full_at, start) + self._token_s
            return start - now

    def pause(self, seconds: float) -> None:
        """Nobody should start for so long."""
        with self._lock:
            self._paused_till = max(self._paused_till, self._monotonic() + seconds)

    def paused_s(self) -> float:
        """Seconds of the pause that are left."""
        with self._lock:
            return max(0.0, self._paused_till - self._monotonic())
