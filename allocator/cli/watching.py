"""`--watch`: the answer again and again, in place on a terminal, one after another elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from allocator.app.watch import Frame, watch
from allocator.cli.rebalancing import Asked, use_cases, written
from allocator.cli.talk import Talk
from allocator.core.portfolio import Portfolio
from allocator.core.text import Text, text

CLEAR, HOME, CLEAR_LINE, CLEAR_BELOW = "\x1b[2J", "\x1b[H", "\x1b[K", "\x1b[J"


def keep_watch(talk: Talk, asked: Asked, *, every_s: float) -> int:
    """Show frames until Ctrl-C or SIGTERM, which end a watch as it should end: 0.

    Raises: what the first look raises; `OutputError` when nobody reads any more.
    """
    with suppress(KeyboardInterrupt):
        with talk.working() as progress:
            cases = use_cases(asked, progress)

            def look(portfolio: Portfolio) -> str:
                return written(talk, asked, cases, cases.rebalance(portfolio), indent=None)

            frames = watch(
                lambda: cases.read(asked.file), look, every_s=every_s, clock=time.monotonic, sleep=time.sleep
            )
            frame = next(frames)
        in_place = sys.stdout is not None and sys.stdout.isatty() and not asked.as_json
        show = Screen(talk, every_s).draw if in_place else Scroll(talk, spaced=not asked.as_json).draw
        show(frame)
        for frame in frames:
            show(frame)
    return 0


@dataclass
class Screen:
    """One frame over the other, on a terminal."""

    talk: Talk
    every_s: float
    drawn: bool = False

    def draw(self, frame: Frame[str]) -> None:
        lines = [*frame.answer.splitlines(), "", *self._status(frame)]
        start = HOME if self.drawn else CLEAR + HOME
        self.talk.answer(start + "".join(f"{line}{CLEAR_LINE}\n" for line in lines) + CLEAR_BELOW, newline=False)
        self.drawn = True

    def _status(self, frame: Frame[str]) -> Iterator[str]:
        if frame.troubles:
            yield self.talk.say(_stale(frame))
        for trouble in frame.troubles:
            yield from self.talk.told(trouble)
        if not self.talk.quiet:
            now, seconds = time.strftime("%H:%M:%S"), f"{self.every_s:g}"
            yield self.talk.say(text("{now}. Next look in {seconds} s; Ctrl-C ends.", now=now, seconds=seconds))


@dataclass
class Scroll:
    """Frames one after another, for a file or a pipe; troubles go to stderr and repeat no answer."""

    talk: Talk
    spaced: bool
    drawn: bool = False

    def draw(self, frame: Frame[str]) -> None:
        if frame.troubles:
            self.talk.remark(_stale(frame))
            for trouble in frame.troubles:
                self.talk.report(trouble)
            return
        self.talk.answer(("\n" if self.spaced and self.drawn else "") + frame.answer)
        self.drawn = True


def _stale(frame: Frame[str]) -> Text:
    return text("NO NEWS: the last answer is {age} old.", age=age(frame.age_s))


def age(seconds: float) -> str:
    """A length of time in its two largest units, in a notation that needs no translation: `2:05`, `1:00:10`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
