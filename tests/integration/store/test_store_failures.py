"""Whatever a database does, the message names the store and says what to do; a password is never in it."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from postgres_server import Server

from allocator.core.bars import Bars, Interval
from allocator.core.errors import StoreError
from allocator.core.instrument import Instrument, Kind
from allocator.store import Transaction, open_store, own_file
from allocator.store.address import Address, address_of
from allocator.store.failures import of_exception

DAY = Interval.DAY


def bars(n: int) -> Bars:
    return Bars(np.datetime64("2000-01-03", "s") + np.arange(n) * np.timedelta64(1, "D"), *[np.full(n, 1.5)] * 6)


def refused(url: str) -> StoreError:
    """The error of opening this store."""
    with pytest.raises(StoreError) as raised:
        open_store(url)
    return raised.value


def fill(tx: Transaction) -> None:
    tx.instruments.put([Instrument("A", Kind.SHARE)])
    tx.bars.put("A", DAY, bars(5000))


class TestFiles:
    def test_not_a_database(self, tmp_path: Path) -> None:
        """A file of something else is left as it is."""
        path = tmp_path / "store.db"
        path.write_text("SECID;CLOSE\n" * 1000, encoding="utf-8")

        assert f"{path}: this file is not a database." == str(refused(str(path)).message)
        assert "SECID" == path.read_text(encoding="utf-8")[:5]

    def test_damaged(self, tmp_path: Path) -> None:
        """Pages overwritten by a failing disk: reading says so, and what to do."""
        path = tmp_path / "store.db"
        with open_store(str(path)) as store, store.transaction() as tx:
            fill(tx)
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.seek(size // 4)
            file.write(b"\xff" * (size // 2))

        def read() -> None:
            with open_store(str(path)) as store, store.reading() as tx:
                tx.bars.read("A", DAY)

        with pytest.raises(StoreError, match=r"the file is damaged\. First stop what uses it"):
            read()

    def test_a_directory(self, tmp_path: Path) -> None:
        """A directory is no store."""
        assert "the file cannot be opened" in str(refused(str(tmp_path)))

    def test_below_a_file(self, tmp_path: Path) -> None:
        """A directory cannot be made where a file is."""
        (tmp_path / "file").touch()

        assert "a file stands where a directory should" in str(refused(str(tmp_path / "file" / "store.db")))

    @pytest.mark.parametrize("name", ["a" * 300, "a\0b"])
    def test_not_a_path(self, tmp_path: Path, name: str) -> None:
        """A name that no file can have."""
        assert "his is not a path" in str(refused(str(tmp_path / name / "store.db")))

    @pytest.mark.parametrize(
        ("mode", "made", "message"),
        [
            (0o555, False, "the file cannot be opened"),
            (0o555, True, "it may be read and not written|the file cannot be opened"),
            (0o000, True, "there is no permission|the file cannot be opened"),
        ],
    )
    def test_no_permission(self, readable: Path, mode: int, made: bool, message: str) -> None:
        """A directory of somebody else's: the message is about permissions, not a trace of calls."""
        path = readable / "store.db"
        if made:
            open_store(str(path)).close()
        readable.chmod(mode)
        run = subprocess.run(
            [sys.executable, "-c", AS_SOMEBODY, str(path)], capture_output=True, text=True, check=False
        )

        assert "" == run.stderr
        assert any(each in run.stdout for each in message.split("|"))
        assert "Check the path and its permissions" in run.stdout

    def test_locked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A writer that never ends, such as a debugger left open, is told of after a while."""
        monkeypatch.setattr(own_file, "BUSY_S", 0.1)
        path = tmp_path / "store.db"
        with open_store(str(path)) as store:
            other = sqlite3.connect(path, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="another program is writing to it"), store.transaction():
                pass
            with store.reading() as tx:
                assert [] == tx.instruments.all()
            other.execute("ROLLBACK")
            with store.transaction() as tx:
                fill(tx)
            other.close()

    def test_full_disk(self, tmp_path: Path) -> None:
        """The transaction that did not fit leaves no trace; what was there before can be read."""
        with open_store(str(tmp_path / "store.db")) as store:
            with store.transaction() as tx:
                tx.facts.set("a", "b")
                with tx.link.cursor() as cursor:
                    (pages,) = cursor.execute("PRAGMA page_count").fetchone()
                    cursor.execute(f"PRAGMA max_page_count = {pages + 20}")
            with pytest.raises(StoreError, match=r"the disk is full\. Free some space"), store.transaction() as tx:
                fill(tx)
            with store.transaction() as tx:
                assert ([], "b") == (tx.instruments.all(), tx.facts.get("a"))


# The superuser may do anything: as root, become nobody once everything is loaded.
AS_SOMEBODY = """
import os, sys, filelock, alembic.command, sqlalchemy.dialects.sqlite
from allocator.core.errors import StoreError
from allocator.store import open_store
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    with open_store(sys.argv[1]) as store, store.transaction() as tx:
        tx.facts.set("a", "b")
except StoreError as error:
    print(error)
