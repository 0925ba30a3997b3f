"""One browser and its servers for all tests of this folder, which pytest-xdist keeps together on one worker."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
START_S = 60.0  # before a server is surely broken


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def driver() -> Iterator[object]:
    """Chromium, or the reason why these tests are skipped."""
    pytest.importorskip("selenium", reason="no selenium")
    from reader import chromium  # noqa: PLC0415

    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def exchange() -> Iterator[str]:
    """The local exchange with recorded quotes, as a process: its URL."""
    command = [sys.executable, str(ROOT / "tests" / "iss_server.py"), "--port", "0", "--today", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip().partition("=")[2]
        process.kill()


@pytest.fixture(scope="session")
def household(exchange: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with everything in it."""
    from world import make, utc_now  # noqa: PLC0415

    path = tmp_path_factory.mktemp("household") / "store.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALLOCATOR_ISS_URL", exchange)
        make(path, utc_now())
    return path


@pytest.fixture(scope="session")
def served(household: Path, exchange: str) -> Iterator[str]:
    """`allocator serve` over that store: its URL."""
    with serving(household, exchange) as url:
        yield url


@pytest.fixture(scope="session")
def served_to_a_newcomer(exchange: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`allocator serve` over a store that it makes itself: its URL."""
    with serving(tmp_path_factory.mktemp("newcomer") / "store.db", exchange) as url:
        yield url


@contextmanager
def serving(store: Path, exchange: str, *options: str) -> Iterator[str]:
    """The command as a person starts it, on a free port, until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "allocator", "serve", "--port", str(port), "--store", str(store), "--no-loop"]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    env = {**os.environ, "PYTHONPATH": path, "ALLOCATOR_ISS_URL": exchange}
    said = (store.parent / "said.txt").open("w+", encoding="utf-8")
    with said, subprocess.Popen([*command, *options], env=env, cwd=store.parent, stdout=said, stderr=said) as process:
        try:
            yield _ready(process, f"http://127.0.0.1:{port}", Path(said.name))
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _ready(process: subprocess.Popen[bytes], url: str, said: Path) -> str:
    """The URL, once it answers."""
    deadline = time.monotonic() + START_S
    while True:
        try:
            with requests.Session() as session:
                session.trust_env = False
                session.get(f"{url}/static/icon.svg", timeout=10)
        except requests.ConnectionError:
            assert process.poll() is None, said.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)
        else:
            return url


@pytest.fixture
def reader(driver: object, served: str) -> object:
    """The browser at the full store, in front of an empty page, with nothing to complain about so far."""
    from reader import DESK, Look, Reader  # noqa: PLC0415

    found = Reader(driver, served)  # type: ignore[arg-type]
    found.driver.delete_all_cookies()
    found.driver.get("about:blank")
    found.complaints()
    found.looks(Look(size=DESK))
    return found
