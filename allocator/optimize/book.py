"""The problem as integers: every way to deal in an asset as a few straight pieces.

Money is counted in quanta, 10^-digits of the currency, so small that every price, fee and ideal of the
problem is a whole number of them. For each asset the signed lots k fall into at most four pieces, on each of
which the value and the cash are straight lines in k: keep (k = 0), buy (k >= 1), sell (k <= -1) and, when a
fraction goes with the last whole unit, sell all. A plan takes one piece of each asset and one k in it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from allocator.core.portfolio import ZERO, Model
from allocator.optimize.problem import Position, Problem, exact

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Piece:
    """The lots lo..hi of one asset; in quanta, value = value0 + value1·k and so on for cash and cost."""

    asset: int
    low: int
    high: int
    value: tuple[int, int]
    cash: tuple[int, int]  # what the deal adds to cash
    cost: tuple[int, int]  # fee and spread
    deal: bool


class Account(NamedTuple):
    """A plan's merit, the least being the best: objective, then cost (quanta), then deals."""

    objective: int
    cost: int
    deals: int


@dataclass(frozen=True)
class Book:
    """All pieces, sorted by asset, and the rules that join the assets. Money in quanta."""

    digits: int
    pieces: tuple[Piece, ...]
    ideals: tuple[int, ...]  # by asset
    cash_before: int
    cash_ideal: int | None
    wealth: int
    squared: bool
    max_deals: int | None
    # `use all cash`, by asset: the price of one more lot with and without a buy deal; None: exempt.
    next_lot: tuple[tuple[int, int] | None, ...]
    cash_limit: int | None = None  # plans that leave more are of no interest

    @property
    def assets(self) -> int:
        return len(self.ideals)

    @cached_property
    def must_spend(self) -> bool:
        """Whether `use all cash` binds any asset."""
        return any(prices is not None for prices in self.next_lot)

    @cached_property
    def most_cash(self) -> int:
        """More cash than any plan can leave."""
        best = [0] * self.assets
        for piece in self.pieces:
            best[piece.asset] = max(best[piece.asset], flow(piece, piece.low), flow(piece, piece.high))
        return self.cash_before + sum(best)

    @cached_property
    def cash_cap(self) -> int:
        """No plan leaves more: `use all cash` spends down to the cheapest next lot that binds.

        With a limit of deals only the assets dealt in bind once it is reached; whichever they are, the cheapest of
        them is at most as dear as the limit's place among all next lots allows.
        """
        prices = sorted((prices[1] for prices in self.next_lot if prices is not None), reverse=True)
        binding = len(prices)
        if self.max_deals is not None:
            tradable = {piece.asset for piece in self.pieces if piece.deal}
            exempt = sum(self.next_lot[asset] is None for asset in tradable)
            binding = min(binding, self.max_deals - exempt)
        caps = [self.most_cash]
        if binding >= 1:
            caps.append(prices[binding - 1] - 1)
        if self.cash_limit is not None:
            caps.append(self.cash_limit)
        return min(caps)

    @cached_property
    def by_asset(self) -> tuple[tuple[Piece, ...], ...]:
        """Each asset's pieces."""
        groups = itertools.groupby(self.pieces, key=lambda piece: piece.asset)
        return tuple(tuple(group) for _, group in groups)

    def account(self, lots: Sequence[int]) -> Account | None:
        """What these lots come to, in exact integers; None when they break a constraint."""
        cash, objective, cost, deals = self.cash_before, 0, 0, 0
        for pieces, k in zip(self.by_asset, lots, strict=True):
            piece = next((piece for piece in pieces if piece.low <= k <= piece.high), None)
            if piece is None:
                return None
            cash += flow(piece, k)
            objective += self.score(self.deviation(piece, k))
            cost += piece.cost[0] + piece.cost[1] * k
            deals += piece.deal
        if cash < 0 or (self.max_deals is not None and deals > self.max_deals):
            return None
        full = self.max_deals is not None and deals >= self.max_deals
        for prices, k in zip(self.next_lot, lots, strict=True):
            if prices is not None and not (full and k == 0) and cash >= prices[k <= 0]:
                return None
        if self.cash_ideal is not None:
            objective += self.score(cash - self.cash_ideal)
        return Account(objective, cost, deals)

    @property
    def worst(self) -> Account:
        """A merit that every legal plan beats."""
        objective = sum(
            max(self.score(self.deviation(piece, k)) for piece in pieces for k in (piece.low, piece.high))
            for pieces in self.by_asset
        )
        if self.cash_ideal is not None:
            objective += max(self.score(self.cash_ideal), self.score(self.most_cash - self.cash_ideal))
        return Account(objective + 1, 0, 0)

    def score(self, deviation: int) -> int:
        """What a deviation adds to the objective."""
        return deviation * deviation if self.squared else abs(deviation)

    def deviation(self, piece: Piece, lots: int) -> int:
        return piece.value[0] + piece.value[1] * lots - self.ideals[piece.asset]

    def gap(self, objective: int, bound: int) -> float:
        """How far a plan of this objective (quanta, or their squares) may be from the best, as a share of W."""
        if objective <= bound:
            return 0.0
        if self.wealth <= 0:
            return math.inf
        if self.squared:
            return (math.sqrt(objective) - math.sqrt(bound)) / self.wealth
        return (objective - bound) / self.wealth

    def within(self, objective: int, gap: float) -> float:
        """The objective below which a better plan is of no more interest: within `gap` of this one."""
        if gap <= 0:
            return objective
        if self.squared:
            return max(0.0, math.sqrt(objective) - gap * self.wealth) ** 2
        return objective - gap * self.wealth


