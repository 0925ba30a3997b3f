"""The deals of a plan, given out to accounts."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from allocator.core.accounts import Account, Holding
from allocator.core.portfolio import Asset, Cash, Fee, Percent, Permission, Portfolio
from allocator.core.quote import Quote, Quotes
from allocator.optimize import pose, solve
from allocator.optimize.plan import Status
from allocator.optimize.problem import exact
from allocator.optimize.splitting import DEAL, Deal, Split, deals_of, split

D = Decimal


def deal(ticker: str, lots: int, *, bid: str = "10", ask: str = "10", lot_size: int = 1) -> Deal:
    return Deal(ticker, lots, D(lots * lot_size), lot_size, D(bid), D(ask))


def account(name: str, cash: int = 0, fee: Fee | None = None, withdraw: int = 0, **held: int) -> Account:
    holdings = tuple(Holding(ticker, D(units)) for ticker, units in held.items())
    return Account(name, holdings, D(cash), D(withdraw), fee or Fee())


def given(found: Split) -> dict[str, dict[str, int]]:
    return {each.account: {one.ticker: one.lots for one in each.deals} for each in found.accounts}


def test_sales_happen_where_the_asset_is() -> None:
    """An account without it sells nothing of it."""
    found = split([deal("A", -7)], [account("one", A=5), account("two"), account("three", A=4)])
    assert 0 == found.distance
    assert -7 == sum(lots for deals in given(found).values() for lots in deals.values())
    assert {} == given(found)["two"]


def test_purchases_happen_where_cash_lies_after_own_sales() -> None:
    """What one account sells pays for what it buys itself, and for nothing elsewhere."""
    found = split([deal("A", -5), deal("B", 5)], [account("one", A=5), account("two", B=1)])
    assert {"one": {"A": -5, "B": 5}, "two": {}} == given(found)


def test_money_is_not_passed_on() -> None:
    """A holding in one account cannot pay for what only the other may buy; the words name it."""
    one = Account("one", (Holding("A", D(5)), Holding("B", permission=Permission.KEEP)))
    found = split([deal("A", -5), deal("B", 5)], [one, account("two", cash=25)])
    assert {"one": {"A": -5}, "two": {"B": 2}} == given(found)
    assert (D(30), Status.OPTIMAL) == (found.distance, found.status)
    assert ["B: 2 of 5 lots; the rest would need a transfer between accounts"] == [str(note) for note in found.notes]


def test_lots_stay_whole_in_each_account() -> None:
    """Cash for half a lot here and half a lot there buys none."""
    found = split([deal("A", 1, lot_size=10)], [account("one", cash=50), account("two", cash=50)])
    assert {"one": {}, "two": {}} == given(found)
    assert D(100) == found.distance


def test_fees_count_before_a_purchase_does() -> None:
    """The fee of the account's own broker is paid from its own cash."""
    fee = Fee(D(1), D("0.01"))
    bought = [given(split([deal("A", 1)], [account("one", cash, fee)]))["one"] for cash in (11, 12)]
    assert [{}, {"A": 1}] == bought


def test_the_cheaper_broker_deals() -> None:
    """Of splits that are as near, the one with the lower fees."""
    found = split([deal("A", 4)], [account("dear", 100, Fee(rate=D("0.01"))), account("cheap", 100, Fee(D("0.2")))])
    assert {"dear": {}, "cheap": {"A": 4}} == given(found)
    assert D("0.2") + DEAL == found.cost


def test_one_deal_rather_than_two() -> None:
    """Where it costs the same, nothing is cut up."""
    found = split([deal("A", 3), deal("B", 3)], [account("one", 30), account("two", 30)])
    assert 2 == sum(len(deals) for deals in given(found).values())


def test_money_to_be_taken_out_comes_first_from_its_own_account() -> None:
    """Who must pay out sells; others cannot do it in their place."""
    found = split([deal("A", -3)], [account("one", A=9), account("two", withdraw=30, A=9)])
    assert {"one": {}, "two": {"A": -3}} == given(found)


def test_what_cannot_be_taken_out_is_said() -> None:
    """The sale happens all the same, and the rest of the money is named."""
    found = split([deal("A", -1)], [account("one", cash=5, withdraw=30, A=1)])
    assert D(15) == found.accounts[0].lacks == found.distance
    assert ["one: 15 more is to be taken out than there will be"] == [str(note) for note in found.notes]


def test_fractions_go_with_the_last_unit_of_an_account() -> None:
    """Two fractions make a unit of the whole that no account can sell by itself."""
    parts = [Account(name, (Holding("A", D(units)),)) for name, units in (("one", "10.5"), ("two", "5.5"))]
    found = split([deal("A", -16)], parts)
    assert (D(0), [D("-10.5"), D("-5.5")]) == (found.distance, [each.deals[0].change for each in found.accounts])


def test_a_plan_that_spends_the_last_kopeck_is_split_exactly() -> None:
    """No tolerance of a solver lets an account overdraw."""
    parts = [account("one", cash=0), account("two", cash=0)]
    parts = [Account(each.name, cash=cash) for each, cash in zip(parts, (D("300.03"), D("100.00")), strict=True)]
    deals = [deal("A", 4, bid="100.01", ask="100.01")]
    found = split(deals, parts)
    assert {"one": {"A": 3}, "two": {}} == given(found)
    assert 0 == found.accounts[0].cash_after


