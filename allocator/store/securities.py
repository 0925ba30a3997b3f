"""Instruments, and who is in which index."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa

from allocator.core.instrument import Instrument, Kind, Member
from allocator.store.link import Link, Row
from allocator.store.schema import INSTRUMENTS, MEMBERS
from allocator.store.sentences import storable

# The exchange tells the sector of a share by its place in one of these indexes.
SECTORS = ("MOEXOG", "MOEXEU", "MOEXTL", "MOEXMM", "MOEXFN", "MOEXCN", "MOEXCH", "MOEXTN", "MOEXIT", "MOEXRE")
KEPT = ("board", "isin", "name", "lot_size", "sector", "listed")


class Instruments:
    """The table of securities and indexes."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def all(self) -> list[Instrument]:
        """By ticker."""
        return sorted(map(_instrument, self._link.rows(sa.select(INSTRUMENTS))), key=lambda each: each.ticker)

    def get(self, ticker: str) -> Instrument | None:
        row = self._link.one(sa.select(INSTRUMENTS).where(INSTRUMENTS.c.ticker == ticker))
        return _instrument(row) if row else None

    def put(self, instruments: Iterable[Instrument]) -> None:
        """Add, or update by ticker. None leaves what is known, save for `delisted`, where it means that it trades."""
        rows = [
            {
                "ticker": each.ticker,
                "kind": each.kind.value,
                "board": each.board,
                "isin": each.isin,
                "name": each.name and storable(each.name),
                "lot_size": each.lot_size,
                "sector": each.sector,
                "listed": each.listed,
                "delisted": each.delisted,
            }
            for each in instruments
        ]
        if not rows:
            return
        insert = self._link.insert(INSTRUMENTS)
        changed: dict[str, Any] = {name: insert.excluded[name] for name in ("kind", "delisted")}
        changed |= {name: sa.func.coalesce(insert.excluded[name], INSTRUMENTS.c[name]) for name in KEPT}
        self._link.run(insert.on_conflict_do_update(index_elements=[INSTRUMENTS.c.ticker], set_=changed), rows)


class Members:
    """The table of indexes and their members."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def put(self, index: str, members: Iterable[Member]) -> None:
        """Add, or update by ticker and first day."""
        rows = [
            {
                "index_name": index,
                "ticker": each.ticker,
                "since": each.since or date.min,
                "till": each.till,
                "weight": each.weight,
            }
            for each in members
        ]
        self._link.upsert(MEMBERS, rows)

    def of(self, index: str) -> list[Member]:
        """By ticker and first day; past members too."""
        rows = self._link.rows(sa.select(MEMBERS).where(MEMBERS.c.index_name == index))
        found = [Member(row.ticker, None if row.since == date.min else row.since, row.till, row.weight) for row in rows]
        return sorted(found, key=lambda each: (each.ticker, each.since or date.min))

    def sectors(self) -> dict[str, str]:
        """The index of its sector for each ticker that ever was in one; the latest stay counts."""
        rows = self._link.rows(sa.select(MEMBERS).where(MEMBERS.c.index_name.in_(SECTORS)))
        stays = sorted(rows, key=lambda row: (row.till or date.max, row.since, row.index_name))
        return {row.ticker: row.index_name for row in stays}


def _instrument(row: Row) -> Instrument:
    return Instrument(
        row.ticker,
        Kind(row.kind),
        row.board,
        row.isin,
        row.name,
        row.lot_size,
        row.sector,
        row.listed,
        row.delisted,
    )
