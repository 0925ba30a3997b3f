"""Series that remember: how long, and means of them by the block bootstrap.

Returns over h bars made each bar overlap, so that h losses in sequence are nearly one. Resampling single bars would
take them for h; blocks longer than the overlap keep what they share.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from allocator.core.bars import Floats
from allocator.core.errors import ForecastError
from allocator.core.text import text


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its bounds; `p` is how often chance alone gives such a mean or a higher one where the true is 0."""

    value: float
    low: float
    high: float
    p: float
    times: int


def memory(times: int, horizon: int = 1) -> int:
    """How many bars in sequence hang together: T^(1/3) (Künsch, 1989), or twice the overlap of the returns if longer.

    Twice, as Bartlett's weights and blocks alike take a third off the variance of a sum of h overlapping returns when
    they reach no further than h, and a sixth when they reach twice as far.
    """
    return max(math.ceil(times ** (1 / 3)), 2 * horizon if horizon > 1 else 1)


def block_means(values: Floats, *, block: int, draws: int, rng: np.random.Generator) -> Floats:
    """(draws, K) means of resampled (K, T) series, one choice of times for all K: what they share stays shared.

    Circular blocks (Politis & Romano, 1992): every bar is as likely as any other.
    """
    times = values.shape[1]
    count = -(-times // block)
    around = np.concatenate([np.zeros((len(values), 1)), np.cumsum(np.hstack([values, values[:, : block - 1]]), 1)], 1)
    sums = (around[:, block:] - around[:, :-block]).T  # (T, K): the block that begins at each bar
    chosen = np.zeros((draws, times))
    np.add.at(chosen, (np.arange(draws)[:, None], rng.integers(0, times, (draws, count))), 1.0)
    return chosen @ sums / (count * block)


def block_mean(
    values: Floats, *, rng: np.random.Generator, horizon: int = 1, draws: int = 2000, confidence: float = 0.95
) -> Mean:
    """The mean of a (T,) series, such as the difference of two models' losses per time, with bounds and a p-value.

    Deviations of the resampled means are widened by what few blocks understate (n / (n - 1) of their variance).
    Raises: `ForecastError` when the series is not twice as long as the horizon: there is less than two of it.
    """
    values = np.asarray(values, dtype=np.float64)
    values = values[np.isfinite(values)]
    times = len(values)
    if times < max(4, 2 * horizon):
        raise too_few(times, max(4, 2 * horizon), horizon)
    block = min(memory(times, horizon), times // 2)
    blocks = times / block
    middle = float(values.mean())
    deviations = block_means((values - middle)[None], block=block, draws=draws, rng=rng)[:, 0]
    deviations *= math.sqrt(blocks / (blocks - 1))
    tail = (1 - confidence) / 2
    low, high = np.quantile(deviations, [tail, 1 - tail])
    p = (1 + int((deviations >= middle).sum())) / (1 + draws)
    return Mean(middle, middle - float(high), middle - float(low), p, times)


def too_few(times: int, least: int, horizon: int) -> ForecastError:
    return ForecastError(
        text("{times} bars are too few to compare forecasts over {horizon} bars.", times=times, horizon=horizon),
        text("Test on {least} bars or more.", least=least),
    )
