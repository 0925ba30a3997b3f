from __future__ import annotations

import re

import pytest

from allocator.app.watch import Frame
from allocator.cli.talk import Talk
from allocator.cli.watching import Screen, Scroll, age
from allocator.core.errors import MarketError

LOST = MarketError("iss.moex.com cannot be reached", "Check the network.")


def test_a_screen_is_drawn_over_the_last(capsys: pytest.CaptureFixture[str]) -> None:
    """The first frame clears the screen, the next go over it line by line, and wipe what was longer."""
    screen = Screen(Talk(), 30)
    screen.draw(Frame("a\nb"))
    first = capsys.readouterr().out
    assert first.startswith("\x1b[2J\x1b[Ha\x1b[K\nb\x1b[K\n\x1b[K\n")
    assert re.search(r"\d\d:\d\d:\d\d\. Next look in 30 s; Ctrl-C ends\.\x1b\[K\n\x1b\[J$", first)
    screen.draw(Frame("c"))
    assert capsys.readouterr().out.startswith("\x1b[Hc\x1b[K\n")


def test_a_screen_keeps_the_last_answer_through_trouble(capsys: pytest.CaptureFixture[str]) -> None:
    """The table stays; under it its age and the reason."""
    Screen(Talk(quiet=True), 30).draw(Frame("a", 125.2, (LOST,)))
    lines = capsys.readouterr().out.replace("\x1b[K", "").splitlines()
    assert ["", "NO NEWS: the last answer is 2:05 old.", "iss.moex.com cannot be reached. Check the network."] == lines[
        1:4
    ]


def test_a_scroll_repeats_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Answers follow each other with a blank line between; troubles go to stderr alone."""
    scroll = Scroll(Talk(), spaced=True)
    scroll.draw(Frame("a"))
    scroll.draw(Frame("a", 10, (LOST,)))
    scroll.draw(Frame("b"))
    out, err = capsys.readouterr()
    assert "a\n\nb\n" == out
    assert (
        "NO NEWS: the last answer is 0:10 old.\nallocator: iss.moex.com cannot be reached. Check the network.\n" == err
    )


def test_lines_for_a_program_are_not_spaced(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON comes one object a line."""
    scroll = Scroll(Talk(), spaced=False)
    scroll.draw(Frame("{}"))
    scroll.draw(Frame("{}"))
    assert "{}\n{}\n" == capsys.readouterr().out


@pytest.mark.parametrize(("expected", "seconds"), [("0:00", 0.2), ("0:59", 59.4), ("1:00", 59.6), ("1:01:01", 3661)])
def test_ages(expected: str, seconds: float) -> None:
    """Minutes and seconds; with hours when there are any."""
    assert expected == age(seconds)
