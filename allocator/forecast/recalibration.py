"""From what a network says to an expected return.

Trained with λ > 0 a network says a quantile, and any network overstates what little it knows. So the returns of the
validation window, which training did not see, are regressed on its forecasts, and the line is shrunk by how uncertain
it is: a network without proven use ends with the slope zero, and its forecast is then no more than a shrunken mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Floats
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.metrics import mean_variance

LEAST_HOURS = 30  # fewer say nothing about a line


@dataclass(frozen=True, slots=True)
class Recalibration:
    """E[r] = intercept + slope * r̂, with slope >= 0; `slope_error` is the standard error of the line before shrinking.

    The fitted line and what it was shrunk from are kept for reports: `raw_slope` may be negative or above one.
    """

    slope: float
    intercept: float
    raw_slope: float
    slope_error: float
    hours: int

    def apply(self, forecasts: Floats) -> Floats:
        """Expected returns, of the shape of the forecasts; NaN stays NaN."""
        return self.intercept + self.slope * np.asarray(forecasts, dtype=np.float64)


def recalibrate(
    forecasts: Floats,
    returns: Floats,
    times: NDArray[np.generic],
    sigma: Floats | None = None,
    *,
    horizon: int = 1,
) -> Recalibration:
    """Fit on the pairs of a validation window: flat arrays of fractions, `times` says which are of one hour.

    With `sigma` (the volatility behind each pair) each counts by 1/σ², so that a few wild securities do not draw the
    line. Both the slope and the mean return are multiplied by max(0, 1 - (error / value)²), the positive-part
    Stein rule (James & Stein, 1961), with errors that know hours to be dependent (`metrics`).

    Raises: `ForecastError` for fewer than 30 hours of known pairs.
    """
    known = np.isfinite(forecasts) & np.isfinite(returns)
    weights = np.ones(len(known)) if sigma is None else _inverse_square(np.asarray(sigma, dtype=np.float64))
    known &= weights > 0
    x, y, at, w = (np.asarray(each)[known] for each in (forecasts, returns, times, weights))
    x, y = x.astype(np.float64), y.astype(np.float64)
    hours = len(np.unique(at))
    if hours < LEAST_HOURS:
        raise ForecastError(
            text("{hours} bars with known returns are too few to recalibrate forecasts.", hours=hours),
            text("Make the validation window {least} bars or longer.", least=LEAST_HOURS),
        )
    w = w / w.mean()
    x_mean, y_mean = float(np.mean(w * x)), float(np.mean(w * y))
    spread = float(np.mean(w * (x - x_mean) ** 2))
    slope, error = 0.0, math.inf
    if spread > (1e-9 * max(1e-9, abs(x_mean))) ** 2:
        slope = float(np.mean(w * (x - x_mean) * (y - y_mean))) / spread
        residual = y - y_mean - slope * (x - x_mean)
        error = math.sqrt(max(mean_variance(w * (x - x_mean) * residual, at, horizon), 0.0)) / spread
    kept = max(slope, 0.0) * _trust(slope, error)
    mean_error = math.sqrt(max(mean_variance(w * (y - y_mean), at, horizon), 0.0))
    mean = y_mean * _trust(y_mean, mean_error)
    return Recalibration(kept, mean - kept * x_mean, slope, error, hours)


def _trust(value: float, error: float) -> float:
    return max(0.0, 1 - (error / value) ** 2) if value and math.isfinite(error) else 0.0


def _inverse_square(sigma: Floats) -> Floats:
    """1/σ², zero where σ is unknown or not positive; the calmest tenth counts alike, or a flat line would be all."""
    good = np.isfinite(sigma) & (sigma > 0)
    if not good.any():
        return np.zeros_like(sigma)
    least = np.quantile(sigma[good], 0.1)
    return np.where(good, 1 / np.maximum(np.where(good, sigma, 1.0), least) ** 2, 0.0)