def test_a_solved_plan_with_one_account_is_that_account_s() -> None:
    """The plan of the whole, split to the whole, is itself."""
    assets = (Asset("A", D("7.5"), Percent(D(30)), Fee(D(1))), Asset("B", D(1), Percent(D(70)), Fee(D(1))))
    quotes = {name: Quote(name, D(99), D(101), 1) for name in "AB"}
    plan = solve(pose(Portfolio(Path("p.ini"), assets, Cash(D(500))), Quotes("FILE", quotes)))
    holdings = tuple(Holding(each.ticker, each.have) for each in assets)
    found = split(deals_of(plan), [Account("one", holdings, D(500), fee=Fee(D(1)))])
    assert {row.position.ticker: row.lots for row in plan.rows if row.lots} == given(found)["one"]
    assert (D(0), plan.cash.after) == (found.distance, found.accounts[0].cash_after)


@pytest.mark.parametrize("seed", range(40))
def test_none_is_better(seed: int) -> None:
    """Every split of small plans, tried one by one: none is nearer, and none as near costs less."""
    rng = random.Random(seed)
    deals, accounts = drawn(rng)
    with exact():
        best = min(judged(deals, accounts, lots) for lots in every(deals, accounts))
    found = split(deals, accounts)
    assert best == (found.distance, found.cost)
    assert Status.OPTIMAL is found.status
    assert found.bound <= found.distance


def drawn(rng: random.Random) -> tuple[list[Deal], list[Account]]:
    """A plan of up to three deals for up to three accounts, hard to pay for."""
    names = "ABC"[: rng.randint(1, 3)]
    accounts = []
    for number in range(rng.randint(1, 3)):
        holdings = []
        for name in names:
            units = D(rng.choice([0, 1, 2, 3])) + rng.choice([D(0), D(0), D("0.5")])
            fee = rng.choice([None, None, Fee(D(rng.randint(0, 3)), D(rng.randint(0, 3)).scaleb(-2))])
            holdings.append(Holding(name, units, fee, rng.choice([*Permission, Permission.TRADE, Permission.TRADE])))
        cash, withdraw = D(rng.randint(0, 60)), D(rng.choice([0, 0, 0, 25]))
        accounts.append(Account(str(number), tuple(holdings), cash, withdraw, Fee(D(rng.randint(0, 2)))))
    deals = []
    for name in names:
        held = sum((each.holding(name).units for each in accounts), start=D(0))
        lots = rng.choice([-1, 1]) * rng.randint(1, 4)
        lots = max(lots, -int(held)) or 1
        change = -held if -lots == int(held) and rng.random() < 0.7 else D(lots)
        bid = D(rng.randint(500, 2000)).scaleb(-2)
        deals.append(Deal(name, lots, change, 1, bid, bid + D(rng.choice([0, 5, 100])).scaleb(-2)))
    return deals, accounts


def every(deals: Sequence[Deal], accounts: Sequence[Account]) -> Iterator[tuple[tuple[int, ...], ...]]:
    """All lots by account and deal that sum to no more than the plan's, signed."""
    cells = [
        [
            tuple(count if one.lots > 0 else -count for count in counts)
            for counts in itertools.product(range(abs(one.lots) + 1), repeat=len(accounts))
            if sum(counts) <= abs(one.lots) and all(map(may, itertools.repeat(one), accounts, counts))
        ]
        for one in deals
    ]
    for chosen in itertools.product(*cells):
        lots = tuple(zip(*chosen, strict=True))
        if all(paid(deals, each, row) for each, row in zip(accounts, lots, strict=True)):
            yield lots


def may(one: Deal, where: Account, count: int) -> bool:
    holding = where.holding(one.ticker)
    if not count:
        return True
    return holding.permission.may_buy if one.lots > 0 else holding.permission.may_sell and count <= int(holding.units)


def traded(one: Deal, where: Account, lots: int) -> Decimal:
    units = where.holding(one.ticker).units
    return -units if lots < 0 and -lots == int(units) else D(lots)


def fee_of(one: Deal, where: Account, lots: int) -> Decimal:
    fee = where.fee_of(one.ticker)
    price = one.ask if lots > 0 else one.bid
    return fee.fixed + fee.rate * abs(traded(one, where, lots)) * price if lots else D(0)


def left(deals: Sequence[Deal], where: Account, row: Sequence[int]) -> Decimal:
    money = where.cash - where.withdraw
    for one, lots in zip(deals, row, strict=True):
        money -= traded(one, where, lots) * (one.ask if lots > 0 else one.bid) + fee_of(one, where, lots)
    return money


def paid(deals: Sequence[Deal], where: Account, row: Sequence[int]) -> bool:
    return left(deals, where, row) >= min(D(0), where.cash - where.withdraw)


def judged(
    deals: Sequence[Deal], accounts: Sequence[Account], lots: Sequence[Sequence[int]]
) -> tuple[Decimal, Decimal]:
    """The distance and the cost, by another way than the program's."""
    distance = cost = D(0)
    for n, one in enumerate(deals):
        total = sum((traded(one, each, row[n]) for each, row in zip(accounts, lots, strict=True)), start=D(0))
        distance += abs(total - one.change) * one.bid
    for each, row in zip(accounts, lots, strict=True):
        distance += max(D(0), -left(deals, each, row))
        cost += sum((fee_of(one, each, k) + DEAL for one, k in zip(deals, row, strict=True) if k), start=D(0))
    return distance, cost
