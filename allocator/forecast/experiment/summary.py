"""The means that the paper prints, and whether Winrate rises with λ.

Errors of Winrate over many cells are those of the market, not of the cells: all cells judge the same hours, so an
hour's right directions are summed over cells first, and hours (with their neighbours, see `metrics`) are the
observations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Floats
from allocator.forecast.experiment.results import Result
from allocator.forecast.metrics import Z95, mean_variance, wilson
from allocator.forecast.spec import Architecture, Inputs


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def differs(self) -> bool:
        """Whether zero is outside."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Lambda:
    """The means over the cells of one λ; shares in 0..1, losses and MAPE in percent.

    `winrate` counts all bars, `moved` those whose price changed; `rise` is `moved` less that of λ = 0 in the same
    cells, None when there is no λ = 0.
    """

    lam: float
    cells: int
    loss: float
    naive_loss: float
    winrate: float
    majority: float
    moved: Estimate
    moved_majority: float
    rise: Estimate | None
    mape: float
    naive_mape: float
    correlation: float
    saturated: float


def mean(results: Iterable[Result], figure: Callable[[Result], float]) -> float:
    """The mean of a figure; NaN without results, and over those where it is a number."""
    values = np.array([figure(each) for each in results], dtype=float)
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else math.nan


def of_cell(
    results: Sequence[Result], iteration: int, network: Architecture | None = None, inputs: Inputs | None = None
) -> list[Result]:
    """The results of an iteration, of one network or inputs only."""
    return [
        each
        for each in results
        if each.cell.iteration == iteration
        and (network is None or each.cell.network is network)
        and (inputs is None or each.cell.inputs is inputs)
    ]


def by_lambda(results: Sequence[Result], iteration: int) -> list[Lambda]:
    """A line for each λ of an iteration, the least first."""
    mine = of_cell(results, iteration)
    lambdas = sorted({each.cell.lam for each in mine})
    return [_lambda(mine, lam) for lam in lambdas]


def _lambda(results: Sequence[Result], lam: float) -> Lambda:
    mine = [each for each in results if each.cell.lam == lam]
    moved = _pooled([(each, 1.0) for each in mine], about=None)
    return Lambda(
        lam=lam,
        cells=len(mine),
        loss=mean(mine, lambda each: each.loss),
        naive_loss=mean(mine, lambda each: each.naive_loss),
        winrate=mean(mine, lambda each: each.scores.winrate.rate),
        majority=mean(mine, lambda each: each.scores.winrate.majority),
        moved=moved,
        moved_majority=mean(mine, lambda each: each.scores.winrate_nonzero.majority),
        rise=_rise(results, lam),
        mape=mean(mine, lambda each: each.scores.mape),
        naive_mape=mean(mine, lambda each: each.scores.naive_mape),
        correlation=mean(mine, lambda each: each.scores.correlation),
        saturated=mean(mine, lambda each: math.nan if each.saturated is None else each.saturated),
    )


def _rise(results: Sequence[Result], lam: float) -> Estimate | None:
    pairs = _complete(results, (0.0, lam))
    if lam == 0 or not pairs:
        return None
    return _pooled([(each, 1.0 if each.cell.lam == lam else -1.0) for each in pairs], about=len(pairs) / 2)


def slope(results: Sequence[Result], iteration: int) -> Estimate | None:
    """How much Winrate on moved bars rises when λ rises by 10: a straight line by least squares over all λ of the cells
    that have all of them. One test for the whole curve, so nothing is picked. None with fewer than two λ.
    """
    mine = of_cell(results, iteration)
    lambdas = sorted({each.cell.lam for each in mine})
    whole = _complete(mine, tuple(lambdas))
    if len(lambdas) < 2 or not whole:
        return None
    centred = np.array(lambdas) - np.mean(lambdas)
    weights = dict(zip(lambdas, 10 * centred / float(centred @ centred), strict=True))
    return _pooled([(each, weights[each.cell.lam]) for each in whole], about=len(whole) / len(lambdas))


def excess(results: Sequence[Result]) -> Estimate | None:
    """How much the mean loss of these results is above that of "no change"; None without results.

    The term of λ multiplies forecasts by returns, so the error grows with λ, and hours make it as those of Winrate.
    """
    if not results:
        return None
    errors = _hours(results)
    seen, value = errors > 0, 0.0
    for each in results:
        share = 1.0 / each.scores.pairs / len(results)
        sums = np.array(each.excess)
        value += float(sums.sum()) * share
        errors[list(each.hours)] += sums * share
        seen[list(each.hours)] = True
    errors, hours = errors[seen], np.flatnonzero(seen)
    deviation = _deviation(errors - value / len(hours), hours)
    return Estimate(value, value - Z95 * deviation, value + Z95 * deviation)


def _hours(results: Sequence[Result]) -> Floats:
    """A zero for each row of the panel up to the last one of the results."""
    return np.zeros(1 + max((each.hours[-1] for each in results if each.hours), default=0))


def _complete(results: Sequence[Result], lambdas: tuple[float, ...]) -> list[Result]:
    """The results at these λ of the cells (network, inputs, seed) that have them all."""
    have: dict[tuple[object, ...], set[float]] = {}
    for each in results:
        have.setdefault(_apart(each), set()).add(each.cell.lam)
    return [each for each in results if each.cell.lam in lambdas and have[_apart(each)] >= set(lambdas)]


def _apart(result: Result) -> tuple[object, ...]:
    return result.cell.iteration, result.cell.network, result.cell.inputs, result.cell.seed


def _pooled(weighted: Sequence[tuple[Result, float]], *, about: float | None) -> Estimate:
    """The weighted sum of the Winrates (moved bars) of results, over `about` cells; their mean when it is None.

    Each result's Winrate is Σ right / Σ moved over its hours; its error of an hour is right - rate * moved, over the
    same sum. Errors of one hour add up over results before hours are taken for observations.
    """
    count = float(len(weighted)) if about is None else about
    errors = _hours([each for each, _ in weighted])
    seen, value = errors > 0, 0.0
    for each, weight in weighted:
        hours, moved, right = (np.array(column) for column in (each.hours, each.moved, each.right))
        total = moved.sum()
        if not total:
            continue
        rate = float(right.sum() / total)
        value += weight * rate / count
        errors[hours] += weight * (right - rate * moved) / total / count
        seen[hours] = True
    deviation = _deviation(errors[seen], np.flatnonzero(seen))
    if about is None:
        return Estimate(value, *_bounds(value, deviation))
    return Estimate(value, value - Z95 * deviation, value + Z95 * deviation)


def _deviation(errors: Floats, hours: NDArray[np.intp]) -> float:
    """The standard deviation of the sum of the errors."""
    return math.sqrt(max(0.0, mean_variance(errors, hours))) * len(errors) if len(errors) else math.nan


def _bounds(rate: float, deviation: float) -> tuple[float, float]:
    if not deviation > 0 or not 0 < rate < 1:
        return (rate, rate)
    return wilson(rate, max(1.0, rate * (1 - rate) / deviation**2))
