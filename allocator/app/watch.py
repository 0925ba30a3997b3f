"""Looking again and again, through a lost network and a file being edited."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from allocator.core.errors import AllocatorError
from allocator.core.portfolio import Portfolio

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Frame(Generic[T]):
    """What there is to show now: the newest answer, its age, and what kept it from being newer."""

    answer: T
    age_s: float = 0.0
    troubles: tuple[AllocatorError, ...] = ()


def watch(
    read: Callable[[], Portfolio],
    look: Callable[[Portfolio], T],
    *,
    every_s: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> Iterator[Frame[T]]:
    """A frame at once and then one every `every_s` seconds, without end.

    The file is read each time, so an edit shows in the next frame; a file with mistakes leaves the last good one
    in force. When no answer can be had (no quotes, no plan) the last one stands, and ages.
    Raises: what the first look raises: a wrong ticker or file is better learned at once.
    """
    portfolio = read()
    answer, since = look(portfolio), clock()
    yield Frame(answer)
    while True:
        sleep(every_s)
        troubles: list[AllocatorError] = []
        try:
            portfolio = read()
        except AllocatorError as error:
            troubles.append(error)
        try:
            answer, since = look(portfolio), clock()
        except AllocatorError as error:
            troubles.append(error)
        yield Frame(answer, clock() - since, tuple(troubles))
