"""The desk: a few pieces of work at once, one for each reader, none for longer than they wait."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import pytest

from allocator.app.desk import Busy, Desk, Gone, Kept
from allocator.app.loop.child import Stopped
from allocator.core.errors import PlanError, TimeLimit

WORK = "some.module:work"
SOON_S = 30  # after which a test that hangs has failed


class FakeChild:
    """Work that ends when the test says so, or is stopped."""

    def __init__(self) -> None:
        self.future: Future[object] = Future()
        self.stopped = False

    def result(self, timeout: float | None = None) -> object:
        return self.future.result(timeout)

    def stop(self, grace_s: float = 0) -> None:
        self.stopped = True
        if not self.future.done():
            self.future.set_exception(Stopped())


class Starter:
    """Begins `FakeChild`ren and counts them; `begun` is released with each."""

    def __init__(self) -> None:
        self.children: list[FakeChild] = []
        self.begun = threading.Semaphore(0)

    def __call__(self, call: str, arguments: tuple[object, ...]) -> FakeChild:
        self.children.append(FakeChild())
        self.begun.release()
        return self.children[-1]


def later(call, *arguments) -> Future:
    """What the call gives, or raises, in another thread."""
    found: Future = Future()

    def run() -> None:
        try:
            found.set_result(call(*arguments))
        except Exception as error:  # noqa: BLE001
            found.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return found


def test_the_result_and_the_error_come_back() -> None:
    """As they are."""
    start = Starter()
    desk = Desk(start)
    one = later(desk.run, "ann", WORK)
    assert start.begun.acquire(timeout=SOON_S)
    start.children[0].future.set_result(7)
    assert 7 == one.result(SOON_S)
    other = later(desk.run, "ann", WORK)
    assert start.begun.acquire(timeout=SOON_S)
    start.children[1].future.set_exception(PlanError("no"))
    with pytest.raises(PlanError):
        other.result(SOON_S)


def test_a_reader_who_asks_again_stops_the_first() -> None:
    """Nobody else's work is touched."""
    start = Starter()
    desk = Desk(start, at_once=3)
    first = later(desk.run, "ann", WORK)
    assert start.begun.acquire(timeout=SOON_S)
    bob = later(desk.run, "bob", WORK)
    assert start.begun.acquire(timeout=SOON_S)
    later(desk.run, "ann", WORK)
    assert start.begun.acquire(timeout=SOON_S)
    with pytest.raises(Stopped):
        first.result(SOON_S)
    assert [True, False, False] == [child.stopped for child in start.children]
    start.children[1].future.set_result("bob's")
    assert "bob's" == bob.result(SOON_S)


def test_who_leaves_stops_the_work_and_frees_the_place() -> None:
    """The next one has it at once."""
    start = Starter()
    desk = Desk(start, at_once=1)
    first = later(desk.run, "ann", WORK)
    assert start.begun.acquire(timeout=SOON_S)
    desk.stop("ann")
    with pytest.raises(Stopped):
        first.result(SOON_S)
    second = later(desk.run, "bob", WORK)
    assert start.begun.acquire(timeout=SOON_S)
    start.children[1].future.set_result(1)
    assert 1 == second.result(SOON_S)


def test_nobody_waits_for_ever_in_the_queue() -> None:
    """Who finds all places taken is told so, and nothing is begun for them."""
    start = Starter()
    desk = Desk(start, at_once=1, queue_s=0.0)
    later(desk.run, "ann", WORK)
    assert start.begun.acquire(timeout=SOON_S)
    with pytest.raises(Busy):
        desk.run("bob", WORK)
    assert 1 == len(start.children)
    start.children[0].stop()


def test_what_takes_too_long_is_stopped() -> None:
    """With a word on what to do, and the place is free again."""
    start = Starter()
    desk = Desk(start, at_once=1, longest_s=0.0)
    for n in range(2):
        with pytest.raises(TimeLimit, match="longer than 0 seconds"):
            desk.run("ann", WORK)
        assert start.children[n].stopped


def test_the_newest_answers_are_kept() -> None:
    """So many, those that were looked at last; another is gone, and is told to be."""
    kept: Kept[int] = Kept(most=2)
    one, two = kept.put(1), kept.put(2)
    assert 1 == kept.get(one)
    three = kept.put(3)
    assert (1, 3) == (kept.get(one), kept.get(three))
    with pytest.raises(Gone):
        kept.get(two)
    kept.put(4, one)
    assert 4 == kept.get(one)
    with pytest.raises(Gone):
        kept.get("")


@pytest.mark.parametrize("how", ["stop", "again"])
def test_who_leaves_while_they_wait_for_a_place_is_not_served(how: str) -> None:
    """Whether they stop it or ask for something else: nothing is begun for them, and no place is lost by it."""
    start = Starter()
    desk = Desk(start, at_once=1, queue_s=SOON_S)
    ann = later(desk.run, "ann", WORK)
    assert start.begun.acquire(timeout=SOON_S)
    bob = later(desk.run, "bob", WORK)
    while "bob" not in desk._of:
        threading.Event().wait(0.001)
    other = later(desk.run, "bob", WORK) if how == "again" else None
    if other is None:
        desk.stop("bob")
    with pytest.raises(Stopped):
        bob.result(SOON_S)
    assert 1 == len(start.children)
    start.children[0].future.set_result(1)
    assert 1 == ann.result(SOON_S)
    last = other or later(desk.run, "bob", WORK)
    assert start.begun.acquire(timeout=SOON_S)
    start.children[1].future.set_result(2)
    assert 2 == last.result(SOON_S)
    assert 2 == len(start.children)


def test_who_leaves_while_their_work_is_started_has_it_stopped() -> None:
    """Between the place and the process there is no gap to slip through."""
    start = Starter()

    def leaving(call: str, arguments: tuple[object, ...]) -> FakeChild:
        desk.stop("ann")
        return start(call, arguments)

    desk = Desk(leaving)
    with pytest.raises(Stopped):
        desk.run("ann", WORK)
    assert [True] == [child.stopped for child in start.children]
