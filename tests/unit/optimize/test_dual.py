"""Bounds from prices: whatever the prices, no plan is better than the bound says, even after rounding."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from enumeration import FEW_DEALS, Small, enumerated, feasible, in_other_money, small
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from allocator.core.portfolio import Asset, Cash, Fee, Model, Options, Portfolio, Units
from allocator.core.quote import Quote, Quotes
from allocator.optimize import Problem, pose
from allocator.optimize.book import Book, Piece, flow, write_book
from allocator.optimize.dual import Prices, Table, best_prices, cash_minimum, spread_prices
from allocator.optimize.narrow import narrow

SEEDS = range(40)
LONG_DIGITS = Decimal("1.000000000000000000123")  # a factor of money under which no figure fits a float


def usual_prices(table: Table) -> tuple[float, float]:
    """The size of a price of cash, and of a deal, at which the assets change their minds."""
    lam = 2 * float(np.abs(table.slope).mean()) if table.book.squared else 1.0
    mu = float(np.abs(table.offset).max()) * (lam if table.book.squared else 1.0)
    return lam, mu if table.book.max_deals is not None else 0.0


def any_prices(table: Table, seed: int, lines: int = 40) -> Prices:
    """Prices near and far from sensible ones, the best among them, and those at which everything ties."""
    rng = np.random.default_rng(seed)
    lam, mu = usual_prices(table)
    best = best_prices(table)
    lams = [rng.normal(size=lines) * lam * rng.choice([0.01, 1, 100], size=lines), [0, lam, -lam], best.lam]
    lam_all = np.concatenate(lams)
    mus = np.concatenate([rng.random(lines + 3) * mu * rng.choice([0, 0.1, 1], size=lines + 3), best.mu])
    return Prices(lam_all, mus if table.book.max_deals is not None else np.zeros_like(lam_all))


def safe_bound(table: Table, prices: Prices) -> float:
    return float((table.bound(prices) - table.slack(prices)).max())


def exact_bound(table: Table, lam: float, mu: float) -> Fraction:
    """L(lam, mu) in fractions, as the module's docstring states it, over every piece by itself."""
    book, lam_, mu_ = table.book, Fraction(lam), Fraction(mu)

    def priced(piece: Piece, k: int) -> Fraction:
        return book.score(book.deviation(piece, k)) - lam_ * flow(piece, k) + mu_ * piece.deal

    def least(piece: Piece) -> Fraction:
        low, high = piece.low, piece.high
        while low < high:  # convex in the lots
            middle = (low + high) // 2
            low, high = (low, middle) if priced(piece, middle) <= priced(piece, middle + 1) else (middle + 1, high)
        return priced(piece, low)

    assets = sum(min(least(piece) for piece in own) for own in by_asset(table))
    return assets + exact_cash(book, lam_) - lam_ * book.cash_before - mu_ * (book.max_deals or 0)


def by_asset(table: Table) -> list[list[Piece]]:
    return [[piece for piece in table.pieces if piece.asset == asset] for asset in range(table.book.assets)]


def exact_cash(book: Book, lam: Fraction) -> Fraction:
    """Min over 0 <= C <= cap of score_cash(C) + lam*C; C may be any number."""
    cap, ideal = Fraction(max(book.cash_cap, 0)), book.cash_ideal
    if ideal is None:
        return min(Fraction(0), lam * cap)
    trials = [Fraction(0), cap, min(Fraction(ideal), cap)]
    if book.squared:
        trials.append(min(max(ideal - lam / 2, Fraction(0)), cap))
    return min((abs(c - ideal) if not book.squared else (c - ideal) ** 2) + lam * c for c in trials)


