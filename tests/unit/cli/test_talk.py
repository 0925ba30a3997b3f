from __future__ import annotations

import io
import sys
import time

import pytest

from allocator.cli import main, talk
from allocator.cli.talk import OutputError, Talk
from allocator.core.text import text


class Screen(io.StringIO):
    """A stream that says it is a terminal, or is not one."""

    def __init__(self, *, terminal: bool = True) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


def shown(monkeypatch: pytest.MonkeyPatch, *, terminal: bool = True, quiet: bool = False, wait: bool = True) -> str:
    """What a long piece of work leaves on stderr."""
    screen = Screen(terminal=terminal)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(talk, "PATIENCE_S", 0.0)
    monkeypatch.setattr(talk, "FRAME_S", 0.001)
    with Talk(quiet=quiet).working() as progress:
        progress(text("looking for the reasons"))
        deadline = time.monotonic() + 10
        while wait and "reasons" not in screen.getvalue() and time.monotonic() < deadline:
            time.sleep(0.001)
    return screen.getvalue()


def test_a_line_turns_while_a_person_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is going on and for how long, in place, wiped away at the end."""
    screen = shown(monkeypatch)
    assert "\r| looking for the reasons (0 s)" in screen or "looking for the reasons (0 s)" in screen
    assert screen.endswith(" \r")
    assert "\n" not in screen


@pytest.mark.parametrize(("terminal", "quiet"), [(False, False), (True, True)])
def test_no_line_where_nobody_looks(terminal: bool, quiet: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in a pipe, not with --quiet."""
    assert "" == shown(monkeypatch, terminal=terminal, quiet=quiet, wait=False)


def test_no_line_for_quick_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends within the second leaves no trace."""
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with Talk().working() as progress:
        progress(text("looking for the reasons"))
    assert "" == screen.getvalue()


@pytest.mark.parametrize(
    ("expected", "terminal", "refused", "env"),
    [
        (True, True, False, {}),
        (False, False, False, {}),
        (False, True, True, {}),
        (False, True, False, {"NO_COLOR": "1"}),
        (True, True, False, {"NO_COLOR": ""}),
        (False, True, False, {"TERM": "dumb"}),
    ],
)
def test_who_gets_colour(
    expected: bool, terminal: bool, refused: bool, env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Terminals do, unless --no-color, $NO_COLOR (not empty) or a dumb terminal."""
    monkeypatch.setenv("TERM", "xterm")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", Screen(terminal=terminal))
    assert expected == talk.colour_wanted(refused=refused)


@pytest.mark.parametrize(
    ("expected", "env"),
    [
        ("en", {}),
        ("ru", {"LANG": "ru_RU.UTF-8"}),
        ("en", {"LANG": "ru_RU.UTF-8", "LC_ALL": "C.UTF-8"}),
        ("ru", {"LANG": "en_US.UTF-8", "LC_MESSAGES": "ru_RU"}),
        ("ru", {"LC_ALL": "C.UTF-8", "ALLOCATOR_LANG": "ru"}),
        ("en", {"LANG": "de_DE.UTF-8"}),
    ],
)
def test_the_language_of_the_environment(expected: str, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own variable, then the locale's in their order; anything but Russian is English."""
    for name in ("ALLOCATOR_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert expected == talk.language()


def test_a_wrong_language_is_an_error_of_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """$ALLOCATOR_LANG is checked as --lang is."""
    monkeypatch.setenv("ALLOCATOR_LANG", "de")
    assert 2 == main(["p.ini"])
    assert "'de' is not one of 'en', 'ru'" in capsys.readouterr().err


def test_an_answer_that_nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed pipe, a full disk and no stdout at all are errors of the tree, with a reason."""

    class Broken(Screen):
        def __init__(self, error: OSError) -> None:
            super().__init__()
            self.error = error

        def write(self, _: str) -> int:
            raise self.error

    for reason, stream in (
        ("The reader closed", Broken(BrokenPipeError())),
        ("No space", Broken(OSError(28, "No space"))),
        ("no standard output", None),
    ):
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(OutputError, match=reason):
            Talk().answer("x")


def test_talk_that_nobody_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without stderr there is nobody to tell, and nothing breaks."""
    monkeypatch.setattr(sys, "stderr", None)
    Talk().remark("x")
    Talk().report(OutputError("x"))


def test_quiet_keeps_remarks_to_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """Remarks are for those who want them; errors are for all."""
    Talk(quiet=True).remark("hm")
    Talk(quiet=True).report(OutputError("broken"))
    assert "allocator: broken.\n" == capsys.readouterr().err
