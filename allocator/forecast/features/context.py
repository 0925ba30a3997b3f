"""`context`: what POptimizer's networks see, made free of scale: bars, dividends, turnover, indexes, calendar, sector.

Its 24 numeric features are the log of open, close, high and low over the previous close, of dividends, of the total
return, the turnover, and 17 indexes. Here the turnover is told in means of 20 bars (its own is log(1 + roubles), which
moves with the price level). Its embeddings of sector and type are one-hot channels and those of the calendar are
points on circles, where 31 December is next to 1 January. Its embedding of the ticker is left out: it can only
learn names by heart, and most of all those that died.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import talib

from allocator.core.bars import Floats, Interval, Times
from allocator.core.errors import ForecastError
from allocator.core.instrument import Kind
from allocator.core.text import text
from allocator.forecast.features.stretches import Series

NEEDED = ("open", "high", "low", "close", "value")

# POptimizer's list (`data/moex/index.py`); of total return where there is one. The caller gives those that it has.
INDEXES = (
    "MCF2TRR", "MEFNTRR", "MEMMTRR", "MEOGTRR", "MESMTRR", "MOEX10", "IMOEX2", "RVI", "RUGBITR1Y", "RUGBITR3Y",
    "RUGBITR5Y", "RUGBITR10Y", "RUCBITRL2", "RUCBITRL3", "RUMBITR1Y", "MREDC", "RTSUSDCUR",
)  # fmt: skip
# A volatility, in percent: its level says something, its return little.
LEVELS = ("RVI",)
# The sector indexes of the exchange (`allocator.core.instrument.Instrument.sector`), and what is in none of them.
SECTORS = ("MOEXOG", "MOEXEU", "MOEXTL", "MOEXMM", "MOEXFN", "MOEXCN", "MOEXCH", "MOEXTN", "MOEXIT", "MOEXRE")
OTHER = "other"
KINDS = (Kind.SHARE, Kind.PREFERRED, Kind.RECEIPT, Kind.FUND)

# Beside the log return of the close, which is the first channel of every mode.
BARS = ("open", "high", "low", "dividends", "returns", "turnover")


@dataclass(frozen=True, eq=False)
class Context:
    """What bars do not say. All of it is known at the end of the row that it stands in.

    `dividends` (T, N): what was paid after tax on the ex-date, as a share of the previous close; 0 on other rows; None
    for none. `indexes`: (T,) levels by name, NaN where unknown: see `as_of`. `sectors`, `kinds`: by ticker.
    """

    dividends: Floats | None = None
    indexes: Mapping[str, Floats] = field(default_factory=dict)
    sectors: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)

    def check(self, shape: tuple[int, int]) -> None:
        """Raises: ForecastError when an array does not fit a panel of `shape`, or is no dividend."""
        odd = [name for name, levels in self.indexes.items() if levels.shape != shape[:1]]
        if self.dividends is not None and self.dividends.shape != shape:
            odd.append("dividends")
        if odd:
            raise ForecastError(
                text("What was given as context does not fit the panel: {names}.", names=", ".join(odd)),
                text("Give a row for each time of the panel."),
            )
        if self.dividends is not None and not (np.isfinite(self.dividends) & (self.dividends >= 0)).all():
            raise ForecastError(
                text("A dividend is no number, or below zero."),
                text("Give dividends as shares of the previous close, 0 where there are none."),
            )


def as_of(times: Times, interval: Interval, known: Times, levels: Floats) -> Floats:
    """(T,) the last of `levels` that was known when each bar ended; NaN before the first.

    `times` are when bars of `interval` begin; `known` (R,), increasing, is when each level became known: for a daily
    close used beside hourly bars that is the evening, not the date at midnight.
    """
    ends = times + np.timedelta64(interval.seconds, "s")
    at = np.searchsorted(known, ends, side="right") - 1
    return np.where(at >= 0, levels[np.maximum(at, 0)], np.nan) if len(levels) else np.full(len(times), np.nan)


def channels(context: Context, interval: Interval) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names and groups of what `of_bars`, `shared` and `codes` make, in this order."""
    cycles = [name for name, _ in _cycles(np.empty(0, "datetime64[s]"), interval)]
    found = [
        *((name, "bars" if name in {"open", "high", "low"} else name) for name in BARS),
        *((f"index:{name}", "index") for name in context.indexes),
        *((f"calendar:{name}_{part}", "calendar") for name in cycles for part in ("sin", "cos")),
        *((f"sector:{name}", "sector") for name in (*SECTORS, OTHER)),
        *((f"type:{kind.value}", "type") for kind in KINDS),
    ]
    return tuple(name for name, _ in found), tuple(group for _, group in found)


