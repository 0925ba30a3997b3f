"""Made-up bars for the tests of this room."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import strategies as st

from allocator.core.bars import Bars
from allocator.core.calendar import Calendar

PRICES = ("open", "high", "low", "close")


def weekdays(since: str, count: int) -> np.ndarray:
    return np.busday_offset(since, np.arange(count), roll="forward")


def calendar(since: str = "2014-01-01", count: int = 3500) -> Calendar:
    return Calendar(weekdays(since, count))


def walk(count: int, *, seed: int = 0, price: float = 100.0, since: str = "2024-01-08", turnover: float = 1e7) -> Bars:
    """Bars of a calm liquid share, prices in kopecks; a bar's average price lies within its range."""
    rng = np.random.default_rng(seed)
    close = np.round(price * np.exp(np.cumsum(rng.normal(0, 0.01, count))), 2)
    opened = np.round(close * np.exp(rng.normal(0, 0.004, count)), 2)
    high = np.round(np.maximum(opened, close) * 1.003, 2)
    low = np.round(np.minimum(opened, close) * 0.997, 2)
    volume = np.round(turnover / close * np.exp(rng.normal(0, 0.3, count)))
    value = np.round(volume * (opened + close) / 2, 2)
    return Bars(weekdays(since, count).astype("datetime64[s]"), opened, high, low, close, volume, value)


def times(bars: Bars, factor: float, until: int, since: int = 0, *, digits: int | None = None) -> Bars:
    """Prices of the bars since .. until multiplied, as the exchange rewrites its candles; volume and turnover stay."""
    columns = {name: getattr(bars, name).copy() for name in PRICES}
    for column in columns.values():
        column[since:until] *= factor
        if digits is not None:
            column[since:until] = np.round(column[since:until], digits)
    return Bars(bars.begin, **columns, volume=bars.volume, value=bars.value)


def split_at(bars: Bars, at: int, before: int, after: int) -> Bars:
    """Raw bars of a share that is split at a position: prices change, volumes change the other way."""
    columns = {name: getattr(bars, name).copy() for name in PRICES}
    for column in columns.values():
        column[at:] *= before / after
    volume = bars.volume.copy()
    volume[at:] *= after / before
    return Bars(bars.begin, **columns, volume=volume, value=bars.value)


def without(bars: Bars, *names: str) -> Bars:
    """The bars with some columns not known."""
    columns = {name: getattr(bars, name) for name in (*PRICES, "volume", "value")}
    return Bars(bars.begin, **(columns | {name: np.full(len(bars), np.nan) for name in names}))


def same(one: Bars, other: Bars) -> bool:
    """To the last bit; NaN equals NaN."""
    return one.begin.tolist() == other.begin.tolist() and all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
        for name in (*PRICES, "volume", "value")
    )


def day(bars: Bars, at: int) -> date:
    return bars.begin[at].item().date()


RATIOS = st.sampled_from([(1, 2), (1, 8), (1, 10), (1, 100), (2, 1), (10, 1), (100, 1), (5000, 1), (2, 3), (5, 2)])
