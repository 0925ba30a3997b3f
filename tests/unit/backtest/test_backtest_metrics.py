"""The figures of a path, against sums done by hand; `test_backtest_cvxportfolio` holds them to cvxportfolio's own."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from allocator.backtest.metrics import FORMULAS, Metrics, metrics
from allocator.backtest.path import Path
from allocator.backtest.simulator import Rules, simulate
from allocator.core.errors import ConfigError
from tests.unit.backtest.worlds import Scripted, days, world


def path(**more) -> Path:
    """Two periods of one security: +10% and -20%, 40 roubles of fees in all, against cash of 1% and an index of 5%."""
    made = Path(
        "by hand",
        ("A",),
        days(3),
        np.array([100.0, 110.0, 88.0]),
        np.array([100.0, 10.0, 8.0]),
        np.array([[0.0], [0.9], [0.8]]),
        np.array([[90.0], [-11.0]]),
        np.array([10.0, 22.0]),
        np.array([5.0, 0.0]),
        np.array([3.0, 0.0]),
        np.array([0.01, 0.01]),
        np.array([0.05, 0.05]),
        np.array([0.002, 0.004]),
        simulator_s=0.01,
        market_data_s=0.004,
        result_s=0.001,
    )
    return replace(made, **more)


def test_figures_by_hand():
    """Each figure is what its formula says."""
    found = metrics(path())
    year = round(3 / (2 / 365.24))
    assert 548 == year == found.periods_a_year
    assert (2, 3, 100.0, 88.0, -12.0) == (
        found.universe, found.periods, found.initial_value, found.final_value, found.profit,
    )  # fmt: skip
    for expected, figure in (
        (year * -0.05, found.average_return),
        (np.sqrt(year) * 0.15, found.volatility),
        (year * -0.06, found.average_excess_return),
        (year * -0.10, found.average_active_return),
        (year * np.log(1.1 * 0.8) / 2, found.average_growth_rate),
        (year * np.log(1.09 * 0.79) / 2, found.average_excess_growth_rate),
        (year * np.log(1.05 * 0.75) / 2, found.average_active_growth_rate),
        ((0.1 + 0.2) / 2, found.average_fees),
        (0.2, found.greatest_fees),
        (0.025, found.average_spread),
        (0.03, found.greatest_impact),
        ((0.18 + 0.2) / 2, found.average_cost),
        (40.0, found.total_cost),
        (year * -0.06 / (np.sqrt(year) * 0.15 + 1e-8), found.sharpe_ratio),
        (year * -0.10 / (np.sqrt(year) * 0.15 + 1e-8), found.information_ratio),
        (-0.2 / 3, found.average_drawdown),
        (-0.2, found.deepest_drawdown),
        (1.7 / 3, found.average_leverage),
        (0.9, found.greatest_leverage),
        ((0.45 + 0.05) / 3, found.average_turnover),
        (0.45, found.greatest_turnover),
        (0.003, found.average_policy_s),
        (0.005, found.average_simulator_s),
        (0.002, found.average_market_data_s),
        (0.0005, found.average_result_s),
        (0.016, found.total_s),
    ):
        assert expected == pytest.approx(figure, rel=1e-12)


def test_without_a_benchmark_the_active_figures_stand_against_cash():
    """As the reference says of cvxportfolio's policies without one."""
    found = metrics(path(benchmark_returns=None))
    assert found.average_excess_return == found.average_active_return
    assert found.sharpe_ratio == found.information_ratio


def test_a_year_may_be_given():
    """252 periods replace what the times imply."""
    assert 252 * -0.05 == pytest.approx(metrics(path(), periods_a_year=252).average_return)


def test_every_figure_has_a_formula():
    """Field by field, in order."""
    assert [each.name for each in fields(Metrics)] == list(FORMULAS)


def test_a_strategy_that_never_deals_has_figures():
    """No deviation, no costs: zeros, and no NaN."""
    found = metrics(simulate(world([[100.0], [150.0]]), Scripted(), Rules()))
    assert 0.0 == found.sharpe_ratio == found.volatility == found.average_turnover
    for each in fields(Metrics):
        value = getattr(found, each.name)
        assert isinstance(value, np.datetime64) or np.isfinite(value)


def test_losing_all_is_no_nan():
    """A return of -1 has no logarithm: the growth rate is that of losing all but a millionth of a millionth."""
    found = metrics(path(value=np.array([100.0, 110.0, 0.0])))
    assert found.average_excess_growth_rate == pytest.approx(548 * (np.log(1.09) + np.log(1e-12)) / 2)


def test_a_path_without_a_period_has_no_figures():
    """The strategy is named."""
    empty = path(deals=np.zeros((0, 1)))
    with pytest.raises(ConfigError, match="by hand: a backtest without a period"):
        metrics(empty)
