"""Bars between numpy and the drivers, as fast as each driver goes."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import FIELDS, Bars, Floats, Interval
from allocator.store.link import Link
from allocator.store.moments import seconds_of_times
from allocator.store.schema import hours

SQLITE_SEE = "INSERT INTO seen_days (day) SELECT value FROM json_each(?) WHERE true ON CONFLICT DO NOTHING"
SERVER_SEE = "INSERT INTO seen_days (day) SELECT unnest(string_to_array(%s, ',')::date[]) ON CONFLICT DO NOTHING"
BATCH = {Interval.DAY: 500, Interval.HOUR: 50}  # instruments in an answer of the server: some 50 MB at most
COLUMNS = ", ".join(FIELDS)
NEW = ", ".join(f"excluded.{name}" for name in FIELDS)
CHANGES = ", ".join(f"{name} = excluded.{name}" for name in FIELDS)
NAN = "'NaN'::float8"
INT8, FLOAT8 = 20, 701  # numbers of types in the server
# A row that is there already and equal is not written again: a nightly overlap costs no pages of the log.
SQLITE_PUT = (
    f"INSERT INTO bars (interval_h, instrument_id, begin, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608
    f"ON CONFLICT (interval_h, instrument_id, begin) DO UPDATE SET {CHANGES} WHERE ({COLUMNS}) IS NOT ({NEW})"
)
SERVER_PUT = (
    f'INSERT INTO bars AS bar (interval_h, instrument_id, "begin", {COLUMNS}) '  # noqa: S608
    f"SELECT %s, %s, begin, {', '.join(f'nullif({name}, {NAN})' for name in FIELDS)} "
    f"FROM unnest(%b::bigint[], {', '.join(['%b::float8[]'] * len(FIELDS))}) AS given (begin, {COLUMNS}) "
    f'ON CONFLICT (interval_h, instrument_id, "begin") DO UPDATE SET {CHANGES} '
    f"WHERE ({', '.join(f'bar.{name}' for name in FIELDS)}) IS DISTINCT FROM ({NEW})"
)


def put(link: Link, interval: Interval, instrument_id: int, bars: Bars) -> int:
    """Insert or replace; of several bars of one time the last counts. The number of rows that are new or changed."""
    begin, order = np.unique(seconds_of_times(bars.begin)[::-1], return_index=True)
    columns = [getattr(bars, name)[len(bars) - 1 - order] for name in FIELDS]
    with link.cursor() as cursor:
        if link.is_sqlite:
            key = hours(interval), instrument_id
            given = zip(begin.tolist(), *(_nullable(column) for column in columns), strict=True)
            cursor.executemany(SQLITE_PUT, ((*key, *row) for row in given))
        else:
            arrays = [_Packed(begin, ">i8"), *(_Packed(column, ">f8") for column in columns)]
            _Packed.register(cursor)
            cursor.execute(SERVER_PUT, (hours(interval), instrument_id, *arrays))
        return max(0, int(cursor.rowcount))


def see(link: Link, bars: Bars) -> None:
    """Remember the days of these bars."""
    days = np.datetime_as_string(np.unique(bars.days)).tolist()
    with link.cursor() as cursor:
        if link.is_sqlite:
            cursor.execute(SQLITE_SEE, (json.dumps(days),))
        else:
            cursor.execute(SERVER_SEE, (",".join(days),))


class _Packed:
    """Numbers as the server's own form of an array, put together by numpy: psycopg goes from number to number."""

    def __init__(self, numbers: NDArray[Any], kind: str) -> None:
        items = np.empty(len(numbers), [("length", ">i4"), ("number", kind)])
        items["length"] = 8
        items["number"] = numbers
        element = INT8 if kind == ">i8" else FLOAT8
        # One dimension, no nulls, the type of the elements; how many, counted from 1.
        self.bytes = struct.pack("!5i", 1, 0, element, len(numbers), 1) + items.tobytes()

    @staticmethod
    def register(cursor: Any) -> None:  # noqa: ANN401 -- of psycopg
        from psycopg.adapt import Dumper  # noqa: PLC0415 -- an extra
        from psycopg.pq import Format  # noqa: PLC0415

        class PackedDumper(Dumper):
            """The bytes are the binary form already; the statement says of which type."""

            format = Format.BINARY

            def dump(self, obj: _Packed) -> bytes:
                return obj.bytes

        cursor.adapters.register_dumper(_Packed, PackedDumper)


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
