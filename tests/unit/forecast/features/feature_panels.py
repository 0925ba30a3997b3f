"""Panels to make features of: drawn ones with every trouble of a real market, and the recorded hours."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st

from allocator.core.bars import Interval
from allocator.core.instrument import Kind
from allocator.core.panel import Panel
from allocator.forecast.features import Context, SuperCandles, build
from allocator.forecast.features.supercandles import FIELDS, METRICS
from allocator.forecast.spec import Inputs

DATA = Path(__file__).parents[5] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the recorded data (../shared/data) is not here")

TICKERS = ("SBER", "VTBR", "GAZP", "ABIO")
FIELD_NAMES = ("open", "high", "low", "close", "volume", "value")


def hours(rows: int) -> np.ndarray:
    """Nine hours of each day, begun at ten."""
    at = np.arange(rows)
    return np.datetime64("2021-03-01T10:00:00", "s") + (at // 9 * 24 + at % 9).astype("timedelta64[h]")


def walk(rng: np.random.Generator, rows: int, price: float, stills: float = 0.3) -> dict[str, np.ndarray]:
    """Bars on a grid of price steps: many hours without a move, some without volume, a stretch that is flat.

    A long one, unless the hours without a move are few.
    """
    step = price / 2_000
    moves = rng.standard_t(4, rows) * 0.004 * (rng.random(rows) > stills)
    start = rng.integers(rows)
    moves[start : start + rng.integers(1, 120 if stills > 0.1 else 20)] = 0.0
    close = np.round(price * np.exp(np.cumsum(moves)) / step)
    opened = np.concatenate((close[:1], close[:-1]))
    reach = rng.integers(0, 4, (2, rows)) * (moves != 0)
    volume = np.round(rng.lognormal(8, 1.5, rows)) * (rng.random(rows) > 0.1)
    high, low = np.maximum(opened, close) + reach[0], np.minimum(opened, close) - reach[1]
    prices = {"open": opened, "high": high, "low": low, "close": close}
    # Whole steps, multiplied once: two equal prices are one float, as they are when read from the exchange.
    return {name: steps * step for name, steps in prices.items()} | {"volume": volume, "value": volume * close * step}


def panel(seed: int, rows: int = 480, tickers: tuple[str, ...] = TICKERS) -> Panel:
    """Each ticker with a price of its own size, holes of a bar or a few, and the last one with a long gap."""
    rng = np.random.default_rng(seed)
    prices = 0.03 * 10 ** (rng.random(len(tickers)) * 6)
    fields = _fields([walk(rng, rows, price) for price in prices])
    valid = rng.random((rows, len(tickers))) > 0.03
    for column in range(len(tickers)):
        at = rng.integers(rows)
        valid[at : at + rng.integers(15), column] = False
    valid[100:130, -1] = False
    return of(fields, valid, tickers)


def _fields(columns: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.stack([column[name] for column in columns], axis=1) for name in FIELD_NAMES}


def whole(seed: int = 41, rows: int = 480) -> Panel:
    """Without a hole and without a long flat stretch."""
    rng = np.random.default_rng(seed)
    columns = [walk(rng, rows, price, stills=0.05) for price in (0.03, 7.0, 250.0, 150_000.0)]
    return of(_fields(columns), np.ones((rows, 4), dtype=bool), TICKERS)


def of(fields, valid, tickers, times=None, adjust="splits", interval=Interval.HOUR) -> Panel:
    times = hours(len(valid)) if times is None else times
    whole = {name: np.where(valid, values, np.nan) for name, values in fields.items()}
    return Panel(interval, times, tickers, whole, valid, adjust)


def candles(given: Panel, seed: int) -> SuperCandles:
    """Super Candles of the panel's hours, with what a thin book and a side without trades leave out."""
    rng = np.random.default_rng(seed)
    fields = {}
    for metric in METRICS:
        drawn = rng.random(given.shape)
        if metric.unit == "price":
            drawn = given["close"] * (1 + 0.002 * (drawn - 0.5))
        elif metric.unit not in {"plain", "spread"}:
            drawn = np.round(drawn * 1_000) * (rng.random(given.shape) > 0.2)
        if metric.name not in {"trades", "vol", "val"}:
            drawn = np.where(rng.random(given.shape) > 0.1, drawn, np.nan)
        fields[metric.name] = drawn
    return SuperCandles(given.times, given.tickers, {"pr_close": given["close"].copy(), **fields})


