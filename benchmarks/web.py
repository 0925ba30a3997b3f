"""The pages on a large store, and with many readers: `python -m benchmarks.web [--quick]`.

250 tickers x 10 years of daily bars in SQLite, three accounts with 30 securities, a forecast of 100 models, advice, and
a log of events, all made here. First: from starting `allocator serve` to the last byte of its first page. Then 20
readers ask for each page, all at the same moment, again and again, while `allocator evolve` trains models on the
same machine and the same store, at the low priority that the loop gives it. Everything is on the loopback, with a
bounded number of requests. Writes its part of `benchmarks/RESULTS.md`; with `--quick` a tenth of the tickers and a
third of the requests, printed only.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import allocator
from benchmarks import web_world
from benchmarks.measure import machine, say, seconds
from benchmarks.page import RESULTS, table, write_part

PAGES = ("/", "/accounts", "/accounts/Account%201", "/dividends", "/forecast", "/optimization", "/rebalance",
         "/backtest", "/data", "/models", "/settings")  # fmt: skip
READERS, ROUNDS, STARTS = 20, 15, 3
FIRST_BAR_S, PAGE_BAR_S = 3.0, 0.2
PATIENCE_S = 60.0
WARM_S = 20.0  # for the training to get under way
BETWEEN_S = 0.15  # bursts: a reader looks at a page, too


@dataclass
class Measured:
    """Seconds: of starts, of each page alone, and of each page in bursts."""

    starts: list[float] = field(default_factory=list)
    alone: dict[str, list[float]] = field(default_factory=dict)
    together: dict[str, list[float]] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)
    memory_mb: float = 0.0


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the tickers, a third of the requests")
    arguments = parser.parse_args()
    size = web_world.Size()
    rounds = ROUNDS
    if arguments.quick:
        size, rounds = replace(size, tickers=size.tickers // 10, models=size.models // 5), ROUNDS // 3
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), size, rounds)
    text = page(found, size)
    if arguments.quick:
        print(text)
    else:
        write_part("web", text)
        say(f"written to {RESULTS.name}")


def measure(folder: Path, size: web_world.Size, rounds: int) -> Measured:
    found = Measured()
    store = folder / "store.db"
    say(f"a store of {size.tickers} tickers x {size.years} years")
    web_world.make(store, size, datetime.now(UTC))
    compileall.compile_dir(Path(allocator.__file__).parent, quiet=2)  # as pip leaves what it installs
    for _ in range(STARTS):
        with server(store) as (_, took, _process):
            found.starts.append(took)
    with server(store) as (port, _, process):
        say("each page alone")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        for path in PAGES:
            found.bytes[path] = len(get(connection, path))  # the first one fills what is remembered
            found.alone[path] = [timed(connection, path) for _ in range(rounds)]
        with training(store):
            say(f"{READERS} readers while a model trains")
            for path in PAGES:
                found.together[path] = bursts(port, path, rounds)
        found.memory_mb = memory_of(process.pid)
    return found


@contextmanager
def server(store: Path) -> Iterator[tuple[int, float, subprocess.Popen[bytes]]]:
    """Its port, how long it took from nothing to the end of its first page, and its process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "allocator", "serve", "--no-loop", "--port", str(port), "--store", str(store)]
    began = time.perf_counter()
    with subprocess.Popen(command, env=environment(), cwd=store.parent, stderr=subprocess.DEVNULL) as process:
        try:
            first_page(port, process)
            yield port, time.perf_counter() - began, process
        finally:
            process.terminate()


def first_page(port: int, process: subprocess.Popen[bytes]) -> None:
    """Ask until there is an answer. Raises: `RuntimeError` when the server ends, or never answers."""
    for _ in range(int(PATIENCE_S / 0.01)):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with contextlib.suppress(ConnectionError):
            get(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S), "/")
            return
        time.sleep(0.01)
    raise RuntimeError("the server does not answer")


