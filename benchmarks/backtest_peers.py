"""The same backtests by cvxportfolio, and by a loop in CVXPY; imported by who measures them only."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import numpy as np

from allocator.core.bars import Floats
from benchmarks.backtest_world import CASH, FEE, GAMMA, START, World

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import cvxportfolio as cvx
    import cvxpy as cp
    import pandas as pd
    from cvxportfolio.constraints.base_constraints import InequalityConstraint

TOLERANCES = (1e-12, 1e-11, 1e-10)  # of Clarabel: at the first it stops for want of progress now and then
CVXPY_UNIT = 1000.0  # the objective is some thousandths, and the tolerances are absolute too


def tight(tolerance: float) -> dict[str, Any]:
    """What tells CVXPY to solve to this tolerance."""
    gaps = {f"tol_{name}": tolerance for name in ("gap_abs", "gap_rel", "feas")}
    return {"solver": "CLARABEL", "tol_ktratio": 1e3 * tolerance, **gaps}


@dataclass(frozen=True, eq=False)
class Outcome:
    """`value` (P + 1,) roubles, `weights` (P, N) after the deals of each period, without cash."""

    value: Floats
    weights: Floats


class Peer:
    """cvxportfolio with the data of a world, read once: a backtest is timed from there, as ours is."""

    def __init__(self, world: World) -> None:
        self.index = pd.DatetimeIndex(world.times).tz_localize("UTC")
        self.names, self.world = list(world.names), world
        returns = pd.DataFrame(world.returns, self.index, self.names)
        returns["cash"] = 0.0
        data = cvx.UserProvidedMarketData(returns=returns, cash_key="cash", min_history=pd.Timedelta(0))
        self.simulator = cvx.MarketSimulator(market_data=data, costs=[cvx.TransactionCost(a=FEE, b=None)])
        self.covariance = pd.DataFrame(world.covariance, self.names, self.names)

    def policy(self, mean: Floats, gamma: float, *, matched: bool = False) -> Any:
        """`matched`: its solver at a tight tolerance, and costs paid out of cash as they are by us."""
        objective = (
            cvx.ReturnsForecast(pd.DataFrame(mean, self.index, self.names))
            - gamma * cvx.FullCovariance(self.covariance)
            - cvx.TransactionCost(a=FEE, b=None)
        )
        limits = [cvx.LongOnly(applies_to_cash=True), *([CashPays()] if matched else [])]
        return cvx.SinglePeriodOptimization(objective, limits, **(tight(TOLERANCES[0]) if matched else {}))

    def run(self, *, matched: bool = False) -> Outcome:
        """The whole backtest, its policy made anew."""
        with quiet():
            policy = self.policy(self.world.mean, GAMMA, matched=matched)
            found = self.simulator.backtest(policy, self.index[START], self.index[-1], CASH)
        return Outcome(found.v.to_numpy(), found.w_plus.iloc[: len(found.returns), :-1].to_numpy())

    def grid(self, means: Sequence[Floats], gammas: Sequence[float], workers: int) -> int:
        """`backtest_many` over all pairs, in so many processes; how many there were."""
        with quiet(), patch("cvxportfolio.simulator.cpu_count", lambda: workers):
            policies = [self.policy(mean, gamma) for mean in means for gamma in gammas]
            return len(self.simulator.backtest_many(policies, self.index[START], self.index[-1], CASH))


class CashPays(InequalityConstraint):  # type: ignore[misc]  # untyped
    """Cash that is left after the deals and their costs is not below zero: its own limit forgets the costs."""

    def _compile_constr_to_cvxpy(self, w_plus: Any, z: Any, **_: Any) -> Any:
        return FEE * cp.norm1(z[:-1]) - w_plus[-1]

    def _rhs(self) -> float:
        return 0.0


class quiet(warnings.catch_warnings):  # noqa: N801 -- a context, named as those of the library are
    """Without its warnings, of pandas and of solvers at their last digits."""

    def __enter__(self) -> None:
        super().__enter__()
        warnings.simplefilter("ignore")
        logging.getLogger("cvxportfolio").setLevel(logging.CRITICAL)


def by_cvxpy(world: World) -> Outcome:
    """The loop as one would write it: one parametrised problem, as tight as Clarabel can, books of its own."""
    count = len(world.names)
    bought, sold, after = (cp.Variable(count, nonneg=True) for _ in range(3))
    expected, held = cp.Parameter(count), cp.Parameter(count, nonneg=True)
    cost = FEE * cp.sum(bought + sold)
    risk = cp.sum_squares(np.linalg.cholesky(world.covariance).T @ after)
    problem = cp.Problem(
        cp.Maximize(CVXPY_UNIT * (expected @ after - cost - GAMMA * risk)),
        [after == held + bought - sold, cp.sum(after) + cost <= 1],
    )
    worth, cash, value, weights = np.zeros(count), CASH, [CASH], []
    for row in range(START, START + world.periods):
        held.value, expected.value = worth / value[-1], world.mean[row]
        with quiet():
            for tolerance in TOLERANCES:
                problem.solve(**tight(tolerance))
                if problem.status == "optimal":
                    break
        wanted = after.value.clip(0)
        cash = value[-1] * (1 - wanted.sum() - FEE * np.abs(wanted - held.value).sum())
        worth = value[-1] * wanted * (1 + world.returns[row])
        value.append(cash + worth.sum())
        weights.append(wanted)
    return Outcome(np.array(value), np.array(weights))
