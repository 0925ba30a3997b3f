"""A real PostgreSQL server in a temporary directory, on the loopback, for tests and benchmarks."""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

USER = "allocator"
PASSWORD = "s3kret"
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/bin")
SETTINGS = {
    "fsync": "off",  # nobody pulls the plug on a test
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "60",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "lc_messages": "C",
}
READY_S = 60


class AbsentError(Exception):
    """There is no server here, and why."""


@dataclass
class Server:
    """A running server. `url` of a database has the user and the password in it."""

    port: int
    process: subprocess.Popen[bytes]
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str, *, user: str = USER, password: str = PASSWORD) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def create(self, like: str = "template0") -> str:
        """A new database, empty or as the one of a URL that nobody is connected to; its URL."""
        name = f"test_{next(self.numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {like.rpartition('/')[2]}")
        return self.url(name)

    def empty(self, url: str) -> None:
        """Throw everybody out, and forget every row."""
        from allocator.store.schema import METADATA  # noqa: PLC0415

        mine = "pid <> pg_backend_pid() AND datname = current_database()"
        self.run(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine};"
            f"TRUNCATE {', '.join(METADATA.tables)} RESTART IDENTITY",
            url.rpartition("/")[2],
        )

    def drop(self, url: str) -> None:
        self.run(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def run(self, statement: str, database: str = "postgres") -> None:
        import psycopg  # noqa: PLC0415

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)


def _binaries() -> Path | None:
    """The directory of the newest server found; that of the PATH first."""
    if initdb := shutil.which("initdb"):
        return Path(initdb).resolve().parent
    found = [path.parent for place in PLACES for path in Path("/").glob(f"{place[1:]}/initdb")]
    return max(found, key=lambda path: [int(part) for part in path.parts if part.isdigit()], default=None)


def _owner() -> dict[str, Any]:
    """The server refuses to run as root."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return {}
    import pwd  # noqa: PLC0415 -- there is none on Windows

    try:
        pwd.getpwnam("postgres")
    except KeyError:
        raise AbsentError("root may not run it, and there is no user postgres") from None
    return {"user": "postgres", "group": "postgres", "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve() -> Iterator[Server]:
    """A server of the binaries found here.

    Raises: `AbsentError`.
    """
    if importlib.util.find_spec("psycopg") is None:
        raise AbsentError("psycopg is not installed: pip install 'psycopg[binary]'")
    binaries = _binaries()
    if binaries is None:
        raise AbsentError("initdb is nowhere: on Debian and Ubuntu say  apt install postgresql")
    home = Path(tempfile.mkdtemp(prefix="allocator-postgres-"))
    try:
        yield from _served(binaries, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _served(binaries: Path, home: Path) -> Iterator[Server]:
    owner = _owner()
    if owner:
        shutil.chown(home, "postgres", "postgres")
    secret = home / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    initdb = [binaries / "initdb", "-D", home / "data", "--no-sync", "-U", USER, "-E", "UTF8", "--locale=C"]
    auth = ["--auth=scram-sha-256", f"--pwfile={secret}"]
    if owner:
        shutil.chown(secret, "postgres", "postgres")
    made = subprocess.run([*initdb, *auth], capture_output=True, check=False, cwd=home, **owner)
    if made.returncode:
        raise AbsentError(f"initdb fails: {made.stderr.decode(errors='replace').strip()}")
    port = _free_port()
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    with (home / "log").open("wb") as log:
        command = [binaries / "postgres", "-D", home / "data", "-p", str(port), *options]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=home, **owner)
    try:
        server = Server(port, process)
        _wait(server, home / "log")
        yield server
    finally:
        process.send_signal(signal.SIGINT)  # a fast shutdown: connections are closed, not waited for
        try:
            process.wait(READY_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: Server, log: Path) -> None:
    import psycopg  # noqa: PLC0415

    for _ in range(READY_S * 20):
        if server.process.poll() is not None:
            break
        with suppress(psycopg.OperationalError):
            server.run("SELECT 1")
            return
        time.sleep(0.05)
    raise AbsentError(f"the server does not start: {log.read_text(encoding='utf-8', errors='replace')[-500:]}")