@contextmanager
def training(store: Path) -> Iterator[None]:
    """Models are bred and trained until the end of the block, one at a time, as the loop does it."""
    command = [sys.executable, "-m", "allocator", "evolve", "--workers", "1", "--store", str(store), "--quiet"]
    if os.name == "posix":
        command = ["nice", "-n", "10", *command]
    env = {**environment(), "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    with subprocess.Popen(command, env=env, cwd=store.parent, stdout=subprocess.DEVNULL) as process:
        try:
            time.sleep(WARM_S)
            yield
            if process.poll() is not None:
                raise RuntimeError(f"nothing was trained meanwhile: evolve ended with {process.returncode}")
        finally:
            process.kill()


def bursts(port: int, path: str, rounds: int) -> list[float]:
    """Seconds of each of `rounds` x `READERS` answers; in a round all readers ask at the same moment."""
    taken: list[float] = []
    together = threading.Barrier(READERS)

    def reader() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        for _ in range(rounds):
            together.wait(PATIENCE_S)
            taken.append(timed(connection, path))
            time.sleep(BETWEEN_S)
        connection.close()

    threads = [threading.Thread(target=reader) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(taken) != rounds * READERS:
        raise RuntimeError(f"{path}: {len(taken)} answers of {rounds * READERS}")
    return taken


def timed(connection: http.client.HTTPConnection, path: str) -> float:
    began = time.perf_counter()
    get(connection, path)
    return time.perf_counter() - began


def get(connection: http.client.HTTPConnection, path: str) -> bytes:
    """The page. Raises: `RuntimeError` when it is none."""
    connection.request("GET", path, headers={"Accept": "text/html"})
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: status {answer.status}")
    return content


def environment() -> dict[str, str]:
    """Nobody's settings; the exchange is out of reach."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("ALLOCATOR_")}
    root = str(Path(__file__).parents[1])
    return {**mine, "PYTHONPATH": root, "ALLOCATOR_ISS_URL": "http://127.0.0.1:9", "XDG_CONFIG_HOME": "/nonexistent"}


def memory_of(pid: int) -> float:
    """Resident memory in MB; 0 where the system does not say."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    lines = status.read_text(encoding="utf-8").splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def page(found: Measured, size: web_world.Size) -> str:
    """The part of the results."""
    slowest = max(PAGES, key=lambda path: p95(found.together[path]))
    worst = p95(found.together[slowest])
    start = statistics.median(found.starts)
    told = (
        f"A store of {size.tickers} tickers x {size.years} years of daily bars, {size.held} securities in"
        f" {size.accounts} accounts, a forecast of {size.models} models. Of each page: the median of"
        f" {len(found.alone['/'])} answers to one reader; then {READERS} readers who ask at the same moment,"
        f" {len(found.together['/']) // READERS} times, while `allocator evolve` trains on the same machine."
        f" The server's memory after it: {found.memory_mb:.0f} MB. {machine()[0]}. Repeat with"
        " `python -m benchmarks.web`."
    )
    lines = [
        "## The pages",
        "",
        told,
        "",
    ]
    rows = [
        [
            path.replace("%20", " "),
            f"{found.bytes[path] / 1024:.0f} KB",
            seconds(statistics.median(found.alone[path])),
            seconds(statistics.median(found.together[path])),
            seconds(p95(found.together[path])),
        ]
        for path in PAGES
    ]
    lines += table(["page", "size", "alone", f"{READERS} at once, median", "p95"], rows)
    verdicts = [
        ["start to first page, median", seconds(start), f"under {FIRST_BAR_S:g} s", met(start < FIRST_BAR_S)],
        [
            f"p95 of the slowest page, {slowest}",
            seconds(worst),
            f"under {seconds(PAGE_BAR_S)}",
            met(worst < PAGE_BAR_S),
        ],
    ]
    lines += table(["bar", "our figure", "asked for", "verdict"], verdicts)
    return "\n".join(lines)


def met(reached: bool) -> str:
    return "met" if reached else "**missed**"


if __name__ == "__main__":
    main()
