"""What has happened, in the past tense. `docs/loop.md` says who reacts on what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from allocator.core.errors import AllocatorError
from allocator.core.text import Text


@dataclass(frozen=True, slots=True)
class Happened:
    """Anything. `pages` are those that show other things after it."""

    pages: ClassVar[tuple[str, ...]] = ()


@dataclass(frozen=True, slots=True)
class LoopStarted(Happened):
    """The supervisor has begun, for the first time or again."""


@dataclass(frozen=True, slots=True)
class LoopStopped(Happened):
    """It was told to end."""


@dataclass(frozen=True, slots=True)
class AccountsChanged(Happened):
    """A page has changed what is held."""

    pages = ("portfolio", "accounts", "dividends", "optimization", "rebalance")


@dataclass(frozen=True, slots=True)
class PolicyChanged(Happened):
    """A page has changed what is wanted: targets, exclusions, options."""

    pages = ("portfolio", "accounts", "optimization", "rebalance", "settings")


@dataclass(frozen=True, slots=True)
class DividendsChanged(Happened):
    """A page has changed dividends."""

    pages = ("dividends", "portfolio")


@dataclass(frozen=True, slots=True)
class AdviceAsked(Happened):
    """A person wants advice at the prices of now, though nothing else is another one."""


@dataclass(frozen=True, slots=True)
class StepBegan(Happened):
    """A step is at work. `at` is aware."""

    step: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StepProgressed(Happened):
    """What a step is doing: `done` of `total` parts, `total` 0 where that is not known."""

    step: str
    doing: Text
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class StepEnded(Happened):
    """A step has come to its end: how (as in the log of events), after how long, in words.

    `error`: of one that failed; `partly`: some of it failed, and the step has told so itself. `again`: when there is
    more to do, None: when something happens. `mark`: of what it was worked out from. `news`: whether anything is
    another than before, and `touched` the pages that show it.
    """

    step: str
    at: datetime  # when it began, aware
    ended: datetime
    outcome: str
    detail: Text
    error: AllocatorError | None = None
    partly: bool = False
    again: datetime | None = None
    mark: str = ""
    news: bool = True
    touched: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        return max((self.ended - self.at).total_seconds(), 0.0)

    @property
    def failed(self) -> bool:
        """Whether it is to be tried again."""
        return self.error is not None or self.partly


CHANGES: dict[str, type[Happened]] = {
    "accounts": AccountsChanged,
    "policy": PolicyChanged,
    "dividends": DividendsChanged,
}
"""What a page may say that it has changed (`Site.changed`)."""
