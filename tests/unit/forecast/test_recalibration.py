"""From a network's word to an expected return: the line that the truth has, or nothing."""

from __future__ import annotations

import numpy as np
import pytest

from allocator.core.errors import ForecastError
from allocator.forecast.recalibration import recalibrate

HOURS, SECURITIES = 400, 10
AT = np.repeat(np.arange(HOURS), SECURITIES)


def world(slope: float, mean: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Forecasts x and returns mean + slope * x + noise, with a market that moves all securities of an hour."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 0.01, HOURS * SECURITIES)
    noise = np.repeat(rng.normal(0, 0.005, HOURS), SECURITIES) + rng.normal(0, 0.01, x.shape)
    return x, mean + slope * x + noise


def test_an_overstated_forecast_is_brought_down():
    """Half of each forecast comes true: the slope is about a half, and the expected return with it."""
    x, y = world(0.5, mean=0.003)
    line = recalibrate(x, y, AT)
    assert pytest.approx(0.5, abs=0.05) == line.slope
    assert pytest.approx(0.003 + 0.5 * 0.02, abs=0.002) == float(line.apply(np.array([0.02]))[0])
    assert HOURS == line.hours


def test_a_forecast_that_is_wrong_way_round_is_not_believed():
    """A negative slope becomes none: what is left is one number for all."""
    x, y = world(-0.5)
    line = recalibrate(x, y, AT)
    assert 0.0 == line.slope
    assert line.raw_slope < -0.4
    assert 1 == len(set(line.apply(x)))


def test_a_worthless_forecast_is_shrunk_to_almost_nothing():
    """Over many worlds without a signal the slope kept is a fraction of the slope found by chance."""
    lines = [recalibrate(*world(0.0, seed=seed), AT) for seed in range(40)]
    assert np.mean([line.slope for line in lines]) < 0.5 * np.mean([abs(line.raw_slope) for line in lines])
    assert sum(line.slope == 0 for line in lines) >= 20


def test_a_constant_forecast_has_no_slope():
    """Nothing to regress on; the error of the slope is infinite and the mean is all."""
    _, y = world(0.0, mean=0.01)
    line = recalibrate(np.full(len(y), 0.02), y, AT)
    assert 0.0 == line.slope
    assert np.isinf(line.slope_error)
    assert pytest.approx(0.01, abs=0.001) == line.intercept


def test_a_wild_security_does_not_draw_the_line():
    """Weighted by 1/σ² the calm nine tell the slope; unweighted, one of a hundredfold volatility does."""
    x, y = world(0.5)
    sigma = np.full(len(x), 0.01)
    wild = np.arange(len(x)) % SECURITIES == 0
    rng = np.random.default_rng(1)
    x, y, sigma = x.copy(), y.copy(), np.where(wild, 1.0, sigma)
    y[wild], x[wild] = rng.normal(0, 1, wild.sum()), rng.normal(0, 1, wild.sum())
    assert pytest.approx(0.5, abs=0.06) == recalibrate(x, y, AT, sigma).raw_slope
    assert abs(recalibrate(x, y, AT).raw_slope) < 0.2


def test_unknown_pairs_do_not_count_and_too_few_are_refused():
    """NaN returns and securities without a volatility are left out; under 30 bars there is no line."""
    x, y = world(0.5)
    holes = y.copy()
    holes[AT >= 200] = np.nan
    first = AT < 200
    assert recalibrate(x[first], y[first], AT[first]) == recalibrate(x, holes, AT)
    with pytest.raises(ForecastError, match="29 bars"):
        recalibrate(x[AT < 29], y[AT < 29], AT[AT < 29])
    with pytest.raises(ForecastError, match="0 bars"):
        recalibrate(x, y, AT, np.zeros(len(x)))


def test_applied_to_nan_it_is_nan():
    """A forecast that is not there stays so."""
    assert np.isnan(recalibrate(*world(0.5), AT).apply(np.array([np.nan]))[0])
