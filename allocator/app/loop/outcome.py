"""What comes of a step, as its child says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allocator.core.errors import AllocatorError
from allocator.core.text import Text, text
from allocator.store.events import DONE, SKIPPED


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended, in words.

    `kind`: done, or skipped for want of what it needs. `again`: when there is more to do, aware; None: when something
    happens. `partly`: some of it failed, which the step itself has told; it is tried again as after a failure. `news`:
    whether anything is another than before.
    """

    detail: Text
    kind: str = DONE
    again: datetime | None = None
    partly: bool = False
    news: bool = True


def joined(lines: Sequence[Text]) -> Text:
    """Several sentences as one."""
    said = lines[0]
    for line in lines[1:]:
        said = text("{what} {hint}", what=said, hint=line)
    return said


def failure_of(error: AllocatorError) -> Text:
    """An error as one sentence, for the log of events."""
    return joined([part for pair in error.lines for part in pair if part is not None])


def skipped(why: Text, *, again: datetime | None = None) -> Outcome:
    """There was nothing to do, or not what it takes to do it."""
    return Outcome(why, SKIPPED, again, news=False)
