"""The rules of the problem as a textbook writes them down, for the solvers we are measured against.

Everything that a modeller does without studying the problem: whole lots bought and sold, binaries for the deals, bounds
from the cash. Money is scaled so that W = 10,000: one basis point is 1, which suits the tolerances of any solver.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from allocator.optimize import Position, Problem

WEALTH = 10_000.0
STRICT = 1e-5  # "less than", in a solver's words: a billionth of the portfolio


@dataclass(frozen=True)
class Modeller:
    """What PuLP and PySCIPOpt both offer, each under its own names."""

    integer: Callable[[str, int], Any]  # name, upper bound
    binary: Callable[[str], Any]
    add: Callable[[Any], object]  # a constraint
    total: Callable[[Sequence[Any]], Any]  # the sum of expressions


@dataclass(frozen=True)
class Deal:
    """One asset's variables."""

    bought: Any
    sold: Any
    buys: Any  # 1 if any lot is bought
    sells: Any
    all_sold: Any  # 1 if the fraction is sold too; the number 0 where there is none


@dataclass(frozen=True)
class Model:
    """The variables, and what is scored: how far each value after the deals is from its ideal."""

    deals: tuple[Deal, ...]
    differences: tuple[Any, ...]


def write(problem: Problem, modeller: Modeller) -> Model:
    """Every constraint of the problem, and the differences whose sum of moduli or squares is to be minimised."""
    unit = WEALTH / float(problem.wealth)
    most_cash = float(problem.cash_before) + sum(
        max(0.0, float(position.cash_flow(-position.lots_to_sell))) for position in problem.positions
    )
    deals = tuple(_deal(modeller, position, i, most_cash) for i, position in enumerate(problem.positions))
    flows, differences = [], []
    for position, deal in zip(problem.positions, deals, strict=True):
        bid, ask, lot = float(position.bid) * unit, float(position.ask) * unit, position.lot_size
        fixed, rate = float(position.fee.fixed) * unit, float(position.fee.rate)
        fraction = float(position.have - position.whole_units)
        sold_units = lot * deal.sold + fraction * deal.all_sold
        flows.append(
            bid * (1 - rate) * sold_units - ask * (1 + rate) * lot * deal.bought - fixed * (deal.buys + deal.sells)
        )
        start = float(position.value(0) - position.ideal) * unit
        differences.append(start + bid * (lot * deal.bought - sold_units))
    cash = float(problem.cash_before) * unit + modeller.total(flows)
    modeller.add(cash >= 0)
    if problem.cash_ideal is not None:
        differences.append(cash - float(problem.cash_ideal) * unit)
    made = [deal.buys + deal.sells for deal in deals]
    if problem.max_deals is not None:
        modeller.add(modeller.total(made) <= problem.max_deals)
    if problem.use_all_cash:
        _spend(problem, modeller, deals, cash, unit, most_cash)
    return Model(deals, tuple(differences))


def _deal(modeller: Modeller, position: Position, i: int, most_cash: float) -> Deal:
    per_lot = float(position.next_lot_price)
    most_bought = int(max(0.0, most_cash) / per_lot) if position.permission.may_buy else 0
    most_sold = position.lots_to_sell
    deal = Deal(
        bought=modeller.integer(f"bought{i}", most_bought),
        sold=modeller.integer(f"sold{i}", most_sold),
        buys=modeller.binary(f"buys{i}"),
        sells=modeller.binary(f"sells{i}"),
        all_sold=0,
    )
    modeller.add(deal.bought <= most_bought * deal.buys)
    modeller.add(deal.sold <= most_sold * deal.sells)
    modeller.add(deal.bought >= deal.buys)
    modeller.add(deal.sold >= deal.sells)
    modeller.add(deal.buys + deal.sells <= 1)
    fraction = position.have - position.whole_units
    if not (fraction and most_sold and most_sold * position.lot_size == position.whole_units):
        return deal
    all_sold = modeller.binary(f"all{i}")
    modeller.add(deal.sold >= most_sold * all_sold)
    modeller.add(deal.sold <= most_sold - 1 + all_sold)
    return Deal(deal.bought, deal.sold, deal.buys, deal.sells, all_sold)


def _spend(
    problem: Problem, modeller: Modeller, deals: Sequence[Deal], cash: Any, unit: float, most_cash: float
) -> None:
    """`use all cash`: too little is left for one more lot, unless the asset is without a deal at the limit."""
    made = modeller.total([deal.buys + deal.sells for deal in deals])
    for i, (position, deal) in enumerate(zip(problem.positions, deals, strict=True)):
        if not (position.wanted and position.permission.may_buy):
            continue
        fixed = float(position.fee.fixed) * unit
        price = float(position.next_lot_price) * unit + fixed * (1 - deal.buys)
        if problem.max_deals is None:
            modeller.add(cash <= price - STRICT)
            continue
        exempt = modeller.binary(f"exempt{i}")
        modeller.add(exempt <= 1 - deal.buys - deal.sells)
        modeller.add(problem.max_deals * exempt <= made)
        modeller.add(cash <= price - STRICT + most_cash * unit * exempt)
