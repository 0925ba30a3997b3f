"""The sweep: complete, it is brute force made quick; cut for width, its plan is legal and its bound a bound."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from enumeration import FEW_DEALS, Small, enumerated, feasible, in_other_money, small

from allocator.core.portfolio import Asset, Cash, Money, Options, Percent, Portfolio, Units
from allocator.core.quote import Quote, Quotes
from allocator.optimize import pose
from allocator.optimize.dual import Prices, spread_prices
from allocator.optimize.sweep import Outcome, States, _undominated, options_of, sweep, whole_dtype

SEEDS = (*range(40), *range(FEW_DEALS + 40, FEW_DEALS + 120, 10))
EVERYTHING = 10**9
LONG_DIGITS = Decimal("1.000000000000000000123")


def swept(
    one: Small,
    *,
    cutoff: float | None = None,
    width: int = EVERYTHING,
    prices: Prices | None = None,
    dtype: type | None = None,
    draft: bool = False,
    late: bool = False,
) -> Outcome:
    """A sweep over all lots of the problem, by default with the best prices and no cutoff."""
    book, table = one.book, one.table
    choices = [(piece, range(piece.low, piece.high + 1)) for piece in table.pieces]
    return sweep(
        table,
        options_of(book, choices, dtype or whole_dtype(book)),
        prices or spread_prices(book, one.prices),
        cutoff=float(book.worst.objective) if cutoff is None else cutoff,
        width=width,
        out_of_time=lambda: late,
        draft=draft,
    )


def found(one: Small, outcome: Outcome) -> tuple[object, float]:
    """What the outcome's lots come to, and its bound."""
    return None if outcome.lots is None else one.book.account(outcome.lots), outcome.bound


def senseless(one: Small) -> Prices:
    """Prices that tell nothing: the sweep must not rely on good ones."""
    scale = float(abs(one.prices.lam[0]) + 1)
    return Prices(np.array([-7.0, 0.0, 5.0]) * scale, np.zeros(3))


def posed(*assets: tuple[Asset, str], cash: Cash, options: Options) -> Small:
    """Assets with one price to buy and sell at."""
    quotes = {asset.ticker: Quote(asset.ticker, Decimal(price), Decimal(price)) for asset, price in assets}
    portfolio = Portfolio(Path("p.ini"), tuple(asset for asset, _ in assets), cash, options)
    return enumerated(pose(portfolio, Quotes("FILE", quotes)))


class TestComplete:
    """With nothing cut for width."""

    def test_is_brute_force(self) -> None:
        """The best plan by objective, cost and deals, and the proof of it."""
        wrong = []
        for seed, one in feasible(SEEDS):
            told = found(one, swept(one))
            if (one.best, one.best.objective) != told:
                wrong.append((seed, one.flavour, one.best, told))
        assert [] == wrong

    def test_does_not_rely_on_good_prices(self) -> None:
        """Lines that bound nothing prune nothing: the answer is the same."""
        wrong = []
        for seed, one in feasible(SEEDS):
            told = found(one, swept(one, prices=senseless(one)))
            if (one.best, one.best.objective) != told:
                wrong.append((seed, one.flavour, one.best, told))
        assert [] == wrong

    def test_finds_the_plan_at_its_own_cutoff(self) -> None:
        """The tie rule is kept among plans as good as the cutoff: they are not cut."""
        wrong = []
        for seed, one in feasible(SEEDS):
            told = found(one, swept(one, cutoff=one.best.objective))
            if (one.best, one.best.objective) != told:
                wrong.append((seed, one.flavour, one.best, told))
        assert [] == wrong

    def test_proves_that_nothing_is_below_a_cutoff(self) -> None:
        """No plan that good: no lots, and the cutoff is the bound."""
        wrong = []
        for seed, one in feasible(SEEDS):
            cutoff = one.best.objective * 0.99 - 1
            told = found(one, swept(one, cutoff=cutoff))
            if told[1] > one.best.objective or told[1] < cutoff or (told[0] is not None and told[0] < one.best):
                wrong.append((seed, one.flavour, cutoff, told))
        assert [] == wrong

    def test_has_no_plan_where_there_is_none(self) -> None:
        """An infeasible problem: no lots."""
        problems = [small(seed) for seed in SEEDS if not small(seed).feasible]
        assert {None} == {swept(one).lots for one in problems}

    def test_in_python_integers_is_the_same(self) -> None:
        """The same states in objects of any size as in 64 bits."""
        for _, one in feasible(SEEDS[:30]):
            if whole_dtype(one.book) is np.int64:
                assert found(one, swept(one)) == found(one, swept(one, dtype=object))

    def test_of_huge_numbers(self) -> None:
        """Counted in money of twenty digits more, the plan is the best and the proof is exact."""
        wrong = []
        for seed, usual in feasible(range(20)):
            one = enumerated(in_other_money(usual.problem, LONG_DIGITS))
            outcome = swept(one)
            if (one.best, object) != (found(one, outcome)[0], whole_dtype(one.book)):
                wrong.append((seed, one.flavour, one.best, found(one, outcome)))
            if not one.best.objective * (1 - 1e-12) <= outcome.bound <= one.best.objective * (1 + 1e-15):
                wrong.append((seed, one.flavour, one.best, outcome.bound))
        assert [] == wrong


