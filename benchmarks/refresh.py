"""The first load and a night's refresh beside the bare download and apimoex: `python -m benchmarks.refresh [--quick]`.

250 tickers x 10 years of daily candles, from the local exchange (`tests/iss_server.py`, a process of its own) with a
latency of 100 ms an answer; the night once more without it. `ours` is the whole refresh: lists, calendar,
indexes, bars, dividends, judged and stored in SQLite. `bare` asks for the very same addresses with the same pace and
connections, and throws the answers away. `apimoex` loops over the same tickers' candles, one after another, and keeps
nothing. Writes its part of `benchmarks/RESULTS.md`; with `--quick` a tenth of the tickers, printed only.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import requests

from allocator.app.refresh import Refresher, Request
from allocator.config.settings import RefreshSettings
from allocator.core.bars import Interval
from allocator.market.history import history_provider
from allocator.market.pace import Pace
from allocator.report.refresh import Refreshed
from allocator.store import open_store
from benchmarks.measure import machine, say, seconds
from benchmarks.page import RESULTS, table, write_part

SERVER = Path(__file__).parents[1] / "tests" / "iss_server.py"
TICKERS, YEARS = 250, 10
LAST = date(2025, 11, 27)
NIGHT = date(2025, 11, 28)
SINCE = date(2015, 11, 28)
LATENCY_S = 0.1
POLITE = RefreshSettings(since=SINCE, intervals=(Interval.DAY,))
BOTH = (Interval.DAY, Interval.HOUR)
LIFTED = 1e6  # requests a second: no limit but the connections
BARE_BAR, PEER_BAR, NIGHT_BAR_S = 1.3, 3.0, 10.0


@contextmanager
def exchange(tickers: int, latency_s: float) -> Iterator[str]:
    """The local exchange as a process; its URL."""
    command = [sys.executable, str(SERVER), "--port", "0", "--market", f"{tickers}x{YEARS}", "--day", str(NIGHT)]
    with subprocess.Popen(
        [*command, "--latency", str(latency_s), "--quiet"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip().partition("=")[2]
        finally:
            process.kill()


def night_after(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 22, 30, tzinfo=UTC)


def refresh(url: str, path: Path, day: date, settings: RefreshSettings) -> tuple[float, Refreshed]:
    """The refresh of the night after a day; what it took."""
    provider = history_provider(
        base_url=url,
        registers_url=f"{url}/registers",
        rate=settings.rate,
        burst=settings.burst,
        connections=settings.connections,
    )
    started = time.perf_counter()
    with open_store(str(path)) as store:
        refreshed = Refresher(
            store=store,
            provider=provider,
            hourly=provider,
            settings=settings,
            now=lambda: night_after(day),
            clock=time.perf_counter,
            progress=lambda _: None,
        ).run(Request())
    provider.close()
    return time.perf_counter() - started, refreshed


@contextmanager
def recorded() -> Iterator[list[str]]:
    """The addresses that are asked for meanwhile."""
    asked: list[str] = []
    send = requests.Session.send

    def noted(session: requests.Session, request: requests.PreparedRequest, **how: object) -> requests.Response:
        asked.append(str(request.url))
        return send(session, request, **how)  # type: ignore[arg-type]

    requests.Session.send = noted  # type: ignore[method-assign,assignment]
    try:
        yield asked
    finally:
        requests.Session.send = send  # type: ignore[method-assign]


def bare(addresses: Sequence[str], settings: RefreshSettings) -> float:
    """The same answers, which nobody looks at, with the same pace and connections."""
    own, pace = threading.local(), Pace(0, settings.rate, settings.burst, time.monotonic)

    def get(address: str) -> int:
        session = own.__dict__.setdefault("session", requests.Session())
        time.sleep(pace.turn())
        return len(session.get(address, headers={"Accept-Encoding": "gzip"}).content)

    started = time.perf_counter()
    with ThreadPoolExecutor(settings.connections) as pool:
        size = sum(pool.map(get, addresses))
    say(f"bare: {len(addresses)} answers, {size >> 20} MB")
    return time.perf_counter() - started


def by_apimoex(url: str, tickers: Sequence[str]) -> float:
    """The loop of its documentation, sent to this machine."""
    import apimoex  # noqa: PLC0415 -- a peer, needed for this figure only

    started = time.perf_counter()
    with requests.Session() as session:
        get = session.get
        session.get = lambda asked, **how: get(asked.replace("https://iss.moex.com/iss", url), **how)
        rows = 0
        for ticker in tickers:
            rows += len(apimoex.get_market_candles(session, ticker, interval=24, start=str(SINCE), end=str(LAST)))
    say(f"apimoex: {rows} rows of {len(tickers)} tickers")
    return time.perf_counter() - started


@dataclass
class Bench:
    """The measurements, and the folder with the stores."""

    folder: Path
    tickers: int
    rows: list[list[str]] = field(default_factory=list)
    loads: int = 0

    def first_loads(self, url: str) -> None:
        """Once to warm the server up and to learn the addresses; then each with each pace."""
        with recorded() as asked:
            self.load(url, replace(POLITE, rate=LIFTED, burst=10**6), "warm up")
        candles = [address for address in asked if "/shares/securities/" in address and "/candles" in address]
        tickers = sorted({address.partition("/candles")[0].rpartition("/")[2] for address in candles})
        peer = by_apimoex(url, tickers)
        for name, settings in (
            ("with the default pace", POLITE),
            ("as fast as four connections go", replace(POLITE, rate=LIFTED, burst=10**6)),
        ):
            least = bare(asked, settings)
            taken, refreshed = self.load(url, settings, name)
            speed = f"{refreshed.rows / taken:,.0f} rows/s"
            what = f"first load {name} ({refreshed.rows:,} rows, {len(asked):,} requests, {speed})"
            self.rows.append([f"{what}, beside bare", seconds(taken), seconds(least), f"{taken / least:.2f}x"])
            self.rows[-1].append(f"at most {BARE_BAR}x")
            self.rows.append([f"first load {name}, beside apimoex", seconds(taken), seconds(peer)])
            self.rows[-1] += [f"{peer / taken:.1f}x faster", f"at least {PEER_BAR:.0f}x"]

    def load(self, url: str, settings: RefreshSettings, name: str) -> tuple[float, Refreshed]:
        self.loads += 1
        taken, refreshed = refresh(url, self.folder / f"load{self.loads}.db", LAST, settings)
        assert refreshed.outcome == "done", refreshed
        say(f"{name}: {seconds(taken)}, {refreshed.rows} rows")
        return taken, refreshed

    def nights(self, url: str, where: str) -> None:
        """One more day on a store that has all before it."""
        for name, intervals in (("daily", (Interval.DAY,)), ("daily and hourly", BOTH)):
            path = self.folder / f"night {where} {name}.db"
            since = LAST - timedelta(days=365) if intervals == BOTH else SINCE
            settings = replace(POLITE, intervals=intervals, since=since)
            refresh(url, path, LAST, replace(settings, rate=LIFTED, burst=10**6))
            taken, refreshed = refresh(url, path, NIGHT, settings)
            assert refreshed.outcome == "done", refreshed
            what = f"a night's refresh, {name} bars, {where} ({refreshed.rows:,} rows, {refreshed.requests} requests)"
            self.rows.append([what, seconds(taken), "", "", f"under {NIGHT_BAR_S:.0f} s"])
            say(f"{what}: {seconds(taken)}")


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.refresh", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the tickers; print only")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), TICKERS // 10 if quick else TICKERS)
        with exchange(bench.tickers, LATENCY_S) as url:
            bench.first_loads(url)
            bench.nights(url, "100 ms an answer")
        with exchange(bench.tickers, 0) as url:
            bench.nights(url, "no latency")
    lines = [
        "## Refreshing the store",
        "",
        (
            f"{bench.tickers} tickers x {YEARS} years of the local exchange, {LATENCY_S * 1000:.0f} ms before each "
            f"answer. The default pace is {POLITE.rate:.0f} requests a second after a burst of {POLITE.burst}, over "
            f"{POLITE.connections} connections. {machine()[0]}"
        ),
        "",
        *table(["work", "ours", "beside", "ratio", "bar"], bench.rows),
        "`python -m benchmarks.refresh` repeats it.",
    ]
    print("\n".join(lines))
    if not quick:
        write_part("refresh", "\n".join(lines), RESULTS)


if __name__ == "__main__":
    main()
