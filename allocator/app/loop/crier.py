"""Says on the console of the server what fails and what works again, once each: nobody may look at a page for days."""

from __future__ import annotations

from collections.abc import Callable

from allocator.app.loop.events import StepEnded
from allocator.app.loop.steps import STEPS
from allocator.core.text import Text, text
from allocator.store.events import DONE, FAILED

TITLES = {step.name: step.title for step in STEPS}


class Crier:
    """Hears of every step that ended."""

    def __init__(self, say: Callable[[Text], None]) -> None:
        self._say = say
        self._failing: set[str] = set()

    def ended(self, event: StepEnded) -> None:
        title = TITLES[event.step]
        if event.outcome == FAILED and event.step not in self._failing:
            self._failing.add(event.step)
            self._say(text("{step} failed: {reason}", step=title, reason=event.detail))
        elif event.outcome == DONE and event.step in self._failing:
            self._failing.discard(event.step)
            self._say(text("{step} works again.", step=title))
