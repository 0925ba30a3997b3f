"""Bringing the tables of a store to the newest form."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from allocator.core.errors import StoreError
from allocator.core.text import text
from allocator.store.address import Address
from allocator.store.failures import told
from allocator.store.schema import METADATA, REVISIONS, VERSION_TABLE

UPGRADE = text("Upgrade the program: git pull in its clone, then install it again as README.md says.")
VERSION = sa.table(VERSION_TABLE, sa.column("version_num", sa.String))
ANOTHER = text("Name another file or database: --store URL.")


def revision_of(engine: sa.Engine, address: Address) -> str | None:
    """The revision of the tables; None where there are none yet.

    Raises: `StoreError` when the database belongs to a newer version of this program, or to another one.
    """
    with told(address), engine.connect() as connection:
        tables = set(sa.inspect(connection).get_table_names())
        revision = connection.scalar(sa.select(VERSION.c.version_num)) if VERSION_TABLE in tables else None
    # A file is ours alone; a server's schema may be shared, as long as nobody has taken the names of our tables.
    strange = tables - {VERSION_TABLE} if address.path else tables & set(METADATA.tables)
    if revision is None and strange:
        raise StoreError(text("{name} is the database of another program.", name=address.name), ANOTHER)
    if revision is not None and revision not in REVISIONS:
        raise StoreError(
            text(
                "{name} was written by a newer version of this program (tables {revision}).",
                name=address.name,
                revision=revision,
            ),
            UPGRADE,
        )
    return revision


def upgrade(engine: sa.Engine, address: Address) -> None:
    """Run the migrations that are missing. The caller holds the lock that keeps others from doing the same."""
    from alembic import command  # noqa: PLC0415 -- almost a second; a store of today never needs it
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    with told(address, CommandError):
        _log_ahead(engine)
    with told(address, CommandError), engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _log_ahead(engine: sa.Engine) -> None:
    """Have SQLite write changes to a log first (WAL), so that readers and a writer do not wait for each other.

    The file remembers it. It is not done in a transaction, so not by a migration.
    """
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()
