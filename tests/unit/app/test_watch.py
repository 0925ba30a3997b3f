from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import pytest

from allocator.app.watch import Frame, watch
from allocator.core.errors import AllocatorError, ConfigError, Infeasible, MarketError

LOST = MarketError("no network")
TYPO = ConfigError("p.ini:3: unknown key")


def script(*events: object) -> Callable[..., object]:
    """A function that returns, or raises, the next event each time it is called."""
    left = iter(events)

    def play(*_: object) -> object:
        event = next(left)
        if isinstance(event, Exception):
            raise event
        return event

    return play


def frames(read: Callable[..., object], look: Callable[..., object], count: int) -> list[Frame[object]]:
    """The first frames of a watch whose clock moves ten seconds with each sleep."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    watched: Iterator[Frame[object]] = watch(read, look, every_s=10, clock=lambda: now[0], sleep=sleep)  # type: ignore[arg-type]
    return list(islice(watched, count))


def test_each_look_is_a_frame() -> None:
    """A fresh answer has no age and no trouble."""
    assert [Frame("a"), Frame("b"), Frame("c")] == frames(script(1, 2, 3), script("a", "b", "c"), 3)


@pytest.mark.parametrize("trouble", [LOST, Infeasible("cash"), AllocatorError("disk")])
def test_a_failed_look_keeps_the_last_answer_and_its_age(trouble: AllocatorError) -> None:
    """Through a lost network the last answer stands, ten seconds older each time, until the next good one."""
    assert [Frame("a"), Frame("a", 10, (trouble,)), Frame("a", 20, (trouble,)), Frame("b")] == frames(
        script(1, 1, 1, 1), script("a", trouble, trouble, "b"), 4
    )


def test_the_file_is_read_again_each_time() -> None:
    """An edited portfolio is looked at in the next frame."""
    assert [Frame(1), Frame(2)] == frames(script(1, 2), lambda portfolio: portfolio, 2)


def test_a_file_with_a_mistake_leaves_the_last_good_one_in_force() -> None:
    """Fresh quotes go on for the portfolio as it last made sense; the mistake is shown."""
    assert [Frame(1), Frame(1, 0, (TYPO,)), Frame(3)] == frames(script(1, TYPO, 3), lambda portfolio: portfolio, 3)


def test_both_troubles_are_shown() -> None:
    """A mistake in the file does not hide the lost network."""
    assert [Frame("a"), Frame("a", 10, (TYPO, LOST))] == frames(script(1, TYPO), script("a", LOST), 2)


@pytest.mark.parametrize("trouble", [LOST, TYPO])
def test_the_first_look_must_succeed(trouble: AllocatorError) -> None:
    """There is nothing to keep yet, and a wrong ticker is better learned at once."""
    with pytest.raises(type(trouble)):
        frames(script(trouble), script(trouble), 1)
    with pytest.raises(MarketError):
        frames(script(1), script(LOST), 1)


def test_a_fault_of_the_program_is_not_swallowed() -> None:
    """Only the errors of the tree are survived; a bug ends the watch."""
    with pytest.raises(ZeroDivisionError):
        frames(script(1, 2), script("a", ZeroDivisionError()), 2)