"""


@pytest.fixture
def readable() -> Iterator[Path]:
    """A directory that everybody may look into, unlike those that pytest makes."""
    home = Path(tempfile.mkdtemp())
    home.chmod(0o755)
    inside = home / "data"
    inside.mkdir()
    yield inside
    inside.chmod(0o755)
    shutil.rmtree(home)


class TestServers:
    def test_wrong_password(self, postgres: Server) -> None:
        """The hint is about the user and the password; neither of the passwords is shown anywhere."""
        error = refused(postgres.url("postgres", password="wr0ng-w0rd"))

        assert "the server refuses the login. Check the user and the password of the URL." in str(error)
        assert "wr0ng-w0rd" not in "".join(traceback.format_exception(error))

    def test_no_password(self, postgres: Server) -> None:
        """A server that asks for one says so."""
        assert "the server refuses the login" in str(refused(f"postgresql://allocator@127.0.0.1:{postgres.port}/x"))

    def test_unknown_database(self, postgres: Server) -> None:
        """The hint says how to make it."""
        assert "the server has no such database. Create it: createdb" in str(refused(postgres.url("nowhere")))

    def test_no_server(self, closed_port: int) -> None:
        """A wrong port, or a server that was not started."""
        error = refused(f"postgresql://me:s3kret@127.0.0.1:{closed_port}/market")

        assert "no server answers there. Check that the server runs" in str(error)
        assert "s3kret" not in "".join(traceback.format_exception(error))

    def test_unknown_option(self, postgres: Server) -> None:
        """What libpq says is passed on, without the value: it may be a secret in a wrong place."""
        error = refused(postgres.url("postgres") + "?pasword=s3kret-too")

        assert "pasword" in str(error)
        assert "s3kret" not in "".join(traceback.format_exception(error))

    def test_missing_driver(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """PostgreSQL is an extra: the message is the command that installs it."""
        monkeypatch.setitem(sys.modules, "psycopg", None)

        assert "Run: python -m pip install 'psycopg[binary]'" in str(refused("postgresql://me@127.0.0.1/market"))

    def test_user_without_rights(self, postgres: Server) -> None:
        """A user who may not make tables."""
        url = postgres.create()
        database = url.rpartition("/")[2]
        postgres.run("CREATE ROLE guest LOGIN PASSWORD 'guest'")
        postgres.run("REVOKE ALL ON SCHEMA public FROM PUBLIC", database)
        error = refused(postgres.url(database, user="guest", password="guest"))
        postgres.drop(url)
        postgres.run("DROP ROLE guest")

        assert "the user of the database may not do this" in str(error)

    def test_server_that_takes_no_writes(self, postgres: Server) -> None:
        """A standby, or one that an administrator set to read only."""
        url = postgres.create()
        postgres.run(f"ALTER DATABASE {url.rpartition('/')[2]} SET default_transaction_read_only = on")
        error = refused(url)
        postgres.drop(url)

        assert "the server takes no writes" in str(error)

    def test_connection_lost_in_a_transaction(self, postgres: Server) -> None:
        """Said in words; the store works again as soon as the server does."""
        url = postgres.create()
        with open_store(url) as store:

            def lose() -> None:
                with store.transaction() as tx:
                    tx.facts.set("a", "b")
                    postgres.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
                    tx.facts.set("a", "c")

            with pytest.raises(StoreError, match=r"the server goes away|the connection broke off"):
                lose()
            with store.transaction() as tx:
                assert tx.facts.get("a") is None
        postgres.drop(url)

    def test_no_room_for_another_connection(self, postgres: Server) -> None:
        """A busy postgres."""
        url = postgres.create()
        database = url.rpartition("/")[2]
        postgres.run("CREATE ROLE one LOGIN PASSWORD 'one' CONNECTION LIMIT 0")
        error = refused(postgres.url(database, user="one", password="one"))
        postgres.drop(url)
        postgres.run("DROP ROLE one")

        assert "the server is out of resources" in str(error)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENOTDIR, errno.EIO, errno.ENOLCK])
def test_every_failure_of_the_system_has_words(error: int) -> None:
    """Also one that nobody thought of."""
    found = of_exception(OSError(error, os.strerror(error)), Address("store.db", sa.URL.create("sqlite")))

    assert str(found.message).startswith("store.db: ")


def test_every_failure_of_the_databases_has_words() -> None:
    """No class of exception of SQLAlchemy, sqlite3 or psycopg comes out as itself; words without secrets."""
    psycopg = pytest.importorskip("psycopg")
    address = address_of("postgresql://me:s3kret@host/market")
    classes = [
        each
        for module in (sqlite3, psycopg, psycopg.errors)
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, sqlite3.Error | psycopg.Error)
    ]
    found = [of_exception(each("the word is s3kret"), address) for each in classes]
    found += [of_exception(sa.exc.DBAPIError("SELECT", {}, each("s3kret")), address) for each in classes]

    assert 400 < len(found)
    assert all(str(each).startswith("postgresql://me@host/market: ") for each in found)
    assert not [each for each in found if "s3kret" in str(each)]
