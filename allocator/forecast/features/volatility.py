"""How much a price moves from row to row, by what is known at each."""

from __future__ import annotations

import numpy as np
import talib

from allocator.core.bars import Floats

# Exponential, for it needs no window of past rows and no sum of squares loses digits to a wild hour long gone; after
# the warm-up 0.2% of what it says is where it began.
SPAN = 64
# A basis point: a head bounded by three deviations must be able to move off zero on a paper that stood still.
FLOOR = 1e-4


def sigma(close: Floats) -> Floats:
    """(n,) root of the exponential mean of squared simple returns of a filled close; NaN on the first rows."""
    squares = np.zeros(len(close))
    squares[1:] = np.square(close[1:] / close[:-1] - 1.0)
    if len(close) < SPAN:
        return np.full(len(close), np.nan)
    return np.maximum(np.sqrt(talib.EMA(squares, SPAN)), FLOOR)
