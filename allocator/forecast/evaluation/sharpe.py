"""How much of a Sharpe ratio is luck, when it is the best of many.

Bailey & López de Prado: The Sharpe Ratio Efficient Frontier (Journal of Risk 15(2), 2012) and The Deflated Sharpe Ratio
(Journal of Portfolio Management 40(5), 2014). Ratios are per bar unless said otherwise, of returns that do not
overlap: a strategy's, bar by bar, not those of a horizon.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from allocator.core.bars import Floats
from allocator.core.errors import ForecastError
from allocator.core.text import text

EULER = 0.5772156649015329
LEAST_RETURNS = 10
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Deflated:
    """`sharpe` per bar of what was chosen; `luck`: the ratio that the best of `trials` worthless ones would show.

    `probability` that the true ratio is above zero, given that this was the best of the trials; `alone`, the same if
    nothing else had been tried. Above 0.95 is the usual bar.
    """

    sharpe: float
    luck: float
    probability: float
    alone: float
    trials: float
    times: int

    def annual(self, bars_a_year: float) -> float:
        """The ratio of a year."""
        return self.sharpe * math.sqrt(bars_a_year)


def sharpe(returns: Floats) -> float:
    """Mean over deviation, per bar. Raises: `ForecastError` for less than 10 known returns, or constant ones."""
    returns = _returns(returns)
    return float(returns.mean() / returns.std(ddof=1))


def probabilistic_sharpe(returns: Floats, benchmark: float = 0.0, *, horizon: int = 1) -> float:
    """The probability that the true ratio per bar is above `benchmark`, with skew and fat tails allowed for.

    Returns over `horizon` bars made at every bar overlap: there are as many of them as fit side by side.
    """
    returns = _returns(returns)
    z = (returns - returns.mean()) / returns.std()
    times = len(returns) / horizon
    return probability_above(benchmark, sharpe(returns), times, float((z**3).mean()), float((z**4).mean()))


def probability_above(benchmark: float, ratio: float, times: float, skew: float = 0.0, kurtosis: float = 3.0) -> float:
    """Φ((SR - SR*) √(T - 1) / √(1 - γ₃ SR + (γ₄ - 1)/4 SR²)), equation 9 of the first paper; γ₄ = 3 for a normal."""
    variance = max(1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2, 1e-12)
    return _NORMAL.cdf((ratio - benchmark) * math.sqrt(max(times - 1, 0) / variance))


def expected_best(trials: float, spread: float) -> float:
    """The expected best Sharpe ratio of `trials` independent ones that are worth nothing and deviate by `spread`.

    spread ((1 - γ) Φ⁻¹(1 - 1/N) + γ Φ⁻¹(1 - 1/(N e))), equation 1 of the second paper; 0 for a single trial. The
    equation is for many trials: below two, where it falls under zero, a straight line leads from the single one to it.
    """
    if trials < 2:
        return max(trials - 1, 0.0) * expected_best(2, spread)
    return spread * ((1 - EULER) * _NORMAL.inv_cdf(1 - 1 / trials) + EULER * _NORMAL.inv_cdf(1 - 1 / (trials * math.e)))


def deflated_sharpe(returns: Floats, trials: float, spread: float | None = None, *, horizon: int = 1) -> Deflated:
    """What is left of the Sharpe ratio of (T,) returns that were chosen as the best of `trials` independent trials.

    `spread` is the deviation of the trials' ratios per bar; without it, that of worthless trials of this length,
    1 / √(T / horizon - 1). Count every trial that was evaluated, those deleted too; `independent_trials` discounts
    alike ones. `horizon`: as in `probabilistic_sharpe`.
    """
    returns = _returns(returns)
    alone = 1 / math.sqrt(max(len(returns) / horizon - 1, 1)) if spread is None else spread
    luck = expected_best(trials, alone)
    return Deflated(
        sharpe(returns),
        luck,
        probabilistic_sharpe(returns, luck, horizon=horizon),
        probabilistic_sharpe(returns, horizon=horizon),
        trials,
        len(returns),
    )


def independent_trials(returns: Floats, count: int | None = None) -> float:
    """How many independent trials (N, T) returns are worth: ρ + (1 - ρ) N of the mean correlation ρ, at least 0.

    Appendix 3 of the second paper. 300 models that all buy the same are not 300 trials. Constant trials count as one.
    `count`: how many there were, when `returns` are some of them only.
    """
    moving = np.asarray(returns, dtype=np.float64)
    moving = moving[np.ptp(moving, axis=1) > 0]
    known = len(moving)
    if known < 2:
        return float(max(count or 1, 1))
    z = (moving - moving.mean(axis=1, keepdims=True)) / moving.std(axis=1, keepdims=True)
    total = z.sum(axis=0)
    pairs = (float(total @ total) / z.shape[1] - known) / (known * (known - 1))
    rho = min(max(pairs, 0.0), 1.0)
    return rho + (1 - rho) * max(known, count or 0)


def _returns(returns: Floats) -> Floats:
    returns = np.asarray(returns, dtype=np.float64)
    returns = returns[np.isfinite(returns)]
    if len(returns) < LEAST_RETURNS:
        raise ForecastError(
            text(
                "{times} returns are too few for a Sharpe ratio; {least} are needed.",
                times=len(returns),
                least=LEAST_RETURNS,
            )
        )
    if np.ptp(returns) <= 1e-12 * np.abs(returns).max():
        raise ForecastError(text("The returns never change: there is no Sharpe ratio."))
    return returns
