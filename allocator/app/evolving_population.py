"""Where recipes live between steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from allocator.app.recipes import readable
from allocator.core.bars import Interval
from allocator.store import Store, StoredModel, Trial


def fact(interval: Interval, horizon: int | str = "") -> str:
    """Where the store has what the evolution of a horizon remembers; without one, how the names of all begin."""
    return f"evolution {interval.value} {horizon}"


class Population(Protocol):
    """Where recipes live: the store, or what a test has instead."""

    def read(self) -> tuple[str | None, Sequence[StoredModel]]:
        """What the evolution remembers, and the living models."""

    def write(self, state: str, put: Sequence[StoredModel], gone: Sequence[str], trials: Sequence[Trial]) -> None:
        """All of it or nothing of it."""

    def tried(self) -> int:
        """How many different recipes were ever judged."""


class StorePopulation:
    """The models of one interval and horizon in a store."""

    def __init__(self, store: Store, interval: Interval, horizon: int) -> None:
        self._store, self._interval, self._horizon = store, interval, horizon
        self._fact = fact(interval, horizon)

    def read(self) -> tuple[str | None, Sequence[StoredModel]]:
        with self._store.reading() as tx:
            models = [each for each in tx.models.all() if each.interval is self._interval]
            said = tx.facts.get(self._fact)
        return said, [each for each, spec in readable(models) if spec.horizon == self._horizon]

    def write(self, state: str, put: Sequence[StoredModel], gone: Sequence[str], trials: Sequence[Trial]) -> None:
        with self._store.transaction() as tx:
            for model in put:
                tx.models.put(model)
            for key in gone:
                tx.models.delete(key)
            for trial in trials:
                tx.trials.put(trial)
            tx.facts.set(self._fact, state)

    def tried(self) -> int:
        with self._store.reading() as tx:
            return tx.trials.count()
