"""Is one forecast better than another, is any of many, and which are not worse than the best?

All on (T,) or (K, T) losses averaged over securities per time (`averages` says why), never on pooled pairs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from allocator.core.bars import Floats
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.evaluation.blocks import memory, too_few
from allocator.forecast.libraries import library

LEAST_TIMES = 8


@dataclass(frozen=True, slots=True)
class Comparison:
    """A forecast against another. `gain` is the share of the other's loss that it saves; negative when it is worse.

    `statistic` is positive where the forecast is better. `p` is one-sided: how often chance alone looks as good or
    better where it is no better; `p_two_sided` asks for a difference of either sign.
    """

    gain: float
    statistic: float
    p: float
    p_two_sided: float
    times: int


def diebold_mariano(losses: Floats, baseline: Floats, *, horizon: int = 1) -> Comparison:
    """Diebold & Mariano (1995) on (T,) losses of a forecast and of what it is to beat; a NaN leaves its time out.

    The variance is Newey and West's over `blocks.memory` lags; the statistic is corrected for small samples and set
    against Student's t as Harvey, Leybourne & Newbold (1997) say. With the same lags it is
    `statsmodels.tsa.stattools.diebold_mariano_test(harvey_adj=True)`, which is there from 0.15 on only.
    It asks which forecast was better as it stood, its estimation errors included (Giacomini & White, 2006), and not
    whether there is anything to be found in principle (Clark & West, 2007, which flatters a forecast that is in use).

    Raises: `ForecastError` for less than 8 times or three horizons.
    """
    both = np.isfinite(losses) & np.isfinite(baseline)
    ours, theirs = np.asarray(losses, dtype=np.float64)[both], np.asarray(baseline, dtype=np.float64)[both]
    difference = theirs - ours
    times = len(difference)
    least = max(LEAST_TIMES, 3 * horizon)
    if times < least:
        raise too_few(times, least, horizon)
    gain = float(difference.mean() / theirs.mean()) if theirs.mean() > 0 else math.nan
    if not difference.any():
        return Comparison(gain, 0.0, 1.0, 1.0, times)
    error = math.sqrt(long_run_variance(difference, min(memory(times, horizon), times - 1)) / times)
    harvey = math.sqrt((times + 1 - 2 * horizon + horizon * (horizon - 1) / times) / times)
    mean = float(difference.mean())
    statistic = harvey * mean / error if error > 1e-12 * abs(mean) else math.copysign(math.inf, mean)
    p = _student(-statistic, times - 1)
    return Comparison(gain, statistic, p, 2 * min(p, 1 - p), times)


def long_run_variance(series: Floats, lags: int) -> float:
    """Newey and West's (1987), never negative: T times the variance of the mean of a (T,) series that remembers."""
    centred = series - series.mean()
    total = float(centred @ centred)
    for lag in range(1, lags + 1):
        total += 2 * (1 - lag / (lags + 1)) * float(centred[lag:] @ centred[:-lag])
    return max(total, 0.0) / len(series)


def superior_predictive_ability(
    models: Floats, baseline: Floats, *, rng: np.random.Generator, horizon: int = 1, draws: int = 1000
) -> float:
    """The p-value of "none of these K models beats the baseline", which knows that the best of K was looked for.

    Hansen's (2005) consistent p-value by `arch`, circular blocks of `blocks.memory`; (K, T) and (T,) losses. A model
    with the baseline's very losses is no news and left out; with no other the answer is 1.
    """
    _known(models, baseline)
    models = models[(models != baseline).any(axis=1)]
    if not len(models):
        return 1.0
    block = _block(models.shape[1], horizon)
    test = library("arch.bootstrap").SPA(
        baseline, models.T, block_size=block, reps=draws, bootstrap="circular", seed=rng
    )
    test.compute()
    return float(test.pvalues["consistent"])


def confidence_set(losses: Floats, *, rng: np.random.Generator, horizon: int = 1, draws: int = 1000) -> Floats:
    """(K,) p-values of the model confidence set: those above 0.1 are, with 90 % confidence, as good as the best.

    Hansen, Lunde & Nason (2011) by `arch`, with the range statistic, on (K, T) losses. Models with the same losses
    to the last bit have the same p-value.
    """
    _known(losses)
    different, which = np.unique(losses, axis=0, return_inverse=True)
    which = which.reshape(-1)  # a column in some versions of numpy
    if len(different) == 1:
        return np.ones(len(losses))
    block = _block(losses.shape[1], horizon)
    test = library("arch.bootstrap").MCS(
        different.T, 0.1, block_size=block, method="R", reps=draws, bootstrap="circular", seed=rng
    )
    test.compute()
    p = test.pvalues["Pvalue"].to_dict()
    return np.array([p[at] for at in which], dtype=np.float64)


def _block(times: int, horizon: int) -> int:
    if times < max(LEAST_TIMES, 3 * horizon):
        raise too_few(times, max(LEAST_TIMES, 3 * horizon), horizon)
    return min(memory(times, horizon), times // 2)


def _known(*losses: Floats) -> None:
    if not all(np.isfinite(each).all() for each in losses):
        raise ForecastError(text("A loss is not known or infinite: compare models on bars that all of them know."))


def _student(t: float, freedom: int) -> float:
    return float(library("scipy.special").stdtr(freedom, t))
