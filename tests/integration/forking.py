"""The server that processes of tests are forked from: one for each process of pytest, with everything imported.

Whoever needs the first of them starts it, and what it did not import then each later process would import anew: torch
for each model, the store for each process that is killed.
"""

from __future__ import annotations

import multiprocessing
from functools import cache

import pytest

from allocator.forecast.training import pool

MODULES = (
    "allocator.app.backup", "allocator.app.delivery", "allocator.app.refresh", "allocator.market.moex_history",
    "allocator.store.store", "alembic.command", "pytest", "sqlalchemy.dialects.sqlite",
    "sqlalchemy.dialects.postgresql.psycopg", "test_backup_killed", "test_delivery_killed", "test_refresh_killed",
)  # fmt: skip


@cache
def start() -> None:
    """Start it, where there is fork."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        pool._context(MODULES)


@pytest.fixture(scope="session", autouse=True)
def forks() -> None:
    """It is started before any test could start one that knows less."""
    start()
