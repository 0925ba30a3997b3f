"""Naive forecasts: by hand, and blind to what comes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.forecast.evaluation import naive_forecasts
from allocator.forecast.evaluation.naive import LEAST, known

NAMES = ["zero", "last", "mean", "rolling", "ar1", "majority"]


def forward(closes, horizon):
    returns = np.full(closes.shape, np.nan)
    returns[:-horizon] = closes[horizon:] / closes[:-horizon] - 1
    return returns


def walk(rows=120, tickers=3, seed=0):
    rng = np.random.default_rng(seed)
    return 100 * np.cumprod(1 + rng.normal(0, 0.01, (rows, tickers)), axis=0)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 99), st.integers(1, 6), st.integers(30, 110))
def test_the_future_changes_no_forecast(seed: int, horizon: int, cut: int) -> None:
    """Closes after a row may be anything: the forecasts made up to it stay, to the last bit."""
    closes = walk(seed=seed)
    other = closes.copy()
    other[cut + 1 :] = np.random.default_rng(seed + 1).uniform(1, 1000, other[cut + 1 :].shape)
    other[cut + 3] = np.nan
    before = naive_forecasts(forward(closes, horizon), horizon=horizon, rolling=25)
    after = naive_forecasts(forward(other, horizon), horizon=horizon, rolling=25)
    assert NAMES == list(before)
    for name in NAMES:
        np.testing.assert_array_equal(before[name][: cut + 1], after[name][: cut + 1], name)
        assert np.isfinite(after[name]).all()


def test_they_do_read_the_past() -> None:
    """Another close at a row changes the forecasts from there on: the test above could fail."""
    closes = walk()
    other = closes.copy()
    other[60] *= 1.1
    before, after = (naive_forecasts(forward(each, 1)) for each in (closes, other))
    assert [] == [name for name in NAMES[1:] if (before[name][60] == after[name][60]).any()]


def test_the_last_return_and_the_mean_by_hand() -> None:
    """At row t the last return is that from t - h to t; the mean is over all that ended by t."""
    closes = walk()
    found = naive_forecasts(forward(closes, 5), horizon=5, rolling=30)
    assert pytest.approx(closes[60] / closes[55] - 1) == found["last"][60]
    five = closes[5:61] / closes[:56] - 1
    assert pytest.approx(five.mean(axis=0)) == found["mean"][60]
    assert pytest.approx(five[-30:].mean(axis=0)) == found["rolling"][60]
    assert 0 == np.abs(found["zero"]).max()


def test_the_line_is_that_of_least_squares() -> None:
    """AR(1) is the regression of each return on the one before, on pairs that ended by the row."""
    closes = walk(tickers=1)
    r = (closes[1:] / closes[:-1] - 1)[:, 0]
    slope, intercept = np.polyfit(r[:79], r[1:80], 1)
    assert pytest.approx(intercept + slope * r[79]) == naive_forecasts(forward(closes, 1))["ar1"][80, 0]


def test_the_line_finds_an_echo() -> None:
    """On returns that echo by -0.4 the line's forecasts come near -0.4 of the last return."""
    rng = np.random.default_rng(1)
    r = np.zeros(4000)
    for t in range(1, 4000):
        r[t] = -0.4 * r[t - 1] + rng.normal(0, 0.01)
    found = naive_forecasts(np.append(r[1:], np.nan)[:, None])["ar1"][2000:, 0]
    assert pytest.approx(-0.4, abs=0.05) == np.polyfit(r[2000:], found, 1)[0]


def test_the_majority_has_its_sign_and_a_size() -> None:
    """Three of four up by 1 %: (0.75 - 0.25) of 1 %."""
    returns = np.tile([0.01, 0.01, -0.01, 0.01], 25)[:, None]
    assert pytest.approx(0.005) == naive_forecasts(returns)["majority"][80, 0]
    assert pytest.approx(-0.005) == naive_forecasts(-returns)["majority"][80, 0]


def test_a_forecast_always_exists() -> None:
    """Before enough returns are known, over a gap, and of a paper that never moves, it is a number: zero."""
    returns = np.full((60, 2), 0.01)
    returns[:, 1] = 0.0
    returns[40, 0] = np.nan
    returns[41, 0] = np.inf
    found = naive_forecasts(returns)
    assert 0.0 == found["mean"][LEAST - 1, 0]
    assert pytest.approx(0.01) == found["mean"][LEAST, 0]
    assert 0.0 == found["last"][41, 0]
    assert [] == [name for name, each in found.items() if not np.isfinite(each).all() or each[:, 1].any()]


def test_a_horizon_is_a_bar_or_more() -> None:
    """A forecast of the present is a mistake of the caller."""
    with pytest.raises(ValueError, match="0"):
        known(np.zeros((3, 1)), 0)
