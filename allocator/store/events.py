"""The log of events: what the application did, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from allocator.core.text import Text
from allocator.store.link import Link
from allocator.store.schema_messages import EVENTS
from allocator.store.sentences import read, written

DONE, FAILED, SKIPPED, STOPPED = "done", "failed", "skipped", "stopped"


@dataclass(frozen=True, slots=True)
class Event:
    """One step: when it began, how many `seconds` it took, its `outcome` (done, failed, skipped, stopped), in words."""

    at: datetime
    step: str
    seconds: float
    outcome: str
    detail: Text
    id: int = 0  # of the store; 0 before


class Events:
    """The table of events, in the order in which they were written down."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def add(self, event: Event) -> int:
        """Write it down; its number."""
        insert = self._link.insert(EVENTS).values(
            at=event.at, step=event.step, seconds=float(event.seconds), outcome=event.outcome, **written(event.detail)
        )
        row = self._link.one(insert.returning(EVENTS.c.id))
        assert row is not None
        return int(row.id)

    def last(self, limit: int, *, step: str | None = None, outcome: str | None = None) -> list[Event]:
        """The newest first; of one step, of one outcome, or all."""
        wanted = sa.select(EVENTS).order_by(EVENTS.c.id.desc()).limit(limit)
        for column, value in ((EVENTS.c.step, step), (EVENTS.c.outcome, outcome)):
            wanted = wanted if value is None else wanted.where(column == value)
        rows: list[Any] = list(self._link.rows(wanted))
        return [_event(row) for row in rows]

    def newest(self) -> dict[tuple[str, str], Event]:
        """Of each step and outcome the newest."""
        newest = sa.select(sa.func.max(EVENTS.c.id)).group_by(EVENTS.c.step, EVENTS.c.outcome)
        rows: list[Any] = list(self._link.rows(sa.select(EVENTS).where(EVENTS.c.id.in_(newest))))
        return {(row.step, row.outcome): _event(row) for row in rows}

    def keep(self, count: int) -> int:
        """Forget all but the newest `count`; how many went."""
        newest = sa.select(EVENTS.c.id).order_by(EVENTS.c.id.desc()).limit(count).subquery()
        return self._link.run(sa.delete(EVENTS).where(EVENTS.c.id.not_in(sa.select(newest.c.id))))


def _event(row: Any) -> Event:  # noqa: ANN401 -- a row
    return Event(row.at, row.step, row.seconds, row.outcome, read(row.template, row.field_values), row.id)
