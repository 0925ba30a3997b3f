"""Narrowing: no lot goes that a plan of interest may hold, and no plan of interest leaves more than the cash limit."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
from enumeration import FEW_DEALS, Small, enumerated, feasible, in_other_money, reach
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.core.portfolio import Asset, Cash, Portfolio, Units
from allocator.core.quote import Quote, Quotes
from allocator.optimize import Problem, pose
from allocator.optimize.book import write_book
from allocator.optimize.dual import Prices, Table, best_prices, spread_prices
from allocator.optimize.narrow import limit_cash, lots_of, narrow

SEEDS = range(40)
SPENDING = (*range(FEW_DEALS, FEW_DEALS + 160, 10), *range(10))
LONG_DIGITS = Decimal("1.000000000000000000123")


def cutoffs(one: Small) -> Iterator[float]:
    """The best objective, a little more, those of some later plans, and more than the worst."""
    objectives = [account.objective for account, _ in one.plans]
    yield from {objectives[0], objectives[0] * 1.001, *objectives[1:20:6], objectives[-1] + 1}


def lines(one: Small, seed: int) -> Prices:
    """Lines around the best prices, and some that make no sense."""
    good, rng = spread_prices(one.book, one.prices), np.random.default_rng(seed)
    scale = float(np.abs(good.lam).max() + 1)
    some = rng.normal(size=5) * scale
    deals = rng.random(5) * float(good.mu.max())
    return Prices(np.concatenate([good.lam, some]), np.concatenate([good.mu, deals]))


def lost(table: Table, one: Small, cutoff: float) -> list[tuple[int, ...]]:
    """The plans up to `cutoff` of which the table lacks a lot, or forbids the cash."""
    held = [set() for _ in range(one.book.assets)]
    for piece in table.pieces:
        held[piece.asset].update(range(piece.low, piece.high + 1))
    return [
        lots
        for account, lots in one.plans
        if account.objective <= cutoff
        and not (
            all(k in own for k, own in zip(lots, held, strict=True)) and one.cash_after(lots) <= table.book.cash_cap
        )
    ]


def posed(*assets: tuple[Asset, str], cash: str) -> Problem:
    """Assets with one price to buy and sell at."""
    quotes = {asset.ticker: Quote(asset.ticker, Decimal(price), Decimal(price)) for asset, price in assets}
    portfolio = Portfolio(Path("p.ini"), tuple(asset for asset, _ in assets), Cash(Decimal(cash)))
    return pose(portfolio, Quotes("FILE", quotes))


class TestNarrow:
    """`narrow`: reduced-cost fixing."""

    def test_keeps_every_plan_of_interest(self) -> None:
        """Every lot of every plan with an objective of at most the cutoff, for any lines of prices."""
        wrong = []
        for seed, one in feasible(SEEDS):
            for cutoff in cutoffs(one):
                gone = lost(narrow(one.table, lines(one, seed), cutoff), one, cutoff)
                wrong += [(seed, one.flavour, cutoff, lots) for lots in gone]
        assert [] == wrong

    def test_keeps_them_in_long_digits(self) -> None:
        """Counted in money of twenty digits more, where the best plan is the cutoff to the last float."""
        wrong = []
        for seed, small in feasible(range(30)):
            one = enumerated(in_other_money(small.problem, LONG_DIGITS), small.flavour)
            cutoff = float(one.best.objective)
            wrong += [(seed, lots) for lots in lost(narrow(one.table, lines(one, seed), cutoff), one, cutoff)]
        assert [] == wrong

    def test_again_and_again_keeps_them(self) -> None:
        """As the pipeline does: prices of the narrowed table narrow it further."""
        wrong = []
        for seed, one in feasible(SEEDS):
            table, cutoff = one.table, float(one.best.objective)
            for _ in range(3):
                table = narrow(table, spread_prices(one.book, best_prices(table)), cutoff)
            wrong += [(seed, one.flavour, lots) for lots in lost(table, one, cutoff)]
        assert [] == wrong

    def test_only_narrows(self) -> None:
        """The pieces that are left lie within those that were there, and some lots do go."""
        before = after = 0
        for _, one in feasible(SEEDS):
            table = narrow(one.table, spread_prices(one.book, one.prices), float(one.best.objective))
            for piece in table.pieces:
                assert any(
                    old.asset == piece.asset and old.low <= piece.low <= piece.high <= old.high
                    for old in one.book.pieces
                )
            before, after = before + sum(map(len, reach(one.book))), after + sum(map(lots_of, table.pieces))
        assert after < before / 2

    def test_leaves_an_asset_without_lots_when_no_plan_is_that_good(self) -> None:
        """A cutoff below every plan: the proof that there is none."""
        one = enumerated(posed((Asset("A", target=Units(Decimal("2.5"))), "10"), cash="100"))
        table = narrow(one.table, Prices(np.zeros(1), np.zeros(1)), 4.0)
        assert 5 == one.best.objective
        assert () == table.pieces

    @settings(max_examples=30)
    @given(st.integers(1, 10**12), st.integers(0, 10**6))
    def test_finds_both_ends_among_very_many_lots(self, wanted: int, spare: int) -> None:
        """Within `spare` of the ideal are exactly the lots wanted − spare … wanted + spare."""
        problem = posed((Asset("A", target=Units(Decimal(wanted))), "1"), cash=str(4 * 10**12))
        book = write_book(problem)
        table = narrow(Table(book, book.pieces), Prices(np.zeros(1), np.zeros(1)), float(spare))
        lots = {k for piece in table.pieces for k in (piece.low, piece.high)}
        assert (max(0, wanted - spare), wanted + spare) == (min(lots), max(lots))


class TestLimitCash:
    """`limit_cash`: under `use all cash` with few deals."""

    def test_never_cuts_a_plan_of_interest(self) -> None:
        """The cash of every plan with an objective of at most the cutoff stays allowed."""
        wrong = []
        for seed, one in feasible(SPENDING):
            for cutoff in cutoffs(one):
                gone = lost(limit_cash(one.table, lines(one, seed), cutoff), one, cutoff)
                wrong += [(seed, one.flavour, cutoff, lots) for lots in gone]
        assert [] == wrong

    def test_never_cuts_one_after_narrowing(self) -> None:
        """As the pipeline does, both in turn."""
        wrong = []
        for seed, one in feasible(SPENDING):
            table, cutoff = one.table, float(one.best.objective)
            for _ in range(2):
                prices = spread_prices(one.book, best_prices(table))
                table = narrow(table, prices, cutoff)
                if len(table.starts) == one.book.assets:
                    table = limit_cash(table, prices, cutoff)
            wrong += [(seed, one.flavour, lots) for lots in lost(table, one, cutoff)]
        assert [] == wrong

    def test_limits_what_a_good_plan_leaves(self) -> None:
        """Where one of few deals might be a sale, the cap alone says nothing; the cutoff does, in some problems."""
        limited = [
            one
            for seed, one in feasible(SPENDING)
            if limit_cash(one.table, lines(one, seed), float(one.best.objective)).book.cash_cap < one.book.cash_cap
        ]
        assert 5 <= len(limited)
        assert {None} != {one.book.max_deals for one in limited}

    def test_leaves_the_table_where_nothing_can_be_said(self) -> None:
        """A cutoff that every plan meets limits nothing."""
        for _, one in feasible(SPENDING[:10]):
            table = limit_cash(one.table, lines(one, 0), float(one.book.worst.objective) * 2)
            assert table.book.cash_cap == one.book.cash_cap
