"""Fetching history beside the bare download and apimoex: `python -m benchmarks.iss_load [--quick]`.

250 tickers x 10 years of daily candles from the local exchange (`tests/iss_server.py`, a process of its own), with a
latency of 30 ms an answer. All ask for the same days: `bare` knows the pages beforehand, keeps the pace and throws the
answers away; `ours` finds the pages and makes arrays of them; `apimoex` loops over the tickers, one after another.
The store is not part of it: what the whole refresh takes is measured where it stands. Prints only.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import requests

from allocator.core.bars import Interval
from allocator.market.history import HistoryProvider, history_provider
from allocator.market.pace import Pace
from benchmarks.measure import machine, say, seconds
from benchmarks.page import table

SERVER = Path(__file__).parents[1] / "tests" / "iss_server.py"
SINCE, TILL = date(2015, 11, 28), date(2025, 11, 28)
NIGHT = date(2025, 11, 20)  # an increment with its overlap
LATENCY_S = 0.03
THREADS = 4
UNLIMITED, POLITE = 1e6, 60.0  # requests a second
COLUMNS = "begin,open,high,low,close,volume,value"
BARE_BAR, PEER_BAR, NIGHT_BAR_S = 1.3, 3.0, 10.0


@dataclass(frozen=True)
class Served:
    url: str
    tickers: tuple[str, ...]
    pages: tuple[str, ...]  # addresses of all that a full load asks for


@contextmanager
def exchange(tickers: int, years: int) -> Iterator[str]:
    """The local exchange as a process; its URL."""
    command = [sys.executable, str(SERVER), "--port", "0", "--market", f"{tickers}x{years}", "--quiet"]
    with subprocess.Popen([*command, "--latency", str(LATENCY_S)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip().partition("=")[2]
        finally:
            process.kill()


def opened(url: str, rate: float) -> HistoryProvider:
    return history_provider(base_url=url, rate=rate, burst=1 if rate == POLITE else 10**6, connections=THREADS)


def survey(url: str) -> Served:
    """Who is there, and which pages they take; this also makes the exchange render each of them once."""
    provider = opened(url, UNLIMITED)
    tickers = tuple(each.ticker for each in provider.instruments())
    found = []
    for ticker, count in zip(tickers, in_threads(tickers, lambda each: fetch(provider, each)), strict=True):
        path = f"{url}/engines/stock/markets/shares/securities/{ticker}/candles.json"
        for start in range(0, max(1, count), 500):
            query = {"iss.meta": "off", "iss.only": "candles,candles.cursor", "candles.columns": COLUMNS}
            days = {"from": SINCE, "till": f"{TILL} 23:59:59", "interval": 24, "start": start}
            found.append(f"{path}?{urlencode({**query, **days})}")
    return Served(url, tickers, tuple(found))


def fetch(provider: HistoryProvider, ticker: str, since: date = SINCE) -> int:
    return len(provider.candles(ticker, Interval.DAY, since, TILL))


def in_threads(items: tuple[str, ...], work: Callable[[str], int]) -> list[int]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, items))


def bare(served: Served, rate: float) -> int:
    """Bytes of all pages, which nobody looks at."""
    own, pace = threading.local(), Pace(0, rate, 1 if rate == POLITE else 10**6, time.monotonic)

    def get(address: str) -> int:
        session = own.__dict__.setdefault("session", requests.Session())
        time.sleep(pace.turn())
        return len(session.get(address).content)

    return sum(in_threads(served.pages, get))


def ours(served: Served, rate: float, since: date = SINCE) -> int:
    provider = opened(served.url, rate)
    return sum(in_threads(served.tickers, lambda each: fetch(provider, each, since)))


def by_apimoex(served: Served) -> int:
    """The loop of its documentation, sent to this machine."""
    import apimoex  # noqa: PLC0415 -- a peer, needed for this figure only

    with requests.Session() as session:
        get = session.get
        session.get = lambda url, **how: get(url.replace("https://iss.moex.com/iss", served.url), **how)
        days = {"start": str(SINCE), "end": str(TILL)}
        return sum(len(apimoex.get_market_candles(session, each, interval=24, **days)) for each in served.tickers)


def timed(what: str, work: Callable[[], int]) -> float:
    started = time.perf_counter()
    count = work()
    taken = time.perf_counter() - started
    say(f"{what}: {seconds(taken)}, {count:,}")
    return taken


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.iss_load", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a fifth of the tickers")
    tickers = 50 if parser.parse_args().quick else 250
    with exchange(tickers, 10) as url:
        served = survey(url)
        rows = []
        for name, rate in (("at full speed", UNLIMITED), (f"at {POLITE:.0f} requests a second", POLITE)):
            least = timed(f"bare {name}", lambda rate=rate: bare(served, rate))
            taken = timed(f"ours {name}", lambda rate=rate: ours(served, rate))
            rows.append([f"load {name}, beside bare", f"{seconds(taken)} / {seconds(least)}", f"{taken / least:.2f}x"])
            rows[-1].append(f"at most {BARE_BAR}x")
            if rate == UNLIMITED:
                peer = timed("apimoex", lambda: by_apimoex(served))
                rows.append(["load at full speed, beside apimoex", f"{seconds(taken)} / {seconds(peer)}"])
                rows[-1] += [f"{peer / taken:.1f}x faster", f"at least {PEER_BAR:.0f}x"]
        night = timed("a night", lambda: ours(served, UNLIMITED, NIGHT))
        rows.append(["a night's increment", seconds(night), "", f"under {NIGHT_BAR_S:.0f} s"])
    print(f"{len(served.tickers)} tickers, {len(served.pages)} pages, {machine()[0]}\n")
    print("\n".join(table(["work", "taken", "ratio", "bar"], rows)))


if __name__ == "__main__":
    main()
