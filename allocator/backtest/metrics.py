"""The figures of a backtest: every row of cvxportfolio's report, by its definitions, and what deals cost in all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from allocator.backtest.path import Path
from allocator.core.bars import Floats
from allocator.core.errors import ConfigError
from allocator.core.text import Text, text

YEAR = np.timedelta64(31_556_736, "s")  # 365.24 days, as cvxportfolio counts
EPSILON = 1e-8  # cvxportfolio's, which keeps a ratio finite when nothing moved
LEAST = 1e-12  # of 1 + a return within a logarithm: a growth rate stays a number


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures of one `Path`. Money in roubles, times in seconds, everything else a fraction (0.01 is 1%); no NaN.

    Returns, growth rates and volatilities are of a year. `average_` and `greatest_` costs are of a period, as shares of
    value; `total_cost` is roubles. `deepest_drawdown` is 0 or below. Without a benchmark the active figures stand
    against cash. `FORMULAS` says how each is worked out. `periods` counts the end as one, since cvxportfolio does:
    `Path.periods` is one less, save for a strategy that went broke.
    """

    universe: int
    initial_time: np.datetime64
    final_time: np.datetime64
    periods: int
    periods_a_year: int
    initial_value: float
    final_value: float
    profit: float
    average_return: float
    volatility: float
    average_excess_return: float
    average_active_return: float
    excess_volatility: float
    active_volatility: float
    average_growth_rate: float
    average_excess_growth_rate: float
    average_active_growth_rate: float
    average_fees: float
    greatest_fees: float
    average_spread: float
    greatest_spread: float
    average_impact: float
    greatest_impact: float
    average_cost: float
    greatest_cost: float
    total_cost: float
    sharpe_ratio: float
    information_ratio: float
    average_drawdown: float
    deepest_drawdown: float
    average_leverage: float
    greatest_leverage: float
    average_turnover: float
    greatest_turnover: float
    average_policy_s: float
    average_simulator_s: float
    average_market_data_s: float
    average_result_s: float
    total_s: float


FORMULAS: Mapping[str, Text] = {
    "universe": text("the securities and cash"),
    "initial_time": text("the bar of the first decision"),
    "final_time": text("the bar of the last value"),
    "periods": text("as cvxportfolio counts: P decisions, each held to the next, and the end (not after going broke)"),
    "periods_a_year": text("Y = (P + 1) / (the last time - the first) × 365.24 days, rounded to a whole number"),
    "initial_value": text("v₀: cash and securities at their last prices, before the first deals"),
    "final_value": text("v at the end"),
    "profit": text("the final value - the initial value"),
    "average_return": text("Y × mean of r, r = vₜ₊₁ / vₜ - 1"),
    "volatility": text("√Y × deviation of r (divided by P, not by P - 1)"),
    "average_excess_return": text("Y × mean of (r - return of cash)"),
    "average_active_return": text("Y × mean of (r - return of the benchmark; of cash without one)"),
    "excess_volatility": text("√Y × deviation of (r - return of cash)"),
    "active_volatility": text("√Y × deviation of (r - return of the benchmark)"),
    "average_growth_rate": text("Y × mean of log(1 + r)"),
    "average_excess_growth_rate": text("Y × mean of log(1 + r - return of cash)"),
    "average_active_growth_rate": text("Y × mean of log(1 + r - return of the benchmark)"),
    "average_fees": text("mean of the period's fees / v"),
    "greatest_fees": text("greatest of the period's fees / v"),
    "average_spread": text("mean of half the spread of the period's deals / v"),
    "greatest_spread": text("greatest of half the spread of the period's deals / v"),
    "average_impact": text("mean of the impact of the period's deals / v"),
    "greatest_impact": text("greatest of the impact of the period's deals / v"),
    "average_cost": text("mean of (fees + spread + impact of the period) / v"),
    "greatest_cost": text("greatest of (fees + spread + impact of the period) / v"),
    "total_cost": text("sum of fees, spread and impact, in roubles"),
    "sharpe_ratio": text("the average excess return / (the excess volatility + 1e-8), both of a year"),
    "information_ratio": text("the average active return / (the active volatility + 1e-8), both of a year"),
    "average_drawdown": text("mean of v / (greatest v so far) - 1"),
    "deepest_drawdown": text("least of v / (greatest v so far) - 1"),
    "average_leverage": text("mean of the sum of weights without cash"),
    "greatest_leverage": text("greatest sum of weights without cash"),
    "average_turnover": text(
        "mean of (bought + sold) / (2v), a switch of everything is 100%; over the periods as counted, 0 at the end"
    ),
    "greatest_turnover": text("greatest (bought + sold) / (2v)"),
    "average_policy_s": text("mean seconds of a decision"),
    "average_simulator_s": text("mean seconds of a period besides the decision"),
    "average_market_data_s": text("of them, for reading the market"),
    "average_result_s": text("of them, for putting the result together"),
    "total_s": text("seconds of all decisions and of the simulator"),
}


