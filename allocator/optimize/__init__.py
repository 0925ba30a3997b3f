"""From an ideal portfolio to whole lots, with a proof. Pure: time is an argument, nothing is printed."""

from allocator.optimize.plan import CashRow, Plan, Row, Status
from allocator.optimize.problem import Position, Problem, pose
from allocator.optimize.pipeline import solve

__all__ = ["CashRow", "Plan", "Position", "Problem", "Row", "Status", "pose", "solve"]
