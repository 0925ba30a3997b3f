"""The bar of a long run, as a person at a terminal sees it."""

from __future__ import annotations

import sys

import pytest

from allocator.cli.progress import ProgressBar
from allocator.cli.talk import Talk
from allocator.core.text import text


@pytest.fixture
def bar(monkeypatch: pytest.MonkeyPatch) -> ProgressBar:
    """Watched, and redrawn at every step: ten seconds pass between two looks at the clock."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    ticks = iter(range(0, 1000, 10))
    return ProgressBar(Talk(), clock=lambda: float(next(ticks)))


def test_steps_are_counted_and_shares_are_percent(bar: ProgressBar, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody wants to know that two trainings are two hundred parts; the time left is the same."""
    bar.show(text("reading"))
    bar.show(text("cells"), 0, 4)
    bar.show(text("cells"), 1, 4)
    bar.show_share(text("training"), 50, 200)
    bar.show_share(text("asking"))
    shown = [line.strip() for line in capsys.readouterr().err.split("\r") if line.strip()]
    assert [
        "reading",
        "[....................] 0/4 cells",
        "[#####...............] 1/4 cells, 0:30 left",
        "[#####...............] 25% training, 1:00 left",
        "asking",
    ] == shown


def test_quiet_shows_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor is anything drawn into a pipe or a log."""
    for talk, watched in ((Talk(quiet=True), True), (Talk(), False)):
        monkeypatch.setattr(sys.stderr, "isatty", lambda watched=watched: watched)
        ProgressBar(talk).show_share(text("training"), 1, 2)
    assert "" == capsys.readouterr().err
