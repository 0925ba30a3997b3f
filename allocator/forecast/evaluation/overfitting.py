"""The probability that choosing the best of many backtests chooses noise.

Bailey, Borwein, López de Prado & Zhu: The Probability of Backtest Overfitting (Journal of Computational Finance 20(4),
2017): combinatorially symmetric cross-validation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from allocator.core.bars import Floats
from allocator.core.errors import ForecastError
from allocator.core.text import text

CHUNK = 2_000_000  # numbers of a temporary table


@dataclass(frozen=True, slots=True)
class Overfitting:
    """`probability` that the best in one half of the time is below the median in the other: 0.5 is pure noise.

    `loss`: the share of halves in which what was chosen lost money in the other half. `slope` of the ratio out of
    sample on that in sample, over the halves: negative when the better looks, the worse it is. `splits`: of time.
    """

    probability: float
    loss: float
    slope: float
    splits: int
    trials: int


def backtest_overfitting(returns: Floats, *, blocks: int = 16) -> Overfitting:
    """From (N, T) returns per time of all N trials, those that were given up too; judged by Sharpe ratio.

    Time is cut into `blocks` equal parts (what is left over at the beginning is not used). Of each choice of half of
    them the best trial is found, and its rank ω among N (1 worst) in the other half: the probability is the share of
    choices with ω / (N + 1) <= 1/2.

    Raises: `ForecastError` for less than two trials, an odd number of parts, or parts of less than two times.
    """
    returns = np.asarray(returns, dtype=np.float64)
    trials, times = returns.shape
    length = times // blocks if blocks > 0 else 0
    if trials < 2 or blocks < 2 or blocks % 2 or length < 2 or not np.isfinite(returns).all():
        raise ForecastError(
            text(
                "{trials} trials over {times} bars cannot be cut into {blocks} parts to see whether choosing among "
                "them overfits.",
                trials=trials,
                times=times,
                blocks=blocks,
            ),
            text("Give two trials or more, known on every bar, and an even number of parts of two bars or more."),
        )
    parts = returns[:, times - length * blocks :].reshape(trials, blocks, length)
    sums, squares = parts.sum(axis=2).T, (parts**2).sum(axis=2).T  # (blocks, N)
    halves = np.array(list(combinations(range(blocks), blocks // 2)))
    chosen = np.zeros((len(halves), blocks))
    np.put_along_axis(chosen, halves, 1.0, axis=1)
    size = max(1, CHUNK // trials)
    found = [_judge(chosen[at : at + size], sums, squares, length) for at in range(0, len(chosen), size)]
    rank, inside, outside = (np.concatenate(each) for each in zip(*found, strict=True))
    return Overfitting(
        float((rank <= (trials + 1) / 2).mean()),
        float((outside < 0).mean()),
        _slope(inside, outside),
        len(halves),
        trials,
    )


def _judge(chosen: Floats, sums: Floats, squares: Floats, length: int) -> tuple[Floats, Floats, Floats]:
    """For each choice: the rank of its best trial in the other half, and its ratio in both."""
    count = length * len(sums) // 2
    within, without = (_ratio(each @ sums, each @ squares, count) for each in (chosen, 1 - chosen))
    best = within.argmax(axis=1)[:, None]
    theirs = np.take_along_axis(without, best, axis=1)
    below, equal = (without < theirs).sum(axis=1), (without == theirs).sum(axis=1)
    rank = below + (equal + 1) / 2  # of equals, the middle
    return rank, np.take_along_axis(within, best, axis=1)[:, 0], theirs[:, 0]


def _ratio(total: Floats, square: Floats, count: int) -> Floats:
    """Sharpe ratios from sums; 0 for a trial that never moved."""
    mean = total / count
    variance = square / count - mean**2
    return np.divide(mean, np.sqrt(np.maximum(variance, 0)), out=np.zeros_like(mean), where=variance > 1e-12 * mean**2)


def _slope(x: Floats, y: Floats) -> float:
    spread = float(((x - x.mean()) ** 2).sum())
    return float(((x - x.mean()) * (y - y.mean())).sum()) / spread if spread > 0 else math.nan
