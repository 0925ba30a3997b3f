"""A plan: whole lots for every asset, and all that follows from them in exact decimals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from allocator.core.portfolio import ZERO, Model
from allocator.core.text import Text, text
from allocator.optimize.problem import Position, Problem, exact


class Status(Enum):
    """`OPTIMAL`: proven to the gap that was asked for. `FEASIBLE`: the time limit came first."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the answer. Money at bid; units signed where they are a change."""

    position: Position
    lots: int  # signed
    change: Decimal  # units, signed
    units_after: Decimal
    value_before: Decimal
    value_after: Decimal
    share_before: Decimal | None  # 0..1 of the percent part; None for an asset wanted in units
    share_after: Decimal | None
    deviation_before: Decimal
    deviation_after: Decimal
    fee: Decimal  # money
    fee_share: Decimal | None  # 0..1 of the deal; None without a deal
    spread: Decimal  # money lost by buying at ask what is valued at bid


@dataclass(frozen=True, slots=True)
class CashRow:
    """The last line of the answer."""

    before: Decimal
    after: Decimal
    ideal: Decimal | None
    share_before: Decimal | None
    share_after: Decimal | None
    deviation_before: Decimal | None
    deviation_after: Decimal | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The lots to deal and the proof of how good they are.

    `objective` is Σ deviation (LAD, money) or Σ deviation² (LSAPPROX, money²); no plan has a smaller one than
    `bound`. `gap` is their distance as a share of W: (objective − bound) / W, for least squares that of
    the roots.
    """

    problem: Problem
    lots: tuple[int, ...]
    rows: tuple[Row, ...]
    cash: CashRow
    objective: Decimal
    bound: Decimal
    gap: float
    status: Status
    solver: str  # what proved it: "search", "enumeration", "highs", "cbc"
    seconds: float
    notes: tuple[Text, ...] = field(default=())

    @property
    def deals(self) -> int:
        return sum(lots != 0 for lots in self.lots)

    @property
    def commission(self) -> Decimal:
        with exact():
            return sum((row.fee for row in self.rows), start=ZERO)

    @property
    def spread(self) -> Decimal:
        with exact():
            return sum((row.spread for row in self.rows), start=ZERO)

    @property
    def cost(self) -> Decimal:
        """What the deals take out of the portfolio: commission and spread."""
        with exact():
            return self.commission + self.spread

    @property
    def wealth_after(self) -> Decimal:
        with exact():
            return sum((row.value_after for row in self.rows), start=self.cash.after)

    @property
    def mean_deviation_before(self) -> Decimal | None:
        """Mean deviation of the source from the ideal as a share of W (0..1); None when W is 0."""
        return self._mean([row.deviation_before for row in self.rows], self.cash.deviation_before)

    @property
    def mean_deviation_after(self) -> Decimal | None:
        return self._mean([row.deviation_after for row in self.rows], self.cash.deviation_after)

    def _mean(self, deviations: list[Decimal], of_cash: Decimal | None) -> Decimal | None:
        if of_cash is not None:
            deviations = [*deviations, of_cash]
        if self.problem.wealth <= 0 or not deviations:
            return None
        if self.problem.model is Model.LAD:
            return sum(deviations, start=ZERO) / len(deviations) / self.problem.wealth
        return (sum((d * d for d in deviations), start=ZERO) / len(deviations)).sqrt() / self.problem.wealth


def rows_of(problem: Problem, lots: Sequence[int]) -> tuple[tuple[Row, ...], CashRow]:
    """Every figure of the table for these lots, in exact decimals."""
    with exact():
        rows = tuple(_row(problem, position, k) for position, k in zip(problem.positions, lots, strict=True))
        return rows, _cash_row(problem, cash_after(problem, lots))


def _row(problem: Problem, position: Position, lots: int) -> Row:
    change = position.units_traded(lots)
    fee = position.deal_fee(lots)
    deal = abs(change) * position.price(lots)
    percent = hasattr(position.target, "percent")
    before, after = position.value(0), position.value(lots)
    return Row(
        position=position,
        lots=lots,
        change=change,
        units_after=position.have + change,
        value_before=before,
        value_after=after,
        share_before=_share(before, problem) if percent else None,
        share_after=_share(after, problem) if percent else None,
        deviation_before=position.deviation(0),
        deviation_after=position.deviation(lots),
        fee=fee,
        fee_share=_ratio(fee, deal) if lots else None,
        spread=change * (position.ask - position.bid) if lots > 0 else ZERO,
    )


def _cash_row(problem: Problem, after: Decimal) -> CashRow:
    before, ideal = problem.cash_before, problem.cash_ideal
    percent = hasattr(problem.cash_target, "percent")
    return CashRow(
        before=before,
        after=after,
        ideal=ideal,
        share_before=_share(before, problem) if percent else None,
        share_after=_share(after, problem) if percent else None,
        deviation_before=None if ideal is None else abs(before - ideal),
        deviation_after=None if ideal is None else abs(after - ideal),
    )


def _share(value: Decimal, problem: Problem) -> Decimal | None:
    return _ratio(value, problem.percent_part) if problem.percent_part > 0 else None


def _ratio(part: Decimal, whole: Decimal) -> Decimal:
    return (part / whole).quantize(Decimal("1e-12"))


def cash_after(problem: Problem, lots: Sequence[int]) -> Decimal:
    """Cash left by these lots; negative means that they cannot be paid for."""
    with exact():
        return sum(
            (position.cash_flow(k) for position, k in zip(problem.positions, lots, strict=True)),
            start=problem.cash_before,
        )


def objective_of(problem: Problem, lots: Sequence[int]) -> Decimal:
    """Σ deviation (LAD) or Σ deviation² (LSAPPROX) over every asset, and cash when it has a target."""
    with exact():
        deviations = [position.deviation(k) for position, k in zip(problem.positions, lots, strict=True)]
        if problem.cash_ideal is not None:
            deviations.append(abs(cash_after(problem, lots) - problem.cash_ideal))
        if problem.model is Model.LAD:
            return sum(deviations, start=ZERO)
        return sum((d * d for d in deviations), start=ZERO)


def violations(problem: Problem, lots: Sequence[int]) -> list[Text]:
    """The constraints that these lots break, in words; empty for a plan that may be printed."""
    with exact():
        return list(_violations(problem, lots))


def _violations(problem: Problem, lots: Sequence[int]) -> list[Text]:
    found = []
    for position, k in zip(problem.positions, lots, strict=True):
        if k > 0 and not position.permission.may_buy:
            found.append(text("{ticker} may not be bought", ticker=position.ticker))
        if -k > position.lots_to_sell:
            found.append(text("{ticker}: more is sold than is held and may be sold", ticker=position.ticker))
    deals = sum(k != 0 for k in lots)
    if problem.max_deals is not None and deals > problem.max_deals:
        found.append(text("{deals} deals are more than max deals = {limit}", deals=deals, limit=problem.max_deals))
    cash = cash_after(problem, lots)
    if cash < 0:
        found.append(text("cash would fall to {cash}", cash=cash))
    if problem.use_all_cash:
        found += [
            text("use all cash: one more lot of {ticker} could be bought", ticker=position.ticker)
            for position, k in zip(problem.positions, lots, strict=True)
            if _affordable(problem, position, k, deals, cash)
        ]
    return found


def _affordable(problem: Problem, position: Position, lots: int, deals: int, cash: Decimal) -> bool:
    """Whether `use all cash` forbids leaving this much: one more lot of a wanted asset could be bought."""
    if not (position.wanted and position.permission.may_buy):
        return False
    if lots == 0 and problem.max_deals is not None and deals >= problem.max_deals:
        return False
    return cash >= position.next_lot_price + (ZERO if lots > 0 else position.fee.fixed)
