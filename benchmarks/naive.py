"""The model that everybody writes first: each |value - ideal| as two half-planes, through PuLP and HiGHS.

Its relaxation may hold fractions of a lot, so its bound stays near zero while the solver branches.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from allocator.core.portfolio import Model
from allocator.optimize import Problem
from allocator.optimize.plan import objective_of, violations
from benchmarks.model import Deal, Modeller, write


@dataclass(frozen=True)
class Rival:
    """What another solver made of a problem. Seconds are of building the model and solving it."""

    seconds: float
    lots: tuple[int, ...] | None  # None: it found no plan
    bound: float  # of the objective, in basis points of W
    objective: Decimal | None  # exactly, by our own accounts
    broken: int  # constraints that its plan breaks in exact decimals

    def deviation_bp(self, problem: Problem) -> float | None:
        return None if self.objective is None else float(self.objective / problem.wealth) * 10_000


def accounted(problem: Problem, seconds: float, lots: tuple[int, ...] | None, bound: float) -> Rival:
    """A rival's lots, looked at with exact decimals."""
    if lots is None:
        return Rival(seconds, None, bound, None, 0)
    return Rival(seconds, lots, bound, objective_of(problem, lots), len(violations(problem, lots)))


def solve_naively(problem: Problem, time_limit_s: float, gap_bp: float) -> Rival:
    """The least absolute deviations by half-planes, to the same absolute gap and with as many threads as ours."""
    import highspy  # noqa: PLC0415 -- only this benchmark needs it
    import pulp  # noqa: PLC0415

    assert problem.model is Model.LAD
    started = time.perf_counter()
    program = pulp.LpProblem("naive", pulp.LpMinimize)
    modeller = Modeller(
        integer=lambda name, most: pulp.LpVariable(name, 0, most, pulp.LpInteger),
        binary=lambda name: pulp.LpVariable(name, 0, 1, pulp.LpInteger),
        add=program.addConstraint,
        total=pulp.lpSum,
    )
    model = write(problem, modeller)
    deviations = [pulp.LpVariable(f"deviation{i}", 0) for i in range(len(model.differences))]
    program.setObjective(pulp.lpSum(deviations))
    for deviation, difference in zip(deviations, model.differences, strict=True):
        program.addConstraint(deviation >= difference)
        program.addConstraint(deviation >= -difference)
    program.solve(pulp.HiGHS(msg=False, timeLimit=time_limit_s, gapAbs=gap_bp, gapRel=0.0, threads=1))
    seconds = time.perf_counter() - started
    info = program.solverModel.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    return accounted(problem, seconds, _lots(model.deals) if found else None, info.mip_dual_bound)


def _lots(deals: tuple[Deal, ...]) -> tuple[int, ...]:
    return tuple(_whole(deal.bought) - _whole(deal.sold) for deal in deals)


def _whole(variable: Any) -> int:
    return round(variable.value() or 0)
