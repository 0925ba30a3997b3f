"""One browser and its servers for all tests of this folder, which tests/conftest.py keeps together on one worker."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_server import ROOT, serving


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
