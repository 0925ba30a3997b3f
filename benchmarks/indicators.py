"""How long the features take: 57 indicators, and what is around them.

    python -m benchmarks.indicators [--tickers 40] [--rows 12000] [--repeats 5]

Bars are drawn, with a tenth of them missing as on the real market. The peer is a plain loop of TA-Lib calls over the
same bars without gaps, with no rule for what TA-Lib leaves to chance; the bar is 2 s for 40 tickers x 12,000 bars.
Medians of wall time and of this process's own time: on a busy machine they part, and the second is what it costs.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import talib

from allocator.core.bars import Interval
from allocator.core.panel import Panel
from allocator.forecast.features import Features, Scaler, build, load, save
from allocator.forecast.features.indicators import TA57, Bars, compute
from allocator.forecast.spec import Inputs

BAR_S = 2.0
PRICES = ("open", "high", "low", "close")


def drawn(tickers: int, rows: int, missing: float, seed: int = 0) -> Panel:
    """Hours of papers from kopecks to a hundred thousand roubles."""
    rng = np.random.default_rng(seed)
    shape = rows, tickers
    price = 0.03 * 10 ** rng.uniform(0, 6, tickers)
    close = price * np.exp(np.cumsum(rng.standard_t(4, shape) * 0.003, axis=0))
    opened = np.concatenate((close[:1], close[:-1]))
    high = np.maximum(opened, close) * (1 + rng.random(shape) * 0.002)
    low = np.minimum(opened, close) * (1 - rng.random(shape) * 0.002)
    volume = np.round(rng.lognormal(8, 1, shape))
    at = np.arange(rows)
    times = np.datetime64("2020-01-03T10:00", "s") + (at // 14 * 24 + at % 14).astype("timedelta64[h]")
    valid = rng.random(shape) >= missing
    fields = {"open": opened, "high": high, "low": low, "close": close, "volume": volume, "value": volume * close}
    fields = {name: np.where(valid, values, np.nan) for name, values in fields.items()}
    return Panel(Interval.HOUR, times, tuple(f"T{n:03}" for n in range(tickers)), fields, valid, "splits")


def plainly(o, h, l, c, v) -> None:  # noqa: E741
    """The same 57 columns, each by TA-Lib's own function."""
    for n in (10, 20, 50):
        _ = talib.SMA(c, n) / c - 1, talib.EMA(c, n) / c - 1
    for name in ("WMA", "DEMA", "TEMA", "KAMA", "TRIMA"):
        _ = getattr(talib, name)(c, 20) / c - 1
    upper, middle, lower = talib.BBANDS(c, 20, 2, 2)
    volume = talib.SMA(v, 20)
    _ = (
        talib.T3(c, 10, 0.7) / c - 1, (c - lower) / (upper - lower), (upper - lower) / middle,
        talib.SAR(h, l, 0.02, 0.2) / c - 1, talib.MIDPRICE(h, l, 14) / c - 1, talib.HT_TRENDLINE(c) / c - 1,
        *(talib.RSI(c, n) for n in (7, 14, 28)), *(each / c for each in talib.MACD(c, 12, 26, 9)),
        talib.STOCH(h, l, c, 14, 3, 0, 3, 0), talib.STOCHRSI(c, 14, 5, 3, 0), talib.WILLR(h, l, c, 14),
        talib.CCI(h, l, c, 20), talib.ADX(h, l, c, 14), talib.PLUS_DI(h, l, c, 14), talib.MINUS_DI(h, l, c, 14),
        talib.AROON(h, l, 25), *(talib.ROCP(c, n) for n in (1, 5, 10, 20)), talib.CMO(c, 14), talib.TRIX(c, 15),
        talib.ULTOSC(h, l, c, 7, 14, 28), talib.MFI(h, l, c, v, 14), talib.OBV(c, v) / volume,
        talib.ADOSC(h, l, c, v, 3, 10) / volume, v / volume, talib.CORREL(c, v, 20), talib.NATR(h, l, c, 7),
        talib.NATR(h, l, c, 14), talib.TRANGE(h, l, c) / c, talib.STDDEV(c, 20, 1) / c,
        talib.LINEARREG_SLOPE(c, 14) / c, talib.TSF(c, 14) / c - 1, talib.BOP(o, h, l, c), talib.HT_DCPERIOD(c) / 50,
        talib.HT_SINE(c), talib.HT_TRENDMODE(c),
    )  # fmt: skip


def measured(works: dict[str, Callable[[], object]], repeats: int) -> dict[str, tuple[float, float]]:
    """The median seconds of each, by the wall and of the processor; all in turn: a busy moment falls on all alike."""
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            wall, own = time.perf_counter(), time.process_time()
            work()
            spent[name].append((time.perf_counter() - wall, time.process_time() - own))
    return {
        name: (statistics.median(wall for wall, _ in each), statistics.median(own for _, own in each))
        for name, each in spent.items()
    }


def stored(features: Features, scaler: Scaler, folder: Path) -> dict[str, Callable[[], object]]:
    return {
        "fit a scaler": lambda: Scaler.fit(features, slice(0, 2 * len(features.times) // 3)),
        "save, scaled": lambda: save(features, folder, scaler),
        "load, every byte compared": lambda: load(folder),
        "load": lambda: load(folder, verify=False),
    }


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.indicators", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--tickers", type=int, default=40)
    parser.add_argument("--rows", type=int, default=12_000)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    full, holed = (drawn(asked.tickers, asked.rows, missing) for missing in (0.0, 0.1))
    columns = [
        [np.ascontiguousarray(full[name][:, n]) for name in (*PRICES, "volume")] for n in range(len(full.tickers))
    ]
    works: dict[str, Callable[[], object]] = {
        "plain TA-Lib calls": lambda: [plainly(*each) for each in columns],
        f"{len(TA57)} indicators": lambda: [compute(Bars(*each)) for each in columns],
        "build ta57, no gaps": lambda: build(full, Inputs.TA57),
        "build ta57, a tenth missing": lambda: build(holed, Inputs.TA57),
        "build univariate": lambda: build(holed, Inputs.UNIVARIATE),
        "build others": lambda: build(holed, Inputs.OTHERS, others=holed.tickers[:40]),
        "build context": lambda: build(holed, Inputs.CONTEXT),
    }
    features = build(full, Inputs.TA57)
    with TemporaryDirectory() as folder:
        found = measured(works | stored(features, Scaler.fit(features, slice(None)), Path(folder)), asked.repeats)
    print(f"{asked.tickers} tickers x {asked.rows} rows, median of {asked.repeats}\n")
    print("| work | wall, s | processor, s |\n|---|---:|---:|")
    for name, (wall, own) in found.items():
        print(f"| {name} | {wall:.3f} | {own:.3f} |")
    for what, seconds in zip(("wall", "processor"), found["build ta57, a tenth missing"], strict=True):
        print(f"\nThe bar is {BAR_S:g} s: {'met' if seconds < BAR_S else 'NOT met'} by {what} time.")
    print(f"Values: {features.values.nbytes / 2**20:.0f} MiB; as windows of 64 they would be 64 times that.")


if __name__ == "__main__":
    main()
