"""Winrate, MAPE and correlation by hand, and intervals that hold what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from allocator.core.errors import ForecastError
from allocator.forecast.metrics import correlation, mape, mean_variance, score, wilson, winrate

HOURS = np.arange(4)


def test_winrate_by_hand():
    """Up right, down right, up wrong, and no change named by a forecast of a change: two of four."""
    found = winrate(np.array([0.01, -0.02, 0.01, 0.01]), np.array([0.03, -0.01, -0.01, 0.0]), HOURS)
    assert 0.5 == found.rate
    assert 0.5 == found.majority  # two of the four go down
    assert 4 == found.bars


def test_winrate_is_the_papers_formula_on_prices():
    """Formula 2 on prices, sign(y_i - y_{i-1}) = sign(ŷ_i - y_{i-1}), and this on returns are one number."""
    rng = np.random.default_rng(1)
    y = 250 * np.cumprod(1 + rng.normal(0, 0.01, 200))
    y[50:60] = y[50]
    y_hat = y[:-1] * (1 + rng.normal(0, 0.01, 199))
    paper = np.mean(np.sign(y[1:] - y[:-1]) == np.sign(y_hat - y[:-1]))
    assert paper == winrate(y_hat / y[:-1] - 1, y[1:] / y[:-1] - 1, np.arange(199)).rate


def test_a_forecast_of_no_change_is_right_on_bars_without_one():
    """sign(0) = sign(0): on all bars the zero forecast has their share, on the others nothing."""
    found = score(np.zeros(4), np.array([0.0, 0.01, 0.0, 0.0]), HOURS)
    assert (0.75, 0.75) == (found.winrate.rate, found.winrate.majority)
    assert (0.0, 1.0, 1) == (found.winrate_nonzero.rate, found.winrate_nonzero.majority, found.winrate_nonzero.bars)


def test_mape_and_correlation_by_hand():
    """The paper's figure 1: from 100 the price goes to 105; 115 is 9.52 % off and 95 as much, of opposite use."""
    assert pytest.approx(100 * 10 / 105) == mape(np.array([0.15]), np.array([0.05]))
    assert pytest.approx(100 * 10 / 105) == mape(np.array([-0.05]), np.array([0.05]))
    assert pytest.approx(1.0) == correlation(np.array([1.0, 2, 3]), np.array([2.0, 4, 6]))
    assert math.isnan(correlation(np.zeros(3), np.array([2.0, 4, 6])))


def test_pairs_that_are_not_known_do_not_count():
    """NaN on either side leaves the pair out; with none left there is nothing to say."""
    forecasts, returns = np.array([0.1, np.nan, 0.1]), np.array([0.1, 0.1, np.nan])
    found = score(forecasts, returns, np.arange(3))
    assert (1, 1) == (found.pairs, found.hours)
    with pytest.raises(ForecastError, match="known return"):
        score(forecasts[1:], returns[1:], np.arange(2))
    assert math.isnan(winrate(forecasts[1:], returns[1:], np.arange(2)).rate)


def test_scores_go_to_json():
    """NaN is no JSON: it becomes None, at any depth."""
    plain = score(np.zeros(3), np.zeros(3), np.arange(3)).plain()
    assert None is plain["correlation"]
    assert None is plain["winrate_nonzero"]["rate"]
    assert 1.0 == plain["winrate"]["rate"]


def test_wilson_by_the_book():
    """15 of 20: the published example has 0.531 to 0.888."""
    low, high = wilson(0.75, 20)
    assert (0.531, 0.888) == (round(low, 3), round(high, 3))


@given(hnp.arrays(np.float64, st.integers(1, 60), elements=st.floats(-0.05, 0.05)), st.integers(0, 9))
def test_an_interval_holds_its_rate(returns: np.ndarray, seed: int):
    """Whatever the data: 0 <= low <= rate <= high <= 1."""
    forecasts = np.random.default_rng(seed).normal(size=len(returns))
    found = winrate(forecasts, returns, np.arange(len(returns)) // 3)
    assert 0 <= found.low <= found.rate + 1e-12
    assert found.rate - 1e-12 <= found.high <= 1


def test_independent_bars_give_the_usual_variance():
    """One security, independent hours: the variance of a mean is that of a coin over n, within noise."""
    right = (np.random.default_rng(2).random(4000) < 0.5).astype(float)
    assert pytest.approx(0.25 / 4000, rel=0.25) == mean_variance(right - right.mean(), np.arange(4000))


def test_copies_of_a_security_add_nothing():
    """Forty identical securities are one: the interval is that of one, not a sixth of it."""
    rng = np.random.default_rng(3)
    returns, forecasts = rng.normal(size=300), rng.normal(size=300)
    one = winrate(forecasts, returns, np.arange(300))
    forty = winrate(np.tile(forecasts, 40), np.tile(returns, 40), np.tile(np.arange(300), 40))
    assert pytest.approx((one.low, one.high)) == (forty.low, forty.high)


def test_intervals_cover_where_securities_move_together():
    """Nineteen in twenty intervals of a worthless forecast hold one half, though 20 securities share a market."""
    rng = np.random.default_rng(4)
    at = np.repeat(np.arange(250), 20)
    covered = 0
    for _ in range(200):
        returns = (rng.normal(size=(250, 1)) + 0.5 * rng.normal(size=(250, 20))).ravel()
        calls = np.repeat(rng.normal(size=250), 20)
        found = winrate(calls, returns, at)
        covered += found.low <= 0.5 <= found.high
    assert 180 <= covered <= 200


def test_overlapping_returns_widen_the_interval():
    """Forecasts over ten bars made each bar are a tenth as many: their interval is wider than if they were not."""
    rng = np.random.default_rng(5)
    returns = np.convolve(rng.normal(size=1009), np.ones(10), "valid")
    forecasts = np.repeat(rng.normal(size=100), 10)
    naive = winrate(forecasts, rng.permutation(returns), np.arange(1000))
    aware = winrate(forecasts, returns, np.arange(1000), horizon=10)
    assert aware.high - aware.low > 1.5 * (naive.high - naive.low)


def test_skill_is_above_the_majority():
    """70 % right where 70 % go down is no skill; where half do, it is."""
    rng = np.random.default_rng(6)
    down = np.where(rng.random(1000) < 0.7, -1.0, 1.0)
    assert not winrate(-np.ones(1000), down, np.arange(1000)).skilled
    even = np.where(rng.random(1000) < 0.5, -1.0, 1.0)
    assert winrate(even * np.where(rng.random(1000) < 0.7, 1, -1), even, np.arange(1000)).skilled
