"""One database transaction, as the tables of a store see it: statements in, rows out, failures in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import Executable

from allocator.store.address import Address
from allocator.store.failures import told

Row = sa.Row[*tuple[Any, ...]]  # of columns that mypy need not know
Values = Mapping[str, Any]


class Link:
    """A connection inside a transaction.

    Raises (all methods): `StoreError`.
    """

    def __init__(self, connection: sa.Connection, address: Address) -> None:
        self._connection = connection
        self.address = address
        self.is_sqlite = connection.dialect.name == "sqlite"
        self._foreign: type[Exception] = connection.dialect.loaded_dbapi.Error

    def rows(self, statement: Executable, values: Values | None = None) -> Sequence[Row]:
        with told(self.address):
            return self._connection.execute(statement, values).fetchall()

    def one(self, statement: Executable, values: Values | None = None) -> Row | None:
        """The first row; None without any."""
        with told(self.address):
            return self._connection.execute(statement, values).first()

    def run(self, statement: Executable, values: Values | Sequence[Values] | None = None) -> int:
        """The number of rows that changed; of an empty list of values none."""
        if values is not None and not values:
            return 0
        with told(self.address):
            return self._connection.execute(statement, values).rowcount

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """A cursor of the driver, for what must be fast."""
        with told(self.address, self._foreign):
            cursor = self._connection.connection.cursor()
            try:
                yield cursor
            finally:
                cursor.close()

    def insert(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that knows ON CONFLICT."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def upsert(self, table: sa.Table, rows: Iterable[Values], **instead: sa.ColumnElement[Any]) -> None:
        """Insert; where the key is there already, replace the other columns, or set them to an expression."""
        values = list(rows)
        if not values:
            return
        insert = self.insert(table)
        changed = {each.name: insert.excluded[each.name] for each in table.c if not each.primary_key}
        self.run(insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed | instead), values)
