"""From a panel of bars to features: one pass over the tickers, a stretch at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from allocator.core.bars import Floats, Mask
from allocator.core.errors import ForecastError
from allocator.core.panel import Panel
from allocator.core.text import Text, text
from allocator.forecast.features.context import Context
from allocator.forecast.features.features import Counts, Features, Values
from allocator.forecast.features.modes import Mode, mode
from allocator.forecast.features.simple import CLOSE, CLOSE_GROUP, log_returns
from allocator.forecast.features.stretches import (
    DEAD_ROWS,
    LONGEST_FILL,
    WARM_UP,
    Series,
    closed_before,
    runs,
    series,
    unchanged,
)
from allocator.forecast.features.supercandles import SuperCandles
from allocator.forecast.features.volatility import sigma
from allocator.forecast.spec import Inputs

# A part of the digest of the source: it grows with each change of what a number means.
RULES = 1
LARGEST = float(np.finfo(np.float32).max)


def build(
    panel: Panel,
    inputs: Inputs,
    *,
    others: Sequence[str] = (),
    candles: SuperCandles | None = None,
    context: Context | None = None,
) -> Features:
    """The features of every ticker of a panel, adjusted for splits at least.

    `others`: the tickers whose closes are channels of `Inputs.OTHERS` (all of them by name, when none are named);
    `candles`: for `Inputs.SUPERCANDLES57`, already at the panel's interval; `context`: for `Inputs.CONTEXT`.
    A ticker without a usable row is refused with its reason, and the rest goes on.
    Raises: ForecastError when every ticker is refused, and when the panel or what came with it cannot be used.
    """
    if panel.adjust not in {"splits", "total"}:
        raise ForecastError(
            text("These prices jump at every split: they are as traded."),
            text("Read the panel adjusted for splits, or for dividends too."),
        )
    how = mode(panel, inputs, others, candles, context)
    made = _Made(panel, how)
    for column, ticker in enumerate(panel.tickers):
        reason = made.fill(column)
        if reason:
            made.refused[ticker] = reason
    if len(made.refused) == len(panel.tickers):
        first = next(iter(made.refused.items()), ("-", text("there are no tickers")))
        raise ForecastError(
            text("No ticker has a usable row of features; {ticker}: {reason}.", ticker=first[0], reason=first[1]),
            text("Give a longer history: {rows} rows go to the warm-up.", rows=WARM_UP),
        )
    run = runs(made.usable)
    return Features(
        interval=panel.interval,
        times=panel.times,
        tickers=panel.tickers,
        names=(CLOSE, *how.names),
        groups=(CLOSE_GROUP, *how.groups),
        values=made.values,
        ready=made.usable & how.there.T,
        run=run,
        close=np.where(how.there, panel["close"], np.nan).T.copy(),
        stretch=made.stretch,
        sigma=made.sigma,
        digest=digest(panel, inputs, how),
        refused=made.refused,
    )


def digest(panel: Panel, inputs: Inputs, how: Mode) -> str:
    """Hex SHA-256 of all that the features depend on: equal digests, equal features, to the bit."""
    found = hashlib.sha256()
    said = (RULES, inputs.value, how.names, panel.interval.value, panel.adjust, panel.tickers)
    found.update(repr(said).encode())
    fields = [np.where(how.there, panel[name], np.nan) for name in how.needed]
    for values in (panel.times.astype("datetime64[s]").astype(np.int64), *fields, *how.inputs):
        found.update(np.ascontiguousarray(values).data)
    return found.hexdigest()


class _Made:
    """The arrays of `Features` while they are filled."""

    def __init__(self, panel: Panel, how: Mode) -> None:
        rows, tickers = panel.shape
        self.how = how
        self.close = np.ascontiguousarray(panel["close"].T)
        self.late = closed_before(panel.times)
        self.longest = LONGEST_FILL[panel.interval]
        self.values: Values = np.full((tickers, rows, 1 + len(how.names)), np.nan, dtype=np.float32)
        self.block: Floats = np.empty((1 + len(how.names), rows))  # one for all: fresh memory costs a fifth of the time
        self.sigma: Values = np.full((tickers, rows), np.nan, dtype=np.float32)
        self.usable: Mask = np.zeros((tickers, rows), dtype=bool)
        self.stretch: Counts = np.full((tickers, rows), -1, dtype=np.int32)
        self.refused: dict[str, Text] = {}

    def fill(self, column: int) -> Text | None:
        """Computes one ticker; why it has no usable row, if it has none."""
        there = np.ascontiguousarray(self.how.there[:, column])
        one = series(there, self.late, self.longest)
        for number, rows in enumerate(one.stretches):
            self.stretch[column, rows] = number
            if rows.stop - rows.start > WARM_UP:
                self._stretch(column, one, rows)
        return None if self.usable[column].any() else _why(self.close[column][there], one)

    def _stretch(self, column: int, one: Series, rows: slice) -> None:
        close = one.prices(self.close[column], self.close[column], rows)
        block = self.block[:, : len(close)]
        block[0] = log_returns(close)
        self.how.compute(column, one, rows, block[1:])
        # NaN is the largest of its row and below nothing; what float32 would make infinite is no more usable.
        deviation = sigma(close)
        usable = (np.maximum(np.abs(block).max(axis=0), deviation) < LARGEST) & (unchanged(close) < DEAD_ROWS - 1)
        usable[:WARM_UP] = False
        with np.errstate(over="ignore"):
            self.values[column, rows] = block.T
        self.values[column, rows][~usable] = np.nan
        self.sigma[column, rows] = np.where(usable, np.minimum(deviation, LARGEST), np.nan)
        self.usable[column, rows] = usable


def _why(closes: Floats, one: Series) -> Text:
    """Why a ticker has no usable row; `closes` are those of its bars."""
    if not len(closes):
        return text("there is no bar")
    if (closes == closes[0]).all():
        return text("the close never changes from {price}", price=float(closes[0]))
    longest = max(rows.stop - rows.start for rows in one.stretches)
    if longest <= WARM_UP:
        return text("the longest stretch without a gap has {rows} rows of {least}", rows=longest, least=WARM_UP + 1)
    return text("in no row of its {rows} after the warm-up did the close move or every feature exist", rows=longest)
