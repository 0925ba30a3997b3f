"""Locks between processes. The system frees that of a killed process: nothing stale is ever left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import sqlalchemy as sa

from allocator.core.errors import StoreError
from allocator.store.address import Address
from allocator.store.failures import told

KEY = "hashtext(coalesce(current_schema(), '')), hashtext(:name)"  # of a schema: another is another store


@contextmanager
def locked(address: Address, engine: sa.Engine, name: str, *, wait: bool = False) -> Iterator[bool]:
    """Hold the lock while inside; False (and nothing held) when somebody else has it. `wait` waits for it instead."""
    chosen = (
        _file_locked(address, name, wait=wait)
        if address.path is not None
        else _server_locked(address, engine, name, wait=wait)
    )
    with chosen as mine:
        yield mine


@contextmanager
def _file_locked(address: Address, name: str, *, wait: bool) -> Iterator[bool]:
    """A lock of the operating system on a file beside the store."""
    from filelock import FileLock, Timeout  # noqa: PLC0415 -- reading needs no lock

    lock = FileLock(f"{address.path}.{name}.lock")
    with told(address), suppress(Timeout):
        lock.acquire(timeout=-1 if wait else 0)
    try:
        yield lock.is_locked
    finally:
        lock.release()


@contextmanager
def _server_locked(address: Address, engine: sa.Engine, name: str, *, wait: bool) -> Iterator[bool]:
    """An advisory lock of a session of its own: it ends with the connection, and the connection with the process."""
    verb = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
    with told(address):
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        with told(address):
            # Waiting gives no answer but its end.
            mine = connection.scalar(sa.text(f"SELECT {verb}({KEY})"), {"name": name}) is not False
        try:
            yield mine
        finally:
            if mine:
                with suppress(StoreError), told(address):
                    connection.execute(sa.text(f"SELECT pg_advisory_unlock({KEY})"), {"name": name})
    finally:
        with suppress(StoreError), told(address):
            connection.close()
