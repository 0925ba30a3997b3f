"""What Alembic runs for each command. The connection is given: `allocator.store.migrate` owns it and its lock.

A migration is written by hand in `versions/`, beside the same change in `schema.py`; a test compares the two.
"""

from __future__ import annotations

from alembic import context

from allocator.store.schema import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    # A migration and the row that says so are one transaction, in SQLite too: we begin transactions ourselves.
    transactional_ddl=True,
    transaction_per_migration=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
