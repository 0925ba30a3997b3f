"""Forecasts that need no skill: what every other forecast must beat.

All take `returns` (T, N): in row t the simple return from the close of row t to that `horizon` rows later, NaN where
it is unknown (`Features.returns(horizon).T`), and give (T, N) forecasts of the same. Row t of a forecast reads rows up
to t - horizon only, whose returns are known at t: the one shift in `known` is all of the walking forward.

A naive forecast always exists, so that nobody escapes the comparison: where less than `LEAST` returns are known, or
the last is not, it is zero.
"""

from __future__ import annotations

import numpy as np

from allocator.core.bars import Floats

LEAST = 20  # known returns, before a mean or a line through them says anything
ROLLING = 250  # rows of the rolling mean


def naive_forecasts(returns: Floats, *, horizon: int = 1, rolling: int = ROLLING) -> dict[str, Floats]:
    """All of this module by name: zero, last, mean, rolling, ar1, majority; each (T, N)."""
    return {
        "zero": zero(returns),
        "last": last(returns, horizon=horizon),
        "mean": mean(returns, horizon=horizon),
        "rolling": mean(returns, horizon=horizon, window=rolling),
        "ar1": ar1(returns, horizon=horizon),
        "majority": majority(returns, horizon=horizon),
    }


def known(returns: Floats, horizon: int) -> Floats:
    """(T, N) the return that ended at each row: what is known of the target when the forecast is made."""
    if horizon < 1:
        raise ValueError(horizon)
    past = np.full(returns.shape, np.nan)
    past[horizon:] = returns[:-horizon]
    return np.where(np.isfinite(past), past, np.nan)


def zero(returns: Floats) -> Floats:
    """No change: prices are a martingale."""
    return np.zeros(returns.shape)


def last(returns: Floats, *, horizon: int = 1) -> Floats:
    """What came over the last `horizon` rows comes again."""
    return np.nan_to_num(known(returns, horizon), nan=0.0)


def mean(returns: Floats, *, horizon: int = 1, window: int | None = None) -> Floats:
    """The mean return of each security so far, or over the last `window` rows."""
    past = known(returns, horizon)
    count, total = _so_far(np.isfinite(past), window), _so_far(np.nan_to_num(past, nan=0.0), window)
    return _share(total, count)


def ar1(returns: Floats, *, horizon: int = 1) -> Floats:
    """The line r = a + b r_before, fitted to each security so far by least squares, |b| <= 1.

    Both returns are over the horizon and do not overlap. A series that never moved has b = 0.
    """
    y = known(returns, horizon)
    x = known(y, horizon)
    both = np.isfinite(x) & np.isfinite(y)
    px, py = np.where(both, x, 0.0), np.where(both, y, 0.0)
    count = _so_far(both)
    x_mean, y_mean = _share(_so_far(px), count), _share(_so_far(py), count)
    spread = _share(_so_far(px**2), count) - x_mean**2
    moved = spread > 1e-9 * x_mean**2 + 1e-18
    shared = _share(_so_far(px * py), count) - x_mean * y_mean
    slope = np.clip(np.divide(shared, spread, out=np.zeros_like(spread), where=moved), -1.0, 1.0)
    return np.where(np.isfinite(y), y_mean + slope * (np.nan_to_num(y, nan=0.0) - x_mean), 0.0)


def majority(returns: Floats, *, horizon: int = 1) -> Floats:
    """The more frequent direction of each security so far.

    Its size is the expected return if direction and size are independent: (share up - share down) times the mean
    |return|, so that it can be held to a loss, too.
    """
    past = known(returns, horizon)
    count = _so_far(np.isfinite(past))
    flat = np.nan_to_num(past, nan=0.0)
    return _share(_so_far(np.sign(flat)), count) * _share(_so_far(np.abs(flat)), count)


def _so_far(values: Floats | np.ndarray, window: int | None = None) -> Floats:
    """Sums down the rows, up to and with each; over the last `window` rows, if given."""
    sums = np.cumsum(values, axis=0, dtype=np.float64)
    if window is not None and window < len(sums):
        sums[window:] = sums[window:] - sums[:-window]
    return sums


def _share(total: Floats, count: Floats) -> Floats:
    """The mean, zero where the count is below LEAST."""
    return np.divide(total, count, out=np.zeros_like(total), where=count >= LEAST)
