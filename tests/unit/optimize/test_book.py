"""The problem in integers: every figure of the book is the one that exact decimals give."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import instances
import oracle
import pytest
from enumeration import FEW_DEALS, cash_after, feasible, reach, small
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.portfolio import Asset, Cash, Fee, Model, Money, Options, Percent, Permission, Portfolio, Units
from allocator.core.quote import Quote, Quotes
from allocator.optimize import Problem, pose
from allocator.optimize import plan as decimals
from allocator.optimize.book import Book, flow, write_book
from allocator.optimize.problem import exact

SEEDS = range(40)
NO_OPTIONS = Options()


def posed(*assets: tuple[Asset, Quote], cash: Cash, options: Options = NO_OPTIONS) -> Problem:
    quotes = {asset.ticker: quote for asset, quote in assets}
    portfolio = Portfolio(Path("p.ini"), tuple(asset for asset, _ in assets), cash, options)
    return pose(portfolio, Quotes("FILE", quotes))


def disagreement(problem: Problem, book: Book, lots: Sequence[int]) -> tuple[object, object] | None:
    """What decimals and the book say of these lots, where they differ."""
    account = book.account(lots)
    if decimals.violations(problem, lots):
        return None if account is None else ("illegal", account)
    with exact():
        rows, _ = decimals.rows_of(problem, lots)
        expected = (
            decimals.objective_of(problem, lots),
            sum((row.fee + row.spread for row in rows), start=Decimal(0)),
            sum(k != 0 for k in lots),
            decimals.cash_after(problem, lots),
        )
        told = account and (
            Decimal(account.objective).scaleb(-book.digits * (2 if book.squared else 1)),
            Decimal(account.cost).scaleb(-book.digits),
            account.deals,
            Decimal(cash_after(book, lots)).scaleb(-book.digits),
        )
    return None if expected == told else (expected, told)


def random_lots(rng: random.Random, book: Book) -> list[int]:
    """Lots of which some cannot be paid for, sold, or permitted."""
    beyond = rng.choice([0, 0, 0, 3])
    return [rng.randint(lots[0] - beyond, lots[-1] + beyond) * rng.choice([0, 1, 1]) for lots in reach(book)]


class TestAccount:
    """`Book.account` against the decimals that are printed."""

    def test_is_what_decimals_give(self) -> None:
        """Objective, cost, deals and cash of random lots to the last digit; None exactly where a constraint breaks."""
        wrong = []
        for seed in SEEDS:
            one, rng = small(seed), random.Random(seed)
            drawn = (random_lots(rng, one.book) for _ in range(40))
            found = ((lots, disagreement(one.problem, one.book, lots)) for lots in drawn)
            wrong += [(seed, one.flavour, lots, *differ) for lots, differ in found if differ]
        assert [] == wrong

    def test_the_least_is_the_best_plan_of_the_oracle(self) -> None:
        """The pieces leave no plan out: the best account is the best of trying everything, or neither has one."""
        wrong = []
        for seed in SEEDS:
            one = small(seed)
            drawn = instances.draw(seed, 600)
            best = oracle.best(drawn.portfolio, drawn.quotes)
            scale = Fraction(10) ** one.book.digits
            told = None
            if one.feasible:
                objective = one.best.objective / (scale * scale if one.book.squared else scale)
                told = (objective, one.best.cost / scale, one.best.deals)
            expected = best and (best.objective, best.cost, best.deals)
            if expected != told:
                wrong.append((seed, one.flavour, expected, told))
        assert [] == wrong

    @given(st.integers(0, 10**9))
    def test_tiny_prices_large_portfolios_and_long_fees(self, seed: int) -> None:
        """A price of 0.000005 beside a holding of 1e8, with fees of eighteen digits: nothing is rounded."""
        rng = random.Random(seed)
        problem = posed(
            (
                Asset(
                    "DUST",
                    Decimal(rng.randint(0, 10**13)),
                    Percent(Decimal("33.333333333333333333")),
                    Fee(Decimal("0.000000000000000001"), Decimal("0.000123456789012345")),
                ),
                Quote("DUST", Decimal("5e-06"), Decimal("5.5e-06"), lot_size=10_000),
            ),
            (
                Asset("GOLD", Decimal(rng.randint(0, 10**5)), Percent(Decimal("66.666666666666666667"))),
                Quote("GOLD", Decimal("1234.5678"), Decimal("1234.5679")),
            ),
            cash=Cash(Decimal(rng.randint(0, 10**10)).scaleb(-2), Money(Decimal("0.1"))),
            options=Options(model=rng.choice(list(Model))),
        )
        book = write_book(problem)
        assert None is disagreement(problem, book, random_lots(rng, book))

    @pytest.mark.parametrize("lots", [(4,), (-4,)])
    def test_lots_out_of_reach_have_none(self, lots: tuple[int, ...]) -> None:
        """Three units held and cash for three: a fourth can be neither bought nor sold."""
        problem = posed((Asset("A", Decimal(3)), Quote("A", Decimal(10), Decimal(10))), cash=Cash(Decimal(0)))
        assert None is write_book(problem).account(lots)

    def test_orders_by_objective_then_cost_then_deals(self) -> None:
        """Python's order of accounts is the tie rule of the problem."""
        accounts = [account for _, one in feasible(SEEDS[:10]) for account, _ in one.plans]
        assert sorted(accounts, key=lambda a: (a.objective, a.cost, a.deals)) == sorted(accounts)

    def test_the_worst_is_worse_than_every_plan(self) -> None:
        """`Book.worst` stands in for a plan where none is known yet."""
        assert [] == [seed for seed, one in feasible(SEEDS) if one.plans[-1][0] >= one.book.worst]