def flow(piece: Piece, lots: int) -> int:
    """What dealing these lots adds to cash, in quanta."""
    return piece.cash[0] + piece.cash[1] * lots


def write_book(problem: Problem) -> Book:
    """The problem's book: exact, whatever digits its prices and rates have."""
    with exact():
        richest = problem.cash_before + sum(
            (max(ZERO, position.cash_flow(-position.lots_to_sell)) for position in problem.positions), start=ZERO
        )
        drafts = [(asset, *draft) for asset, p in enumerate(problem.positions) for draft in _draft_pieces(p, richest)]
        next_lots = [_next_lot(problem, position) for position in problem.positions]
        digits = _digits(
            [
                problem.cash_before,
                problem.cash_ideal or ZERO,
                problem.wealth,
                *(position.ideal for position in problem.positions),
                *(number for *_, lines, _ in drafts for line in lines for number in line),
                *(price for prices in next_lots if prices for price in prices),
            ]
        )

        def quanta(money: Decimal) -> int:
            return int(money.scaleb(digits))

        def line(pair: tuple[Decimal, Decimal]) -> tuple[int, int]:
            return quanta(pair[0]), quanta(pair[1])

        return Book(
            digits=digits,
            pieces=tuple(
                Piece(asset, low, high, line(value), line(cash), line(cost), deal)
                for asset, low, high, (value, cash, cost), deal in drafts
            ),
            ideals=tuple(quanta(position.ideal) for position in problem.positions),
            cash_before=quanta(problem.cash_before),
            cash_ideal=None if problem.cash_ideal is None else quanta(problem.cash_ideal),
            wealth=quanta(problem.wealth),
            squared=problem.model is Model.LSAPPROX,
            max_deals=problem.max_deals,
            next_lot=tuple(prices and line(prices) for prices in next_lots),
        )


Line = tuple[Decimal, Decimal]
Draft = tuple[int, int, tuple[Line, Line, Line], bool]


def _draft_pieces(position: Position, richest: Decimal) -> Iterator[Draft]:
    """The asset's pieces in money: lowest and highest lots, the lines of value, cash and cost, whether a deal."""
    held = position.have * position.bid
    lot, rate, fixed = position.lot_size, position.fee.rate, position.fee.fixed
    value = (held, position.bid * lot)
    bought, sold = position.ask * lot, position.bid * lot
    yield 0, 0, (value, (ZERO, ZERO), (ZERO, ZERO)), False
    most = int((richest - fixed) / (bought * (1 + rate))) if position.permission.may_buy else 0
    if most >= 1:
        cost = (fixed, bought * rate + bought - sold)
        yield 1, most, (value, (-fixed, -bought * (1 + rate)), cost), True
    sells = position.lots_to_sell
    whole = position.have > position.whole_units == sells * lot > 0  # the fraction goes with the last unit
    if sells > whole:
        yield whole - sells, -1, (value, (-fixed, -sold * (1 - rate)), (fixed, -sold * rate)), True
    if whole:
        yield (
            -sells,
            -sells,
            ((ZERO, ZERO), (position.cash_flow(-sells), ZERO), (position.deal_fee(-sells), ZERO)),
            True,
        )


def _next_lot(problem: Problem, position: Position) -> Line | None:
    """What one more lot costs with a buy deal and without, where `use all cash` asks for it."""
    if problem.use_all_cash and position.wanted and position.permission.may_buy:
        return position.next_lot_price, position.next_lot_price + position.fee.fixed
    return None


def _digits(amounts: Iterable[Decimal]) -> int:
    """Decimal places that hold every amount exactly."""
    return max(0, *(-int(amount.normalize().as_tuple().exponent) for amount in amounts))
