"""The strategy of forecasts: against a loop written in CVXPY, and with forecasts, bars or limits that fail it."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.backtest.costs import Costs
from allocator.backtest.forecasts import ForecastTable
from allocator.backtest.simulator import Rules, Simulator, simulate
from allocator.backtest.single_period_strategy import SinglePeriodStrategy
from allocator.core.errors import AllocatorError, ConfigError, ForecastError
from allocator.optimize.single_period import Limits
from tests.unit.backtest.worlds import NAN, random_world, world

GAMMA = 5.0


def forecast(bars: int, names: int, seed: int = 7):
    """Means (T, N) and a covariance (N, N) of one bar."""
    generator = np.random.default_rng(seed)
    factor = generator.standard_normal((names, 2))
    return 0.001 * generator.standard_normal((bars, names)), 1e-4 * (0.3 * factor @ factor.T + np.eye(names))


def by_cvxpy(market, mean, covariance, fee, cash):
    """Values and weights after the deals of the same strategy, dealt at the close: the loop as one would write it."""
    cvxpy = pytest.importorskip("cvxpy")
    bars, names = market.close.shape
    bought, sold = cvxpy.Variable(names, nonneg=True), cvxpy.Variable(names, nonneg=True)
    expected, held = cvxpy.Parameter(names), cvxpy.Parameter(names, nonneg=True)
    after, cost = cvxpy.Variable(names, nonneg=True), fee * cvxpy.sum(bought + sold)
    objective = expected @ after - cost - GAMMA * cvxpy.sum_squares(np.linalg.cholesky(covariance).T @ after)
    problem = cvxpy.Problem(
        cvxpy.Maximize(100 * objective), [after == held + bought - sold, 1 - cvxpy.sum(after) - cost >= 0]
    )
    units, values, weights = np.zeros(names), [cash], []
    for row in range(bars - 1):
        value = cash + units @ market.close[row]
        held.value, expected.value = units * market.close[row] / value, mean[row]
        problem.solve(solver="OSQP", eps_abs=1e-9, eps_rel=1e-9, polishing=True, max_iter=100_000)
        wanted = after.value.clip(0)
        cash = value * (1 - wanted.sum() - fee * np.abs(wanted - held.value).sum())
        units = wanted * value / market.close[row]
        weights.append(wanted)
        values.append(cash + units @ market.close[row + 1])
    return np.array(values), np.array(weights)


@pytest.mark.parametrize("fee", [0.0002, 0.001])
def test_agrees_with_a_loop_in_cvxpy(fee):
    """Values to 1e-6 of value and weights after the deals to 1e-6, with OSQP at 1e-9 and polished."""
    market = random_world(60, 6, 3)
    mean, covariance = forecast(60, 6)
    path = simulate(
        market,
        SinglePeriodStrategy(ForecastTable(mean, covariance), GAMMA),
        Rules(Costs(fee=fee), 1e6, execution="close"),
    )
    values, weights = by_cvxpy(market, mean, covariance, fee, 1e6)
    np.testing.assert_allclose(values, path.value, rtol=1e-6)
    np.testing.assert_allclose(weights, path.weights[:-1] + path.deals / path.value[:-1, None], atol=1e-6)
    assert path.turnover.max() > 0.3  # else nothing was tried
    assert path.turnover.min() < 0.2


def test_a_security_without_a_forecast_is_left_alone_or_sold():
    """B, held from the start, has no forecast on the second bar: it stays, or goes, and an event says which."""
    market = world([[100.0, 100.0]] * 4)
    mean = np.array([[0.001, 0.001], [0.001, NAN], [0.001, 0.001], [0.0, 0.0]])
    table = ForecastTable(mean, 1e-4 * np.eye(2))
    rules = Rules(cash=1000.0, execution="close")
    held = simulate(market, SinglePeriodStrategy(table, GAMMA), rules)
    sold = simulate(market, SinglePeriodStrategy(table, GAMMA, missing="sell"), rules)
    assert held.deals[1, 1] == pytest.approx(0.0, abs=1e-6)
    assert held.weights[2, 1] > 0.4
    assert sold.weights[2, 1] == pytest.approx(0.0, abs=1e-12)
    assert ["From here on securities lack a forecast at times: they are left as they are then."] == [
        str(said) for _, said in held.events
    ]
    assert ["From here on securities lack a forecast at times: they are sold then."] == [
        str(said) for _, said in sold.events
    ]


def test_a_security_without_a_variance_has_no_forecast():
    """It is not bought, though its mean is the best."""
    covariance = np.array([[1e-4, NAN], [NAN, NAN]])
    market = world([[100.0, 100.0]] * 3)
    table = ForecastTable(np.full((3, 2), [0.0001, 0.01]), covariance)
    path = simulate(market, SinglePeriodStrategy(table, GAMMA), Rules(execution="close"))
    assert path.weights[1, 0] > 0.05
    assert path.weights[1, 1] == pytest.approx(0.0, abs=1e-12)


def test_bars_without_any_forecast_are_bars_without_deals():
    """Before the first covariance, and where all means are NaN; said once."""
    mean = np.full((6, 2), 0.001)
    mean[3] = NAN
    table = ForecastTable(mean, 1e-4 * np.eye(2)[None], np.array([2]))
    assert [True, True, False, True, False, False] == [table.at(row) is None for row in range(6)]
    path = simulate(random_world(6, 2), SinglePeriodStrategy(table, GAMMA), Rules(execution="close"))
    assert [True, True, False, True] == [not deals.any() for deals in path.deals[:4]]
    assert 1 == len(path.events)


def test_a_suspended_security_stays_whatever_is_forecast():
    """B has no bar on the second day, and stands above its cap by then: it is kept, and others are dealt."""
    market = world([[100.0, 100.0], [100.0, NAN], [100.0, 100.0], [100.0, 100.0]])
    mean = np.array([[-0.01, 0.01], [0.01, -0.01], [0.01, -0.01], [0.0, 0.0]])
    limits = Limits(upper=np.array([0.4, 0.4]))
    path = simulate(
        market,
        SinglePeriodStrategy(ForecastTable(mean, 1e-4 * np.eye(2)), GAMMA, limits=limits),
        Rules(execution="close", units=np.array([0.0, 3000.0]), cash=700_000.0),
    )
    assert path.deals[1, 1] == pytest.approx(0.0, abs=1e-6)
    assert path.weights[2, 0] == pytest.approx(0.4)
    assert path.weights[3, 1] == pytest.approx(0.0, abs=1e-9)


@given(st.integers(0, 10_000), st.sampled_from(["bar", "forecast"]))
@settings(deadline=None, max_examples=20)
def test_nothing_is_dealt_when_all_wealth_is_in_what_cannot_be_sold(seed, lost):
    """What is held, all but a rounding, loses its bar or its forecast while others look good; then it is sold."""
    rng = np.random.default_rng(seed)
    close, mean = np.full((4, 17), 100.0), 0.01 * rng.standard_normal((4, 17))
    mean[2, 0], mean[2, 1] = -0.1, 0.1
    (close if lost == "bar" else mean)[1, 0] = NAN
    factor = rng.standard_normal((17, 17))
    path = simulate(
        world(close),
        SinglePeriodStrategy(ForecastTable(mean, 1e-5 * (factor @ factor.T + np.eye(17))), 0.5),
        Rules(Costs(fee=0.0002), cash=2.5e-5, units=np.eye(17)[0] * 1e4, execution="close", start=1),
    )
    assert not path.deals[0].any()
    assert path.weights[2, 0] < 0.5


def test_deciding_rarely():
    """At every third bar only."""
    market = random_world(10, 3)
    mean, covariance = forecast(10, 3)
    path = simulate(
        market, SinglePeriodStrategy(ForecastTable(mean, covariance), GAMMA, every=3), Rules(execution="close")
    )
    assert [0, 3, 6] == np.flatnonzero(path.deals.any(axis=1)).tolist()[:3]


@pytest.mark.parametrize(("every", "dealt"), [(1, True), (5, False)])
def test_cash_earns_until_the_next_decision(every, dealt):
    """0.3% is more than cash earns in a bar, and less than it earns in five: nothing is bought for five bars."""
    market = replace(world([[100.0, 100.0]] * 8), cash_return=np.full(8, 0.001))
    table = ForecastTable(np.full((8, 2), 0.003), 1e-6 * np.eye(2))
    path = simulate(market, SinglePeriodStrategy(table, GAMMA, every=every), Rules(execution="close"))
    assert dealt == bool(np.abs(path.deals).sum() > 1.0)


def test_what_cash_will_earn_may_be_said_with_the_forecasts():
    """Then what it earned last does not count, whatever the step."""
    market = replace(world([[100.0, 100.0]] * 8), cash_return=np.full(8, 0.001))
    said = ForecastTable(np.full((8, 2), 0.003), 1e-6 * np.eye(2), cash=np.r_[np.zeros(4), np.full(4, 0.01)])
    path = simulate(market, SinglePeriodStrategy(said, GAMMA, every=4), Rules(execution="close"))
    assert path.weights[1].sum() > 0.9
    assert path.weights[5].sum() < 0.1
    for wrong in (np.zeros(7), np.full(8, NAN)):
        with pytest.raises(ForecastError, match="What cash is expected to earn"):
            ForecastTable(np.zeros((8, 2)), np.eye(2), cash=wrong)


def test_small_deals_are_not_made():
    """No deal is smaller than a twentieth of wealth, save one that sells all of a security."""
    market = random_world(60, 5)
    mean, covariance = forecast(60, 5)
    strategy = SinglePeriodStrategy(ForecastTable(mean, covariance), GAMMA, limits=Limits(minimum_deal=0.05))
    path = simulate(market, strategy, Rules(Costs(fee=0.0005), execution="close"))
    shares = np.abs(path.deals) / path.value[:-1, None]
    out = np.isclose(path.weights[:-1] + path.deals / path.value[:-1, None], 0.0, atol=1e-9)
    assert (shares[(shares > 1e-9) & ~out] >= 0.05 - 1e-6).all()
    assert (shares > 0.05).any()


def test_impact_makes_deals_smaller():
    """The optimiser knows the square root: it deals less where turnover is thin, and pays what it expected."""
    market = random_world(80, 4, turnover=np.full((80, 4), 1e6))
    mean, covariance = forecast(80, 4)
    strategy = SinglePeriodStrategy(ForecastTable(mean, covariance), GAMMA)
    free = simulate(market, strategy, Rules(Costs(), execution="close", start=10))
    dear = simulate(market, strategy, Rules(Costs(impact=0.05), execution="close", start=10))
    assert dear.turnover.mean() < 0.7 * free.turnover.mean()
    assert dear.impact.sum() > 0
    assert (dear.cash >= 0).all()


@pytest.mark.parametrize("execution", ["close", "next open", "next close"])
def test_whole_lots_follow_the_weights(execution):
    """In lots worth a hundredth of a percent, weights after the deals are those of free units to a thousandth."""
    market = random_world(30, 3)
    mean, covariance = forecast(30, 3)
    strategy = SinglePeriodStrategy(ForecastTable(mean, covariance), GAMMA)
    free = simulate(market, strategy, Rules(Costs(fee=0.0005), 1e6, execution=execution))
    whole = simulate(market, strategy, Rules(Costs(fee=0.0005), 1e6, lots=True, execution=execution))
    np.testing.assert_allclose(free.weights, whole.weights, atol=1e-3)


def test_a_covariance_that_is_none_is_named_with_its_bar():
    """One that is not positive semidefinite ends the backtest: its weights would be nonsense."""
    table = ForecastTable(np.full((5, 2), 0.001), np.array([[1e-4, 9e-4], [9e-4, 1e-4]]))
    with pytest.raises(AllocatorError, match="single period, 2024-01-01"):
        simulate(random_world(5, 2), SinglePeriodStrategy(table, GAMMA), Rules())


@pytest.mark.parametrize(
    ("mean", "covariances", "rows", "said"),
    [
        (np.zeros((4, 2)), np.zeros((1, 3, 3)), None, "do not fit"),
        (np.zeros((4, 2)), np.zeros((2, 2, 2)), np.array([0]), "do not fit"),
        (np.zeros((4, 2)), np.zeros((2, 2, 2)), np.array([3, 3]), "do not increase"),
        (np.full((4, 2), np.inf), np.zeros((2, 2)), None, "infinite"),
        (np.zeros((4, 2)), np.array([[1.0, NAN], [NAN, 1.0]]), None, "row 0 has gaps"),
        (np.zeros((4, 2)), np.array([[1.0, 0.5], [0.2, 1.0]]), None, "the same both ways"),
    ],
)
def test_tables_that_cannot_be(mean, covariances, rows, said):
    """Each is refused when it is made, before any backtest."""
    with pytest.raises(ForecastError, match=said):
        ForecastTable(mean, covariances, rows)


def test_forecasts_shorter_than_the_backtest_are_refused():
    """The bar that they lack is named."""
    table = ForecastTable(np.full((3, 2), 0.001), 1e-4 * np.eye(2))
    with pytest.raises(ForecastError, match="3 bars: bar 3"):
        simulate(random_world(6, 2), SinglePeriodStrategy(table, GAMMA), Rules())


@pytest.mark.parametrize(("gamma", "every"), [(0.0, 1), (-1.0, 1), (NAN, 1), (5.0, 0)])
def test_settings_that_cannot_be(gamma, every):
    """A gamma that is not above zero, or deciding never."""
    with pytest.raises(ConfigError, match="cannot be"):
        SinglePeriodStrategy(ForecastTable(np.zeros((3, 2)), np.eye(2)), gamma, every=every)


def test_it_travels_to_another_process():
    """Pickled after use and read back, it decides the same."""
    market = random_world(20, 3)
    mean, covariance = forecast(20, 3)
    strategy = SinglePeriodStrategy(ForecastTable(mean, covariance), GAMMA)
    simulator = Simulator(market)
    first = simulator.run(strategy, Rules())
    second = simulator.run(pickle.loads(pickle.dumps(strategy)), Rules())
    np.testing.assert_array_equal(first.value, second.value)
