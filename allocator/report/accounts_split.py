"""Which account makes which deals, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from allocator.core.portfolio import ZERO
from allocator.core.text import Text, text
from allocator.optimize.plan import Status
from allocator.optimize.problem import exact
from allocator.optimize.splitting import Split
from allocator.report import numbers
from allocator.report.catalogue import render
from allocator.report.document import Json
from allocator.report.layout import ruled


def printable(split: Split) -> Split:
    """The same with its cash in whole kopecks, as it is printed: it adds up by account, and over all of them.

    All cash together is never more than there is, as in the table of the plan.
    """
    each_before = _in_all([each.cash_before for each in split.accounts])
    each_after = _in_all([each.cash_after for each in split.accounts])
    accounts = []
    for each, before, after in zip(split.accounts, each_before, each_after, strict=True):
        flows = numbers.cents_in_all([deal.cash for deal in each.deals], after - before)
        deals = tuple(replace(deal, cash=cash) for deal, cash in zip(each.deals, flows, strict=True))
        accounts.append(replace(each, deals=deals, cash_before=before, cash_after=after))
    return replace(split, accounts=tuple(accounts))


def _in_all(cash: Sequence[Decimal]) -> list[Decimal]:
    with exact():
        return numbers.cents_in_all(cash, numbers.cents_at_most(sum(cash, start=ZERO)))


def split_text(split: Split, lang: str = "en") -> str:
    """The deals by account, the cash that each has then, and what of the plan is left undone."""
    split = printable(split)
    lines = [render(line, lang) for line in _lines(split)]
    return "\n".join([*([_table(split, lang), ""] if any(each.deals for each in split.accounts) else []), *lines])


def _table(split: Split, lang: str) -> str:
    headings = [text("Account"), text("Asset"), text("Units"), text("Lots"), text("Price"), text("Fee"), text("Cash")]
    rows = [(each.account, deal) for each in split.accounts for deal in each.deals]
    columns = [
        [account for account, _ in rows],
        [deal.ticker for _, deal in rows],
        numbers.aligned([numbers.signed(deal.change) for _, deal in rows]),
        numbers.right([f"{deal.lots:+d}" for _, deal in rows]),
        numbers.aligned([numbers.units(deal.price) for _, deal in rows]),
        numbers.aligned([numbers.money(deal.fee) for _, deal in rows]),
        numbers.aligned([numbers.money(deal.cash) for _, deal in rows]),
    ]
    return ruled([render(heading, lang) for heading in headings], columns)


def _lines(split: Split) -> Iterator[Text]:
    for each in split.accounts:
        yield text(
            "Cash of {account}: {before} before, {after} after.",
            account=each.account,
            before=numbers.money(each.cash_before),
            after=numbers.money(each.cash_after),
        )
    if not split.distance:
        yield text("The accounts carry out the plan as it is.")
    elif split.status is Status.OPTIMAL:
        yield text(
            "Without transfers between accounts no split is closer to the plan: {distance} away.",
            distance=numbers.money(split.distance),
        )
    else:
        yield text(
            "TIME LIMIT: the best split found is {distance} away from the plan; no split is closer than {bound}.",
            distance=numbers.money(split.distance),
            bound=numbers.money(split.bound),
        )
    for note in split.notes:
        yield text("Note: {note}", note=note)


def split_document(split: Split, lang: str = "en") -> dict[str, Json]:
    """The object `accounts` of `allocator accounts rebalance --json`."""
    return {
        "status": split.status.value,
        "distance": split.distance,
        "bound": split.bound,
        "accounts": [
            {
                "name": each.account,
                "cash_before": each.cash_before,
                "cash_after": each.cash_after,
                "deals": [
                    {
                        "asset": deal.ticker,
                        "change": deal.change,
                        "lots": deal.lots,
                        "price": deal.price,
                        "commission": deal.fee,
                        "cash": deal.cash,
                    }
                    for deal in each.deals
                ],
            }
            for each in split.accounts
        ],
        "notes": [render(note, lang) for note in split.notes],
    }
