"""The portfolio that a model would hold: what its forecasts are worth beside their statistics."""

from __future__ import annotations

import numpy as np

from allocator.core.bars import Floats, Mask

ROUNDS = 300
COST = 0.001  # of what is dealt: commission and half a spread of a liquid share


def held(mean: Floats, sigma: Floats, correlation: Floats, aversion: float) -> Floats:
    """(T, N) weights, each row >= 0 with the sum 1, that maximise w'm - aversion * w'Sw; S from σ and correlations.

    (T, N) forecast returns, NaN where a security cannot be held, and (T, N) volatilities over the same horizon.
    A row of NaN has weights of zero. All rows at once by accelerated projected gradients (Beck & Teboulle, 2009).
    """
    able = np.isfinite(mean) & np.isfinite(sigma) & (sigma > 0)
    some = able.any(axis=1)
    m, s = np.where(able, mean, 0.0)[some], np.where(able, sigma, 0.0)[some]
    able = able[some]
    steep = 2 * aversion * float(np.linalg.eigvalsh(correlation)[-1]) * (s.max(axis=1, initial=0.0) ** 2)[:, None]
    step = 1 / np.maximum(steep, 1e-12)
    w = projected(np.zeros_like(m), able)
    ahead, momentum = w, 1.0
    for _ in range(ROUNDS):
        slope = m - 2 * aversion * s * ((s * ahead) @ correlation)
        new = projected(ahead + step * slope, able)
        faster = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead, w, momentum = new + (momentum - 1) / faster * (new - w), new, faster
    weights = np.zeros(mean.shape)
    weights[some] = w
    return weights


def projected(points: Floats, able: Mask) -> Floats:
    """(T, N) the nearest points of the simplex of the securities that can be held (Held, Wolfe & Crowder, 1974)."""
    v = np.where(able, points, -np.inf)
    falling = -np.sort(-v, axis=1)
    sums = np.cumsum(np.where(np.isfinite(falling), falling, 0.0), axis=1)
    counts = np.arange(1, v.shape[1] + 1)
    with np.errstate(invalid="ignore"):
        inside = np.isfinite(falling) & (falling * counts > sums - 1)
    last = np.maximum(inside.sum(axis=1), 1)
    level = (sums[np.arange(len(v)), last - 1] - 1) / last
    return np.where(able, np.maximum(v - level[:, None], 0.0), 0.0)


def earned(weights: Floats, returns: Floats, *, horizon: int, cost: float = COST) -> tuple[Floats, Floats]:
    """(T,) return of the weights over the horizon less what dealing costs, and that less the mean return of all.

    A portfolio made at a row replaces the one made a horizon before; the first ones are held already. An unknown
    return must have no weight.
    """
    known = np.isfinite(returns)
    gross = (weights * np.where(known, returns, 0.0)).sum(axis=1)
    dealt = np.zeros(len(weights))
    dealt[horizon:] = np.abs(weights[horizon:] - weights[:-horizon]).sum(axis=1)
    count = known.sum(axis=1)
    average = np.where(known, returns, 0.0).sum(axis=1) / np.maximum(count, 1)
    net = gross - cost * dealt
    return net, net - average
