"""A seeded market with forecasts, for us and for the peers: daily returns of three factors, and what is expected."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from allocator.backtest.costs import Costs
from allocator.backtest.forecasts import ForecastTable
from allocator.backtest.market import Market
from allocator.backtest.path import Path
from allocator.backtest.simulator import Rules, Simulator
from allocator.backtest.single_period_strategy import SinglePeriodStrategy
from allocator.core.bars import Floats, Times

GAMMA = 5.0
FEE = 0.0002
CASH = 1e6
START = 2  # the row of the first decision
FORECAST = 0.001  # the deviation of forecasts: a tenth of a daily return's
NEWS = {"anew each day": 0.0, "slowly": 0.9}  # how forecasts change: the correlation with the day before


@dataclass(frozen=True, eq=False)
class World:
    """`returns` (T, N) from each bar to the next, `mean` (T, N) expected of them, `covariance` (N, N) of both."""

    names: tuple[str, ...]
    times: Times
    returns: Floats
    mean: Floats
    covariance: Floats

    @property
    def periods(self) -> int:
        return len(self.times) - 1 - START

    @cached_property
    def market(self) -> Market:
        growth = np.vstack([np.ones(len(self.names)), 1 + self.returns[:-1]])
        return Market.of(self.times, self.names, 100 * np.cumprod(growth, axis=0))

    @cached_property
    def forecasts(self) -> ForecastTable:
        return ForecastTable(self.mean, self.covariance)

    @cached_property
    def simulator(self) -> Simulator:
        return Simulator(self.market)

    def ours(self) -> Path:
        """The whole backtest, its strategy and solver made anew."""
        strategy = SinglePeriodStrategy(self.forecasts, GAMMA)
        return self.simulator.run(strategy, rules())

    def cut(self, periods: int) -> World:
        """The first so many periods of it."""
        rows = slice(START + periods + 1)
        return World(self.names, self.times[rows], self.returns[rows], self.mean[rows], self.covariance)


def rules() -> Rules:
    """Deals at the close, as cvxportfolio's."""
    return Rules(Costs(fee=FEE), CASH, execution="close", start=START)


def world(names: int, periods: int, persistence: float = 0.0) -> World:
    """The same for the same numbers. Forecasts have nothing to do with what comes: only the work matters."""
    rng = np.random.default_rng([names, periods])
    bars = START + periods + 1
    loadings, own = 0.008 * rng.normal(size=(names, 3)), rng.uniform(0.008, 0.02, names)
    returns = rng.normal(size=(bars, 3)) @ loadings.T + own * rng.normal(size=(bars, names))
    return World(
        tuple(f"S{each:02}" for each in range(names)),
        np.datetime64("2015-01-05", "s") + np.arange(bars) * np.timedelta64(86400, "s"),
        returns.clip(-0.5),
        expected(rng, bars, names, persistence),
        loadings @ loadings.T + np.diag(own**2),
    )


def expected(rng: np.random.Generator, bars: int, names: int, persistence: float) -> Floats:
    """(T, N) forecasts, each with this correlation to the one before."""
    found = FORECAST * rng.normal(size=(bars, names))
    for row in range(1, bars):
        found[row] = persistence * found[row - 1] + np.sqrt(1 - persistence**2) * found[row]
    return found
