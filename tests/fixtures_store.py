"""Stores for tests: SQLite files, and databases of a real PostgreSQL server on the loopback.

`store` and `store_url` run a test twice, once on each. The server is started once for each process of pytest, in a
temporary directory, from the binaries found here; where there are none its tests are skipped, unless the variable
ALLOCATOR_TEST_POSTGRES is `required`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from postgres_server import AbsentError, Server, serve

if TYPE_CHECKING:  # a run without a store need not load SQLAlchemy
    from allocator.store import Store


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite store with what ships with the program and nothing else, made once: to be copied."""
    from allocator.store import open_store, seed  # noqa: PLC0415 -- a run without a store need not load SQLAlchemy

    path = tmp_path_factory.mktemp("seeded") / "store.db"
    with open_store(str(path)) as store, store.transaction() as transaction:
        seed(transaction)
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of our own."""
    try:
        with serve() as server:
            yield server
    except AbsentError as error:
        if os.environ.get("ALLOCATOR_TEST_POSTGRES") == "required":
            pytest.fail(f"PostgreSQL is required: {error}", pytrace=False)
        pytest.skip(f"no PostgreSQL: {error}")


@pytest.fixture(scope="session")
def made() -> dict[str, str]:
    """URLs of stores of the newest form, by kind of database, each made when it is first asked for."""
    return {}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database that the test runs on."""
    return str(request.param)


@pytest.fixture
def empty_url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place where a store may come to be: a path without a file, a database without tables."""
    if database == "sqlite":
        yield str(tmp_path / "store.db")
        return
    server: Server = request.getfixturevalue("postgres")
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture
def store_url(
    database: str,
    request: pytest.FixtureRequest,
    made: dict[str, str],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """A store of the newest form, with nothing in it. A file is copied; the one database of the server is emptied."""
    from allocator.store import open_store  # noqa: PLC0415

    if database == "sqlite":
        if database not in made:
            made[database] = str(tmp_path_factory.mktemp("made") / "store.db")
            open_store(made[database]).close()
        return str(shutil.copy(made[database], tmp_path / "store.db"))
    server: Server = request.getfixturevalue("postgres")
    if database not in made:
        made[database] = server.create()
        open_store(made[database]).close()
    server.empty(made[database])
    return made[database]


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An open store, with nothing in it."""
    from allocator.store import open_store  # noqa: PLC0415

    with open_store(store_url) as opened:
        yield opened
