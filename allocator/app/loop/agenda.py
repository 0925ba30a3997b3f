"""What is to be done, and when: decided by the clock, by what ended how, and by what was asked for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from allocator.app.loop.steps import Step


@dataclass(slots=True)
class Entry:
    """How one step stands. `due`: when it may begin, None while nobody asked; `asked`: for when, while it runs."""

    due: datetime | None = None
    asked: datetime | None = None
    failures: int = 0  # in a row
    running: bool = False


class Agenda:
    """Steps by their names, in the order of their priority. All times are aware."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps: Mapping[str, Step] = {step.name: step for step in steps}
        self._entries = {step.name: Entry() for step in steps}

    def ask(self, name: str, at: datetime) -> None:
        """It is to be done then, or earlier if it is due earlier. Asked for while it runs, it is done once more."""
        entry = self._entries[name]
        if entry.running:
            entry.asked = _earlier(entry.asked, at)
        else:
            entry.due = _earlier(entry.due, at)

    def ready(self, now: datetime, barred: Iterable[str] = ()) -> list[str]:
        """What to begin now: one for each lane that is free. `barred` steps are not due, whatever the clock says."""
        lanes = {self._steps[name].lane for name, entry in self._entries.items() if entry.running}
        due = {name for name in self._entries if self._is_due(name, now)} - {*barred}
        busy = due | {name for name, entry in self._entries.items() if entry.running}
        found = []
        for name in self._steps:
            step = self._steps[name]
            if name in due and step.lane not in lanes and not busy & {*step.after}:
                lanes.add(step.lane)
                found.append(name)
        return found

    def began(self, name: str) -> None:
        entry = self._entries[name]
        entry.running, entry.due, entry.asked = True, None, None

    def ended(self, name: str, now: datetime, *, failed: bool, again: datetime | None = None) -> None:
        """It came to its end: it is due `again` then, after a failure when it has rested."""
        entry = self._entries[name]
        entry.running = False
        entry.failures = entry.failures + 1 if failed else 0
        entry.due = now + self._steps[name].wait(entry.failures) if failed else again
        if entry.asked is not None:
            entry.due, entry.asked = _earlier(entry.due, entry.asked), None

    def next(self) -> datetime | None:
        """When something is due next that does not run; may have passed for what waits for others."""
        return min((entry.due for entry in self._entries.values() if entry.due is not None), default=None)

    def due(self, name: str) -> datetime | None:
        return self._entries[name].due

    def failures(self, name: str) -> int:
        return self._entries[name].failures

    def _is_due(self, name: str, now: datetime) -> bool:
        entry = self._entries[name]
        return not entry.running and entry.due is not None and entry.due <= now


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((each for each in (one, other) if each is not None), default=None)
