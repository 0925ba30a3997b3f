"""PyPortfolioOpt's discrete allocation: a portfolio bought from cash, all that it can do, by its intended interface."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from allocator.core.portfolio import Percent
from allocator.optimize import Problem
from benchmarks.naive import Rival, accounted

Allocator = Callable[[Problem], Rival]


def lp_portfolio(solver: str | None) -> Allocator:
    """The integer program; `solver` None is the choice that CVXPY makes by itself."""
    return lambda problem: _allocate(problem, lambda allocation: allocation.lp_portfolio(solver=solver))


def greedy_portfolio(problem: Problem) -> Rival:
    """The greedy rounding."""
    return _allocate(problem, lambda allocation: allocation.greedy_portfolio())


def _allocate(problem: Problem, buy: Callable[[Any], tuple[dict[str, int], float]]) -> Rival:
    """Seconds cover the allocation alone: its inputs are at hand, as they are for ours."""
    import pandas as pd  # noqa: PLC0415 -- only this benchmark needs it
    from pypfopt import DiscreteAllocation  # noqa: PLC0415

    tickers = [position.ticker for position in problem.positions]
    prices = pd.Series([float(position.ask) for position in problem.positions], index=tickers)
    weights = {
        position.ticker: float(position.target.percent) / 100
        for position in problem.positions
        if isinstance(position.target, Percent)
    }
    started = time.perf_counter()
    bought, _ = buy(DiscreteAllocation(weights, prices, total_portfolio_value=float(problem.wealth)))
    seconds = time.perf_counter() - started
    return accounted(problem, seconds, tuple(int(bought.get(ticker, 0)) for ticker in tickers), 0.0)