class TestIntegers:
    """`whole_dtype`: 64 bits where every sum fits."""

    def test_are_of_64_bits_for_usual_money(self) -> None:
        """Kopecks, and fees of a few digits: numpy's own integers."""
        asset = Asset("A", target=Percent(Decimal(100)))
        assert np.int64 is whole_dtype(posed((asset, "250.5"), cash=Cash(Decimal(1000)), options=Options()).book)

    def test_are_of_any_size_for_squares(self) -> None:
        """The square of money in quanta overflows soon."""
        books = [one.book for _, one in feasible(SEEDS)]
        assert {object} == {whole_dtype(book) for book in books if book.squared}

    def test_hold_a_next_lot_that_nobody_can_pay(self) -> None:
        """A wanted lot of ten million beside a portfolio of ten: its price is beyond 64 bits, and binds nothing."""
        one = posed(
            (Asset("DEAR", target=Percent(Decimal(50))), "10000000.0000000000001"),
            (Asset("FAIR", target=Percent(Decimal(50))), "3"),
            cash=Cash(Decimal(10)),
            options=Options(use_all_cash=True),
        )
        assert 2**63 < max(price for prices in one.book.next_lot if prices for price in prices)
        assert (one.best, one.best.objective) == found(one, swept(one))


class TestCut:
    """With few states kept."""

    @pytest.mark.parametrize("width", [1, 2, 5, 20])
    def test_is_legal_and_its_bound_a_bound(self, width: int) -> None:
        """The lots satisfy every constraint and no plan at all is better than the bound."""
        wrong = []
        for seed, one in feasible(SEEDS):
            for prices in (None, senseless(one)):
                outcome = swept(one, width=width, prices=prices)
                account = found(one, outcome)[0]
                if outcome.bound > one.best.objective or (outcome.lots is not None and account is None):
                    wrong.append((seed, one.flavour, one.best, account, outcome.bound))
        assert [] == wrong

    def test_is_complete_where_it_says_so(self) -> None:
        """A bound that meets the plan is only claimed for the best plan."""
        wrong = []
        for seed, one in feasible(SEEDS):
            outcome = swept(one, width=10)
            account = found(one, outcome)[0]
            if account is not None and outcome.bound >= account.objective > one.best.objective:
                wrong.append((seed, one.flavour, one.best, account))
        assert [] == wrong

    def test_finds_good_plans(self) -> None:
        """Twenty states and good prices: the best plan in nine problems of ten."""
        hits = [found(one, swept(one, width=20))[0] == one.best for _, one in feasible(SEEDS)]
        assert 0.9 <= sum(hits) / len(hits)

    def test_out_of_time_knows_nothing(self) -> None:
        """No lots, and a bound that says nothing."""
        assert Outcome(None, -math.inf) == swept(small(0), late=True)


