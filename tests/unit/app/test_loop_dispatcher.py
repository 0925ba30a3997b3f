"""The dispatcher: who hears of what."""

from __future__ import annotations

from allocator.app.loop.dispatcher import Dispatcher
from allocator.app.loop.events import AccountsChanged, Happened, LoopStarted, PolicyChanged


def test_a_handler_hears_of_its_kind_and_of_those_under_it():
    """In the order of the events; of others nothing."""
    heard: list[tuple[str, object]] = []
    told = Dispatcher()
    told.subscribe(AccountsChanged, lambda event: heard.append(("accounts", event)))
    told.subscribe(Happened, lambda event: heard.append(("anything", event)))
    for event in (AccountsChanged(), PolicyChanged()):
        told.publish(event)
    assert [
        ("accounts", AccountsChanged()),
        ("anything", AccountsChanged()),
        ("anything", PolicyChanged()),
    ] == heard


def test_a_failing_handler_keeps_nobody_from_hearing():
    """What failed, and on what, is told to whom it concerns."""
    failed: list[tuple[object, str]] = []
    heard: list[object] = []
    told = Dispatcher(lambda event, error: failed.append((event, str(error))))

    def fails(_: object) -> None:
        raise ValueError("no")

    told.subscribe(LoopStarted, fails)
    told.subscribe(LoopStarted, heard.append)
    told.publish(LoopStarted())
    assert [(LoopStarted(), "no")] == failed
    assert [LoopStarted()] == heard


def test_who_has_left_hears_nothing():
    """Also when the same handler is subscribed twice: only that subscription ends."""
    heard: list[object] = []
    told = Dispatcher()
    leave = told.subscribe(LoopStarted, heard.append)
    told.subscribe(LoopStarted, heard.append)
    leave()
    leave()
    told.publish(LoopStarted())
    assert [LoopStarted()] == heard


def test_a_handler_may_publish_and_subscribe():
    """What a handler causes reaches everybody, and who comes while an event is told hears of the next."""
    heard: list[object] = []
    told = Dispatcher()

    def first(_: LoopStarted) -> None:
        told.subscribe(LoopStarted, heard.append)
        told.publish(PolicyChanged())

    told.subscribe(LoopStarted, first)
    told.subscribe(PolicyChanged, heard.append)
    told.publish(LoopStarted())
    assert [PolicyChanged()] == heard
