"""What the trainings of the benchmark learn from: noise, or numbers that can be foretold in part."""

from __future__ import annotations

import numpy as np

from allocator.core.bars import Floats, Interval
from allocator.forecast.features import Features

SIGMA = 0.005  # of a bar's return


def noise(tickers: int, rows: int, channels: int = 58) -> Features:
    """Features of the right shape with nothing in them."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal((tickers, rows, channels), dtype=np.float32)
    return _features(values, rng.normal(0, SIGMA, (tickers, rows)))


def lesson(rows: int, channels: int) -> Features:
    """One ticker whose next return hangs on its last ones and, where there are more channels, on two of those.

    Channel 0 is the return in units of σ, the others are noise; some six tenths of a return cannot be known.
    """
    rng = np.random.default_rng(0)
    values = rng.standard_normal((rows, channels))
    z = 0.6 * rng.standard_normal(rows)
    for t in range(5, rows):
        z[t] += 0.4 * z[t - 1] - 0.3 * z[t - 5]
        if channels > 2:
            z[t] += 0.5 * values[t - 1, 1] - 0.4 * values[t - 4, 2]
    values[:, 0] = z
    return _features(values[None].astype(np.float32), SIGMA * z[None])


def _features(values: np.ndarray, returns: Floats) -> Features:
    tickers, rows, channels = values.shape
    return Features(
        Interval.HOUR,
        np.datetime64("2020-01-03T10:00:00", "s") + np.arange(rows) * np.timedelta64(3600, "s"),
        tuple(f"T{n}" for n in range(tickers)),
        tuple(f"c{c}" for c in range(channels)),
        ("noise",) * channels,
        values,
        np.ones((tickers, rows), dtype=bool),
        np.tile(np.arange(1, rows + 1, dtype=np.int32), (tickers, 1)),
        100 * np.cumprod(1 + returns, axis=1),
        np.zeros((tickers, rows), dtype=np.int32),
        np.full((tickers, rows), SIGMA, dtype=np.float32),
        digest=f"drawn {tickers} {rows} {channels} {returns[0, -1]}",
    )
