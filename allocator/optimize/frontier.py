"""What each further deal buys: the best deviation and its cost for at most 0, 1, 2, ... deals."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from allocator.core.errors import Infeasible
from allocator.core.portfolio import ZERO
from allocator.optimize.pipeline import ENOUGH, solve
from allocator.optimize.plan import Plan
from allocator.optimize.problem import Problem

EVERY = 24  # limits up to here are all solved; beyond, each is a quarter above the last
SHARE = 4  # of the time that is left, one limit may take at the most 1/SHARE


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """The best plan of at most so many deals; None where none is legal (money must be raised by more sales)."""

    max_deals: int
    plan: Plan | None


def frontier(
    problem: Problem,
    *,
    solver: str = "highs",
    time_limit_s: float = 30.0,
    gap: Decimal | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[FrontierPoint, ...]:
    """Points for rising limits of deals, until more deals bring nothing closer; in about `time_limit_s`.

    Each plan is proven within `gap` (default: `ENOUGH`) or says how far it is. A higher limit never shows a worse
    plan: where the search for it found none better, the plan of the lower limit stands.

    Raises: `Infeasible` when no number of deals is enough.
    """
    deadline = clock() + time_limit_s

    def best(limited: Problem) -> Plan:
        left = max(deadline - clock(), 0.0)
        wanted = ZERO if limited.max_deals == 0 else gap or ENOUGH  # one plan without deals needs no search
        return solve(limited, solver=solver, time_limit_s=left / SHARE, gap=wanted, clock=clock)

    last = best(problem)
    points: list[FrontierPoint] = []
    for limit in _limits(last.deals):
        if clock() >= deadline:
            break
        try:
            plan: Plan | None = best(replace(problem, max_deals=limit))
        except Infeasible:
            plan = None
        points.append(FrontierPoint(limit, _better(plan, points[-1].plan if points else None)))
    points.append(FrontierPoint(last.deals, _better(last, points[-1].plan if points else None)))
    return tuple(points)


def _limits(deals: int) -> Iterator[int]:
    """The limits to solve below `deals`."""
    limit = 0
    while limit < deals:
        yield limit
        limit += 1 if limit < EVERY else limit // 4


def _better(plan: Plan | None, lower: Plan | None) -> Plan | None:
    return lower if lower is not None and (plan is None or lower.objective <= plan.objective) else plan