class TestCash:
    """How much cash a plan can leave."""

    SPENDING = (*SEEDS, *range(FEW_DEALS + 40, FEW_DEALS + 160, 10))

    def test_no_plan_leaves_more_than_the_cap(self) -> None:
        """`cash_cap` holds for every legal plan, with `use all cash` and a limit of deals in every combination."""
        wrong = []
        for seed, one in feasible(self.SPENDING):
            most = max(one.cash_after(lots) for _, lots in one.plans)
            if not most <= one.book.cash_cap <= one.book.most_cash:
                wrong.append((seed, one.flavour, most, one.book.cash_cap, one.book.most_cash))
        assert [] == wrong

    def test_an_asset_that_is_not_wanted_may_be_the_one_dealt_in(self) -> None:
        """One deal, and it may be the sale of what is not wanted: nothing has to be bought with the money."""
        problem = posed(
            (Asset("OLD", Decimal(5)), Quote("OLD", Decimal(10), Decimal(10))),
            (Asset("NEW", target=Percent(Decimal(100))), Quote("NEW", Decimal(7), Decimal(7))),
            cash=Cash(Decimal(1)),
            options=Options(use_all_cash=True, max_deals=1),
        )
        book = write_book(problem)
        assert book.account((-5, 0)) is not None
        assert 51 == book.cash_cap == book.most_cash

    def test_the_cheapest_next_lot_caps_without_a_limit(self) -> None:
        """Wanted lots at 20 and at 7: less than 7 is left, 6.99... in the quanta of the problem."""
        assets = [
            (Asset(ticker, target=Percent(Decimal(50))), Quote(ticker, Decimal(price), Decimal(price)))
            for ticker, price in (("A", 20), ("B", 7))
        ]
        book = write_book(posed(*assets, cash=Cash(Decimal(100)), options=Options(use_all_cash=True)))
        assert (0, 6) == (book.digits, book.cash_cap)

    def test_the_dearest_next_lot_caps_when_one_deal_is_allowed(self) -> None:
        """Dealt in is one of the two, at worst the dear one; without a deal the cheap one binds."""
        assets = [
            (Asset(ticker, target=Percent(Decimal(50))), Quote(ticker, Decimal(price), Decimal(price)))
            for ticker, price in (("A", 20), ("B", 7))
        ]
        options = Options(use_all_cash=True, max_deals=1)
        assert 19 == write_book(posed(*assets, cash=Cash(Decimal(100)), options=options)).cash_cap

    def test_a_limit_of_interest_lowers_the_cap(self) -> None:
        """`cash_limit` says that plans which leave more are not looked for."""
        book = small(0).book
        assert 5 == replace(book, cash_limit=5).cash_cap


class TestQuanta:
    """Money in whole numbers of 10^-digits."""

    @pytest.mark.parametrize(
        ("price", "fee", "cash", "digits"),
        [
            ("10", Fee(), "100", 0),
            ("1E+1", Fee(), "1E+2", 0),
            ("10.50", Fee(), "100", 1),
            ("10.25", Fee(), "100.125", 3),
            ("0.000005", Fee(), "1", 6),
            ("10", Fee(Decimal("0.0001")), "1", 4),
            ("10.1", Fee(rate=Decimal("0.003")), "1", 4),
            ("7", Fee(rate=Decimal("1e-18")), "1", 18),
        ],
    )
    def test_are_as_small_as_needed(self, price: str, fee: Fee, cash: str, digits: int) -> None:
        """The digits of prices, of fees and of their products, and no more: zeros at the end do not count."""
        problem = posed(
            (Asset("A", Decimal(1), Units(Decimal(1)), fee), Quote("A", Decimal(price), Decimal(price))),
            cash=Cash(Decimal(cash)),
        )
        assert digits == write_book(problem).digits

    def test_hold_a_next_lot_that_nobody_can_pay(self) -> None:
        """The price of one more lot counts under `use all cash`, even where no piece buys any: 99.9·1.0005."""
        problem = posed(
            (
                Asset("A", target=Percent(Decimal(100)), fee=Fee(rate=Decimal("0.0005"))),
                Quote("A", Decimal("99.9"), Decimal("99.9")),
            ),
            cash=Cash(Decimal(1)),
            options=Options(use_all_cash=True),
        )
        book = write_book(problem)
        assert (5, ((99_94995, 99_94995),)) == (book.digits, book.next_lot)

    def test_are_python_integers_of_any_size(self) -> None:
        """Thirty digits before the point and eighteen behind it stay exact."""
        huge = Decimal("123456789012345678901234567890.123456789012345678")
        problem = posed((Asset("A", Decimal(1)), Quote("A", huge, huge)), cash=Cash(Decimal(0)))
        assert 123456789012345678901234567890123456789012345678 == write_book(problem).wealth


