"""How each database is spoken to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from allocator.store.address import Address
from allocator.store.own_file import OwnFile

CONNECT_S = 10
CACHE_KIB = 65_536
READERS = 24

# Only checkpoints of the write-ahead log are synced (NORMAL): after a power cut the last transactions may be gone,
# whole, and the next refresh loads them again; a killed process loses nothing. See docs/decisions/0007-store.md.
PRAGMAS = ("foreign_keys = ON", "synchronous = NORMAL", f"cache_size = -{CACHE_KIB}", "temp_store = MEMORY")


@dataclass(frozen=True, slots=True)
class Engines:
    """One pool of connections, begun in two ways; `file` is that of SQLite."""

    write: sa.Engine
    read: sa.Engine
    file: OwnFile | None = None

    def check(self) -> None:
        """Raises: `StoreError` when the file is no longer the one that was opened."""
        if self.file is not None:
            self.file.check()


def engines_of(address: Address) -> Engines:
    """Nothing is connected yet. The file of SQLite is there.

    Raises: `OSError` when it is not; what SQLAlchemy raises; ModuleNotFoundError without psycopg.
    """
    return _sqlite(address) if address.path is not None else _server(address)


def _sqlite(address: Address) -> Engines:
    file = OwnFile(address)
    engine = sa.create_engine(
        address.url,
        creator=file.connect,
        hide_parameters=True,
        pool_size=READERS,  # of pages, at once: more are opened for the moment
        pool_use_lifo=True,  # a lone reader stays with one connection and the cache that it has
    )
    sa.event.listen(engine, "connect", _on_connect)
    sa.event.listen(engine, "begin", _on_begin)
    sa.event.listen(engine, "handle_error", _on_error)
    # A writer is one from its start: it never has to turn from reader to writer, which another could forbid.
    return Engines(
        engine.execution_options(begin=("PRAGMA query_only = OFF", "BEGIN IMMEDIATE")),
        engine.execution_options(begin=("PRAGMA query_only = ON", "BEGIN")),
        file,
    )


def _on_connect(connection: Any, record: Any) -> None:  # noqa: ANN401, ARG001 -- the shape of the event
    # Python's own handling would begin only at the first change, and end at some statements: we begin ourselves.
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: sa.Connection) -> None:
    for statement in connection.get_execution_options().get("begin", ()):
        connection.exec_driver_sql(statement)


def _on_error(context: sa.engine.ExceptionContext) -> None:
    # Ctrl-C hurts no connection to a file. SQLAlchemy would close this one while the cursor still has its statement;
    # then its transaction goes on, and every other writer waits. Left open, it is rolled back as after any error.
    if not isinstance(context.original_exception, Exception):
        context.is_disconnect = False


def _server(address: Address) -> Engines:
    engine = sa.create_engine(
        address.url,
        connect_args={"connect_timeout": CONNECT_S, "application_name": "allocator", "client_encoding": "utf8"},
        pool_pre_ping=True,
        hide_parameters=True,
    )
    sa.event.listen(engine, "begin", _on_begin)
    snapshot = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
    return Engines(engine, engine.execution_options(begin=(snapshot,)))
