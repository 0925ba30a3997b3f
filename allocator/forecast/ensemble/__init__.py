"""Many models' forecasts of the night -> one, with error bars, a covariance, and how far to believe it."""

from allocator.forecast.ensemble.combining import Views, combine
from allocator.forecast.ensemble.forecast import Forecast
from allocator.forecast.ensemble.risk import Risk, estimate_risk
from allocator.forecast.ensemble.spread import dependence, median_bounds

__all__ = ["Forecast", "Risk", "Views", "combine", "dependence", "estimate_risk", "median_bounds"]
