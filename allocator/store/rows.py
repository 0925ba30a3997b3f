"""Bars between numpy and the drivers, as fast as each driver goes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import FIELDS, Bars, Interval
from allocator.store.link import Link
from allocator.store.moments import seconds_of_times
from allocator.store.schema import hours

Rows = NDArray[np.void]  # (n,) with the fields instrument_id, begin and those asked for

COPY_HEADER = 19  # bytes: signature, flags, length of an extension
COLUMNS = ", ".join(FIELDS)
NEW = ", ".join(f"excluded.{name}" for name in FIELDS)
CHANGES = ", ".join(f"{name} = excluded.{name}" for name in FIELDS)
# A row that is there already and equal is not written again: a nightly overlap costs no pages of the log.
SQLITE_PUT = (
    f"INSERT INTO bars (interval_h, instrument_id, begin, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608
    f"ON CONFLICT (interval_h, instrument_id, begin) DO UPDATE SET {CHANGES} WHERE ({COLUMNS}) IS NOT ({NEW})"
)
SERVER_PUT = (
    f'INSERT INTO bars AS bar (interval_h, instrument_id, "begin", {COLUMNS}) '  # noqa: S608
    "SELECT %s, %s, * FROM unnest(%b::bigint[], " + ", ".join(["%b::float8[]"] * len(FIELDS)) + ") "
    f'ON CONFLICT (interval_h, instrument_id, "begin") DO UPDATE SET {CHANGES} '
    f"WHERE ({', '.join(f'bar.{name}' for name in FIELDS)}) IS DISTINCT FROM ({NEW})"
)


def put(link: Link, interval: Interval, instrument_id: int, bars: Bars) -> int:
    """Insert or replace; of several bars of one time the last counts. The number of rows that are new or changed."""
    begin, order = np.unique(seconds_of_times(bars.begin)[::-1], return_index=True)
    newest = len(bars) - 1 - order
    columns = [begin.tolist(), *(_nullable(getattr(bars, name)[newest]) for name in FIELDS)]
    with link.cursor() as cursor:
        if link.is_sqlite:
            key = hours(interval), instrument_id
            cursor.executemany(SQLITE_PUT, ((*key, *row) for row in zip(*columns, strict=True)))
        else:
            cursor.execute(SERVER_PUT, (hours(interval), instrument_id, *columns))
        return max(0, int(cursor.rowcount))


def fetch(
    link: Link,
    fields: Sequence[str],
    interval: Interval,
    ids: Sequence[int],
    since: int | None = None,
    till: int | None = None,
) -> Rows:
    """Bars of these instruments from `since` to `till` (seconds, both included), sorted by both; NaN for null."""
    if link.is_sqlite:
        return _fetch_sqlite(link, fields, interval, ids, _range(since, till))
    return _fetch_server(link, fields, interval, ids, _range(since, till))


def _range(since: int | None, till: int | None) -> tuple[int, int]:
    return -(2**62) if since is None else since, 2**62 if till is None else till


def _fetch_sqlite(
    link: Link, fields: Sequence[str], interval: Interval, ids: Sequence[int], span: tuple[int, int]
) -> Rows:
    statement = (
        f"SELECT {', '.join(('instrument_id', 'begin', *fields))} FROM bars "  # noqa: S608 -- names of our own columns
        "WHERE interval_h = ? AND instrument_id IN (SELECT value FROM json_each(?)) AND begin BETWEEN ? AND ? "
        "ORDER BY instrument_id, begin"
    )
    kind = np.dtype([("instrument_id", "i4"), ("begin", "i8"), *((name, "f8") for name in fields)])
    with link.cursor() as cursor:
        cursor.execute(statement, (hours(interval), json.dumps(list(ids)), *span))
        return np.fromiter(cursor, kind)  # numpy reads None as NaN


def _fetch_server(
    link: Link, fields: Sequence[str], interval: Interval, ids: Sequence[int], span: tuple[int, int]
) -> Rows:
    """The binary form of COPY: without nulls each row has the same length, so that the answer is an array as it is."""
    values = (f"coalesce({name}, 'NaN')" for name in fields)
    statement = (
        f"""COPY (SELECT instrument_id, "begin", {", ".join(values)} FROM bars """  # noqa: S608 -- our own columns
        """WHERE interval_h = %s AND instrument_id = ANY(%s) AND "begin" BETWEEN %s AND %s) TO STDOUT (FORMAT BINARY)"""
    )
    kind = _copied(fields)
    with link.cursor() as cursor, cursor.copy(statement, (hours(interval), list(ids), *span)) as copy:
        answer = b"".join(copy)
    rows = np.frombuffer(answer, kind, (len(answer) - COPY_HEADER) // kind.itemsize, COPY_HEADER)
    return _sorted(rows[["instrument_id", "begin", *fields]])


def _copied(fields: Sequence[str]) -> np.dtype[np.void]:
    """A row of COPY: the number of columns, then each with its length before it; all big-endian."""
    columns: list[tuple[str, str]] = [("count", ">i2")]
    for name, kind in (("instrument_id", ">i4"), ("begin", ">i8"), *((name, ">f8") for name in fields)):
        columns += [(f"length of {name}", ">i4"), (name, kind)]
    return np.dtype(columns)


def _sorted(rows: Rows) -> Rows:
    """By instrument and time. The server keeps rows as they came, mostly in order; sorting here is the cheaper way."""
    key = (rows["instrument_id"].astype(np.int64) << 40) + rows["begin"]
    if (key[1:] > key[:-1]).all():
        return rows
    found: Rows = rows[np.argsort(key, kind="stable")]
    return found


def _nullable(column: NDArray[np.float64]) -> list[Any]:
    """Floats of Python; NaN is None, so that both databases keep a null."""
    values: list[Any] = column.tolist()
    for position in np.flatnonzero(np.isnan(column)):
        values[position] = None
    return values
