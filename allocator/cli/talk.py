"""The two streams: stdout carries the answer, stderr the talk. Language and colour are decided here."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self, TextIO

import click

from allocator.core.errors import AllocatorError
from allocator.core.text import Text, text

LANG_VARIABLE = "ALLOCATOR_LANG"
PATIENCE_S = 1.0
FRAME_S = 0.12


class OutputError(AllocatorError):
    """The answer did not reach its reader. A cli's own error: no use case knows a stream."""


@dataclass
class Talk:
    """How this run speaks."""

    lang: str = "en"
    colour: bool = False
    quiet: bool = False

    def say(self, message: Text | str) -> str:
        if self.lang == "en":
            return str(message)
        from allocator.report.catalogue import render  # noqa: PLC0415 -- of no use to who reads English

        return render(message, self.lang)

    def answer(self, content: str, *, newline: bool = True) -> None:
        """Put part of the answer on stdout.

        Raises: `OutputError` when nobody reads it any more, or it cannot be written.
        """
        if sys.stdout is None:
            raise OutputError(text("There is no standard output to write the answer to."))
        try:
            click.echo(content, nl=newline, color=True)  # no code is in it that is not wanted
            sys.stdout.flush()
        except BrokenPipeError:
            _drop(sys.stdout)
            raise OutputError(text("The reader closed the output before all of it was written.")) from None
        except OSError as error:
            _drop(sys.stdout)
            raise OutputError(
                text("The answer cannot be written: {reason}.", reason=error.strerror or str(error))
            ) from error

    def remark(self, message: Text | str) -> None:
        """Say something on stderr, unless told to be quiet."""
        if not self.quiet:
            complain(self.say(message))

    def report(self, error: AllocatorError) -> None:
        """Tell of an error on stderr."""
        for line in self.told(error):
            complain(f"allocator: {line}")

    def told(self, error: AllocatorError) -> list[str]:
        """An error, one line for each finding: what is wrong and what to do about it."""
        return [" ".join(sentence(self.say(part)) for part in finding if part) for finding in error.lines]

    @contextmanager
    def working(self) -> Iterator[Spinner]:
        """A sign of life on stderr while something takes more than a second and a person looks on."""
        with Spinner(self, watched=self.watched) as spinner:
            yield spinner

    @property
    def watched(self) -> bool:
        """Whether a person looks on at stderr, and wants to see more than errors."""
        return not self.quiet and sys.stderr is not None and sys.stderr.isatty()


class Spinner:
    """A line on stderr that turns; call it with a `Text` to say what is going on."""

    def __init__(self, talk: Talk, *, watched: bool) -> None:
        self._talk = talk
        self._message = ""
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._turn, daemon=True) if watched else None

    def __call__(self, message: Text) -> None:
        self._message = self._talk.say(message)

    def __enter__(self) -> Self:
        if self._thread:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._thread:
            self._thread.join()

    def _turn(self) -> None:
        started, shown = time.monotonic(), ""
        if self._done.wait(PATIENCE_S):
            return
        turn = 0
        while not self._done.wait(FRAME_S):
            line = f"{'|/-'[turn % 3]} {self._message} ({time.monotonic() - started:.0f} s)"
            line = line[: shutil.get_terminal_size().columns - 1]  # a line that wraps could not be redrawn
            complain("\r" + line.ljust(len(shown)), newline=False)
            shown, turn = line, turn + 1
        complain("\r" + " " * len(shown) + "\r", newline=False)


def sentence(words: str) -> str:
    """The words with an end: what follows on the same line is another sentence."""
    return words if words.endswith((".", "!", "?")) else f"{words}."


def complain(line: str, *, newline: bool = True) -> None:
    """A line on stderr; if even that is gone there is nobody to tell."""
    try:
        if sys.stderr is not None:
            click.echo(line, err=True, nl=newline)
    except OSError:
        _drop(sys.stderr)


def _drop(stream: TextIO) -> None:
    """Let the interpreter flush the rest of a dead stream into nothing at its exit."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
    except (OSError, ValueError):  # not a real file: there is nothing to flush
        pass


def never_fail_to_encode() -> None:
    """A console of another alphabet shows `?` where it must, and ends no run."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def colour_wanted(*, refused: bool = False) -> bool:
    """Colour is for a terminal whose user has not said no (https://no-color.org)."""
    if refused or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout is not None and sys.stdout.isatty()


def language() -> str:
    """The language of the environment: Russian if it says so, else English."""
    import locale  # noqa: PLC0415 -- only to ask Windows

    for name in (LANG_VARIABLE, "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "ru" if value.lower().startswith("ru") else "en"
    return "ru" if (locale.getlocale()[0] or "").lower().startswith("ru") else "en"
