"""What there is, without looking at prices: the days of each ticker, and how much room all of it takes."""

from __future__ import annotations

import numpy as np
import sqlalchemy as sa

from allocator.core.bars import Interval, Times
from allocator.store.moments import DAY_S
from allocator.store.schema import INSTRUMENTS, hours
from allocator.store.store import Transaction


def days_by_ticker(transaction: Transaction, interval: Interval) -> dict[str, Times]:
    """The days (n,) on which each ticker has bars, `datetime64[D]`, strictly increasing.

    Raises: `StoreError`.
    """
    link = transaction.link
    statement = (
        f"SELECT DISTINCT instrument_id, begin / {DAY_S} FROM bars WHERE interval_h = {hours(interval)} "  # noqa: S608 -- our own numbers
        "ORDER BY 1, 2"
    )
    with link.cursor() as cursor:
        cursor.execute(statement)
        found = np.fromiter(cursor, np.dtype([("id", "i8"), ("day", "i8")]))
    names = {row.id: row.ticker for row in link.rows(sa.select(INSTRUMENTS.c.id, INSTRUMENTS.c.ticker))}
    edges = np.flatnonzero(np.diff(found["id"], prepend=-1)).tolist()
    parts = zip(edges, [*edges[1:], len(found)], strict=True)
    return {names[int(found["id"][start])]: found["day"][start:stop].astype("datetime64[D]") for start, stop in parts}


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
