"""The recorded data of the exchange, read once for all tests of this room."""

from __future__ import annotations

import csv
import gzip
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


def _histories(path: Path) -> dict[str, Bars]:
    """Bars by ticker; a file is sorted by it."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        width = next(lines).count(",") + 1
        cells = lines.read().replace("\n", ",").split(",")[:-1]
    tickers = np.array(cells[::width])
    bars = _bars([cells[at::width] for at in range(1, min(width, 8))])
    starts = np.flatnonzero(np.r_[True, tickers[1:] != tickers[:-1]])
    ends = np.r_[starts[1:], len(tickers)]
    return {str(tickers[start]): bars[start:end] for start, end in zip(starts, ends, strict=True)}


def _bars(columns: list[list[str]]) -> Bars:
    values = [np.array(column, dtype=np.float64) for column in columns[1:]]
    if len(values) == 5:  # no turnover
        values.append(np.full(len(values[0]), np.nan))
    return Bars(np.array(columns[0], dtype="datetime64[s]"), *values)


@cache
def daily() -> dict[str, Bars]:
    """Raw bars of `history`, 260 tickers, 2014 to 2024."""
    return _histories(DATA / "daily" / "bars_2014_2024.csv.gz")


@cache
def hourly(name: str) -> dict[str, Bars]:
    """Candles: "leaders_2022_2024" without turnover, "bars_2020_2023h1" with it."""
    return _histories(DATA / "hourly" / f"{name}.csv.gz")


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
        return _bars(
            [list(column) for column in zip(*(line.rstrip("\n").split(",")[:7] for line in lines), strict=True)]
        )