def periods_a_year(path: Path) -> int:
    """As cvxportfolio implies it: the number of times over their span in years of 365.24 days, rounded."""
    return round(len(path.times) / float((path.times[-1] - path.times[0]) / YEAR))


def metrics(path: Path, *, periods_a_year: int | None = None) -> Metrics:
    """All figures of a path; `periods_a_year` replaces what its times imply.

    Raises: `ConfigError` for a path without a period.
    """
    if not path.periods:
        raise ConfigError(text("{name}: a backtest without a period has no figures.", name=path.name))
    year = periods_a_year if periods_a_year is not None else _implied(path)
    value, held = path.value, path.value[:-1]
    counted = path.periods + (not path.broke)
    average, deviation = _yearly(path.returns, year)
    excess, excess_deviation = _yearly(path.excess_returns, year)
    active, active_deviation = _yearly(path.active_returns, year)
    fees, spread, impact, costs = (each / held for each in (path.fees, path.spread, path.impact, path.costs))
    drawdown, leverage, turnover = path.drawdown, path.leverage, path.turnover
    return Metrics(
        universe=len(path.tickers) + 1,
        initial_time=path.times[0],
        final_time=path.times[-1],
        periods=counted,
        periods_a_year=year,
        initial_value=float(value[0]),
        final_value=float(value[-1]),
        profit=float(value[-1] - value[0]),
        average_return=average,
        volatility=deviation,
        average_excess_return=excess,
        average_active_return=active,
        excess_volatility=excess_deviation,
        active_volatility=active_deviation,
        average_growth_rate=_growth(path.returns, year),
        average_excess_growth_rate=_growth(path.excess_returns, year),
        average_active_growth_rate=_growth(path.active_returns, year),
        average_fees=float(fees.mean()),
        greatest_fees=float(fees.max()),
        average_spread=float(spread.mean()),
        greatest_spread=float(spread.max()),
        average_impact=float(impact.mean()),
        greatest_impact=float(impact.max()),
        average_cost=float(costs.mean()),
        greatest_cost=float(costs.max()),
        total_cost=float(path.costs.sum()),
        sharpe_ratio=excess / (excess_deviation + EPSILON),
        information_ratio=active / (active_deviation + EPSILON),
        average_drawdown=float(drawdown.mean()),
        deepest_drawdown=float(drawdown.min()),
        average_leverage=float(leverage.mean()),
        greatest_leverage=float(leverage.max()),
        average_turnover=float(turnover.sum()) / counted,
        greatest_turnover=float(turnover.max()),
        average_policy_s=float(path.policy_s.mean()),
        average_simulator_s=path.simulator_s / path.periods,
        average_market_data_s=path.market_data_s / path.periods,
        average_result_s=path.result_s / path.periods,
        total_s=path.simulator_s + float(path.policy_s.sum()),
    )


_implied = periods_a_year


def _yearly(returns: Floats, year: int) -> tuple[float, float]:
    return year * float(returns.mean()), float(np.sqrt(year)) * float(returns.std())


def _growth(returns: Floats, year: int) -> float:
    return year * float(np.log(np.maximum(1 + returns, LEAST)).mean())
