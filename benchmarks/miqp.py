"""The least-squares problem as it is, a mixed-integer quadratic program, solved by SCIP: the judge of LSAPPROX."""

from __future__ import annotations

import math
import time

from allocator.core.portfolio import Model
from allocator.optimize import Problem
from benchmarks.model import Modeller, write
from benchmarks.naive import Rival, accounted


def solve_exactly(problem: Problem, time_limit_s: float) -> Rival:
    """Σ difference² over whole lots, to SCIP's own proof; `bound` is of √Σ, in basis points of W."""
    import pyscipopt  # noqa: PLC0415 -- only this benchmark needs it

    assert problem.model is Model.LSAPPROX
    started = time.perf_counter()
    scip = pyscipopt.Model()
    scip.hideOutput()
    scip.setParam("limits/time", time_limit_s)
    scip.setParam("parallel/maxnthreads", 1)
    modeller = Modeller(
        integer=lambda name, most: scip.addVar(name, vtype="I", lb=0, ub=most),
        binary=lambda name: scip.addVar(name, vtype="B"),
        add=scip.addCons,
        total=pyscipopt.quicksum,
    )
    model = write(problem, modeller)
    # One square per row: SCIP cuts these far better than their sum in one constraint.
    squares = []
    for i, expression in enumerate(model.differences):
        difference, square = scip.addVar(f"difference{i}", lb=None), scip.addVar(f"square{i}", lb=0)
        scip.addCons(difference == expression)
        scip.addCons(square >= difference * difference)
        squares.append(square)
    scip.setObjective(pyscipopt.quicksum(squares))
    scip.optimize()
    seconds = time.perf_counter() - started
    lots = None
    best = scip.getBestSol() if scip.getNSols() else None
    if best is not None:
        lots = tuple(round(best[deal.bought]) - round(best[deal.sold]) for deal in model.deals)
    return accounted(problem, seconds, lots, math.sqrt(max(0.0, scip.getDualbound())))
