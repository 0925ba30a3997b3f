"""What readers of pages are told of a step: no way to files of the machine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from allocator.app.loop.events import StepEnded
from allocator.app.loop.outcome import failure_of
from allocator.app.loop.shown import named, shown
from allocator.core.errors import AllocatorError, ConfigError
from allocator.core.text import Text, text
from allocator.store.events import FAILED

FOLDER = Path("/home/ann/my data")
FILE = FOLDER / "models" / "ab12.unfinished.safetensors"
NOON = datetime(2026, 3, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("ab12.unfinished.safetensors cannot be written.", text("{path} cannot be written.", path=FILE)),
        ("ab12.unfinished.safetensors cannot be written.", text("{path} cannot be written.", path=str(FILE))),
        ("a ab12.unfinished.safetensors, b", text("a {what}", what=text("{all}", all=f"{FILE}, b"))),
        ("no room: 'store.db'", text("{why}", why=OSError(f"no room: '{FOLDER / 'store.db'}'"))),
        ("/home/ann/other/file: no", text("{path}: {n}", path=Path("/home/ann/other/file"), n="no")),
        ("/home/ann/my database/file", text("{path}", path="/home/ann/my database/file")),
        ("3 of 5", text("{done} of {all}", done=3, all=5)),
    ],
)
def test_files_of_the_folder_are_called_by_their_names(told: str, said: Text) -> None:
    """Wherever they stand in a sentence; what lies elsewhere, and what is no path, stays as it is."""
    assert told == str(named(said, FOLDER))
    assert said.template == named(said, FOLDER).template


def test_the_folder_of_all_folders_hides_nothing() -> None:
    """Or every path would be its last part."""
    assert "/etc/passwd" == str(named(text("{path}", path="/etc/passwd"), Path("/")))


@pytest.mark.parametrize(
    "error",
    [
        AllocatorError(text("{path} is full", path=FILE), text("Look at {path}", path=FILE)),
        ConfigError(text("{path}: 1", path=FILE), others=[ConfigError(text("{path}: 2", path=FILE))]),
        AllocatorError(f"{FILE}: words alone"),
    ],
)
def test_an_event_is_shown_without_ways_to_files(error: AllocatorError) -> None:
    """In its sentence and in all findings of its error; the event that others hear has them still."""
    event = StepEnded("train", NOON, NOON, FAILED, failure_of(error), error=error)
    found = shown(event, FOLDER)
    assert "/" not in str(found.detail)
    assert FILE.name in str(found.detail)
    assert str(found.detail) == str(failure_of(found.error))
    assert len(error.lines) == len(found.error.lines)
    assert str(FILE) in str(event.detail)


def test_an_event_without_an_error_has_none() -> None:
    """A step that did what it should."""
    event = StepEnded("train", NOON, NOON, "done", text("kept {path}", path=FILE))
    assert ("kept ab12.unfinished.safetensors", None) == (str(shown(event, FOLDER).detail), shown(event, FOLDER).error)
