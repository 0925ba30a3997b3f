"""The deals of a plan for the whole, given out to accounts that pass nothing to each other.

A sale happens where the asset is held, a purchase where cash lies after that account's own sales and fees. What the
plan buys is only bought and what it sells is only sold: no account sells to another through the market. Where the plan
cannot be had so, the nearest to it is taken. Over whole lots x(a, i) of account a and deal i, first the least of

    sum over i of  bid(i) * |units dealt over all accounts - units of the plan|
    + sum over a of  what account a lacks of the money that is to be taken out of it,

which is the LAD distance between the two portfolios; then, of all such splits, the one that costs least: its fees and
`DEAL` for each deal. Source: this program's own rule, `docs/accounts.md`. Whatever the solver says is checked in exact
arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from allocator.core.accounts import Account
from allocator.core.portfolio import ZERO, Units
from allocator.core.text import Text, text
from allocator.optimize.plan import Plan, Status
from allocator.optimize.problem import Position, exact
from allocator.optimize.pulp_shim import Column, Constraint, Solution, minimise

DEAL = Decimal("0.01")
"""Money that a deal fewer is worth."""

UNITS = 10_000  # of the program in what the plan deals in
TRIES = 5
PROVEN = 1e-6  # of what the plan deals in: a proof this near is one

Lots = tuple[tuple[int, ...], ...]
"""By account and deal, not negative."""


@dataclass(frozen=True, slots=True)
class Deal:
    """One deal of the whole: so many lots, signed; `change` in units, with the fraction that a full sale takes."""

    ticker: str
    lots: int
    change: Decimal
    lot_size: int
    bid: Decimal
    ask: Decimal


@dataclass(frozen=True, slots=True)
class AccountDeal:
    """What one account does of it; money exact, `cash` negative for a purchase and net of the `fee`."""

    ticker: str
    lots: int
    change: Decimal
    price: Decimal
    fee: Decimal
    cash: Decimal


@dataclass(frozen=True, slots=True)
class AccountDeals:
    """All that one account does. `lacks`: money that is to be taken out of it and that it will not have."""

    account: str
    deals: tuple[AccountDeal, ...]
    cash_before: Decimal  # without what is to be taken out; may be negative
    cash_after: Decimal

    @property
    def lacks(self) -> Decimal:
        return max(ZERO, -self.cash_after)


@dataclass(frozen=True, slots=True)
class Split:
    """Deals by account, in the order of the accounts.

    `distance`: money between the portfolio of the plan and this one; no split has less than `bound`. `cost`: fees and
    `DEAL` for each deal. `notes` name what of the plan is left undone.
    """

    accounts: tuple[AccountDeals, ...]
    distance: Decimal
    bound: Decimal
    cost: Decimal
    status: Status
    notes: tuple[Text, ...] = ()


def deals_of(plan: Plan) -> tuple[Deal, ...]:
    """The deals of a plan."""
    return tuple(
        Deal(row.position.ticker, row.lots, row.change, row.position.lot_size, row.position.bid, row.position.ask)
        for row in plan.rows
        if row.lots
    )


def split(
    deals: Sequence[Deal], accounts: Sequence[Account], *, solver: str = "highs", time_limit_s: float = 10.0
) -> Split:
    """The best split. The lots are those of the deals, whatever an account says of them.

    Raises: `UsageError` when the solver is not installed.
    """
    with exact():
        table = _Table.of(deals, accounts)
        nearest, bound = table.nearest(solver, time_limit_s)
        distance = table.distance(nearest)
        cheapest = table.cheapest(nearest, solver, time_limit_s)
        near_enough = float(distance - bound) <= PROVEN * float(table.size)
        return Split(
            accounts=tuple(table.told(number, lots) for number, lots in enumerate(cheapest)),
            distance=distance,
            bound=min(bound, distance),
            cost=table.cost(cheapest),
            status=Status.OPTIMAL if near_enough else Status.FEASIBLE,
            notes=tuple(table.notes(cheapest)),
        )


@dataclass(frozen=True)
class _Table:
    """The positions by account and deal, and how many lots each may deal in."""

    deals: Sequence[Deal]
    accounts: Sequence[Account]
    positions: tuple[tuple[Position, ...], ...]
    most: Lots

    @classmethod
    def of(cls, deals: Sequence[Deal], accounts: Sequence[Account]) -> _Table:
        positions = tuple(tuple(_position(account, deal) for deal in deals) for account in accounts)
        most = tuple(tuple(map(_most, deals, row)) for row in positions)
        return cls(deals, accounts, positions, most)

    @property
    def size(self) -> Decimal:
        """What the plan deals in, money."""
        return sum((abs(deal.change) * deal.bid for deal in self.deals), start=ZERO) or Decimal(1)

    def cash_before(self, account: int) -> Decimal:
        return self.accounts[account].cash - self.accounts[account].withdraw

    def cash_after(self, account: int, lots: Sequence[int]) -> Decimal:
        flows = (
            position.cash_flow(_signed(deal, count))
            for deal, position, count in zip(self.deals, self.positions[account], lots, strict=True)
        )
        return sum(flows, start=self.cash_before(account))

    def change(self, deal: int, lots: Lots) -> Decimal:
        return sum(
            (
                row[deal].units_traded(_signed(self.deals[deal], counts[deal]))
                for row, counts in zip(self.positions, lots, strict=True)
            ),
            start=ZERO,
        )

    def distance(self, lots: Lots) -> Decimal:
        away = sum(
            (abs(self.change(n, lots) - deal.change) * deal.bid for n, deal in enumerate(self.deals)), start=ZERO
        )
        return away + sum((max(ZERO, -self.cash_after(n, row)) for n, row in enumerate(lots)), start=ZERO)

    def cost(self, lots: Lots) -> Decimal:
        fees = (
            position.deal_fee(_signed(deal, count)) + DEAL
            for row, counts in zip(self.positions, lots, strict=True)
            for deal, position, count in zip(self.deals, row, counts, strict=True)
            if count
        )
        return sum(fees, start=ZERO)

    def lacking(self, lots: Lots) -> list[Decimal]:
        """By account, the money by which it breaks its bounds: purchases may not be paid with what is not there."""
        return [min(self.cash_before(n), ZERO) - self.cash_after(n, row) for n, row in enumerate(lots)]

    def nearest(self, solver: str, time_limit_s: float) -> tuple[Lots, Decimal]:
        """The split of the least distance, and a bound of all."""
        program = _Program(self)
        solution, lots = self._solved(program, solver, time_limit_s)
        bound = solution.bound * program.unit
        return lots, Decimal(bound) if 0 < bound < math.inf else ZERO

    def cheapest(self, nearest: Lots, solver: str, time_limit_s: float) -> Lots:
        """The cheapest split that is as near; the given one when no better is found."""
        if len(self.accounts) == 1 and not self.distance(nearest):
            return nearest
        program = _Program(self).bounded(self.distance(nearest))
        _, lots = self._solved(program, solver, time_limit_s)
        if (self.distance(lots), self.cost(lots)) < (self.distance(nearest), self.cost(nearest)):
            return lots
        return nearest

    def _solved(self, program: _Program, solver: str, time_limit_s: float) -> tuple[Solution, Lots]:
        """The solver's lots once they hold exactly; no deal at all when it has none. The first answer has the bound."""
        first = None
        for _ in range(TRIES):
            gap = min(float(DEAL) / program.unit / 100, PROVEN * UNITS / 10)
            solution = minimise(program.columns, program.rows, solver=solver, time_limit_s=time_limit_s, gap=gap)
            first = first or solution
            if solution.values is None:
                break
            lots = program.lots(solution.values)
            lacking = self.lacking(lots)
            if all(money <= 0 for money in lacking):
                return first, lots
            program.tighten(lacking)  # by what its tolerance let through
        assert first is not None
        return first, tuple(tuple(0 for _ in self.deals) for _ in self.accounts)

    def told(self, account: int, lots: Sequence[int]) -> AccountDeals:
        return AccountDeals(
            account=self.accounts[account].name,
            deals=tuple(
                AccountDeal(
                    ticker=deal.ticker,
                    lots=_signed(deal, count),
                    change=position.units_traded(_signed(deal, count)),
                    price=position.price(deal.lots),
                    fee=position.deal_fee(_signed(deal, count)),
                    cash=position.cash_flow(_signed(deal, count)),
                )
                for deal, position, count in zip(self.deals, self.positions[account], lots, strict=True)
                if count
            ),
            cash_before=self.cash_before(account),
            cash_after=self.cash_after(account, lots),
        )

    def notes(self, lots: Lots) -> list[Text]:
        notes = []
        for n, deal in enumerate(self.deals):
            done = sum(row[n] for row in lots)
            if done < abs(deal.lots):
                notes.append(
                    text(
                        "{ticker}: {done} of {planned} {planned:lot|lots}; the rest would need a transfer between "
                        "accounts",
                        ticker=deal.ticker,
                        done=done,
                        planned=abs(deal.lots),
                    )
                )
        for account, row in enumerate(lots):
            if (cash := self.cash_after(account, row)) < 0:
                notes.append(
                    text(
                        "{account}: {money} more is to be taken out than there will be",
                        account=self.accounts[account].name,
                        money=-cash,
                    )
                )
        return notes


