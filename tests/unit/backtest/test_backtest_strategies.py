"""Strategies without a forecast, and the rules that bring weights back."""

from __future__ import annotations

import numpy as np
import pytest

from allocator.backtest.rebalancing import Bands, Calendar
from allocator.backtest.simulator import Rules, simulate
from allocator.backtest.strategies import BuyAndHold, EqualWeight, FixedTargets, MarketWeight, Momentum
from allocator.core.errors import ConfigError
from tests.unit.backtest.worlds import NAN, random_world, world

AT_CLOSE = Rules(cash=1000.0, execution="close")


def dealt(path) -> list[int]:
    """The decisions that were followed by deals."""
    return np.flatnonzero(np.abs(path.deals).max(axis=1) > 1e-6).tolist()


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("day", list(range(69))),
        ("week", [0, 7, 14, 21, 28, 35, 42, 49, 56, 63]),  # 2024-01-01 is a Monday
        ("month", [0, 31, 60]),
        ("quarter", [0]),
        ("year", [0]),
        (10, [0, 10, 20, 30, 40, 50, 60]),
    ],
)
def test_a_calendar_deals_at_the_first_bar_of_each(every, expected):
    """70 days from the first of January of a leap year."""
    path = simulate(random_world(70, 3), EqualWeight(Calendar(every)), AT_CLOSE)
    assert expected == dealt(path)


def test_quarters_and_years():
    """Of 400 days from the first of January 2024: April, July, October, the new year."""
    market = random_world(400, 2)
    targets = FixedTargets(np.array([0.3, 0.3]), Calendar("quarter"))
    assert [0, 91, 182, 274, 366] == dealt(simulate(market, targets, AT_CLOSE))
    targets = FixedTargets(np.array([0.3, 0.3]), Calendar("year"))
    assert [0, 366] == dealt(simulate(market, targets, AT_CLOSE))


def test_bands_deal_when_a_weight_is_off():
    """Half and half; A at 120 is 54.5%, within 5 points, at 125 it is 55.6% and is brought back."""
    market = world([[100, 100], [120, 100], [125, 100], [125, 100]])
    path = simulate(market, FixedTargets(np.array([0.5, 0.5]), Bands(0.05)), AT_CLOSE)
    assert [0, 2] == dealt(path)
    np.testing.assert_allclose([0.5, 0.5], path.weights[3])


def test_bands_ignore_what_cannot_be_dealt():
    """A suspended security that is off by much does not make the others deal at every bar."""
    market = world([[100, 100], [100, NAN], [100, NAN], [100, 100]])
    path = simulate(
        market, FixedTargets(np.array([0.5, 0.2]), Bands(0.05)), Rules(cash=1e3, units=np.array([0.0, 9.0]))
    )
    assert 1 >= len(dealt(path))


def test_equal_weight_shares_what_the_suspended_leave():
    """B keeps its 60%; A and C get 20% each."""
    market = world([[100, 100, 100]] * 2 + [[100, NAN, 100]] * 2 + [[100, 100, 100]])
    path = simulate(
        market, EqualWeight(Calendar(2)), Rules(cash=400.0, units=np.array([0.0, 6.0, 0.0]), execution="close", start=2)
    )
    np.testing.assert_allclose([0.2, 0.6, 0.2], path.weights[1])
    np.testing.assert_allclose([200, 0, 200], path.deals[0], atol=1e-9)


def test_the_market_by_turnover():
    """Of the last two bars, 1 and 3 against 4 and 8: a quarter and three quarters."""
    turnover = np.array([[9e9, 1.0], [1.0, 4.0], [3.0, 8.0], [1.0, 1.0]])
    path = simulate(world(np.full((4, 2), 100.0), turnover=turnover), MarketWeight(window=2), Rules(start=2))
    np.testing.assert_allclose([0.25, 0.75], path.weights[1])


def test_the_market_by_given_sizes():
    """One row for all bars, or a row for each; what is unknown has no size."""
    market = world(np.full((4, 3), 100.0))
    same = simulate(market, MarketWeight(np.array([1.0, 3.0, NAN])), AT_CLOSE)
    np.testing.assert_allclose([0.25, 0.75, 0], same.weights[1])
    table = np.array([[1.0, 0, 0], [1.0, 1.0, 0], [0, 0, 1.0], [0, 1.0, 0]])
    path = simulate(market, MarketWeight(table, rebalance=Calendar(1)), AT_CLOSE)
    np.testing.assert_allclose([[1, 0, 0], [0.5, 0.5, 0], [0, 0, 1]], path.weights[1:], atol=1e-12)


def test_buy_and_hold_deals_once():
    """What cannot be dealt at the start leaves its share to others; dividends stay cash."""
    market = world([[100, NAN], [100, 50], [200, 50]], dividend=np.array([[0, 0], [10, 0], [0, 0.0]]))
    path = simulate(market, BuyAndHold(), AT_CLOSE)
    assert [0] == dealt(path)
    np.testing.assert_allclose([1000, 1100, 2100], path.value)
    part = simulate(world([[100.0, 50.0]] * 3), BuyAndHold(np.array([0.6, 0.2])), AT_CLOSE)
    np.testing.assert_allclose([0.6, 0.2], part.weights[1])


def test_buy_and_hold_keeps_what_there_is():
    """Who begins with securities deals nothing at all."""
    path = simulate(random_world(5, 2), BuyAndHold(), Rules(units=np.array([1.0, 0.0])))
    assert [] == dealt(path)


def test_momentum_holds_the_best_of_the_last_bars():
    """B rose most by price, but C's dividend and split made more; A fell."""
    close = np.array([[100, 100, 100], [90, 130, 45], [80, 140, 50], [80, 140, 50]])
    market = world(close, ratio=np.where(np.arange(12).reshape(4, 3) == 5, 2.0, 1.0),
                   dividend=np.where(np.arange(12).reshape(4, 3) == 8, 25.0, 0.0))  # fmt: skip
    path = simulate(market, Momentum(lookback=2, top=1), AT_CLOSE)
    assert [2] == dealt(path)
    np.testing.assert_allclose([0, 0, 1], path.weights[3])


def test_momentum_skips_the_last_bars():
    """Without the last bar, A is the best."""
    close = np.array([[100, 100], [150, 100], [100, 190], [100, 190.0]])
    np.testing.assert_allclose([0, 1], simulate(world(close), Momentum(2, 1), AT_CLOSE).weights[3])
    np.testing.assert_allclose([1, 0], simulate(world(close), Momentum(2, 1, skip=1), AT_CLOSE).weights[3])


def test_momentum_leaves_out_what_is_not_known():
    """B was not listed at the beginning of the lookback: with a top of two, all is in A."""
    close = np.array([[100, NAN], [101, 100], [102, 190], [102, 190]])
    np.testing.assert_allclose([1, 0], simulate(world(close), Momentum(2, 2), AT_CLOSE).weights[3])


@pytest.mark.parametrize(
    "make",
    [
        lambda: Calendar("fortnight"),
        lambda: Calendar(0),
        lambda: Bands(0.0),
        lambda: Bands(NAN),
        lambda: FixedTargets(np.array([0.6, 0.6])),
        lambda: FixedTargets(np.array([NAN, 0.6])),
        lambda: BuyAndHold(np.array([-0.1, 0.6])),
        lambda: MarketWeight(window=0),
        lambda: MarketWeight(np.array([-1.0, 1.0])),
        lambda: Momentum(0),
        lambda: Momentum(5, 1, skip=5),
    ],
)
def test_settings_that_cannot_be(make):
    """Refused when made, before any backtest."""
    with pytest.raises(ConfigError):
        make()
