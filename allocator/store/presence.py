"""What there is, without looking at prices: the days of each ticker, and how much room all of it takes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import sqlalchemy as sa

from allocator.core.bars import Interval, Times
from allocator.store.moments import DAY_S
from allocator.store.schema import INSTRUMENTS, hours
from allocator.store.store import Transaction


@dataclass(frozen=True, slots=True, eq=False)
class Presence:
    """The days (n,) on which a ticker has bars, `datetime64[D]`, strictly increasing; and how many bars in all."""

    days: Times
    rows: int


def presence(transaction: Transaction, interval: Interval) -> dict[str, Presence]:
    """By ticker, of those that have bars; one sweep over the keys.

    Raises: `StoreError`.
    """
    link = transaction.link
    whole = f"FROM bars WHERE interval_h = {hours(interval)}"
    if interval is Interval.DAY:  # as many days as bars: the key has them in order
        statement = f"SELECT instrument_id, begin / {DAY_S}, 1 {whole} ORDER BY instrument_id, begin"
    else:
        statement = f"SELECT instrument_id, begin / {DAY_S}, count(*) {whole} GROUP BY 1, 2 ORDER BY 1, 2"
    with link.cursor() as cursor:
        cursor.execute(statement)
        found = np.fromiter(cursor, np.dtype([("id", "i8"), ("day", "i8"), ("bars", "i8")]))
    names = {row.id: row.ticker for row in link.rows(sa.select(INSTRUMENTS.c.id, INSTRUMENTS.c.ticker))}
    edges = np.flatnonzero(np.diff(found["id"], prepend=-1)).tolist()
    there = {}
    for start, stop in pairwise([*edges, len(found)]):
        part = found[start:stop]
        there[names[int(part["id"][0])]] = Presence(part["day"].astype("datetime64[D]"), int(part["bars"].sum()))
    return there


def size_bytes(transaction: Transaction) -> int:
    """The room that the database takes.

    Raises: `StoreError`.
    """
    link = transaction.link
    if link.is_sqlite:
        statement = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    else:
        statement = "SELECT pg_database_size(current_database())"
    row = link.one(sa.text(statement))
    return int(row[0]) if row else 0
