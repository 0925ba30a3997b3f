"""Seeded problems of one period, and the same problem in CVXPY."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from allocator.core.bars import Floats
from allocator.optimize.single_period import DealCosts, Deals, Limits, SinglePeriod


@dataclass(frozen=True)
class Case:
    mean: Floats
    covariance: Floats
    held: Floats
    gamma: float
    costs: DealCosts
    limits: Limits = field(default_factory=Limits)
    cash_return: float = 0.0
    total: float | None = None

    def solve(self) -> Deals:
        return SinglePeriod(self.held.size).solve(
            self.mean,
            self.covariance,
            self.held,
            gamma=self.gamma,
            costs=self.costs,
            limits=self.limits,
            cash_return=self.cash_return,
            total=self.total,
        )

    def objective(self, change: Floats) -> float:
        """What is maximised, written down once more."""
        after = self.held + change
        cost = (
            self.costs.buy @ np.maximum(change, 0)
            + self.costs.sell @ np.maximum(-change, 0)
            + (0 if self.costs.impact is None else self.costs.impact @ np.abs(change) ** 1.5)
        )
        cash = 0.0 if self.total is not None else self.cash_return * (1 - after.sum() - cost)
        return float(self.mean @ after + cash - cost - self.gamma * after @ self.covariance @ after)


FEATURES = (
    "plain",
    "free",
    "half free",
    "bounds",
    "groups",
    "turnover",
    "free turnover",
    "cash",
    "impact",
    "free impact",
)
FEATURES = (*FEATURES, "total", "total with groups", "total with impact", "all")


def case(feature: str, seed: int, count: int | None = None) -> Case:
    """A market of three factors, of the size of daily returns; half of the names are held."""
    rng = np.random.default_rng([seed, FEATURES.index(feature)])
    count = count or int(rng.integers(1, 45))
    factors = rng.normal(size=(count, 3)) * 0.01
    held = rng.dirichlet(np.ones(count)) * rng.choice([1.0, 0.7])
    held[rng.random(count) < 0.5] = 0.0
    every = feature == "all"
    return Case(
        mean=rng.normal(size=count) * 1e-3,
        covariance=factors @ factors.T + np.diag(rng.uniform(0.003, 0.02, count) ** 2),
        held=held,
        gamma=float(10 ** rng.uniform(-1, 2.5)),
        costs=_costs(feature, rng, count),
        limits=Limits(
            upper=rng.uniform(0.1, 0.5, count) if every or feature == "bounds" else None,
            may_buy=rng.random(count) < 0.7 if every or feature == "bounds" else None,
            may_sell=rng.random(count) < 0.7 if every else None,
            groups=tuple((rng.random(count) < 0.4, rng.uniform(0.5, 0.7)) for _ in range(2))
            if every or "groups" in feature
            else (),
            turnover=rng.uniform(0.02, 0.3) if "turnover" in feature else None,
            cash_lower=rng.uniform(0, 0.2) if every or feature == "cash" else 0.0,
        ),
        cash_return=0.0 if "total" in feature else float(rng.choice([0.0, 2e-4, -1e-4])),
        total=float(rng.uniform(0.3, 0.5)) if "total" in feature else None,
    )


def _costs(feature: str, rng: np.random.Generator, count: int) -> DealCosts:
    if "free" in feature and feature != "half free":
        buy = sell = np.zeros(count)
    else:
        buy, sell = rng.uniform(0, 2e-3, (2, count))
    if feature == "half free":
        free = rng.random(count) < 0.5
        buy, sell = np.where(free, 0, buy), np.where(free, 0, sell)
    return DealCosts(buy, sell, 10 ** rng.uniform(-3, -1, count) if "impact" in feature or feature == "all" else None)


def by_cvxpy(case: Case) -> Floats | None:
    """(N,) the deals by CVXPY's modelling and Clarabel at its tightest; None if it says infeasible.

    A sale that is not permitted, of a name above its bound, is held: CVXPY is told the bound that the rule leaves.
    """
    import cvxpy as cp  # noqa: PLC0415 -- only where it is installed

    limits, held, count = case.limits, case.held, case.held.size
    u = cp.Variable(count)
    after = held + u
    cost = case.costs.buy @ cp.pos(u) + case.costs.sell @ cp.neg(u)
    if case.costs.impact is not None:
        cost += case.costs.impact @ cp.power(cp.abs(u), 1.5)
    upper = np.ones(count) if limits.upper is None else limits.upper
    if limits.may_sell is not None:
        upper = np.where(limits.may_sell, upper, np.maximum(upper, held))
    limit = [after >= (0 if limits.lower is None else limits.lower), after <= upper]
    limit += [mask.astype(float) @ after <= most for mask, most in limits.groups]
    if limits.may_buy is not None:
        limit.append(cp.multiply(~limits.may_buy, u) <= 0)
    if limits.may_sell is not None:
        limit.append(cp.multiply(~limits.may_sell, u) >= 0)
    if limits.turnover is not None:
        limit.append(cp.norm1(u) / 2 <= limits.turnover)
    cash = 1 - held.sum() - cp.sum(u)
    if case.total is None:
        limit.append(cash - cost >= limits.cash_lower)
    else:
        limit.append(cp.sum(after) == case.total)
    value = case.mean @ after + case.cash_return * cash - (1 + case.cash_return) * cost
    root = np.linalg.cholesky(case.covariance)
    problem = cp.Problem(cp.Maximize(1000 * (value - case.gamma * cp.sum_squares(root.T @ after))), limit)
    problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12, tol_ktratio=1e-9)
    return u.value
