"""Losses, averaged over securities per time: the one series that a test may take for a sample.

Securities of one hour share the market's move, so N of them are not N observations. A test that pools 42 as if they
were rejects two thirds of true hypotheses at 5 %; one on the mean difference of each hour, 6 %. Everything in this
package that tests anything takes (T,) or (K, T) series from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Floats
from allocator.core.errors import ForecastError
from allocator.core.text import text


@dataclass(frozen=True, slots=True, eq=False)
class Losses:
    """(K, T) mean loss of each of K forecasts at each of T times, over the same pairs for all of them.

    `rows` (T,): which rows of the tables these times are; a row without a common pair is left out. `pairs`: how many
    (time, security) are behind them all.
    """

    names: tuple[str, ...]
    values: Floats
    rows: NDArray[np.intp]
    pairs: int

    def __getitem__(self, name: str) -> Floats:
        """(T,) of one forecast."""
        series: Floats = self.values[self.names.index(name)]
        return series


def squared(forecasts: Floats, returns: Floats, sigma: Floats | None = None) -> Floats:
    """((r̂ - r) / σ)², the loss that an expected return makes least; without σ a few wild securities are all of it."""
    return ((forecasts - returns) / (1.0 if sigma is None else sigma)) ** 2


def absolute(forecasts: Floats, returns: Floats, sigma: Floats | None = None) -> Floats:
    """|r̂ - r| / σ, the loss that a median makes least."""
    return np.abs(forecasts - returns) / (1.0 if sigma is None else sigma)


LOSSES = {"squared": squared, "absolute": absolute}


def mean_losses(
    forecasts: Mapping[str, Floats], returns: Floats, sigma: Floats | None = None, *, loss: str = "squared"
) -> Losses:
    """Each forecast's loss per time from (T, N) tables of forecasts, true returns and volatilities.

    A pair counts if every forecast, the return and σ > 0 are known: all are judged on the same.
    Raises: `ForecastError` when a forecast is nowhere known, or there is no pair that all know.
    """
    common = np.isfinite(returns)
    if sigma is not None:
        sigma = positive(sigma)
        common = common & np.isfinite(sigma)
    for name, table in forecasts.items():
        if not (np.isfinite(table) & np.isfinite(returns)).any():
            raise ForecastError(text("{name}: not one of its forecasts has a known return.", name=name))
        common = common & np.isfinite(table)
    rows = np.flatnonzero(common.any(axis=1))
    if not len(rows):
        raise ForecastError(
            text("There is no bar that all of the forecasts know: {names}.", names=", ".join(forecasts))
        )
    with np.errstate(invalid="ignore", over="ignore"):  # of pairs that do not count
        each = [per_time(LOSSES[loss](table, returns, sigma), common)[rows] for table in forecasts.values()]
    values = np.stack(each)
    return Losses(tuple(forecasts), values, rows, int(common.sum()))


def positive(sigma: Floats) -> Floats:
    """Volatilities, NaN where there is none to divide by."""
    return np.where(np.isfinite(sigma) & (np.nan_to_num(sigma) > 0), sigma, np.nan)


def per_time(values: Floats, counted: NDArray[np.bool_]) -> Floats:
    """(T,) mean over the securities that count at each time; NaN where none does."""
    count = counted.sum(axis=1)
    total = np.where(counted, values, 0.0).sum(axis=1)
    return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
