"""A whole store out into an SQLite file, and such a file into a store: each of one moment, all of it or nothing.

Readers and writers of the store go on meanwhile: what goes out is one snapshot, what comes in is one transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from allocator.core.errors import StoreError
from allocator.core.text import text
from allocator.store.address import Address
from allocator.store.engines import Engines
from allocator.store.failures import AGAIN, told
from allocator.store.link import Link
from allocator.store.own_file import BUSY_S
from allocator.store.schema import METADATA, REVISIONS, VERSION_TABLE

CHUNK = 10_000  # rows
PAGES = 4096  # of SQLite at a time, 16 MiB: between two of them Ctrl-C is heard
TARGETS = (
    "SQLITE_FULL",
    "SQLITE_CANTOPEN",
    "SQLITE_READONLY",
    "SQLITE_IOERR_WRITE",
    "SQLITE_IOERR_FSYNC",
)  # of the copy
NAP_S = 0.25  # between two looks whether another has finished writing
VERSION = sa.Table(VERSION_TABLE, sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True))

Rows = Iterator[tuple[Any, ...]]


class UnwrittenError(Exception):
    """The file that the store goes out to cannot be written, and why."""


def copy_out(engines: Engines, address: Address, target: Path) -> None:
    """Write the store as it is now into a new SQLite file.

    Raises: `StoreError`; `UnwrittenError`.
    """
    if address.path is not None:
        engines.check()
        _vacuum(engines.read, address, target)
        return
    with told(address), engines.read.connect() as source, source.begin(), _bare(target) as copy:
        for table in METADATA.sorted_tables:
            _fill_file(copy, table, _rows(source, table, copy.dialect))


def copy_in(engines: Engines, address: Address, source: Path, step: Callable[[int, int], None]) -> None:
    """Make the store what an SQLite file of the newest form says, in one transaction. `step` hears of parts done.

    Raises: `StoreError`; then nothing has changed.
    """
    if address.path is not None:
        engines.check()
        _over(engines.write, address, source, step)
        return
    file = sa.create_engine(sa.URL.create("sqlite", database=str(source)), hide_parameters=True)
    tables, driver = METADATA.sorted_tables, engines.write.dialect.loaded_dbapi.Error
    try:
        with (
            told(address, driver),
            file.connect() as found,
            engines.write.connect() as target,
            target.begin(),
        ):
            _keep_writers_out(target)
            for table in reversed(tables):
                target.execute(sa.delete(table))  # not TRUNCATE, which empties what others are reading
            for done, table in enumerate(tables, 1):
                _fill_server(target, table, _rows(found, table, target.dialect))
                step(done, len(tables))
    finally:
        file.dispose()


def counts(link: Link) -> Mapping[str, int]:
    """The rows of each table.

    Raises: `StoreError`.
    """
    found = ((table.name, link.one(sa.select(sa.func.count()).select_from(table))) for table in METADATA.sorted_tables)
    return {name: int(row[0]) if row else 0 for name, row in found}


def is_plain(source: Path) -> bool:
    """Whether an SQLite file has tables and indexes only: a trigger or a view is none of ours, and would be run.

    Raises: `sqlite3.Error`.
    """
    with closing(sqlite3.connect(source)) as connection:
        query = "SELECT count(*) FROM sqlite_master WHERE type NOT IN ('table', 'index')"
        return bool(connection.execute(query).fetchone() == (0,))


# --- SQLite to SQLite


def _vacuum(engine: sa.Engine, address: Address, target: Path) -> None:
    """One snapshot, read from the first page to the last: a damaged store fails here rather than in the backup."""
    with told(address):
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA query_only = OFF")
            connection.cursor().execute("VACUUM INTO ?", (str(target),))
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname.startswith(TARGETS):
                raise UnwrittenError(str(error)) from error
            raise
        finally:
            connection.close()


def _over(engine: sa.Engine, address: Address, source: Path, step: Callable[[int, int], None]) -> None:
    """All pages at once for the others: the write-ahead log has them, and a killed process leaves what was there."""
    naps = 0

    def progress(status: int, left: int, pages: int) -> None:
        nonlocal naps
        naps = naps + 1 if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} else 0
        if naps > BUSY_S / NAP_S:
            what = text("another program is writing to it and does not finish")
            raise StoreError(text("{name}: {what}.", name=address.name, what=what), AGAIN)
        if pages:
            step(pages - left, pages)

    with told(address), closing(sqlite3.connect(source)) as file:
        connection = engine.raw_connection()
        try:
            target = connection.driver_connection
            assert isinstance(target, sqlite3.Connection)
            target.execute("PRAGMA query_only = OFF")
            file.backup(target, pages=PAGES, progress=progress, sleep=NAP_S)
        finally:
            connection.close()


# --- rows


@contextmanager
def _bare(target: Path) -> Iterator[sa.Connection]:
    """A new SQLite file with our tables, and no log: it is thrown away unless it is finished."""
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(target)), hide_parameters=True)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = OFF")
            connection.exec_driver_sql("PRAGMA synchronous = OFF")
            METADATA.create_all(connection)
            VERSION.create(connection)
            connection.execute(sa.insert(VERSION), {"version_num": REVISIONS[-1]})
            yield connection
            connection.commit()
    except sqlite3.Error as error:
        raise UnwrittenError(str(error)) from error
    except sa.exc.DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):  # others are those of the store that is read
            raise UnwrittenError(str(error.orig)) from error
        raise
    finally:
        engine.dispose()


def _rows(source: sa.Connection, table: sa.Table, target: sa.Dialect) -> Rows:
    """The rows of a table as the driver of the target takes them."""
    writers = [_writer(column.type, target) for column in table.c]
    statement = sa.select(table).order_by(*table.primary_key)
    for chunk in source.execute(statement, execution_options={"yield_per": CHUNK}).partitions():
        if not any(writers):
            yield from map(tuple, chunk)
            continue
        for row in chunk:
            yield tuple([write(value) if write else value for write, value in zip(writers, row, strict=True)])


def _writer(kind: sa.types.TypeEngine[Any], target: sa.Dialect) -> Callable[[Any], Any] | None:
    """What turns a value into one that the driver takes; None where it is one. Floats are, though SQLAlchemy asks."""
    return None if isinstance(kind, sa.Float) else kind.dialect_impl(target).bind_processor(target)


def _fill_file(target: sa.Connection, table: sa.Table, rows: Rows) -> None:
    columns = ", ".join(f'"{column.name}"' for column in table.c)
    marks = ", ".join("?" for _ in table.c)
    driver = target.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.executemany(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', rows)  # noqa: S608 -- our own names


def _keep_writers_out(target: sa.Connection) -> None:
    """Who reads goes on; who writes waits for the end, as we wait for theirs."""
    names = ", ".join(f'"{name}"' for name in METADATA.tables)
    target.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_S}s'")
    target.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")


def _fill_server(target: sa.Connection, table: sa.Table, rows: Rows) -> None:
    columns = ", ".join(f'"{column.name}"' for column in table.c)
    cursor = target.connection.cursor()
    with cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)
    cursor.close()
    number = table.autoincrement_column
    if number is not None:
        last = sa.select(sa.func.coalesce(sa.func.max(number), 0) + 1).scalar_subquery()
        sequence = sa.func.pg_get_serial_sequence(table.name, number.name)
        target.execute(sa.select(sa.func.setval(sequence, last, sa.false())))