def context(given: Panel, seed: int) -> Context:
    """Dividends on a few days, two indexes with holes, a sector and a type for some of the tickers."""
    rng = np.random.default_rng(seed)
    rows = len(given.times)
    holes = np.where(rng.random((2, rows)) > 0.1, 1.0, np.nan)
    levels = np.exp(np.cumsum(rng.normal(0, 0.01, rows))) * 3_000
    return Context(
        dividends=np.where(rng.random(given.shape) > 0.99, 0.05, 0.0),
        indexes={"MCF2TRR": levels * holes[0], "RVI": rng.random(rows) * 40 * holes[1]},
        sectors={"SBER": "MOEXFN", "GAZP": "MOEXOG", "ABIO": "MOEXZZ"},
        kinds={"SBER": Kind.SHARE, "VTBR": Kind.PREFERRED},
    )


@dataclass(frozen=True)
class Drawn:
    """What a property test draws: small to print, and everything follows from it."""

    seed: int
    rows: int

    @property
    def given(self) -> tuple[Panel, SuperCandles, Context]:
        made = panel(self.seed, self.rows)
        return made, candles(made, self.seed), context(made, self.seed)


markets = st.builds(Drawn, st.integers(0, 2**32 - 1), st.integers(280, 400))


def features(inputs: Inputs, given: Panel, book: SuperCandles, around: Context, **options):
    return build(given, inputs, candles=book, context=around, **options)


def rows_of(
    given: tuple[Panel, SuperCandles, Context], rows: slice | np.ndarray
) -> tuple[Panel, SuperCandles, Context]:
    """The same, cut to some of the rows."""
    made, book, around = given
    return (
        replace(
            made,
            times=made.times[rows],
            valid=made.valid[rows],
            fields={name: values[rows] for name, values in made.fields.items()},
        ),
        SuperCandles(book.times[rows], book.tickers, {name: book.fields[name][rows] for name in FIELDS}),
        replace(
            around,
            dividends=around.dividends[rows],
            indexes={name: levels[rows] for name, levels in around.indexes.items()},
        ),
    )


@cache
def recorded() -> Panel:
    """The recorded hours of 57 tickers as one panel: mid-caps from 2020 to June 2023, leaders from 2022 to 2024."""
    files = ("bars_2020_2023h1", "leaders_2022_2024")
    own = [_columns(DATA / "hourly" / f"{name}.csv.gz") for name in files]
    names, begins = (np.concatenate([one[at] for one in own]) for at in (0, 1))
    begins = begins.astype("datetime64[s]")
    tickers, columns = np.unique(names, return_inverse=True)
    times, rows = np.unique(begins, return_inverse=True)
    shape = len(times), len(tickers)
    valid = np.zeros(shape, dtype=bool)
    valid[rows, columns] = True
    fields = {}
    for at, name in enumerate(("open", "high", "low", "close", "volume"), start=2):
        fields[name] = np.full(shape, np.nan)
        fields[name][rows, columns] = np.concatenate([one[at] for one in own]).astype(np.float64)
    fields["value"] = fields["volume"] * fields["close"]
    return Panel(Interval.HOUR, times, tuple(map(str, tickers)), fields, valid, "splits")


def _columns(path: Path) -> list[np.ndarray]:
    """ticker, begin, open, high, low, close, volume."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        width = next(lines).count(",") + 1
        cells = np.array(lines.read().replace("\n", ",").split(",")[:-1])
    return [cells[at::width] for at in range(7)]
