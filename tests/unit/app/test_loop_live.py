"""What open pages hear, and how the status line comes to be."""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime, timedelta

from allocator.app.loop.board import Board, Last
from allocator.app.loop.events import LoopStopped, StepBegan, StepEnded, StepProgressed
from allocator.app.loop.live import MOST_READERS, MOST_WAITING, Live, Reader, Word
from allocator.app.loop.steps import STEPS
from allocator.core.errors import StoreError
from allocator.core.text import text
from allocator.store.events import Event

NOW = datetime(2026, 7, 28, 1, 0, tzinfo=UTC)


def joined(live: Live) -> Reader:
    reader = live.join(lambda: None)
    assert reader is not None
    return reader


def test_who_comes_late_hears_how_things_stand():
    """The last status and the jobs that go on, but no change that the page shows already."""
    live = Live()
    live.status({"text": "old"})
    live.status({"text": "new"})
    live.changed(["data"])
    live.job("one", {"done": 1})
    live.job("two", {"done": 2})
    live.job("two", {"done": 3}, over=True)
    words = joined(live).take()
    assert [
        Word("status", {"text": "new"}),
        Word("job", {"done": 1, "job": "one", "over": False}),
    ] == words


def test_everybody_hears_everything_but_outdated_statuses():
    """Of several statuses in a row only the newest is of interest."""
    live = Live()
    readers = [joined(live) for _ in range(3)]
    for reader in readers:
        reader.take()
    live.changed(["data", "forecast"])
    live.status({"text": "a"})
    live.status({"text": "b"})
    live.changed([])
    for reader in readers:
        assert [Word("changed", {"pages": ["data", "forecast"]}), Word("status", {"text": "b"})] == reader.take()


def test_who_does_not_keep_up_is_dropped_and_nobody_else():
    """And is woken, to hear of it."""
    live = Live()
    woken: list[int] = []
    slow = live.join(lambda: woken.append(1))
    assert slow is not None
    quick = joined(live)
    for number in range(MOST_WAITING + 1):
        live.job("it", {"done": number})
        quick.take()
    assert slow.gone
    assert not quick.gone
    assert 1 == live.readers
    assert woken


def test_there_is_an_end_to_readers_and_to_everything():
    """One too many is refused; at the close all go, and nobody comes."""
    live = Live()
    readers = [joined(live) for _ in range(MOST_READERS)]
    assert live.full
    assert live.join(lambda: None) is None
    live.leave(readers[0])
    assert live.join(lambda: None) is not None
    live.close()
    assert all(reader.gone for reader in readers[1:])
    assert live.join(lambda: None) is None


def test_many_threads_lose_no_word():
    """Words of one thread come in its order."""
    live = Live()
    reader = joined(live)
    reader.take()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [
            threading.Thread(target=lambda name=name: [live.job(name, {"done": each}) for each in range(100)])
            for name in "abc"
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    words = reader.take()
    for name in "abc":
        assert list(range(100)) == [word.said["done"] for word in words if word.said["job"] == name]


def board(live: Live, at: datetime = NOW) -> Board:
    return Board(STEPS, live, lambda: at)


def test_the_line_says_what_is_done_and_for_how_long():
    """The rest is guessed by what is done so far, once that says something."""
    live = Live()
    told = board(live, NOW + timedelta(minutes=3))
    told.began(StepBegan("train", NOW))
    (running,) = told.running
    assert running.left(NOW) is None
    told.progressed(StepProgressed("train", text("training"), 25, 100))
    (running,) = told.running
    assert timedelta(minutes=9) == running.left(NOW + timedelta(minutes=3))
    (word,) = joined(live).take()
    (said,) = word.said["running"]
    assert ("train", 25, 100, timedelta(minutes=9)) == tuple(said[name] for name in ("step", "done", "total", "left"))
    told.progressed(StepProgressed("refresh", text("late"), 1, 2))
    assert (running,) == told.running
    told.stopped(LoopStopped())
    assert () == told.running


def test_the_end_of_a_step_tells_which_pages_changed():
    """A step without news changes the log of events alone."""
    live = Live()
    told = board(live)
    reader = joined(live)
    for news, pages in ((True, ["forecast", "data"]), (False, ["data"])):
        told.ended(StepEnded("forecast", NOW, NOW, "done", text("x"), news=news, touched=("forecast",)))
        assert [Word("changed", {"pages": pages})] == [each for each in reader.take() if each.kind == "changed"]


def test_a_step_fails_until_it_has_succeeded_after():
    """Skipped is a success: there was nothing to do."""
    told = board(Live())
    later = NOW + timedelta(minutes=1)
    told.ended(StepEnded("refresh", NOW, NOW, "failed", text("no"), error=StoreError("no")))
    assert told.last["refresh"].failing
    told.ended(StepEnded("refresh", later, later, "skipped", text("nothing")))
    assert (
        Last(Event(later, "refresh", 0.0, "skipped", text("nothing")), Event(NOW, "refresh", 0.0, "failed", text("no")))
        == told.last["refresh"]
    )
    assert not told.last["refresh"].failing
    assert not told.last["train"].failing
