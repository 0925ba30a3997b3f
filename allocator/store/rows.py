"""Bars between numpy and the drivers, as fast as each driver goes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import FIELDS, Bars, Floats, Interval
from allocator.store.link import Link
from allocator.store.moments import seconds_of_times
from allocator.store.schema import hours

BATCH = {Interval.DAY: 500, Interval.HOUR: 50}  # instruments in an answer of the server: some 50 MB at most
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


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """(n,) columns, sorted by instrument and time; `values` has those that were asked for, NaN for null."""

    instrument_id: NDArray[np.int32]
    begin: NDArray[np.int64]
    values: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self.begin)


def fetch(
    link: Link,
    fields: Sequence[str],
    interval: Interval,
    ids: Sequence[int],
    since: int | None = None,
    till: int | None = None,
) -> Rows:
    """Bars of these instruments from `since` to `till`, seconds, both included."""
    span = -(2**62) if since is None else since, 2**62 if till is None else till
    return (_fetch_sqlite if link.is_sqlite else _fetch_server)(link, fields, interval, ids, span)


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
        rows = np.fromiter(cursor, kind)  # numpy reads None as NaN
    return Rows(rows["instrument_id"], rows["begin"], {name: rows[name] for name in fields})


def _fetch_server(
    link: Link, fields: Sequence[str], interval: Interval, ids: Sequence[int], span: tuple[int, int]
) -> Rows:
    """Each column comes as one value, its numbers end to end: rows need not be taken apart, here or there."""
    kinds = [">i4", ">i8", *([">f8"] * len(fields))]
    sends = [
        "int4send(instrument_id)",
        'int8send("begin")',
        *(f"float8send(coalesce({name}, 'NaN'))" for name in fields),
    ]
    columns = ", ".join(f"string_agg({send}, '')" for send in sends)
    statement = (
        f"SELECT {columns} FROM bars WHERE interval_h = %s "  # noqa: S608 -- as above
        'AND instrument_id = ANY(%s) AND "begin" BETWEEN %s AND %s'
    )
    answers: list[list[bytes]] = [[] for _ in kinds]
    with link.cursor() as cursor:
        for first in range(0, len(ids), BATCH[interval]):
            batch = list(ids[first : first + BATCH[interval]])
            cursor.execute(statement, (hours(interval), batch, *span), binary=True)
            for column, answer in zip(answers, cursor.fetchone(), strict=True):
                column.append(answer or b"")
    arrays = [
        np.frombuffer(b"".join(column), kind).astype(kind[1:]) for column, kind in zip(answers, kinds, strict=True)
    ]
    return _sorted(arrays[0], arrays[1], dict(zip(fields, arrays[2:], strict=True)))


def _sorted(instrument_id: NDArray[np.int32], begin: NDArray[np.int64], values: Mapping[str, Floats]) -> Rows:
    """The server keeps rows as they came, which is mostly in order; to sort them here is the cheaper way."""
    key = (instrument_id.astype(np.int64) << 40) + begin
    if (key[1:] > key[:-1]).all():
        return Rows(instrument_id, begin, values)
    order = np.argsort(key, kind="stable")
    return Rows(instrument_id[order], begin[order], {name: column[order] for name, column in values.items()})


def _nullable(column: NDArray[np.float64]) -> list[Any]:
    """Floats of Python; NaN is None, so that both databases keep a null."""
    values: list[Any] = column.tolist()
    for position in np.flatnonzero(np.isnan(column)):
        values[position] = None
    return values