class _Program:
    """The mixed-integer program of the least distance; `bounded` makes it that of the least cost."""

    def __init__(self, table: _Table) -> None:
        self.table = table
        self.unit = float(table.size) / UNITS
        self.columns: list[Column] = []
        self.rows: list[Constraint] = []
        self._lots: dict[tuple[int, int], int] = {}
        self._costs: dict[int, Decimal] = {}  # money, by column
        self._away: list[int] = []
        self._cash: list[int] = []  # rows, by account
        changes: list[dict[int, float]] = [{} for _ in table.deals]  # money at bid, by column
        for account in range(len(table.accounts)):
            self._cash.append(self._account(account, changes))
        for n, deal in enumerate(table.deals):
            away = self._column(0.0, math.inf, 1.0)
            self._away.append(away)
            planned = self._money(abs(deal.change) * deal.bid)
            self._row({**changes[n], away: 1.0}, low=planned)
            self._row({**changes[n], away: -1.0}, high=planned)
            mine = {column: 1.0 for (_, which), column in self._lots.items() if which == n}
            if mine:
                self._row(mine, high=float(abs(deal.lots)))

    def bounded(self, distance: Decimal) -> _Program:
        """The same for the least cost, at no more than this distance."""
        self.columns = [replace(column, objective=0.0) for column in self.columns]
        for column, money in self._costs.items():
            self.columns[column] = replace(self.columns[column], objective=self._money(money))
        self._row(dict.fromkeys(self._away, 1.0), high=self._money(distance))
        return self

    def tighten(self, lacking: Sequence[Decimal]) -> None:
        """Demand more of the accounts that broke their bounds, by twice as much."""
        for row, money in zip(self._cash, lacking, strict=True):
            if money > 0:
                self.rows[row] = replace(self.rows[row], low=self.rows[row].low + 2 * max(self._money(money), 1e-9))

    def lots(self, values: Sequence[float]) -> Lots:
        """Rounded, since a solver's 1 may be 0.9999999999999992."""
        table = self.table
        return tuple(
            tuple(round(values[self._lots[a, n]]) if (a, n) in self._lots else 0 for n in range(len(table.deals)))
            for a in range(len(table.accounts))
        )

    def _account(self, account: int, changes: list[dict[int, float]]) -> int:
        """The columns of an account, and the row of its cash."""
        before = self.table.cash_before(account)
        lacks = self._column(0.0, self._money(max(ZERO, -before)), 1.0)
        self._away.append(lacks)
        cash = {lacks: 1.0}
        for n, deal in enumerate(self.table.deals):
            most = self.table.most[account][n]
            if most:
                self._cell(account, n, deal, cash, changes[n])
        self._row(cash, low=-self._money(before))
        return len(self.rows) - 1

    def _cell(self, account: int, n: int, deal: Deal, cash: dict[int, float], change: dict[int, float]) -> None:
        """One account's part of one deal: its lots, whether it deals at all, whether a fraction goes with them."""
        position, most = self.table.positions[account][n], self.table.most[account][n]
        lots = self._lots[account, n] = self._column(0.0, float(most), whole=True)
        dealt = self._column(0.0, 1.0, whole=True)
        self._row({lots: 1.0, dealt: -float(most)}, high=0.0)
        fee, price, size = position.fee, position.price(deal.lots), deal.lot_size
        self._costs[lots] = fee.rate * price * size
        self._costs[dealt] = fee.fixed + DEAL
        sign = 1 if deal.lots < 0 else -1
        cash[lots] = self._money(sign * price * size - self._costs[lots])
        cash[dealt] = -self._money(fee.fixed)
        change[lots] = self._money(deal.bid * size)
        fraction = position.have - position.whole_units
        if deal.lots < 0 and fraction and most * size == position.whole_units:
            sold_out = self._column(0.0, 1.0, whole=True)
            self._row({lots: 1.0, sold_out: -float(most)}, low=0.0)
            self._row({lots: 1.0, sold_out: -1.0}, high=float(most - 1))
            self._costs[sold_out] = fee.rate * price * fraction
            cash[sold_out] = self._money(price * fraction - self._costs[sold_out])
            change[sold_out] = self._money(deal.bid * fraction)

    def _money(self, money: Decimal) -> float:
        return float(money) / self.unit

    def _column(self, low: float, high: float, objective: float = 0.0, *, whole: bool = False) -> int:
        self.columns.append(Column(low, high, objective, whole))
        return len(self.columns) - 1

    def _row(self, terms: dict[int, float], low: float = -math.inf, high: float = math.inf) -> None:
        self.rows.append(Constraint(terms, low, high))


def _position(account: Account, deal: Deal) -> Position:
    """What the account has of the asset, at the prices of the plan."""
    holding = account.holding(deal.ticker)
    return Position(
        ticker=deal.ticker,
        bid=deal.bid,
        ask=deal.ask,
        lot_size=deal.lot_size,
        have=holding.units,
        target=Units(ZERO),
        fee=account.fee_of(deal.ticker),
        permission=holding.permission,
        ideal=ZERO,
    )


def _most(deal: Deal, position: Position) -> int:
    """The most lots of the deal that the account may do."""
    if deal.lots < 0:
        return min(-deal.lots, position.lots_to_sell)
    return deal.lots if position.permission.may_buy else 0


def _signed(deal: Deal, lots: int) -> int:
    return lots if deal.lots > 0 else -lots