class TestPieces:
    """The straight lines of one asset."""

    def pieces(self, have: str, permission: Permission = Permission.TRADE, cash: str = "0") -> list[tuple[int, int]]:
        problem = posed(
            (Asset("A", Decimal(have), permission=permission), Quote("A", Decimal(10), Decimal(10))),
            cash=Cash(Decimal(cash)),
        )
        return [(piece.low, piece.high) for piece in write_book(problem).pieces]

    @pytest.mark.parametrize(
        ("have", "permission", "cash", "expected"),
        [
            ("0", Permission.TRADE, "0", [(0, 0)]),
            ("3", Permission.KEEP, "50", [(0, 0)]),
            ("3", Permission.BUY, "50", [(0, 0), (1, 5)]),
            ("3", Permission.SELL, "50", [(0, 0), (-3, -1)]),
            ("3", Permission.TRADE, "50", [(0, 0), (1, 8), (-3, -1)]),
            ("3.5", Permission.SELL, "0", [(0, 0), (-2, -1), (-3, -3)]),
            ("1.5", Permission.SELL, "0", [(0, 0), (-1, -1)]),
            ("0.5", Permission.SELL, "0", [(0, 0)]),
        ],
    )
    def test_are_keep_buy_sell_and_sell_all(
        self, have: str, permission: Permission, cash: str, expected: list[tuple[int, int]]
    ) -> None:
        """Each as far as holding, permission and the most money at hand allow; a fraction goes with the last unit."""
        assert expected == self.pieces(have, permission, cash)

    def test_the_sale_of_everything_sells_the_fraction(self) -> None:
        """3.25 units at 10 for 1 + 2%: 32.50 less a fee of 1.65, and nothing is left of the value."""
        problem = posed(
            (
                Asset("A", Decimal("3.25"), fee=Fee(Decimal(1), Decimal("0.02"))),
                Quote("A", Decimal(10), Decimal(10)),
            ),
            cash=Cash(Decimal(0)),
        )
        book = write_book(problem)
        whole = book.pieces[-1]
        assert (-3, -3, (0, 0), True) == (whole.low, whole.high, whole.value, whole.deal)
        assert (Decimal("30.85"), Decimal("1.65")) == (
            Decimal(flow(whole, -3)).scaleb(-book.digits),
            Decimal(whole.cost[0]).scaleb(-book.digits),
        )
        assert None is disagreement(problem, book, (-3,))

    def test_stand_by_asset(self) -> None:
        """`by_asset` gives each asset its own pieces, in the order of the problem."""
        for seed in SEEDS[:20]:
            book = small(seed).book
            assert [{asset} for asset in range(book.assets)] == [{p.asset for p in own} for own in book.by_asset]


class TestGap:
    """The distance of a plan from a bound, as a share of W."""

    @staticmethod
    def book(model: Model) -> Book:
        """A book of a thousand units of money, held as cash."""
        asset = Asset("A", target=Percent(Decimal(100))), Quote("A", Decimal(10), Decimal(10))
        return write_book(posed(asset, cash=Cash(Decimal(1000)), options=Options(model=model)))

    def test_is_a_share_of_wealth(self) -> None:
        """LAD: the difference; least squares: the difference of the roots."""
        assert 0.25 == self.book(Model.LAD).gap(600, 350)
        assert 0.25 == self.book(Model.LSAPPROX).gap(600**2, 350**2)

    @pytest.mark.parametrize("model", Model)
    def test_of_what_meets_its_bound_is_nothing(self, model: Model) -> None:
        """Also where the bound is above; without wealth to take a share of, whatever is missing is without end."""
        book = self.book(model)
        assert [0.0, 0.0] == [book.gap(7, 7), book.gap(7, 8)]
        assert [0.0, math.inf] == [replace(book, wealth=0).gap(7, bound) for bound in (7, 6)]

    @pytest.mark.parametrize("model", Model)
    def test_within_is_its_inverse(self, model: Model) -> None:
        """A plan at `within(objective, gap)` is that gap better; nothing is asked for less than nothing."""
        book = self.book(model)
        objective = 600 ** (2 if book.squared else 1)
        assert 0.125 == book.gap(objective, round(book.within(objective, 0.125)))
        assert objective == book.within(objective, 0.0)
        assert 0 >= book.within(objective, 2.0)