def many_lots(seed: int) -> Problem:
    """Up to a billion lots of an asset, in quanta that no float holds: deviations where almost all digits cancel."""
    rng = random.Random(seed)
    count = rng.choice([1, 2, 5])
    prices = [Decimal(rng.randint(1_000, 99_999)).scaleb(-6) for _ in range(count)]
    assets = tuple(
        Asset(f"A{i}", target=Units(Decimal(rng.randint(10**14, 10**17)).scaleb(-9)), fee=Fee(rate=rng.choice(rates)))
        for i, rates in enumerate([[Decimal(0), Decimal("0.0005")]] * count)
    )
    return pose(
        Portfolio(Path("p.ini"), assets, Cash(Decimal(10) ** 9), Options(model=rng.choice(list(Model)))),
        Quotes("FILE", {f"A{i}": Quote(f"A{i}", price, price) for i, price in enumerate(prices)}),
    )


class TestBound:
    """`Table.bound` less `slack`."""

    def test_never_exceeds_the_best_plan(self) -> None:
        """For any prices, both models and all options."""
        wrong = []
        for seed, one in feasible(SEEDS):
            bound = safe_bound(one.table, any_prices(one.table, seed))
            if bound > one.best.objective:
                wrong.append((seed, one.flavour, bound, one.best.objective))
        assert [] == wrong

    def test_never_exceeds_the_best_plan_in_long_digits(self) -> None:
        """Counted in money of twenty digits more, where every figure is rounded to a float."""
        wrong = []
        for seed, one in feasible(range(30)):
            table = long_digits(one).table
            bound, best = safe_bound(table, any_prices(table, seed)), long_digits(one).best.objective
            if bound > best:
                wrong.append((seed, one.flavour, bound, best))
        assert [] == wrong

    @given(st.integers(0, 29), st.floats(-1e3, 1e3), st.floats(0, 1e3))
    def test_is_the_relaxation_that_it_says(self, seed: int, lam: float, mu: float) -> None:
        """Against the formula in fractions: never above, and no further below than the slack."""
        assume(small(seed).feasible)
        table = small(seed).table
        lam_size, mu_size = usual_prices(table)
        prices = Prices(np.array([lam * lam_size]), np.array([mu * mu_size]))
        exact = exact_bound(table, lam * lam_size, mu * mu_size)
        slack = float(table.slack(prices)[0])
        assert exact - Fraction(3 * slack) <= Fraction(float(table.bound(prices)[0]) - slack) <= exact

    @settings(max_examples=60)
    @given(st.integers(0, 10**6), st.floats(-2, 2))
    def test_survives_cancellation(self, seed: int, lam: float) -> None:
        """Where only a few of a billion lots are left, their deviations have lost almost all digits of their terms."""
        book = write_book(many_lots(seed))
        table = Table(book, book.pieces)
        prices = Prices(np.array([0.0, lam * usual_prices(table)[0]]), np.zeros(2))
        for _ in range(3):
            table = narrow(table, prices, max(float(exact_bound(table, 0, 0)) * 1.5, 1.0))
            for line in range(2):
                bound = Fraction(float(table.bound(prices)[line] - table.slack(prices)[line]))
                assert bound <= exact_bound(table, float(prices.lam[line]), 0)

    def test_is_as_tight_as_whole_lots_allow(self) -> None:
        """One asset, money enough, a price of cash of 0: the bound is the best plan itself."""
        problem = pose(
            Portfolio(Path("p.ini"), (Asset("A", target=Units(Decimal("2.4"))),), Cash(Decimal(100))),
            Quotes("FILE", {"A": Quote("A", Decimal(10), Decimal(10))}),
        )
        one = enumerated(problem)
        assert 4 == one.best.objective == one.table.bound(Prices(np.zeros(1), np.zeros(1)))[0]

    def test_falls_apart_by_line(self) -> None:
        """Many prices at once give what each gives alone."""
        table = small(FEW_DEALS).table
        prices = any_prices(table, 0, lines=5)
        alone = [
            float(table.bound(Prices(prices.lam[i : i + 1], prices.mu[i : i + 1]))[0]) for i in range(len(prices.lam))
        ]
        assert alone == list(table.bound(prices))


