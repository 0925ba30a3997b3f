"""`allocator serve` as a person runs it: another process over a real store, an exchange and Telegram on the loopback.

with Served(folder, iss, telegram) as served:
    served.until(lambda: served.health()["forecast"])
    served.browser.submit("/accounts", {"name": "Broker"})
"""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import requests
from e2e.shell import COMMAND, environment
from web_site import Browser

from allocator.core.moscow import MOSCOW
from allocator.store import Store, open_store

PATIENCE_S = 240.0  # before a test is surely broken; no claim of speed
TINY = """
[universe]
minimum history = 300
[refresh]
intervals = day
[forecast]
workers = 1
horizon = 2
[messages]
cooldown = 0
"""
TELEGRAM = "[telegram]\ntoken = env:SERVED_TOKEN\nchat = 4242\n"
T = TypeVar("T")


class Served:
    """One run; `words` are more options of the command, `env` more of its environment; `url`: of another store."""

    def __init__(self, folder: Path, *words: str, ini: str = TINY, url: str | None = None, **env: str) -> None:
        self.folder, self.log = folder, folder / "serve.log"
        self.url = url or str(folder / "store.db")
        (folder / "allocator.ini").write_text(ini)
        self.port = free_port()
        self.browser = Browser(f"http://127.0.0.1:{self.port}")
        options = ["--store", url or "store.db", "--config", "allocator.ini", "--port", str(self.port), *words]
        self._log = self.log.open("ab")
        self.process = subprocess.Popen(
            [*COMMAND, "serve", *options], cwd=folder, env=environment(**env), stdout=self._log, stderr=self._log
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._log.close()

    @property
    def said(self) -> str:
        """What it has said so far."""
        return self.log.read_text(encoding="utf-8")

    def health(self) -> dict[str, Any] | None:
        """What /healthz says; None while nobody answers."""
        try:
            return dict(self.browser.get("/healthz").json())
        except requests.RequestException:
            return None

    def until(self, condition: Callable[[], T]) -> T:
        """What the condition gives, when it gives anything."""
        return until(condition, lambda: self.said)

    def is_up(self) -> bool:
        return self.until(self.health) is not None

    def kill(self) -> None:
        """As the system does when memory runs out."""
        self.process.kill()
        self.process.wait()

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ctrl-C, or a polite request of the system; the code that it exits with."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE_S)

    def children(self) -> list[int]:
        """Of its children, and theirs."""
        return descendants(self.process.pid)

    def store(self) -> Store:
        return open_store(self.url, create=False)


def until(condition: Callable[[], T], said: Callable[[], object] = str) -> T:
    """What the condition gives, when it gives anything."""
    end = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < end, said()
        time.sleep(0.05)
    return found


def yesterday() -> date:
    """In Moscow: the last day that the exchange is done with."""
    return datetime.now(MOSCOW).date() - timedelta(days=1 if datetime.now(MOSCOW).hour >= 1 else 2)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


def descendants(pid: int) -> list[int]:
    """The processes that live below this one, by /proc."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if state != "Z":
                parents.setdefault(int(parent), []).append(int(entry.name))
    found, new = [], [pid]
    while new:
        new = [child for each in new for child in parents.get(each, [])]
        found += new
    return found


def living(pids: list[int]) -> list[int]:
    """Those of them that have not ended."""

    def is_alive(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except (FileNotFoundError, ProcessLookupError):
            return False

    return [pid for pid in pids if is_alive(pid)]


def maps(pid: int) -> str:
    """The libraries that a process has loaded."""
    return Path(f"/proc/{pid}/maps").read_text()
