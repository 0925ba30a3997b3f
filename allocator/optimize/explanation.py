"""Why these trades, and what kept the portfolio from being closer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from allocator.core.errors import Infeasible
from allocator.core.portfolio import ZERO, Fee, Model, Permission
from allocator.core.text import Text, text
from allocator.optimize.pipeline import ENOUGH, solve
from allocator.optimize.plan import CashRow, Plan
from allocator.optimize.problem import Position, Problem, exact

PARTS = 1000  # of a unit, when whole lots are lifted


@dataclass(frozen=True, slots=True)
class TradeReason:
    """One trade: how much closer to its ideal it brings the asset, and what it costs in fee and spread (money)."""

    ticker: str
    lots: int
    deviation_removed: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class LimitReason:
    """A constraint, and how much total deviation (money) the best plan without it would save."""

    constraint: Text
    deviation_saved: Decimal


@dataclass(frozen=True, slots=True)
class Explanation:
    """`trades` in the order of the file; `limits` with the most binding first, those that cost nothing left out.

    `cash_removed` is how much closer cash comes to its own target; None when it has none. With the trades it adds up
    to what the whole plan brings.
    """

    trades: tuple[TradeReason, ...]
    limits: tuple[LimitReason, ...]
    cash_removed: Decimal | None = None


def explain(
    plan: Plan,
    *,
    solver: str = "highs",
    time_limit_s: float = 30.0,
    gap: Decimal | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Explanation:
    """The reason for each trade, and for each constraint what lifting it alone would save.

    Every constraint is lifted in turn, with the ideals unchanged, and the problem is solved again to `gap` (default:
    `ENOUGH`); so a saving is known to about that share of W, and smaller ones are left out.
    """
    deadline = clock() + time_limit_s
    gap = gap or ENOUGH
    found = []
    relaxed = _relaxations(plan.problem)
    for index, (name, problem) in enumerate(relaxed):
        left = max(deadline - clock(), 0.0) / (len(relaxed) - index)
        try:
            freed = solve(problem, solver=solver, time_limit_s=left, gap=gap, clock=clock)
        except Infeasible:
            continue
        saved = _distance(plan) - _distance(freed)
        if saved > gap * plan.problem.wealth:
            found.append(LimitReason(name, saved))
    return Explanation(
        trades=tuple(
            TradeReason(row.position.ticker, row.lots, row.deviation_before - row.deviation_after, row.fee + row.spread)
            for row in plan.rows
            if row.lots
        ),
        cash_removed=_removed(plan.cash),
        limits=tuple(sorted(found, key=lambda limit: -limit.deviation_saved)),
    )


def _removed(cash: CashRow) -> Decimal | None:
    if cash.deviation_before is None or cash.deviation_after is None:
        return None
    return cash.deviation_before - cash.deviation_after


def _distance(plan: Plan) -> Decimal:
    """The objective in money: Σ deviation, or √Σ deviation²."""
    with exact():
        return plan.objective if plan.problem.model is Model.LAD else plan.objective.sqrt()


def _divided(position: Position) -> Position:
    """The same position in thousandths of a unit, each of which can be dealt."""
    return replace(
        position,
        bid=position.bid / PARTS,
        ask=position.ask / PARTS,
        have=position.have * PARTS,
        lot_size=1,
    )


def _relaxations(problem: Problem) -> list[tuple[Text, Problem]]:
    """The problem with each of its constraints lifted alone."""

    def each(change: Callable[[Position], Position]) -> Problem:
        return replace(problem, positions=tuple(change(position) for position in problem.positions))

    lifted = [
        (text("whole lots"), each(_divided)),
        (text("permissions in [trade]"), each(lambda p: replace(p, permission=Permission.TRADE))),
        (text("commissions"), each(lambda p: replace(p, fee=Fee()))),
        (text("the spread between bid and ask"), each(lambda p: replace(p, ask=p.bid))),
        (text("max deals"), replace(problem, max_deals=None)),
        (text("use all cash"), replace(problem, use_all_cash=False)),
    ]
    if problem.cash_ideal is None and not problem.use_all_cash:
        more = problem.cash_before + max(problem.wealth, ZERO)
        lifted.append((text("the money at hand"), replace(problem, cash_before=more)))
    return [(name, relaxed) for name, relaxed in lifted if relaxed != problem]
