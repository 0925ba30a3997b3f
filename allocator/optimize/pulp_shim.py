"""One way to PuLP, whichever it is: 3.x (Python 3.11) and 4.x (from Python 3.12), HiGHS or CBC.

The two differ in how a variable is made, what `solve()` returns and whether CBC is bundled. And PuLP 3 calls a plan
optimal when only the time limit stopped the solver, so the proof is taken from the solver's own bound.
"""

from __future__ import annotations

import importlib
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from allocator.core.errors import UsageError
from allocator.core.text import text

SOLVERS = ("highs", "cbc")
# Heuristics of HiGHS that solve smaller programs for a better plan. Ours is good before HiGHS begins: without them
# it proves the same in half the time (decision 4).
SUBPROBLEMS = ("mip_heuristic_run_rins", "mip_heuristic_run_rens", "mip_heuristic_run_root_reduced_cost")
PRINTED = 1e-7  # CBC hands its solution over in eight digits


@dataclass(frozen=True, slots=True)
class Column:
    """A variable: its bounds, its coefficient in the objective, whether it is whole."""

    low: float
    high: float
    objective: float = 0.0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Constraint:
    """low <= sum of coefficient * column <= high."""

    terms: Mapping[int, float]
    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True, slots=True)
class Solution:
    """`values` by column, or None when there are none; no solution has an objective below `bound`."""

    values: Sequence[float] | None
    bound: float  # inf: the program has no solution at all


def minimise(
    columns: Sequence[Column], constraints: Sequence[Constraint], *, solver: str, time_limit_s: float, gap: float
) -> Solution:
    """Solve the program, whose objective must be bounded, to an absolute `gap`.

    A solver that fails proves nothing: no values, a bound of -inf.

    Raises: `UsageError` when the solver is not installed.
    """
    import pulp  # noqa: PLC0415 -- 0.1 s that a plan proven without it need not pay

    problem = pulp.LpProblem("allocator", pulp.LpMinimize)
    variables = [_variable(pulp, problem, index, column) for index, column in enumerate(columns)]
    problem += pulp.lpSum(c.objective * v for c, v in zip(columns, variables, strict=True) if c.objective)
    for constraint in constraints:
        row = (
            pulp.LpAffineExpression.from_dict
            if hasattr(pulp.LpAffineExpression, "from_dict")
            else pulp.LpAffineExpression
        )
        expression = row({variables[index]: value for index, value in constraint.terms.items()})
        if constraint.low > -math.inf:
            problem += expression >= constraint.low
        if constraint.high < math.inf:
            problem += expression <= constraint.high
    engine = _engine(pulp, solver, time_limit_s, gap)
    try:
        outcome = problem.solve(engine)
    except Exception:  # noqa: BLE001 -- numbers that a solver cannot take make it fail in many ways; it proves nothing then
        return Solution(None, -math.inf)
    found, infeasible, proven = _verdict(pulp, problem, outcome)
    if infeasible:
        return Solution(None, math.inf)
    values = [variable.varValue or 0.0 for variable in variables] if found else None
    if values is not None and not all(map(math.isfinite, values)):
        values = None
    if solver == "highs" and any(column.whole for column in columns):  # there is no such bound of a linear program
        bound = problem.solverModel.getInfo().mip_dual_bound
    else:
        bound = _bound(columns, values, gap) if proven and values is not None else -math.inf
    return Solution(values, -math.inf if math.isnan(bound) else bound)


def _bound(columns: Sequence[Column], values: Sequence[float], gap: float) -> float:
    """What a solution that is proven to the gap says of all others."""
    terms = [column.objective * value for column, value in zip(columns, values, strict=True)]
    return sum(terms) - gap - PRINTED * sum(map(abs, terms))


def _variable(pulp: Any, problem: Any, index: int, column: Column) -> Any:
    make = getattr(problem, "add_variable", None) or pulp.LpVariable
    low, high = (None if math.isinf(bound) else bound for bound in (column.low, column.high))
    return make(f"x{index}", low, high, pulp.LpInteger if column.whole else pulp.LpContinuous)


def _engine(pulp: Any, solver: str, time_limit_s: float, gap: float) -> Any:
    common = {"msg": False, "timeLimit": max(time_limit_s, 0.01), "gapAbs": gap, "gapRel": 0.0, "threads": 1}
    if solver == "highs":
        return pulp.HiGHS(**common, **dict.fromkeys(SUBPROBLEMS, False))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # PuLP 3 announces that PuLP 4 will not bundle CBC
        engine = (getattr(pulp, "PULP_CBC_CMD", None) or pulp.COIN_CMD)(**common)
    if not engine.available():
        raise UsageError(
            text("the solver cbc is not installed"),
            text("Install it (python -m pip install cbcbox, or your system's coinor-cbc), or use --solver highs."),
        )
    return engine


def _verdict(pulp: Any, problem: Any, outcome: Any) -> tuple[bool, bool, bool]:
    """Whether there is a solution, whether there can be none, whether the solution is proven to the gap."""
    if isinstance(outcome, int):  # PuLP 3: a status code; `sol_status` tells optimal from merely feasible
        status, solution = problem.status, problem.sol_status
        found = solution in {pulp.constants.LpSolutionOptimal, pulp.constants.LpSolutionIntegerFeasible}
        return found, status == pulp.LpStatusInfeasible, solution == pulp.constants.LpSolutionOptimal
    statuses = importlib.import_module("pulp.constants").LpSolveStatus
    proven = outcome.status in {statuses.Optimal, statuses.GapLimit}
    return bool(outcome.has_solution), outcome.status == statuses.Infeasible, proven