class TestBest:
    """`Table.best`: each piece's best lots at these prices."""

    def test_is_the_least_over_all_lots(self) -> None:
        """Tried lot by lot."""
        wrong = []
        for seed in SEEDS[:30]:
            table = small(seed).table
            prices = any_prices(table, seed, lines=6)
            least, lots = table.best(prices)
            for index, piece in enumerate(table.pieces):
                every = np.array([table_at(table, k, prices)[:, index] for k in range(piece.low, piece.high + 1)])
                close = np.isclose(every.min(axis=0), least[:, index], rtol=1e-9, atol=float(table.slack(prices).max()))
                inside = (lots[:, index] >= piece.low) & (lots[:, index] <= piece.high)
                if not (close & inside).all():
                    wrong.append((seed, piece))
        assert [] == wrong


class TestCashMinimum:
    """The cash row's part of the bound."""

    def test_is_the_formula(self) -> None:
        """Against fractions, with a price of cash of any sign and size."""
        for _, one in feasible(SEEDS[:20]):
            lams = np.array([-3.0, -1.0, -0.5, 0.0, 0.3, 1.0, 2.0]) * usual_prices(one.table)[0]
            told = cash_minimum(one.book, Prices(lams, np.zeros_like(lams)), np.float64(one.book.cash_cap))
            expected = [float(exact_cash(one.book, Fraction(lam))) for lam in lams]
            assert pytest.approx(expected, rel=1e-12, abs=1e-6) == told


class TestBestPrices:
    """`best_prices`: the top of a concave hill."""

    def test_beat_a_grid(self) -> None:
        """No point of a grid over all sensible prices gives a bound better by a thousandth of a percent of W."""
        wrong = []
        for seed, one in feasible(SEEDS):
            table = one.table
            lam, mu = usual_prices(table)
            lams = np.linspace(-2, 2, 41) * lam
            mus = np.linspace(0, 1, 11 if mu else 1) * mu
            grid = Prices(np.repeat(lams, len(mus)), np.tile(mus, len(lams)))
            told, best = float(table.bound(best_prices(table))[0]), float(table.bound(grid).max())
            if one.book.gap(max(int(best), 0), max(int(told), 0)) > 1e-5:
                wrong.append((seed, one.flavour, told, best, one.book.wealth))
        assert [] == wrong

    def test_from_where_the_last_search_ended_are_no_worse(self) -> None:
        """`near` is only a place to begin: what was reached is never lost."""
        wrong = []
        for seed, one in feasible(SEEDS[:30]):
            first = best_prices(one.table)
            second = best_prices(one.table, first)
            if one.table.bound(second)[0] < one.table.bound(first)[0]:
                wrong.append(seed)
        assert [] == wrong

    def test_of_deals_are_nothing_without_a_limit(self) -> None:
        """Deals have a price only where their number is limited, and then it is never negative."""
        found = [(one.book.max_deals is None, float(best_prices(one.table).mu[0])) for _, one in feasible(SEEDS[:30])]
        assert {0.0} == {mu for free, mu in found if free}
        assert 0 <= min(mu for _, mu in found)

    def test_spread_keep_the_centre_first(self) -> None:
        """The lines around the best prices begin with the best, and stay prices: none of a deal is negative."""
        for _, one in feasible(SEEDS[:30]):
            centre = best_prices(one.table)
            lines = spread_prices(one.book, centre)
            assert (centre.lam[0], centre.mu[0]) == (lines.lam[0], lines.mu[0])
            assert len(lines.lam) == len(lines.mu)
            assert 0 <= lines.mu.min()


def table_at(table: Table, lots: int, prices: Prices) -> np.ndarray:
    """The priced score of the same lots in every piece."""
    return table.at(np.full((1, len(table.pieces)), float(lots)), prices)


def long_digits(one: Small) -> Small:
    return enumerated(in_other_money(one.problem, LONG_DIGITS), one.flavour)
