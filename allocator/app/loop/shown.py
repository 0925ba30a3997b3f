"""What pages, messages and the log of events say of a step: files by their names, for they are read elsewhere, too."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from allocator.app.loop.events import StepEnded
from allocator.core.errors import AllocatorError
from allocator.core.text import Text


class ShownError(AllocatorError):
    """An error as a reader of pages may know it."""

    def __init__(self, lines: Sequence[tuple[Text, Text | None]]) -> None:
        self._lines = tuple(lines)
        super().__init__(*self._lines[0])

    @property
    def lines(self) -> Sequence[tuple[Text, Text | None]]:
        return self._lines


def shown(event: StepEnded, folder: Path) -> StepEnded:
    """The event without the way to files that lie in this folder."""
    error = event.error
    if error is not None:
        error = ShownError(
            [(named(message, folder), None if hint is None else named(hint, folder)) for message, hint in error.lines]
        )
    return replace(event, detail=named(event.detail, folder), error=error)


def named(said: Text, folder: Path) -> Text:
    """The sentence with the name alone of each file that lies in this folder, however deep."""
    return _named(said, re.compile("|".join(map(_within, dict.fromkeys([folder.absolute(), folder.resolve()])))))


def _named(said: Text, way: re.Pattern[str]) -> Text:
    return Text(said.template, {name: _value(value, way) for name, value in said.values.items()})


def _value(value: object, way: re.Pattern[str]) -> object:
    if isinstance(value, Text):
        return _named(value, way)
    if isinstance(value, str | Path | OSError):  # those print paths
        return way.sub("", str(value))
    return value


def _within(folder: Path) -> str:
    """The folder and the folders in it that lead to a file, as a regular expression; nothing for that of all files."""
    if folder == Path(folder.anchor):
        return r"(?!)"
    apart = re.escape(os.sep)
    return rf"{re.escape(str(folder))}{apart}(?:[^\s:{apart}]+{apart})*"
