"""Stores full of rows of every table and type, and what a store says, for tests of backups."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from allocator.core.bars import Interval
from allocator.core.moscow import MOSCOW
from allocator.store import Store
from allocator.store.schema import METADATA, Exact, Hours, Moment

NUMBERS = (0.0, 0.1, 1e-308, 1.7976931348623157e308, 123456789.125)
DECIMALS = ("0", "793", "0.0014001308178917017", "12345678901234567890.123456789")
WORDS = ("Сбербанк", "tab\tand\nline", "back\\slash \\N", "'quoted' \"twice\"", "", "😀")


# The first that fits; others are words.
MAKERS: tuple[tuple[type[Any], Callable[[int], object]], ...] = (
    (Hours, lambda number: Interval.DAY if number % 2 else Interval.HOUR),
    (Exact, lambda number: Decimal(DECIMALS[number % len(DECIMALS)])),
    (Moment, lambda number: datetime(2024, 2, 29, 1, 2, 3, number, tzinfo=MOSCOW if number % 2 else None)),
    (sa.Boolean, lambda number: bool(number % 2)),
    (sa.Double, lambda number: NUMBERS[number % len(NUMBERS)]),
    (sa.BigInteger, lambda number: 2**40 + number),
    (sa.Integer, lambda number: number),
    (sa.Date, lambda number: date(1, 1, 1) if number == 1 else date(2024, 1, number)),
    (sa.LargeBinary, lambda number: bytes(range(256)) * number),
)


def value(column: sa.Column[Any], number: int) -> object:
    """Something of the column's type, another for each number, and null now and then where it may be."""
    for key in column.foreign_keys:
        return value(key.column, number)
    if column.nullable and number % 3 == 0:
        return None
    make = next((make for kind, make in MAKERS if isinstance(column.type, kind)), None)
    return make(number) if make else f"{WORDS[number % len(WORDS)]}{number}"


def fill(store: Store, count: int = 6) -> None:
    """Put `count` rows, 31 at most, into every table."""
    with store.transaction() as transaction:
        for table in METADATA.sorted_tables:
            rows = [{column.name: value(column, number) for column in table.c} for number in range(1, count + 1)]
            transaction.link.run(sa.insert(table), rows)


def said(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, to the last digit."""
    with store.reading() as transaction:
        return {
            table.name: sorted(tuple(map(repr, row)) for row in transaction.link.rows(sa.select(table)))
            for table in METADATA.sorted_tables
        }
