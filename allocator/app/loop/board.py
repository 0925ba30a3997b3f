"""What the loop is doing, for the status line of the pages and for who asks after its health."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from allocator.app.loop.events import LoopStopped, StepBegan, StepEnded, StepProgressed
from allocator.app.loop.live import Live
from allocator.app.loop.steps import Step
from allocator.core.text import Text, text
from allocator.store import Transaction
from allocator.store.events import DONE, FAILED, SKIPPED, Event

LEAST_SHARE = 0.02  # of the work that must be done before the rest can be guessed


@dataclass(frozen=True, slots=True)
class Running:
    """A step at work. `total` is 0 while it is not known how much there is to do."""

    step: str
    title: Text
    began: datetime
    doing: Text | None = None
    done: int = 0
    total: int = 0

    def left(self, now: datetime) -> timedelta | None:
        """Until its end, by what is done so far; None while that says nothing."""
        if self.total <= 0 or self.done < LEAST_SHARE * self.total or self.done > self.total:
            return None
        return (now - self.began) * ((self.total - self.done) / self.done)


@dataclass(frozen=True, slots=True)
class Last:
    """The last success and the last failure of a step; None when there was none."""

    success: Event | None = None
    failure: Event | None = None

    @property
    def failing(self) -> bool:
        """Whether it failed when it was tried last."""
        return self.failure is not None and (self.success is None or self.success.at < self.failure.at)


def last_of(names: Iterable[str], tx: Transaction) -> dict[str, Last]:
    """Of each step what the store tells, whoever did it."""
    newest = tx.events.newest()

    def last(name: str) -> Last:
        good = [newest[name, each] for each in (DONE, SKIPPED) if (name, each) in newest]
        return Last(max(good, key=lambda each: each.id, default=None), newest.get((name, FAILED)))

    return {name: last(name) for name in names}


class Board:
    """Hears of all steps, and tells open pages. For many threads."""

    def __init__(self, steps: Sequence[Step], live: Live, now: Callable[[], datetime]) -> None:
        self._steps = {step.name: step for step in steps}
        self._live, self._now = live, now
        self._running: dict[str, Running] = {}
        self._last = {step.name: Last() for step in steps}
        self._lock = threading.Lock()

    def remember(self, tx: Transaction) -> None:
        """What earlier runs wrote down."""
        found = last_of(self._steps, tx)
        with self._lock:
            self._last = found

    @property
    def running(self) -> tuple[Running, ...]:
        with self._lock:
            return tuple(self._running.values())

    @property
    def last(self) -> Mapping[str, Last]:
        with self._lock:
            return dict(self._last)

    def began(self, event: StepBegan) -> None:
        with self._lock:
            self._running[event.step] = Running(event.step, self._steps[event.step].title, event.at)
        self._tell()

    def progressed(self, event: StepProgressed) -> None:
        with self._lock:
            known = self._running.get(event.step)
            if known is None:
                return
            self._running[event.step] = replace(known, doing=event.doing, done=event.done, total=event.total)
        self._tell()

    def ended(self, event: StepEnded) -> None:
        said = Event(event.at, event.step, event.seconds, event.outcome, event.detail)
        with self._lock:
            self._running.pop(event.step, None)
            last = self._last[event.step]
            if event.outcome == FAILED:
                self._last[event.step] = replace(last, failure=said)
            elif event.outcome in {DONE, SKIPPED}:
                self._last[event.step] = replace(last, success=said)
        self._tell()
        self._live.changed(dict.fromkeys((*(event.touched if event.news else ()), "data")))

    def stopped(self, _: LoopStopped) -> None:
        with self._lock:
            self._running.clear()
        self._live.status({"running": (), "note": text("The loop is stopped.")})

    def idle(self, note: Text) -> None:
        """Nothing runs, and why."""
        if not self._running:
            self._live.status({"running": (), "note": note})

    def _tell(self) -> None:
        now = self._now()
        said = [
            {
                "step": each.step,
                "title": each.title,
                "doing": each.doing,
                "done": each.done,
                "total": each.total,
                "left": each.left(now),
            }
            for each in self.running
        ]
        self._live.status({"running": said, "note": None})
