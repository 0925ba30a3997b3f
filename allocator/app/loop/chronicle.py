"""Writes down what the loop does, tells of failures and recoveries once, and keeps what steps were worked out from."""

from __future__ import annotations

import json
from collections.abc import Mapping

from allocator.app.loop.events import StepEnded
from allocator.app.loop.steps import Step
from allocator.app.messaging import Teller
from allocator.core.errors import StoreError
from allocator.store import Store, Transaction
from allocator.store.events import DONE, FAILED, SKIPPED, Event

MARKS = "loop marks"  # facts: of what each step was worked out last
KEPT = 20_000  # events
PRUNED_EVERY = 500
MOST_UNWRITTEN = 1000


class Chronicle:
    """Hears of every step that ended. What a store that is away cannot take is written when it is back."""

    def __init__(self, store: Store, steps: Mapping[str, Step], teller: Teller) -> None:
        self._store, self._steps, self._teller = store, steps, teller
        self._failures = dict.fromkeys(steps, 0)
        self._unwritten: list[StepEnded] = []
        self._written = 0
        self.trouble: StoreError | None = None  # that of the last attempt to write

    def marks(self) -> dict[str, str]:
        """What was kept. Raises: `StoreError`."""
        with self._store.reading() as tx:
            return _marks(tx)

    def ended(self, event: StepEnded) -> None:
        """Write it down."""
        if event.outcome == FAILED:
            self._failures[event.step] += 1
        elif event.outcome == DONE:
            self._failures[event.step] = 0
        self._unwritten = [*self._unwritten, event][-MOST_UNWRITTEN:]
        self.flush()

    def flush(self) -> None:
        """Write what is left from when the store was away."""
        while self._unwritten:
            event = self._unwritten[0]
            try:
                with self._store.transaction() as tx:
                    self._write(tx, event)
            except StoreError as error:
                self.trouble = error
                return
            self._unwritten.pop(0)
        self.trouble = None

    def _write(self, tx: Transaction, event: StepEnded) -> None:
        """The event, the message that it is worth, and its mark: all of it or nothing."""
        if not self._is_repetition(tx, event):
            tx.events.add(Event(event.at, event.step, event.seconds, event.outcome, event.detail))
            self._written += 1
            if self._written % PRUNED_EVERY == 0:
                tx.events.keep(KEPT)
        if event.error is not None and event.outcome == FAILED:
            if self._failures[event.step] >= self._steps[event.step].patience:
                self._teller.failed(tx, event.step, event.error)
        elif event.outcome == DONE and not event.partly:
            self._teller.recovered(tx, event.step)
        if event.mark and event.outcome in {DONE, SKIPPED} and not event.partly:
            tx.facts.set(MARKS, json.dumps({**_marks(tx), event.step: event.mark}))

    def _is_repetition(self, tx: Transaction, event: StepEnded) -> bool:
        """That there was nothing to do, again for the same reason, is no event."""
        if event.outcome != SKIPPED:
            return False
        last = tx.events.last(1, step=event.step)
        return bool(last) and last[0].outcome == SKIPPED and str(last[0].detail) == str(event.detail)


def _marks(tx: Transaction) -> dict[str, str]:
    said = tx.facts.get(MARKS)
    return dict(json.loads(said)) if said else {}
