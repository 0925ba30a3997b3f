"""A legal plan by plain rules: what the search starts from, and the proof when there is none.

A problem is infeasible when the cash to be raised is more than the allowed sales bring: that is told here. (`use all
cash` can be met but for one oddity, since each further lot bought leaves less; see `starting_lots`.)
"""

from __future__ import annotations

from allocator.core.errors import Infeasible
from allocator.core.portfolio import ZERO
from allocator.core.text import text
from allocator.optimize.plan import cash_after
from allocator.optimize.problem import Position, Problem, exact


def starting_lots(problem: Problem) -> tuple[int, ...]:
    """Raise the money that is missing by the largest sales, then spend what must be spent.

    Under `use all cash` the lots may leave more than is allowed: where a fraction was sold with its last whole unit,
    buying one back can cost more than there is.

    Raises: `Infeasible` with the constraint that cannot hold.
    """
    with exact():
        lots = _raise_cash(problem)
        if problem.use_all_cash:
            _spend(problem, lots)
    return tuple(lots)


def _raise_cash(problem: Problem) -> list[int]:
    positions = problem.positions
    lots = [0] * len(positions)
    missing = -problem.cash_before
    if missing <= 0:
        return lots
    brings = {
        index: position.cash_flow(-position.lots_to_sell)
        for index, position in enumerate(positions)
        if position.lots_to_sell
    }
    sellers = sorted((index for index in brings if brings[index] > 0), key=lambda index: -brings[index])
    total = sum((brings[index] for index in sellers), start=ZERO)
    sellers = sellers[: problem.max_deals]
    raised = sum((brings[index] for index in sellers), start=ZERO)
    if raised < missing:
        raise _infeasible(problem, missing, raised, total)
    for index in sellers:
        lots[index] = -_fewest_lots(positions[index], missing)
        missing -= positions[index].cash_flow(lots[index])
        if missing <= 0:
            break
    return lots


def _fewest_lots(position: Position, missing: object) -> int:
    """The fewest lots whose sale brings the missing money, else all of them."""
    low, high = 1, position.lots_to_sell
    while low < high:
        middle = (low + high) // 2
        if position.cash_flow(-middle) >= missing:  # type: ignore[operator]
            high = middle
        else:
            low = middle + 1
    return high


def _spend(problem: Problem, lots: list[int]) -> None:
    """Buy until no wanted asset could be bought by one more lot."""
    while True:
        cash = cash_after(problem, lots)
        deals = sum(k != 0 for k in lots)
        full = problem.max_deals is not None and deals >= problem.max_deals
        for index, position in enumerate(problem.positions):
            if not (position.wanted and position.permission.may_buy) or (full and lots[index] == 0):
                continue
            price = position.next_lot_price
            fixed = ZERO if lots[index] > 0 else position.fee.fixed
            if cash < price + fixed:
                continue
            if lots[index] < 0:
                if cash + position.cash_flow(lots[index] + 1) < position.cash_flow(lots[index]):
                    continue
                lots[index] += 1
            else:
                lots[index] += max(1, int((cash - fixed) / price))
            break
        else:
            return


def _infeasible(problem: Problem, missing: object, raised: object, total: object) -> Infeasible:
    if problem.max_deals is not None and total >= missing:  # type: ignore[operator]
        return Infeasible(
            text(
                "{missing} must be raised by sales, but max deals = {limit} allows sales of only {raised}",
                missing=missing,
                limit=problem.max_deals,
                raised=raised,
            ),
            text("Raise max deals, or withdraw less."),
        )
    return Infeasible(
        text(
            "{missing} must be raised by sales, but all that may be sold brings {raised} after fees",
            missing=missing,
            raised=raised,
        ),
        text("Withdraw less, put more into [cash] have, or allow more sales in [trade]."),
    )
