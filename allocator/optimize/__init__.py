"""From an ideal portfolio to whole lots, with a proof. Pure: time is an argument, nothing is printed."""

from allocator.optimize.explanation import Explanation, LimitReason, TradeReason, explain
from allocator.optimize.frontier import FrontierPoint, frontier
from allocator.optimize.pipeline import ENOUGH, solve
from allocator.optimize.plan import CashRow, Plan, Row, Status
from allocator.optimize.problem import Position, Problem, pose, reachable
from allocator.optimize.pulp_shim import SOLVERS

__all__ = [
    "ENOUGH",
    "SOLVERS",
    "CashRow",
    "Explanation",
    "FrontierPoint",
    "LimitReason",
    "Plan",
    "Position",
    "Problem",
    "Row",
    "Status",
    "TradeReason",
    "explain",
    "frontier",
    "pose",
    "reachable",
    "solve",
]
