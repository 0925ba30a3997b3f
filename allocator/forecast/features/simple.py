"""Input modes made of closes only: one's own, and those of others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from allocator.core.bars import Floats, Mask
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.features.stretches import Series

# The one form of the close that is free of scale, stationary, and loses nothing: a window of log returns gives the
# whole path of the price up to its level, which says nothing of the next hour and differs ten-million-fold by paper.
CLOSE = "close_ret"
CLOSE_GROUP = "close"

# Every reference is a channel of every ticker: 64 of them for 250 tickers x 12,000 hours are 0.8 GB.
MOST_OTHERS = 64


def log_returns(close: Floats) -> Floats:
    """(n,) log return of each row of a filled close over the row before; 0 on the first."""
    result = np.zeros(len(close))
    result[1:] = np.log(close[1:] / close[:-1])
    return result


def references(tickers: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """The tickers whose closes are channels: `others`, or all by name, so that their order is no one's choice.

    Raises: ForecastError for an unknown one, and for more than `MOST_OTHERS`.
    """
    chosen = tuple(others) or tuple(sorted(tickers))
    unknown = [ticker for ticker in chosen if ticker not in tickers]
    if unknown:
        raise ForecastError(
            text("The panel has no {tickers}, whose closes were asked for.", tickers=", ".join(unknown)),
            text("Name tickers of the panel."),
        )
    if len(chosen) > MOST_OTHERS:
        raise ForecastError(
            text("{count} closes as channels of every ticker are too many.", count=len(chosen)),
            text("Name at most {most} tickers whose closes to look at, the most traded ones say.", most=MOST_OTHERS),
        )
    return chosen


def returns_of_all(close: Floats, series: Sequence[Series]) -> Floats:
    """(T, M) log return of each reference over the row before; 0 where unknown: filled, or the first of a stretch."""
    result = np.zeros(close.shape)
    for column, one in enumerate(series):
        for rows in one.stretches:
            own = close[:, column]
            result[rows, column] = log_returns(one.prices(own, own, rows))
    return result


def without_self(returns: Floats, names: Sequence[str], ticker: str) -> Floats:
    """(T, M) the returns with the ticker's own column masked by zeros: its own close is the first channel already."""
    own: Mask = np.array([name == ticker for name in names])
    return np.where(own, 0.0, returns)
