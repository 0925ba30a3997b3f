"""What past runs did, and small facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from allocator.core.text import Text
from allocator.store.link import Link
from allocator.store.nouns import Note, Run
from allocator.store.schema import FACTS, NOTES, RUNS
from allocator.store.sentences import read, storable, written


class Journal:
    """Runs and their notes. Times are kept as the clock gave them, with a zone or without."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def begin(self, kind: str, now: datetime) -> int:
        """The number of a new run."""
        insert = self._link.insert(RUNS).values(kind=kind, began=now, figures="{}").returning(RUNS.c.id)
        row = self._link.one(insert)
        assert row is not None
        return int(row.id)

    def note(self, run: int, now: datetime, text: Text, *, ticker: str | None = None, level: str = "info") -> None:
        """Write a sentence down; `level` is "info", "warning" or "error"."""
        self._link.run(
            sa.insert(NOTES),
            {"run_id": run, "at": now, "ticker": ticker and storable(ticker), "level": level, **written(text)},
        )

    def end(self, run: int, now: datetime, outcome: str, figures: Mapping[str, float]) -> None:
        values = {name: float(value) if isinstance(value, float) else int(value) for name, value in figures.items()}
        self._link.run(
            sa.update(RUNS).where(RUNS.c.id == run), {"ended": now, "outcome": outcome, "figures": json.dumps(values)}
        )

    def runs(self, limit: int) -> list[Run]:
        """The newest first."""
        found = self._link.rows(sa.select(RUNS).order_by(RUNS.c.id.desc()).limit(limit))
        return [Run(row.id, row.kind, row.began, row.ended, row.outcome, json.loads(row.figures)) for row in found]

    def notes(self, run: int) -> list[Note]:
        """In the order in which they were written."""
        found: list[Any] = list(self._link.rows(sa.select(NOTES).where(NOTES.c.run_id == run).order_by(NOTES.c.id)))
        return [Note(row.at, row.ticker, row.level, read(row.template, row.field_values)) for row in found]


class Facts:
    """Words by name."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, key: str) -> str | None:
        row = self._link.one(sa.select(FACTS.c.value).where(FACTS.c.key == key))
        return row.value if row else None

    def under(self, prefix: str) -> dict[str, str]:
        """Those whose names begin so, by name."""
        named = FACTS.c.key.startswith(prefix, autoescape=True)
        rows = self._link.rows(sa.select(FACTS).where(named).order_by(FACTS.c.key))
        return {row.key: row.value for row in rows}

    def set(self, key: str, value: str) -> None:
        self._link.upsert(FACTS, [{"key": key, "value": value}])
