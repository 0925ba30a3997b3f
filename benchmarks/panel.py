"""Reading and writing the store beside the raw driver: `python -m benchmarks.panel [--quick] [--postgres URL]`.

A store of 250 tickers x 4,400 days, 1.1 million bars, on SQLite and on PostgreSQL: a server given by its URL (an empty
database), or one started here from the binaries found. Writes its part of `benchmarks/RESULTS.md`; with `--quick` a
tenth of the bars, printed only.
"""

from __future__ import annotations

import argparse
import gc
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np

from allocator.core.bars import Bars, Interval
from allocator.core.instrument import Dividend, Instrument, Kind, Split
from allocator.store import Store, open_store, read_panel
from benchmarks.measure import machine, say, seconds
from benchmarks.page import RESULTS, table, write_part

TICKERS, DAYS = 250, 4_400
ROUNDS = 5
RAW = 'SELECT instrument_id, "begin", close, value FROM bars WHERE interval_h = 24'
BAR = 2.0  # times the raw driver's own fetch


@dataclass
class Measured:
    """Times of one database, s."""

    name: str
    bars: int
    write: float = 0.0
    raw: list[float] = field(default_factory=list)
    ours: dict[str, list[float]] = field(default_factory=dict)

    def ratio(self, what: str) -> float:
        return statistics.median(self.ours[what]) / statistics.median(self.raw)


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.panel", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the bars; print only")
    parser.add_argument("--postgres", metavar="URL", help="an empty database; without it a server is started here")
    arguments = parser.parse_args()
    days = DAYS // 10 if arguments.quick else DAYS
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "store.db")
        found.append(measure("SQLite", path, days, lambda: sqlite3.connect(path)))
    with server(arguments.postgres) as url:
        if url:
            import psycopg  # noqa: PLC0415 -- an extra

            found.append(measure("PostgreSQL", url, days, lambda: psycopg.connect(url)))
    text = page(found)
    if arguments.quick:
        print(text)
    else:
        write_part("panel", text)
        say(f"written to {RESULTS.name}")


@contextmanager
def server(url: str | None) -> Iterator[str | None]:
    """The URL of an empty database; None when there is no server."""
    from tests.postgres_server import AbsentError, serve  # noqa: PLC0415 -- installed packages have no tests

    try:
        with nullcontext() if url else serve() as own:
            yield own.create() if own else url
    except AbsentError as error:
        say(f"no PostgreSQL: {error}")
        yield None


def measure(name: str, url: str, days: int, connect: Callable[[], sqlite3.Connection]) -> Measured:
    """Fill a store, then read it in turns: the driver, ours, the driver, ..."""
    measured = Measured(name, TICKERS * days)
    with open_store(url) as store:
        started = time.perf_counter()
        fill(store, days)
        measured.write = time.perf_counter() - started
        reads: dict[str, Callable[[], object]] = {
            "as traded": lambda: _panel(store, "none"),
            "total return": lambda: _panel(store, "total"),
        }
        connection = connect()
        for number in range(ROUNDS):
            say(f"{name}: round {number + 1} of {ROUNDS}")
            measured.raw.append(timed(lambda: connection.cursor().execute(RAW).fetchall()))
            for what, read in reads.items():
                measured.ours.setdefault(what, []).append(timed(read))
        connection.close()
    return measured


def _panel(store: Store, adjust: str) -> object:
    with store.reading() as tx:
        return read_panel(tx, adjust=adjust)  # type: ignore[arg-type]


def fill(store: Store, days: int) -> None:
    """Random walks, a transaction for each ticker; the same ones on every call."""
    rng = np.random.default_rng(4)
    dates = np.busday_offset("2008-01-09", np.arange(days)).astype("datetime64[s]")
    for number in range(TICKERS):
        close = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, days)))
        volume = rng.integers(1, 1_000_000, days).astype(float)
        bars = Bars(dates, close * 0.999, close * 1.01, close * 0.99, close, volume, volume * close)
        with store.transaction() as tx:
            tx.instruments.put([Instrument(f"T{number:03}", Kind.SHARE)])
            tx.bars.put(f"T{number:03}", Interval.DAY, bars)
            tx.dividends.put(_dividends(f"T{number:03}", days))
            if number % 10 == 0:
                tx.splits.put([Split(f"T{number:03}", dates[days // 2].item().date(), 1, 10, "iss")])


def _dividends(ticker: str, days: int) -> list[Dividend]:
    """One a year."""
    years = range(2008, 2009 + days // 250)
    return [Dividend(ticker, date(year, 7, 10), Decimal(3), "RUB", "iss") for year in years]


def timed(work: Callable[[], object]) -> float:
    """Without the garbage collector, which punishes the driver's million tuples."""
    gc.collect()
    gc.disable()
    try:
        started = time.perf_counter()
        result = work()
        took = time.perf_counter() - started
        del result
    finally:
        gc.enable()
    return took


def page(found: list[Measured]) -> str:
    """The part of the page."""
    lines = [
        "## Reading a panel from the store",
        "",
        "Closes and turnovers of all bars as arrays of times x tickers, beside `cursor.execute(...).fetchall()` of the",
        "same columns by the driver of the database, in turns; medians. Total return has a dividend a year for each",
        "ticker, and a split for one in ten. Repeat with `python -m benchmarks.panel`.",
        "",
        *(f"- {line}" for line in machine()[:1]),
        "",
    ]
    rows = [
        [
            each.name,
            f"{each.bars:,}",
            what,
            seconds(statistics.median(each.raw)),
            seconds(statistics.median(times)),
            f"{each.ratio(what):.2f}×",
        ]
        for each in found
        for what, times in each.ours.items()
    ]
    lines += table(["database", "bars", "panel", "driver", "ours", "ratio"], rows)
    bars = [
        [
            f"{each.name}, {what}",
            f"{each.ratio(what):.2f}×",
            f"≤ {BAR:g}×",
            "met" if each.ratio(what) <= BAR else "**missed**",
        ]
        for each in found
        for what in each.ours
    ]
    lines += table(["bar", "our figure", "asked for", "verdict"], bars)
    writes = [[each.name, seconds(each.write), f"{each.bars / each.write:,.0f}"] for each in found]
    lines += table(["database", "writing all of it, a transaction for each ticker", "bars/s"], writes)
    return "\n".join(lines)


if __name__ == "__main__":
    main()
