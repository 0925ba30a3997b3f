"""A bar on stderr that says how far a long run is and how long it will still take."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import Self

from allocator.cli.talk import Talk, complain
from allocator.core.text import Text, text

WIDTH = 20
FRAME_S = 0.1
SOON_S = 3.0  # before which nothing is known of the speed


class ProgressBar:
    """One line, redrawn in place while a person looks on; silent in cron and in pipes.

    The time left is that of the remaining steps at the speed so far.
    """

    def __init__(self, talk: Talk, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._talk = talk
        self._clock = clock
        self._watched = talk.watched
        self._started: float | None = None
        self._drawn = -FRAME_S
        self._width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def clear(self) -> None:
        """Take the line away, so that something else can be said; the next `show` draws it again."""
        if self._width:
            complain("\r" + " " * self._width + "\r", newline=False)
        self._width, self._drawn = 0, -FRAME_S

    def show_share(self, doing: Text, done: int = 0, total: int = 0) -> None:
        """The same where steps are parts of something, of which nobody wants to know the number."""
        self.show(doing, done, total, count=f"{100 * done // total}%" if total else "")

    def show(self, doing: Text, done: int = 0, total: int = 0, *, count: str = "") -> None:
        """Redraw the line: what is being done, and `done` of `total` steps once there is a total."""
        if not self._watched:
            return
        now = self._clock()
        if total and self._started is None:
            self._started = now
        if now - self._drawn < FRAME_S and done != total:
            return
        self._drawn = now
        line = self._talk.say(doing)
        if total:
            filled = WIDTH * done // total
            bar = f"[{'#' * filled}{'.' * (WIDTH - filled)}]"
            line = f"{bar} {count or f'{done}/{total}'} {line}{self._left(now, done, total)}"
        line = line[: shutil.get_terminal_size().columns - 1]  # a line that wraps could not be redrawn
        complain("\r" + line.ljust(self._width), newline=False)
        self._width = len(line)

    def _left(self, now: float, done: int, total: int) -> str:
        spent = now - (self._started or now)
        if not done or spent < SOON_S:
            return ""
        seconds = spent / done * (total - done)
        return ", " + self._talk.say(text("{time} left", time=f"{int(seconds // 60)}:{int(seconds % 60):02}"))


def teller(
    talk: Talk, bar: ProgressBar, *, every_s: float = 0.0, clock: Callable[[], float] = time.monotonic
) -> Callable[[Text, int, int], None]:
    """Progress for a person at the bar, or in a log."""
    log = logger(talk, every_s=every_s, clock=clock)

    def tell(doing: Text, done: int, total: int) -> None:
        bar.show(doing, done, total)
        log(doing, done, total)

    return tell


def logger(
    talk: Talk, *, every_s: float = 0.0, clock: Callable[[], float] = time.monotonic
) -> Callable[[Text, int, int], None]:
    """A line for each step, or one every so many seconds; none where a person looks on, who has a bar."""
    watched = talk.watched
    last = clock()

    def log(doing: Text, done: int, total: int) -> None:
        nonlocal last
        if not watched and total and clock() - last >= every_s:
            last = clock()
            talk.remark(text("{done} of {total}: {doing}", done=done, total=total, doing=doing))

    return log
