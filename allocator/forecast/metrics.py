"""How good forecasts are: the paper's Winrate and MAPE beside what they must be compared with, and correlation.

All take flat arrays of pairs (forecast return, true return), as fractions; a pair with a NaN does not count. As
r = y / y_t - 1 and y_t > 0, the signs of y - y_t and of r are one, so the paper's formulas on prices and these on
returns give the same numbers.

Pairs of one hour are not independent: the market moves its securities together, and a test that pools 42 of them as
if they were rejects 68 % of true hypotheses at 5 %. So each interval here is made from sums per hour (`times` says
which pairs are of one): hours are the observations, securities only fill them.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Floats
from allocator.core.errors import ForecastError
from allocator.core.text import text

Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Winrate:
    """The share of right directions, in 0..1, of `bars` pairs; NaN when there are none.

    `low` and `high` bound it with 95 % confidence. `majority` is what always naming the more frequent direction of
    these same bars scores, which needs no skill: a Winrate means something above it only.
    """

    rate: float
    low: float
    high: float
    majority: float
    bars: int

    @property
    def skilled(self) -> bool:
        """Whether the whole interval is above the majority's rate."""
        return self.low > self.majority


@dataclass(frozen=True, slots=True)
class Scores:
    """All of a set of forecasts. `mape` and `naive_mape` (of the forecast "no change") are in percent.

    `correlation` is Pearson's over all pairs, NaN when either side is constant.
    """

    winrate: Winrate
    winrate_nonzero: Winrate
    mape: float
    naive_mape: float
    correlation: float
    pairs: int
    hours: int

    def plain(self) -> dict[str, Any]:
        """For JSON; NaN becomes None."""
        return _without_nan(asdict(self))


def winrate(forecasts: Floats, returns: Floats, times: NDArray[np.generic], *, horizon: int = 1) -> Winrate:
    """The paper's formula 2: the mean of [sign(y_i - y_{i-1}) = sign(ŷ_i - y_{i-1})].

    A bar without a change is named rightly by a forecast of exactly no change only; leave such bars out beforehand
    (`score` gives both). The interval: the rate is a ratio of sums over hours, its variance that of a ratio with
    Newey-West weights (Econometrica 55(3), 1987) for what hours share with their neighbours, at least over the
    horizon; Wilson's interval (JASA 22, 1927) at as many independent bars as give this variance keeps it in 0..1.
    """
    forecasts, returns, times = _pairs(forecasts, returns, times)
    if not len(returns):
        return Winrate(math.nan, math.nan, math.nan, math.nan, 0)
    right = (np.sign(forecasts) == np.sign(returns)).astype(np.float64)
    rate = float(right.mean())
    signs = np.sign(returns)
    majority = max(float((signs == sign).mean()) for sign in (-1, 0, 1))
    low, high = wilson(rate, _effective(right - rate, times, rate, horizon))
    return Winrate(rate, low, high, majority, len(returns))


def wilson(rate: float, size: float) -> tuple[float, float]:
    """The 95 % interval of a share that was observed `size` times independently (size need not be whole)."""
    z2 = Z95**2
    middle = (rate + z2 / (2 * size)) / (1 + z2 / size)
    half = Z95 / (1 + z2 / size) * math.sqrt(rate * (1 - rate) / size + z2 / (4 * size**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def _effective(errors: Floats, times: NDArray[np.generic], rate: float, horizon: int) -> float:
    """How many independent bars would give the variance that the mean of these dependent ones has; at least one."""
    variance = mean_variance(errors, times, horizon)
    if variance <= 0 or not 0 < rate < 1:
        return float(len(np.unique(times)))  # all alike: each hour says so once
    return max(1.0, rate * (1 - rate) / variance)


def mean_variance(errors: Floats, times: NDArray[np.generic], horizon: int = 1) -> float:
    """The variance of the mean of `errors` (their own mean is zero), dependent within an hour and between near ones.

    Bartlett's weights over 4 (hours / 100)^(2/9) lags, or the horizon's overlap if that is more.
    """
    sums = per_hour(errors, times)
    hours = len(sums)
    lags = min(max(int(4 * (hours / 100) ** (2 / 9)), horizon - 1), hours - 1)
    total = float(sums @ sums)
    for lag in range(1, lags + 1):
        total += 2 * (1 - lag / (lags + 1)) * float(sums[lag:] @ sums[:-lag])
    return total / len(errors) ** 2


def per_hour(values: Floats, times: NDArray[np.generic]) -> Floats:
    """(hours,) sums of the values of each time, times increasing."""
    _, which = np.unique(times, return_inverse=True)
    return np.bincount(which, weights=values).astype(np.float64)


def mape(forecasts: Floats, returns: Floats) -> float:
    """The mean of |y - ŷ| / y in percent, which is 100 |r̂ - r| / (1 + r); NaN without pairs."""
    forecasts, returns, _ = _pairs(forecasts, returns, returns)
    return float(np.mean(100 * np.abs(forecasts - returns) / (1 + returns))) if len(returns) else math.nan


def correlation(forecasts: Floats, returns: Floats) -> float:
    """Pearson's; NaN when there are fewer than two pairs or one side is constant."""
    forecasts, returns, _ = _pairs(forecasts, returns, returns)
    if len(returns) < 2 or np.ptp(forecasts) == 0 or np.ptp(returns) == 0:
        return math.nan
    return float(np.corrcoef(forecasts, returns)[0, 1])


def score(forecasts: Floats, returns: Floats, times: NDArray[np.generic], *, horizon: int = 1) -> Scores:
    """Every figure of a set of forecasts. Raises: `ForecastError` when no pair is known."""
    forecasts, returns, times = _pairs(forecasts, returns, times)
    if not len(returns):
        raise ForecastError(text("No forecast has a known return to compare it with."))
    moved = returns != 0
    return Scores(
        winrate(forecasts, returns, times, horizon=horizon),
        winrate(forecasts[moved], returns[moved], times[moved], horizon=horizon),
        mape(forecasts, returns),
        mape(np.zeros_like(returns), returns),
        correlation(forecasts, returns),
        len(returns),
        len(np.unique(times)),
    )


def _pairs(
    forecasts: Floats, returns: Floats, times: NDArray[np.generic]
) -> tuple[Floats, Floats, NDArray[np.generic]]:
    forecasts, returns = np.asarray(forecasts, dtype=np.float64), np.asarray(returns, dtype=np.float64)
    known = np.isfinite(forecasts) & np.isfinite(returns)
    return forecasts[known], returns[known], np.asarray(times)[known]


def _without_nan(value: Any) -> Any:  # noqa: ANN401 -- JSON
    if isinstance(value, dict):
        return {name: _without_nan(each) for name, each in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
