"""The recorded data of the exchange, read once for all tests of this room."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from allocator.core.bars import Bars
from allocator.core.calendar import Calendar
from allocator.core.instrument import Split

DATA = Path(__file__).parents[4] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the recorded data (../shared/data) is not here")


def _columns(path: Path) -> Iterator[tuple[str, list[list[str]]]]:
    """Rows of one ticker after another, without the ticker; files are sorted by it."""
    found: dict[str, list[list[str]]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            ticker, *cells = line.rstrip("\n").split(",")
            found.setdefault(ticker, []).append(cells)
    yield from found.items()


def _bars(rows: list[list[str]]) -> Bars:
    columns = list(zip(*rows, strict=True))
    values = [np.array(column, dtype=np.float64) for column in columns[1:7]]
    if len(values) == 5:  # no turnover
        values.append(np.full(len(rows), np.nan))
    return Bars(np.array(columns[0], dtype="datetime64[s]"), *values)


@cache
def daily() -> dict[str, Bars]:
    """Raw bars of `history`, 260 tickers, 2014 to 2024."""
    return {ticker: _bars(rows) for ticker, rows in _columns(DATA / "daily" / "bars_2014_2024.csv.gz")}


@cache
def hourly(name: str) -> dict[str, Bars]:
    """Candles: "leaders_2022_2024" without turnover, "bars_2020_2023h1" with it."""
    return {ticker: _bars(rows) for ticker, rows in _columns(DATA / "hourly" / f"{name}.csv.gz")}


@cache
def splits() -> tuple[Split, ...]:
    with (DATA / "splits.csv").open(encoding="utf-8") as lines:
        return tuple(
            Split(row["ticker"], date.fromisoformat(row["date"]), int(row["before"]), int(row["after"]), row["source"])
            for row in csv.DictReader(lines)
        )


@cache
def calendar() -> Calendar:
    """Days on which any of the recorded tickers traded."""
    return Calendar(np.unique(np.concatenate([bars.days for bars in daily().values()])))


def event(name: str) -> Bars:
    """A window of `events/`: daily with turnover, hourly without."""
    with (DATA / "events" / f"{name}.csv").open(encoding="utf-8") as lines:
        next(lines)
        return _bars([line.rstrip("\n").split(",")[:7] for line in lines])
