"""Opening a store: where it is, its migrations, and whose it is."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.ddl.impl import DefaultImpl
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from allocator.core.errors import StoreError
from allocator.store import Store, migrate, open_store, own_file
from allocator.store.address import address_of
from allocator.store.engines import engines_of
from allocator.store.schema import METADATA, REVISIONS, VERSION_TABLE

MIGRATIONS = Path(migrate.__file__).with_name("migrations")


@contextmanager
def connected(url: str) -> Iterator[sa.Connection]:
    """A connection to the database behind a store, in a transaction that is committed."""
    address = address_of(url)
    if address.path is not None:
        own_file.make(address.path)
    engine = engines_of(address).write
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def python(*code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", "\n".join(code)], capture_output=True, text=True, check=False)


class TestMigrations:
    def test_build_the_tables_that_the_program_knows(self, empty_url: str) -> None:
        """From an empty database; Alembic finds nothing to add, to remove or to change, comments included."""
        open_store(empty_url).close()
        options = {"compare_type": True, "version_table": VERSION_TABLE}
        with connected(empty_url) as connection:
            assert [] == compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)

    def test_are_all_named_in_order(self) -> None:
        """The constant that spares loading Alembic says what its scripts say."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]

        assert REVISIONS == tuple(reversed(revisions))

    def test_are_part_of_the_package(self) -> None:
        """Every directory of scripts is a package, so that they are installed."""
        assert all((folder / "__init__.py").exists() for folder in (MIGRATIONS, MIGRATIONS / "versions"))

    def test_leave_nothing_behind_when_they_fail(self, empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A migration and the row that says so are one transaction: the next run starts from where it was."""
        made: list[str] = []
        plain = DefaultImpl.create_table

        def failing(self: DefaultImpl, table: sa.Table, **options: object) -> None:
            made.append(table.name)
            if table.name == "runs":
                raise OSError(28, "No space left on device")
            plain(self, table, **options)

        with monkeypatch.context() as patch:
            patch.setattr(DefaultImpl, "create_table", failing)
            with pytest.raises(StoreError, match="the disk is full"):
                open_store(empty_url)
        with connected(empty_url) as connection:
            left = set(sa.inspect(connection).get_table_names())

        assert "bars" in made
        assert left <= {VERSION_TABLE}
        open_store(empty_url).close()

    def test_of_several_at_once_happen_once(self, empty_url: str) -> None:
        """Processes that open a new store together all get it."""
        code = f"from allocator.store import open_store; open_store({empty_url!r}).close()"
        with ThreadPoolExecutor(3) as pool:
            runs = list(pool.map(lambda _: python(code), range(3)))

        assert [""] * 3 == [run.stderr for run in runs]

    def test_are_not_loaded_for_a_store_of_today(self, store_url: str) -> None:
        """Alembic takes most of a second to load: a store that is up to date never does."""
        run = python(
            "import sys",
            "from allocator.store import open_store",
            f"open_store({store_url!r}).close()",
            "print([name for name in ('alembic', 'platformdirs', 'filelock') if name in sys.modules])",
        )

        assert ("[]\n", "") == (run.stdout, run.stderr)


class TestWhose:
    def test_newer_store_is_refused(self, store_url: str) -> None:
        """Tables of a program of the future are not touched; the message says to upgrade."""
        with connected(store_url) as connection:
            connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
        try:
            with pytest.raises(StoreError, match=r"newer version .*9999.* git pull"):
                open_store(store_url)
        finally:
            with connected(store_url) as connection:
                connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '{REVISIONS[-1]}'")

    def test_database_of_another_program_is_refused(self, empty_url: str) -> None:
        """Nothing is added to tables that somebody else made."""
        with connected(empty_url) as connection:
            connection.exec_driver_sql("CREATE TABLE bars (drink TEXT)")

        with pytest.raises(StoreError, match="the database of another program"):
            open_store(empty_url)
        with connected(empty_url) as connection:
            assert ["bars"] == sa.inspect(connection).get_table_names()

    def test_file_with_strange_tables_is_refused(self, tmp_path: Path) -> None:
        """A file belongs to one program."""
        with sqlite3.connect(tmp_path / "other.db") as connection:
            connection.execute("CREATE TABLE recipes (name)")
        connection.close()

        with pytest.raises(StoreError, match="the database of another program"):
            open_store(str(tmp_path / "other.db"))

    def test_server_may_hold_tables_of_others(self, postgres: object, request: pytest.FixtureRequest) -> None:
        """A database is often shared; only our names must be free."""
        server = request.getfixturevalue("postgres")
        url = server.create()
        with connected(url) as connection:
            connection.exec_driver_sql("CREATE TABLE recipes (name text)")
        open_store(url).close()
        with connected(url) as connection:
            assert {"recipes", "bars"} <= set(sa.inspect(connection).get_table_names())
        server.drop(url)


class TestWhere:
    def test_directories_are_made(self, tmp_path: Path) -> None:
        """The first run needs no preparation."""
        open_store(str(tmp_path / "a" / "b" / "store.db")).close()

        assert (tmp_path / "a" / "b" / "store.db").exists()

    def test_url_of_a_file(self, tmp_path: Path) -> None:
        """sqlite:/// and a path are the same place."""
        with open_store(f"sqlite:///{tmp_path}/store.db") as store, store.transaction() as tx:
            tx.facts.set("a", "b")
        with open_store(str(tmp_path / "store.db")) as store, store.reading() as tx:
            assert "b" == tx.facts.get("a")

    def test_default_is_the_directory_of_the_platform(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a URL the store is where programs of this system keep their data."""
        monkeypatch.setattr("platformdirs.user_data_path", lambda name, **_: tmp_path / name)
        with open_store() as store:
            assert str(tmp_path / "allocator" / "store.db") == store.name

    def test_missing_store_can_be_refused(self, empty_url: str) -> None:
        """A reader does not make an empty store by a misspelt name; it is told how to load one."""
        for _ in range(2):
            with pytest.raises(StoreError, match=r"there is no store yet\. Load one: allocator refresh"):
                open_store(empty_url, create=False)
        open_store(empty_url).close()
        open_store(empty_url, create=False).close()

    def test_write_ahead_log_is_on(self, sqlite_file: Store) -> None:
        """Readers do not wait for a writer, nor the reverse; nothing is lost but, at a power cut, the last seconds."""
        with sqlite_file.reading() as tx, tx.link.cursor() as cursor:
            pragmas = {
                name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("journal_mode", "synchronous", "foreign_keys")
            }

        assert {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1} == pragmas


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "store.db")) as store:
        yield store
