"""`supercandles57`: the fields of ALGOPACK's Super Candles, resampled to the panel's bars. They are no indicators.

The exchange sells 5-minute rows of three tables: TradeStat (19 metrics), OrderStat (22) and ObStat (17); without
`pr_close` they are 57, which is how many "technical indicators" the paper took "with the price through the MOEX API".
`vol_b`, `vol_s`, `val_b`, `val_s` and the `vwap`s are in two tables: those of the order book begin with `ob_` here.
The rows are given by the caller: nothing here goes to the network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import talib

from allocator.core.bars import Floats, Interval, Mask, Times
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.features.stretches import Rows, Series

# Counts and volumes are told in means of this many bars, so that a stock of a million trades an hour and one of ten
# are alike, and a split of the shares is forgotten in a day.
MEAN = 20


@dataclass(frozen=True)
class Metric:
    """One field: how an hour is made of its 5-minute rows, and what makes it free of scale.

    `hour`: "first", "high", "low", "last", "sum", "mean", "change", "balance", or "by X" (mean weighted by field X).
    `unit`: "price" (x/pr_close − 1), "plain" (a share or percent already), "spread" (basis points), or the fields
    whose 20-bar mean (of their sum) it is divided by.
    """

    name: str
    table: str
    hour: str
    unit: str

    @property
    def absent(self) -> str:
        """What stands for a value that the exchange does not give."""
        return "the last one" if self.unit == "spread" else "0"


def _sides(name: str, table: str, hour: str, unit: str) -> tuple[Metric, ...]:
    return tuple(Metric(f"{name}{side}", table, hour, unit) for side in ("_b", "_s"))


METRICS: tuple[Metric, ...] = (
    Metric("pr_open", "TradeStat", "first", "price"),
    Metric("pr_high", "TradeStat", "high", "price"),
    Metric("pr_low", "TradeStat", "low", "price"),
    Metric("pr_change", "TradeStat", "change", "plain"),
    Metric("trades", "TradeStat", "sum", "trades"),
    Metric("vol", "TradeStat", "sum", "vol"),
    Metric("val", "TradeStat", "sum", "val"),
    Metric("pr_std", "TradeStat", "mean", "pr_std"),
    Metric("disb", "TradeStat", "balance", "plain"),
    Metric("pr_vwap", "TradeStat", "by vol", "price"),
    *_sides("trades", "TradeStat", "sum", "trades"),
    *_sides("vol", "TradeStat", "sum", "vol"),
    *_sides("val", "TradeStat", "sum", "val"),
    Metric("pr_vwap_b", "TradeStat", "by vol_b", "price"),
    Metric("pr_vwap_s", "TradeStat", "by vol_s", "price"),
    *(
        metric
        for what in ("put", "cancel")
        for kind in ("orders", "vol", "val")
        for metric in (
            Metric(f"{what}_{kind}", "OrderStat", "sum", f"put_{kind}"),
            *_sides(f"{what}_{kind}", "OrderStat", "sum", f"put_{kind}"),
        )
    ),
    *(
        Metric(f"{what}_vwap_{side}", "OrderStat", f"by {what}_vol_{side}", "price")
        for what in ("put", "cancel")
        for side in ("b", "s")
    ),
    Metric("spread_bbo", "ObStat", "mean", "spread"),
    Metric("spread_lv10", "ObStat", "mean", "spread"),
    Metric("spread_1mio", "ObStat", "mean", "spread"),
    *_sides("levels", "ObStat", "mean", "levels_b + levels_s"),
    *_sides("ob_vol", "ObStat", "mean", "ob_vol_b + ob_vol_s"),
    *_sides("ob_val", "ObStat", "mean", "ob_val_b + ob_val_s"),
    Metric("imbalance_vol_bbo", "ObStat", "mean", "plain"),
    Metric("imbalance_val_bbo", "ObStat", "mean", "plain"),
    Metric("imbalance_vol", "ObStat", "mean", "plain"),
    Metric("imbalance_val", "ObStat", "mean", "plain"),
    Metric("ob_vwap_b", "ObStat", "by ob_vol_b", "price"),
    Metric("ob_vwap_s", "ObStat", "by ob_vol_s", "price"),
    Metric("ob_vwap_b_1mio", "ObStat", "mean", "price"),
    Metric("ob_vwap_s_1mio", "ObStat", "mean", "price"),
)

FIELDS = ("pr_close", *(metric.name for metric in METRICS))


@dataclass(frozen=True, eq=False)
class SuperCandles:
    """Rows of Super Candles: `fields` maps each of `FIELDS` to (R, N) floats, NaN where the exchange says nothing.

    `times` (R,) datetime64[s], Moscow, strictly increasing. As the exchange gives them, the moment that a row *ends*
    (10:05 is 10:00 to 10:05); after `resample`, the moment that a bar *begins*, as in a panel. Volumes are in lots,
    spreads in basis points, prices as traded: only ratios within a candle are taken of them.
    """

    times: Times
    tickers: tuple[str, ...]
    fields: Mapping[str, Floats]

    def __post_init__(self) -> None:
        missing = [name for name in FIELDS if name not in self.fields]
        if missing:
            raise ForecastError(
                text("The Super Candles lack {fields}.", fields=", ".join(missing)),
                text("Give all of TradeStat, OrderStat and ObStat; fields of the order book begin with ob_."),
            )
        shape = (len(self.times), len(self.tickers))
        wrong = [name for name in FIELDS if self.fields[name].shape != shape]
        if wrong or not np.all(np.diff(self.times) > np.timedelta64(0, "s")):
            raise ForecastError(
                text("The Super Candles are not in order: {what}.", what=", ".join(wrong) or "times"),
                text("Give each field as a row for each time, times increasing, and a column for each ticker."),
            )


def resample(candles: SuperCandles, interval: Interval = Interval.HOUR) -> SuperCandles:
    """Bars of `interval` from 5-minute rows; a bar that has no row is absent, a value that has none is NaN.

    The rules are those of `METRICS`; sums, weighted means and the balance are what moexalgo's own resampling does.
    """
    step = np.timedelta64(interval.seconds, "s")
    # A row is stamped with its end: the one of 11:00 belongs to the hour that begins at 10:00.
    begins = (candles.times.astype("datetime64[s]") - np.timedelta64(1, "s")).astype(np.int64)
    bucket = begins // step.astype(np.int64) * step.astype(np.int64)
    firsts = np.flatnonzero(np.diff(bucket, prepend=np.iinfo(np.int64).min)) if len(bucket) else np.empty(0, np.intp)
    given = candles.fields
    fields: dict[str, Floats] = {"pr_close": _last(given["pr_close"], firsts)}
    for metric in METRICS:
        rule, _, weight = metric.hour.partition(" ")
        if rule == "by":
            fields[metric.name] = _weighted(given[metric.name], given[weight], firsts)
        elif rule in _REDUCE:
            fields[metric.name] = _REDUCE[rule](given[metric.name], firsts)
    with np.errstate(invalid="ignore", divide="ignore"):
        fields["pr_change"] = 100.0 * (fields["pr_close"] / fields["pr_open"] - 1.0)
        fields["disb"] = (fields["vol_b"] - fields["vol_s"]) / fields["vol"]
    fields["disb"][fields["vol"] == 0] = np.nan
    return SuperCandles(bucket[firsts].astype("datetime64[s]"), candles.tickers, fields)


def _first(values: Floats, firsts: Rows) -> Floats:
    rows = np.arange(len(values))[:, None]
    at = np.minimum.reduceat(np.where(np.isfinite(values), rows, len(values)), firsts, axis=0)
    return _taken(values, at)


def _last(values: Floats, firsts: Rows) -> Floats:
    rows = np.arange(len(values))[:, None]
    at = np.maximum.reduceat(np.where(np.isfinite(values), rows, -1), firsts, axis=0)
    return _taken(values, at)


def _taken(values: Floats, at: Rows) -> Floats:
    known = (at >= 0) & (at < len(values))
    return np.where(known, np.take_along_axis(values, np.where(known, at, 0), axis=0), np.nan)


def _sum(values: Floats, firsts: Rows) -> Floats:
    known = np.isfinite(values)
    total = np.add.reduceat(np.where(known, values, 0.0), firsts, axis=0)
    return np.where(np.logical_or.reduceat(known, firsts, axis=0), total, np.nan)


def _weighted(values: Floats, weights: Floats, firsts: Rows) -> Floats:
    known = np.isfinite(values) & np.isfinite(weights) & (weights > 0)
    weight = np.add.reduceat(np.where(known, weights, 0.0), firsts, axis=0)
    total = np.add.reduceat(np.where(known, values * weights, 0.0), firsts, axis=0)
    return np.divide(total, weight, out=np.full(total.shape, np.nan), where=weight > 0)


def _mean(values: Floats, firsts: Rows) -> Floats:
    return _weighted(values, np.ones(values.shape), firsts)


_REDUCE: dict[str, Callable[[Floats, Rows], Floats]] = {
    "first": _first,
    "sum": _sum,
    "mean": _mean,
    "high": lambda values, firsts: np.fmax.reduceat(values, firsts, axis=0),
    "low": lambda values, firsts: np.fmin.reduceat(values, firsts, axis=0),
}


def aligned(candles: SuperCandles, times: Times, tickers: tuple[str, ...]) -> dict[str, Floats]:
    """Each field as (T, N) on the rows and columns of a panel; NaN where there is no such candle."""
    result = {name: np.full((len(times), len(tickers)), np.nan) for name in FIELDS}
    columns = [(n, candles.tickers.index(ticker)) for n, ticker in enumerate(tickers) if ticker in candles.tickers]
    _, ours, theirs = np.intersect1d(times, candles.times, assume_unique=True, return_indices=True)
    if columns and len(ours):
        into, taken = (np.array(pair) for pair in zip(*columns, strict=True))
        for name, values in result.items():
            values[np.ix_(ours, into)] = candles.fields[name][np.ix_(theirs, taken)]
    return result


def traded(fields: Mapping[str, Floats]) -> Mask:
    """(T, N) where there is a candle to speak of: one with a close."""
    close = fields["pr_close"]
    return np.isfinite(close) & (np.nan_to_num(close) > 0)


def compute(fields: Mapping[str, Floats], column: int, series: Series, rows: slice, result: Floats) -> None:
    """Writes the metrics of one stretch of one ticker to `result` (57, n), in the order of `METRICS`."""
    close = fields["pr_close"][rows, column]
    there = series.traded[rows]
    for out, metric in zip(result, METRICS, strict=True):
        # A row without a bar is filled: nothing happened in it.
        values = np.where(there, fields[metric.name][rows, column], np.nan)
        if metric.unit == "price":
            out[:] = _known(np.divide(values, close, out=np.ones(len(close)), where=close > 0) - 1.0)
        elif metric.unit == "plain":
            out[:] = _known(values)
        elif metric.unit == "spread":
            out[:] = _carried(values)
        else:
            base = [_known(series.amounts(fields[name][:, column], rows)) for name in metric.unit.split(" + ")]
            out[:] = _in_means(_known(values), sum(base[1:], base[0]))


def _known(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, 0.0)


def _carried(values: Floats) -> Floats:
    """The last known value; NaN before the first: no number stands for a spread that was never seen."""
    rows = np.maximum.accumulate(np.where(np.isfinite(values), np.arange(len(values)), -1))
    return np.where(rows >= 0, values[rows], np.nan)


def _in_means(values: Floats, base: Floats) -> Floats:
    """Values in means of the last 20 of `base`; 0 where those are all zero."""
    if len(base) < MEAN:
        return np.full(len(base), np.nan)
    some = talib.MAX(base, MEAN) > 0
    return np.divide(values, talib.SMA(base, MEAN), out=np.zeros(len(base)), where=some)
