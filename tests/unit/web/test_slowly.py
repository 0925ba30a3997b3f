"""Answers that take longer than a page may."""

from __future__ import annotations

import threading

import pytest

from allocator.core.errors import StoreError
from allocator.web.slowly import Answer, Slowly


def test_nobody_waits() -> None:
    """Who asks gets nothing at first, and the answer when it is there."""
    gate = threading.Event()
    question: Slowly[str] = Slowly()

    def make() -> str:
        gate.wait(60)
        return "one"

    assert Answer(None, fresh=False) == question.ask(1, make)
    assert Answer(None, fresh=False) == question.ask(1, make)
    gate.set()
    question.wait()
    assert Answer("one", fresh=True) == question.ask(1, make)


def test_the_last_answer_stands_until_the_next() -> None:
    """Marked as not fresh; the work is done once, however many ask."""
    calls: list[int] = []
    question: Slowly[int] = Slowly()
    gate = threading.Event()
    gate.set()

    def make() -> int:
        gate.wait(60)
        calls.append(len(calls))
        return len(calls)

    question.ask("a", make)
    question.wait()
    gate.clear()
    assert [Answer(1, fresh=False)] * 3 == [question.ask("b", make) for _ in range(3)]
    gate.set()
    question.wait()
    assert Answer(2, fresh=True) == question.ask("b", make)
    assert [0, 1] == calls


def test_what_went_wrong_is_told_until_things_change() -> None:
    """Not tried again and again for the same."""
    question: Slowly[int] = Slowly()

    def fails() -> int:
        raise StoreError("no store")

    question.ask(1, fails)
    question.wait()
    for _ in range(2):
        with pytest.raises(StoreError, match="no store"):
            question.ask(1, fails)
    question.ask(2, lambda: 7)
    question.wait()
    assert Answer(7, fresh=True) == question.ask(2, lambda: 7)