class TestDraft:
    """A draft may leave too much or too little cash: polishing makes it legal."""

    def test_always_has_lots(self) -> None:
        """Whatever must be raised or spent, there are lots within reach."""
        wrong = []
        for seed, one in feasible(SEEDS):
            outcome = swept(one, width=12, draft=True)
            if outcome.lots is None or outcome.bound > one.best.objective:
                wrong.append((seed, one.flavour, outcome))
        assert [] == wrong

    def test_respects_the_limit_of_deals(self) -> None:
        """Only cash is left to be repaired."""
        for _, one in feasible(SEEDS):
            lots = swept(one, width=12, draft=True).lots
            assert one.book.max_deals is None or sum(k != 0 for k in lots or ()) <= one.book.max_deals


class TestDominance:
    """Which partial plans are dropped for another that is at least as good whatever follows."""

    @staticmethod
    def states(*rows: tuple[int, int, int, int]) -> States:
        """States of (cash, score, cost, deals), under no duty to spend."""
        columns = [np.array(column) for column in zip(*rows, strict=True)]
        never = np.full(len(rows), 10**9)
        return States(*columns, never, never)

    @staticmethod
    def kept(one: Small, states: States) -> list[int]:
        return sorted(int(index) for index in _undominated(one.book, states))

    def one(self, max_deals: int | None = None, cash: Cash | None = None) -> Small:
        return posed(
            (Asset("A", target=Units(Decimal(2))), "10"),
            cash=cash or Cash(Decimal(30)),
            options=Options(max_deals=max_deals),
        )

    def test_less_cash_and_more_deviation_goes(self) -> None:
        """However many deals were made, where their number is not limited."""
        states = self.states((10, 5, 0, 1), (10, 6, 0, 0), (9, 5, 0, 2), (11, 9, 0, 3))
        assert [0, 3] == self.kept(self.one(), states)

    def test_fewer_deals_are_worth_keeping_under_a_limit(self) -> None:
        """The worse plan may afford a deal that the better one may not."""
        states = self.states((10, 5, 0, 1), (10, 6, 0, 0), (9, 5, 0, 2), (11, 9, 0, 3))
        assert [0, 1, 3] == self.kept(self.one(max_deals=3), states)

    def test_ties_go_to_the_lower_cost_then_to_fewer_deals(self) -> None:
        """Of equals in cash and deviation one is left, and it is the right one."""
        states = self.states((10, 5, 2, 1), (10, 5, 1, 2), (10, 5, 1, 1), (10, 5, 3, 0))
        assert [2] == self.kept(self.one(), states)

    def test_more_cash_is_not_better_where_cash_has_an_ideal(self) -> None:
        """A quantum of cash more may be a quantum of deviation more: only a lead that covers it counts."""
        one = self.one(cash=Cash(Decimal(30), want=Money(Decimal(5))))
        assert [0, 1] == self.kept(one, self.states((10, 5, 0, 0), (12, 4, 0, 0)))
        assert [1] == self.kept(one, self.states((10, 5, 0, 0), (12, 3, 0, 0)))

    def test_more_cash_is_not_better_where_it_must_be_spent(self) -> None:
        """Under `use all cash` only states that leave the same are compared."""
        one = self.one()
        one = replace(one, book=replace(one.book, next_lot=((10, 10),)))
        assert [0, 1, 3] == self.kept(one, self.states((10, 5, 0, 1), (11, 4, 0, 1), (10, 6, 0, 1), (10, 6, 0, 0)))
        assert [1] == self.kept(one, self.states((10, 5, 2, 1), (10, 5, 1, 1), (10, 5, 3, 1)))
