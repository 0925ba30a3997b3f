"""A legal plan by plain rules: what the search starts from, and the proof when there is none.

A problem is infeasible when the cash to be raised is more than the allowed sales bring: that is told here. (`use all
cash` can be met but for one oddity, since each further lot bought leaves less; see `starting_lots`.)
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from allocator.core.errors import Infeasible
from allocator.core.portfolio import ZERO
from allocator.core.text import text
from allocator.optimize.plan import cash_after
from allocator.optimize.problem import Position, Problem, exact

SPENDINGS = 4  # rounds over the assets, after which spending is given up


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


def _fewest_lots(position: Position, missing: Decimal) -> int:
    """The fewest lots whose sale brings the missing money, else all of them."""
    low, high = 1, position.lots_to_sell
    while low < high:
        middle = (low + high) // 2
        if position.cash_flow(-middle) >= missing:
            high = middle
        else:
            low = middle + 1
    return high


def _spend(problem: Problem, lots: list[int]) -> None:
    """Buy until no wanted asset could be bought by one more lot, or until that leads nowhere."""
    for _ in range(SPENDINGS * len(lots)):
        cash = cash_after(problem, lots)
        deals = sum(k != 0 for k in lots)
        full = problem.max_deals is not None and deals >= problem.max_deals
        for index, position in enumerate(problem.positions):
            if position.wanted and position.permission.may_buy and not (full and lots[index] == 0):
                more = _lots_for(position, lots[index], cash)
                if more:
                    lots[index] += more
                    break
        else:
            return


def _lots_for(position: Position, lots: int, cash: Decimal) -> int:
    """How many more lots the cash buys; where lots are sold, how many it buys back, and no further."""
    fixed = ZERO if lots > 0 else position.fee.fixed
    if cash < position.next_lot_price + fixed:
        return 0
    if lots >= 0:
        return int((cash - fixed) / position.next_lot_price)
    price = position.bid * position.lot_size * (1 - position.fee.rate)
    back = -lots if price * -lots <= cash else int(cash / price)
    # The fraction that went with the last whole unit comes back with it, and must be paid for as well.
    return back if cash + position.cash_flow(lots + back) >= position.cash_flow(lots) else 0


def _infeasible(problem: Problem, missing: Decimal, raised: Decimal, total: Decimal) -> Infeasible:
    if problem.max_deals is not None and total >= missing:
        return Infeasible(
            text(
                "{missing} must be raised by sales, but max deals = {limit} allows sales of only {raised}",
                missing=_cents(missing, ROUND_CEILING),
                limit=problem.max_deals,
                raised=_cents(raised, ROUND_FLOOR),
            ),
            text("Raise max deals, or withdraw less."),
        )
    return Infeasible(
        text(
            "{missing} must be raised by sales, but all that may be sold brings {raised} after fees",
            missing=_cents(missing, ROUND_CEILING),
            raised=_cents(raised, ROUND_FLOOR),
        ),
        text("Withdraw less, put more into [cash] have, or allow more sales in [trade]."),
    )


def _cents(money: Decimal, rounding: str) -> str:
    """Rounded away from the claim, so that two amounts that differ are told apart."""
    return f"{money.quantize(Decimal('0.01'), rounding):,f}".replace(",", " ")
