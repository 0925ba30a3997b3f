"""The split as it is printed adds up."""

from __future__ import annotations

import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from allocator.optimize.plan import Status
from allocator.optimize.splitting import AccountDeal, AccountDeals, Split
from allocator.report import numbers
from allocator.report.accounts_split import printable, split_text

MONEY = st.decimals(-1_000_000, 1_000_000, places=4)
A_KOPECK = Decimal("0.01")


def deal(ticker: str, cash: Decimal) -> AccountDeal:
    return AccountDeal(ticker, change=Decimal(10), lots=1, price=Decimal(1), fee=Decimal(0), cash=cash)


def split_of(cash: list[tuple[Decimal, list[Decimal]]]) -> Split:
    accounts = tuple(
        AccountDeals(
            f"account {n}",
            tuple(deal(f"T{k}", flow) for k, flow in enumerate(flows)),
            cash_before=before,
            cash_after=before + sum(flows, start=Decimal(0)),
        )
        for n, (before, flows) in enumerate(cash)
    )
    nothing = Decimal(0)
    return Split(accounts, distance=nothing, bound=nothing, cost=nothing, status=Status.OPTIMAL)


@given(st.lists(st.tuples(MONEY, st.lists(MONEY, min_size=1, max_size=4)), min_size=1, max_size=4))
def test_what_is_printed_adds_up(cash: list[tuple[Decimal, list[Decimal]]]) -> None:
    """By account, and over all to the cash of the plan as its table prints it; nothing is two kopecks off."""
    exact, printed = split_of(cash), printable(split_of(cash))
    for each, shown in zip(exact.accounts, printed.accounts, strict=True):
        assert shown.cash_after == shown.cash_before + sum(deal.cash for deal in shown.deals)
        assert abs(each.cash_after - shown.cash_after) <= A_KOPECK
        pairs = zip(each.deals, shown.deals, strict=True)
        assert all(abs(deal.cash - shown.cash) <= 2 * A_KOPECK for deal, shown in pairs)
    whole = sum((each.cash_after for each in exact.accounts), start=Decimal(0))
    assert numbers.cents_at_most(whole) == sum(each.cash_after for each in printed.accounts)


def test_a_kopeck_is_not_printed_three_ways() -> None:
    """Two accounts whose halves of kopecks would each be rounded up."""
    told = split_text(split_of([(Decimal(100), [Decimal("-9.995")]), (Decimal(50), [Decimal("-0.995")])]))
    assert ["90.01", "49.00"] == re.findall(r"before, (\S+) after", told)
