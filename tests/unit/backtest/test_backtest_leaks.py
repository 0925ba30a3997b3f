"""The future is looked for in past decisions, and found where it was planted."""

from __future__ import annotations

import numpy as np
import pytest

from allocator.backtest.costs import Costs
from allocator.backtest.forecasts import ForecastTable
from allocator.backtest.leaks import find_leaks, find_table_leaks, perturbed
from allocator.backtest.rebalancing import Bands, Calendar
from allocator.backtest.simulator import Rules
from allocator.backtest.single_period_strategy import SinglePeriodStrategy
from allocator.backtest.strategies import BuyAndHold, EqualWeight, FixedTargets, MarketWeight, Momentum
from allocator.core.errors import ConfigError
from allocator.core.panel import filled
from tests.unit.backtest.worlds import NAN, random_world

BARS = 40


def market():
    """With suspensions, a delisting, splits, dividends, interest and a benchmark: all that could tell of the future."""
    generator = np.random.default_rng(5)
    made = random_world(
        BARS,
        4,
        5,
        0.02,
        dividend=np.where(generator.random((BARS, 4)) < 0.05, 2.0, 0.0),
        cash_return=1e-4,
        benchmark=np.exp(generator.normal(0, 0.01, BARS)),
        benchmark_name="IMOEX",
    )
    away = generator.random((BARS, 4)) < 0.08
    away[30:, 3] = True
    made.close[away] = made.open[away] = NAN
    made.turnover[away] = 0.0
    return made


def by_the_past(given):
    """Forecasts that are the mean of the last five returns."""
    close = np.nan_to_num(filled(given.close), nan=100.0)
    returns = np.zeros_like(close)
    returns[1:] = close[1:] / close[:-1] - 1
    mean = np.zeros_like(returns)
    for row in range(len(mean)):
        mean[row] = 0.1 * returns[max(0, row - 4) : row + 1].mean(axis=0)
    return SinglePeriodStrategy(ForecastTable(mean, 4e-4 * np.eye(4)), 3.0)


def oracle_feature(given, horizon: int = 1):
    """The return of the bar to come, which nobody has."""
    close = np.nan_to_num(filled(given.close), nan=100.0)
    found = np.zeros_like(close)
    found[:-horizon] = close[horizon:] / close[:-horizon] - 1
    return found


def oracle(given):
    """A strategy of forecasts with a whiff of it."""
    return SinglePeriodStrategy(ForecastTable(0.01 + 0.05 * oracle_feature(given), 4e-4 * np.eye(4)), 20.0)


@pytest.mark.parametrize("execution", ["close", "next open", "next close"])
@pytest.mark.parametrize(
    "make",
    [
        by_the_past,
        lambda given: EqualWeight(Bands(0.02)),
        lambda given: MarketWeight(window=5, rebalance=Calendar(3)),
        lambda given: Momentum(6, 2, rebalance=Calendar(2)),
        lambda given: FixedTargets(np.array([0.1, 0.2, 0.3, 0.4]), Bands(0.01)),
        lambda given: BuyAndHold(),
    ],
)
def test_no_past_decision_moves_when_the_future_does(make, execution):
    """The future is made up anew after each row of decisions; impact, spread and lots are on."""
    rules = Rules(Costs(0.001, 5.0, 0.001, 0.3), execution=execution, lots=True, start=3)
    rows = range(3, BARS - 1, 4) if make is by_the_past else None  # solving with impact takes milliseconds
    found = find_leaks(make, market(), rules, np.random.default_rng(1), rows=rows)
    assert found.clean, found.verdict(market())
    assert tuple(rows or range(3, BARS - 1)) == found.rows
    assert "No past decision moved when the future was changed after" in str(found.verdict(market()))


def test_no_past_forecast_moves_a_decision_at_any_row():
    """The strategy of forecasts, the future changed after each row of decisions in turn."""
    assert find_leaks(by_the_past, market(), Rules(Costs(0.001)), np.random.default_rng(1)).clean


def test_a_planted_oracle_is_caught():
    """A forecast with a twentieth of the bar to come in it: at every row that was looked at, at that very decision."""
    rows = range(10, 30, 4)
    found = find_leaks(oracle, market(), Rules(), np.random.default_rng(1), rows=rows)
    assert not found.clean
    assert tuple(rows) == tuple(each.perturbed for each in found.leaks)
    assert tuple(rows) == tuple(each.row for each in found.leaks)
    assert "The future leaks: the decision of 2024-01-11 moved by" in str(found.verdict(market()))


def test_a_planted_oracle_feature_is_caught():
    """In a table of features, at every row; three bars ahead, at three rows before."""
    given, generator = market(), np.random.default_rng(1)
    found = find_table_leaks(oracle_feature, given, generator, range(10, 20))
    assert 10 == len(found.leaks)
    far = find_table_leaks(lambda each: oracle_feature(each, 3), given, generator, [20])
    assert [18] == [each.row for each in far.leaks]


def test_a_feature_of_the_past_is_clean():
    """A running mean knows nothing of later bars; a mean of the whole table does."""
    given, generator = market(), np.random.default_rng(1)
    assert find_table_leaks(lambda each: np.cumsum(each.turnover, axis=0), given, generator, range(30)).clean
    centred = find_table_leaks(lambda each: each.turnover - each.turnover.mean(axis=0), given, generator, [7])
    assert [0] == [each.row for each in centred.leaks]


def test_what_is_perturbed():
    """All after the row and nothing up to it; which bars there are stays."""
    given = market()
    other = perturbed(given, 20, np.random.default_rng(1))
    for name in ("open", "close", "turnover", "dividend", "cash_return", "benchmark"):
        one, two = getattr(given, name), getattr(other, name)
        np.testing.assert_array_equal(one[:21], two[:21])
        np.testing.assert_array_equal(np.isnan(one), np.isnan(two))
        assert (np.nan_to_num(one) != np.nan_to_num(two))[21:].any(), name
    other.check()
    assert not other.gaps()


def test_rows_without_a_decision_are_refused():
    """The last bar has none."""
    with pytest.raises(ConfigError, match="after rows 0 to 38"):
        find_leaks(oracle, market(), Rules(), np.random.default_rng(1), rows=[39])
