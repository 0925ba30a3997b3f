"""How sure the median of models is, when the models resemble each other.

Thirty models trained on the same bars are not thirty witnesses: they err together, and a plain bootstrap across them
narrows with their number and not with evidence. Let each model's forecast be the truth plus an error of variance v,
with a mean correlation ρ between the errors of two models. Then

    what is seen, the variance between models:     s² = v (1 - ρ)
    what is wanted, that of the mean's own error:  v (ρ + (1 - ρ) / M) = s² / M · (1 + (M - 1) ρ) / (1 - ρ)

so the bootstrap's deviations are widened by √((1 + (M - 1) ρ) / (1 - ρ)). With ρ = 0 nothing changes; with ρ near one
the bars tend to √v, however many models there are. This holds for any pattern of correlations with the mean ρ, families
of one architecture included, so that they need no blocks of their own.

The errors of an expected return cannot be seen, as the truth never is; a forecast less the return that came is nearly
all noise, the same for every model. In their place the models' forecasts themselves are correlated: were there
nothing to find, they would be all error; what truth they share raises ρ, and errs to the side of wider bars.

A bootstrap across few models cannot leave their range, so a bound that is to be missed once in hundreds of cases is
missed much more often: at 1 in 400, of 4 models 5 in 100 times, of 10 models 1 in 100, of 30 models 1 in 300.
Who needs such bounds asks for them to be `student`: no narrower than the bootstrap's deviation times the quantile of
Student's t with M - 1 degrees of freedom, which was missed at most 1 in 270 times by 2 to 30 models. (Measured with
normal errors.)
"""

from __future__ import annotations

import math

import numpy as np

from allocator.core.bars import Floats
from allocator.forecast.libraries import library

ASSUMED = 0.9  # between models of whose forecasts there are too few to tell
LEAST_PAIRS = 10
LARGEST = 0.99  # of which even a thousand models leave bars of √v
CHUNK = 4_000_000  # numbers of a temporary table


def dependence(forecasts: Floats) -> float:
    """The mean correlation, in 0..0.99, between two models' forecasts of the same things.

    `forecasts` (M, ...): of the times and securities that all models forecast, or of one night's securities. Pairs that
    some model does not know are left out, as are models that always say the same; 0.9 where fewer than 10 pairs or 2
    models remain.
    """
    table = np.asarray(forecasts, dtype=np.float64).reshape(len(forecasts), -1)
    table = table[np.isfinite(table).any(axis=1)]
    table = table[:, np.isfinite(table).all(axis=0)] if len(table) else table
    if table.shape[1] < LEAST_PAIRS:
        return ASSUMED
    table = table[np.ptp(table, axis=1) > 1e-9 * np.abs(table).max(axis=1)]
    count, pairs = table.shape
    if count < 2:
        return ASSUMED
    z = (table - table.mean(axis=1, keepdims=True)) / table.std(axis=1, keepdims=True)
    total = z.sum(axis=0)
    rho = (float(total @ total) / pairs - count) / (count * (count - 1))
    return min(max(rho, 0.0), LARGEST)


def effective_models(count: int, rho: float) -> float:
    """As many independent models would err as little: M / (1 + (M - 1) ρ)."""
    return count / (1 + (count - 1) * rho)


def median_bounds(
    values: Floats,
    rho: float,
    *,
    rng: np.random.Generator,
    confidence: float = 0.95,
    draws: int = 2000,
    student: bool = False,
) -> tuple[Floats, Floats]:
    """(N,) bounds of the medians of (M, N) forecasts by the bootstrap across models, widened for their dependence.

    NaN is a forecast that a model does not give, and the bounds of what fewer than two models forecast. The same models
    are drawn for all securities.
    """
    known = np.isfinite(values)
    low, high = np.full(values.shape[1], np.nan), np.full(values.shape[1], np.nan)
    patterns, which = np.unique(known, axis=1, return_inverse=True)
    which = which.reshape(-1)  # a row in some versions of numpy
    for at in range(patterns.shape[1]):
        models = np.flatnonzero(patterns[:, at])
        if len(models) < 2:
            continue
        chosen = models[rng.integers(0, len(models), (draws, len(models)))]
        columns = np.flatnonzero(which == at)
        widen = math.sqrt((1 + (len(models) - 1) * rho) / (1 - rho) * len(models) / (len(models) - 1))
        size = max(1, CHUNK // chosen.size)
        for part in (columns[start : start + size] for start in range(0, len(columns), size)):
            low[part], high[part] = _bounds(values[:, part], models, chosen, widen, confidence, student=student)
    return low, high


def _bounds(
    values: Floats, models: np.ndarray, chosen: np.ndarray, widen: float, confidence: float, *, student: bool
) -> tuple[Floats, Floats]:
    middle = np.median(values[models], axis=0)
    deviations = widen * (np.median(values[chosen], axis=1) - middle)
    tail = (1 - confidence) / 2
    low, high = np.quantile(deviations, [tail, 1 - tail], axis=0)
    reach = np.zeros(len(middle))
    if student:
        reach = float(library("scipy.special").stdtrit(len(models) - 1, 1 - tail)) * np.sqrt(
            (deviations**2).mean(axis=0)
        )
    return middle + np.minimum(low, -reach), middle + np.maximum(high, reach)
