"""The table of an answer for a page: the figures of the console's table, cell by cell.

Amounts stay decimals, for a page may hide them; they are rounded here once, and totals are sums of rounded figures, so
that what is shown adds up. Shares and prices are words: nobody hides those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from allocator.core.portfolio import ZERO
from allocator.core.text import Text, text
from allocator.optimize import Explanation, FrontierPoint, Plan, Row, Status
from allocator.report import numbers
from allocator.report.answer import Answer, marked
from allocator.report.frontier import distance, gains, legend, proven
from allocator.report.summary import dealt, source, verdict
from allocator.report.table import MARK, commission, decimals, target


@dataclass(frozen=True, slots=True)
class Held:
    """A holding at one moment: its value rounded to the kopeck, units (None of cash and of sums), share in words."""

    value: Decimal
    units: Decimal | None
    share: str


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One asset. `change` and `fee` None without a deal."""

    asset: str
    stand_in: bool
    bid: str
    ask: str
    source: Held
    change: Decimal | None
    result: Held
    target: str
    buy: bool
    sell: bool
    fee: Decimal | None
    fee_share: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    """The whole table with what stands under it. In `total`, `share` is the mean deviation."""

    rows: tuple[AnswerRow, ...]
    cash: tuple[Held, Held]
    cash_target: str
    total: tuple[Held, Held]
    commission: Decimal
    proven: bool
    verdict: Text
    cost: Text
    quotes: Text
    stand_ins: tuple[Text, ...]
    notes: tuple[Text, ...]
    deals: int


def answer_view(answer: Answer) -> AnswerView:
    """What a page shows of an answer."""
    plan = answer.plan
    rows = tuple(_row(answer, row) for row in plan.rows)
    cash = (
        Held(numbers.cents_at_most(plan.cash.before), None, share(plan.cash.share_before)),
        Held(numbers.cents_at_most(plan.cash.after), None, share(plan.cash.share_after)),
    )
    before = sum((row.source.value for row in rows), start=cash[0].value)
    after = sum((row.result.value for row in rows), start=cash[1].value)
    return AnswerView(
        rows=rows,
        cash=cash,
        cash_target=target(plan.problem.cash_target),
        total=(
            Held(before, None, share(plan.mean_deviation_before)),
            Held(after, None, share(plan.mean_deviation_after)),
        ),
        commission=commission(plan.rows),
        proven=plan.status is Status.OPTIMAL,
        verdict=verdict(plan),
        cost=dealt(plan),
        quotes=source(answer.quotes),
        stand_ins=tuple(text("{mark} {standing}.", mark=MARK, standing=each) for each in answer.stand_ins),
        notes=(*answer.notes, *answer.quotes.notes),
        deals=plan.deals,
    )


def _row(answer: Answer, row: Row) -> AnswerRow:
    position = row.position
    places = decimals(answer, row)
    return AnswerRow(
        asset=position.ticker,
        stand_in=marked(answer.quote(position.ticker)),
        bid=numbers.price(position.bid, places),
        ask=numbers.price(position.ask, places),
        source=Held(numbers.cents(row.value_before), position.have, share(row.share_before)),
        change=row.change if row.lots else None,
        result=Held(numbers.cents(row.value_after), row.units_after, share(row.share_after)),
        target=target(position.target),
        buy=position.permission.may_buy,
        sell=position.permission.may_sell,
        fee=numbers.cents(row.fee) if row.lots else None,
        fee_share=share(row.fee_share),
    )


def share(fraction: Decimal | None) -> str:
    """A share in percent; empty where there is none."""
    return "" if fraction is None else numbers.percent(fraction)


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """What one deal brings and costs; `lots` None of cash."""

    asset: str
    lots: int | None
    removed: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class ReasonsView:
    """Why these deals. `removed` and `cost` are the sums as shown; `limits`: a constraint and what it keeps away."""

    rows: tuple[ReasonRow, ...]
    removed: Decimal
    cost: Decimal
    limits: tuple[tuple[Text, Decimal], ...]


def reasons_view(explanation: Explanation) -> ReasonsView:
    """What a page shows of an explanation."""
    rows = [
        ReasonRow(each.ticker, each.lots, numbers.cents(each.deviation_removed), numbers.cents(each.cost))
        for each in explanation.trades
    ]
    if rows and explanation.cash_removed is not None:
        rows.append(ReasonRow("Cash", None, numbers.cents(explanation.cash_removed), ZERO))
    return ReasonsView(
        tuple(rows),
        sum((row.removed for row in rows), start=ZERO),
        sum((row.cost for row in rows), start=ZERO),
        tuple((each.constraint, numbers.cents(each.deviation_saved)) for each in explanation.limits),
    )


@dataclass(frozen=True, slots=True)
class FrontierRow:
    """The best plan of at most so many deals; None where there is none, or nothing to compare with."""

    deals: int
    distance: Decimal | None
    mean: Decimal | None  # 0..1
    closer: Decimal | None
    cost: Decimal | None
    proven: str

    @property
    def mean_said(self) -> str:
        return share(self.mean)


@dataclass(frozen=True, slots=True)
class FrontierView:
    """What each further deal buys, and what the figures mean."""

    rows: tuple[FrontierRow, ...]
    legend: tuple[Text, ...]


def frontier_view(points: Sequence[FrontierPoint]) -> FrontierView:
    """What a page shows of a frontier."""
    rows = []
    for point, gain in zip(points, gains(points), strict=True):
        plan: Plan | None = point.plan
        mean = plan.mean_deviation_after if plan else None
        rows.append(FrontierRow(point.max_deals, distance(plan), mean, gain, plan.cost if plan else None, proven(plan)))
    return FrontierView(tuple(rows), tuple(legend(points)))
