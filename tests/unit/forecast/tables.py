"""Features made up from a seed: quick to train on, with as much to find in them as asked."""

from __future__ import annotations

import numpy as np

from allocator.core.bars import Interval
from allocator.forecast.features import Features


def table(*, tickers=3, rows=400, channels=3, echo=0.0, seed=0, sigma=0.01):
    """Returns r_t = echo * r_{t-1} + noise of deviation σ; channel 0 is the last return, the others are noise."""
    rng = np.random.default_rng(seed)
    returns = np.zeros((tickers, rows))
    noise = rng.normal(0, sigma, returns.shape)
    for t in range(1, rows):
        returns[:, t] = echo * returns[:, t - 1] + noise[:, t]
    values = rng.normal(size=(tickers, rows, channels)).astype(np.float32)
    values[..., 0] = returns
    names = ("close", *(f"noise{c}" for c in range(1, channels)))
    return Features(
        interval=Interval.HOUR,
        times=np.datetime64("2024-01-03T10:00:00") + np.arange(rows) * np.timedelta64(3600, "s"),
        tickers=tuple(f"T{n}" for n in range(tickers)),
        names=names,
        groups=("close", *("noise",) * (channels - 1)),
        values=values,
        ready=np.ones((tickers, rows), dtype=bool),
        run=np.tile(np.arange(1, rows + 1, dtype=np.int32), (tickers, 1)),
        close=100 * np.cumprod(1 + returns, axis=1),
        stretch=np.zeros((tickers, rows), dtype=np.int32),
        sigma=np.full((tickers, rows), sigma, dtype=np.float32),
        digest=f"made up {tickers} {rows} {channels} {echo} {seed} {sigma}",
    )