def shared(context: Context, times: Times, interval: Interval) -> Floats:
    """(K, T) channels that are the same for all tickers: indexes and the calendar."""
    rows = [_index(name, levels) for name, levels in context.indexes.items()]
    for _, angle in _cycles(times, interval):
        rows += [np.sin(angle), np.cos(angle)]
    return np.array(rows)


def codes(context: Context, ticker: str) -> Floats:
    """(K,) which sector and type a ticker is of, one-hot."""
    sector, kind = context.sectors.get(ticker, OTHER), context.kinds.get(ticker, Kind.SHARE)
    sector = sector if sector in SECTORS else OTHER
    return np.array(
        [*(sector == name for name in (*SECTORS, OTHER)), *(kind is one for one in KINDS)], dtype=np.float64
    )


def of_bars(
    fields: Mapping[str, Floats], dividends: Floats | None, column: int, series: Series, rows: slice, *, total: bool
) -> Floats:
    """(6, n) the channels `BARS` of one stretch; `total`: the prices have dividends reinvested in them already."""
    close = fields["close"][:, column]
    filled = {name: series.prices(fields[name][:, column], close, rows) for name in ("open", "high", "low", "close")}
    before = np.concatenate((filled["close"][:1], filled["close"][:-1]))
    paid = np.zeros(len(before)) if dividends is None else np.log1p(dividends[rows, column])
    income = np.zeros(len(before)) if dividends is None or total else dividends[rows, column]
    value = series.amounts(fields["value"][:, column], rows)
    return np.array(
        [
            np.log(filled["open"] / before),
            np.log(filled["high"] / before),
            np.log(filled["low"] / before),
            paid,
            np.log(filled["close"] / before + income),
            _turnover(value),
        ]
    )


def _turnover(value: Floats) -> Floats:
    """log(1 + turnover in means of 20 bars): 0 for none, log 2 for a usual one."""
    if len(value) < 20:
        return np.full(len(value), np.nan)
    some = talib.MAX(value, 20) > 0
    return np.log1p(np.divide(value, talib.SMA(value, 20), out=np.zeros(len(value)), where=some))


def _index(name: str, levels: Floats) -> Floats:
    """Log change of an index over the last row, or its level in parts of one; 0 where unknown."""
    if name in LEVELS:
        return np.nan_to_num(levels / 100.0)
    change = np.zeros(len(levels))
    with np.errstate(invalid="ignore", divide="ignore"):
        change[1:] = np.log(levels[1:] / levels[:-1])
    return np.where(np.isfinite(change), change, 0.0)


def _cycles(times: Times, interval: Interval) -> list[tuple[str, Floats]]:
    """Where each row is on the circles of the calendar, in radians."""
    day = times.astype("datetime64[D]")
    month, year = day.astype("datetime64[M]"), day.astype("datetime64[Y]")
    of_year = (day - year.astype("datetime64[D]")).astype(np.float64)
    found = [
        ("week_day", ((day.astype(np.int64) + 3) % 7) / 7.0),  # 1970-01-01 was a Thursday
        ("month_day", (day - month.astype("datetime64[D]")).astype(np.float64) / 31.0),
        ("month", (month.astype(np.int64) % 12) / 12.0),
        ("week", np.floor(of_year / 7.0) / 53.0),
        ("year_day", of_year / 366.0),
    ]
    if interval is Interval.HOUR:
        found.append(("hour", (times - day).astype("timedelta64[s]").astype(np.float64) / 86_400.0))
    return [(name, 2.0 * np.pi * part) for name, part in found]
