"""Local search: from any lots, legal or not, only legal and ever better plans, and an end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from enumeration import FEW_DEALS, Small, cash_after, enumerated, feasible, in_other_money, reach, small
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.core.portfolio import Asset, Cash, Fee, Model, Options, Percent, Permission, Portfolio, Units
from allocator.core.quote import Quote, Quotes
from allocator.optimize import pose
from allocator.optimize.book import Account, Book, write_book
from allocator.optimize.polish import ROUNDS, TRIALS, curves_of, polish

SEEDS = (*range(40), *range(FEW_DEALS + 40, FEW_DEALS + 120, 10))


@dataclass
class Judge:
    """Takes a plan that is legal and better, as the pipeline does, and remembers all that it was offered."""

    book: Book
    merit: Account
    lots: tuple[int, ...] | None = None
    offered: list[tuple[int, ...]] = field(default_factory=list)
    taken: list[Account] = field(default_factory=list)

    def __call__(self, lots: tuple[int, ...]) -> bool:
        self.offered.append(lots)
        account = self.book.account(lots)
        if account is None or account >= self.merit:
            return False
        self.lots, self.merit = lots, account
        self.taken.append(account)
        return True


def polished(book: Book, lots: Sequence[int]) -> Judge:
    judge = Judge(book, book.account(lots) or book.worst)
    polish(book, tuple(lots), judge, enough=lambda: False)
    return judge


def any_lots(rng: random.Random, one: Small) -> tuple[int, ...]:
    """Lots within reach, legal or not."""
    return tuple(rng.choice([0, rng.choice(lots)]) for lots in reach(one.book))


def large(seed: int, assets: int = 40) -> Book:
    """A portfolio that nobody can enumerate, with every option by turns."""
    rng = random.Random(seed)
    chosen, quotes = [], {}
    for i in range(assets):
        bid = Decimal(rng.randint(100, 500_000)).scaleb(-2)
        quotes[f"A{i}"] = Quote(f"A{i}", bid, bid + Decimal(rng.randint(0, 50)).scaleb(-2), rng.choice([1, 1, 10]))
        chosen.append(
            Asset(
                f"A{i}",
                Decimal(rng.choice([0, rng.randint(0, 100), "7.5"])),
                Percent(Decimal(100) / assets),
                Fee(Decimal(rng.choice([0, 1])), Decimal(rng.choice(["0", "0.0005"]))),
                rng.choice([*[Permission.TRADE] * 8, Permission.KEEP, Permission.BUY, Permission.SELL]),
            )
        )
    options = Options(seed % 2 == 0, rng.choice([None, assets // 5]), model=rng.choice(list(Model)))
    portfolio = Portfolio(Path("p.ini"), tuple(chosen), Cash(Decimal(100_000)), options)
    return write_book(pose(portfolio, Quotes("FILE", quotes)))


class TestAnyStart:
    """From random lots."""

    def test_every_step_is_legal_and_better(self) -> None:
        """What is taken satisfies every constraint, and each plan is better than the one before."""
        wrong = []
        for seed, one in feasible(SEEDS):
            rng = random.Random(seed)
            for _ in range(4):
                lots = any_lots(rng, one)
                judge = polished(one.book, lots)
                merits = [one.book.account(lots) or one.book.worst, *judge.taken]
                if merits != sorted(set(merits), reverse=True):
                    wrong.append((seed, one.flavour, lots, merits))
        assert [] == wrong

    def test_a_plan_is_found(self) -> None:
        """From lots that cannot be paid for, or leave too much: a legal plan, in nineteen problems of twenty."""
        found = []
        for seed, one in feasible(SEEDS):
            rng = random.Random(seed)
            drawn = [lots for lots in (any_lots(rng, one) for _ in range(8)) if one.book.account(lots) is None]
            found += [polished(one.book, lots).lots is not None for lots in drawn]
        assert 100 < len(found)
        assert 0.95 <= sum(found) / len(found)

    def test_a_good_plan_is_found(self) -> None:
        """Three starts of four end at the best plan of a small problem."""
        found = []
        for seed, one in feasible(SEEDS):
            rng = random.Random(seed)
            found += [polished(one.book, any_lots(rng, one)).merit.objective == one.best.objective for _ in range(3)]
        assert 0.75 <= sum(found) / len(found)

    def test_offers_lots_within_reach(self) -> None:
        """No more than is held, may be sold, or could be paid for if all else were sold; whole and by asset."""
        for seed, one in feasible(SEEDS[:20]):
            for lots in polished(one.book, any_lots(random.Random(seed), one)).offered:
                assert all(k in own for k, own in zip(lots, reach(one.book), strict=True))
                assert {int} == set(map(type, lots))

    def test_the_best_plan_stays(self) -> None:
        """Nothing better is claimed where nothing is."""
        wrong = []
        for seed, one in feasible(SEEDS):
            account, lots = one.plans[0]
            judge = polished(one.book, lots)
            if judge.merit.objective != account.objective:
                wrong.append((seed, one.flavour, judge.taken))
        assert [] == wrong


class TestLarge:
    """Beyond enumeration."""

    @settings(max_examples=30)
    @given(st.integers(0, 40), st.booleans())
    def test_every_step_is_legal_and_better(self, seed: int, wild: bool) -> None:
        """Forty assets and every option, from no deals or from lots that cost many times what there is."""
        book, rng = large(seed), random.Random(seed)
        lots = [rng.choice(own) if wild else 0 for own in reach(book)]
        judge = polished(book, lots)
        assert sorted(set(judge.taken), reverse=True) == judge.taken
        assert wild or judge.taken
        if judge.lots is not None:
            assert book.account(judge.lots) == judge.merit
            assert cash_after(book, judge.lots) >= 0

    def test_ends_however_gladly_its_plans_are_taken(self) -> None:
        """A judge who takes everything is offered one plan a round; one who takes nothing ends it soon."""
        book, offered = large(1), []

        def gladly(lots: tuple[int, ...]) -> bool:
            offered.append(lots)
            return True

        polish(book, (0,) * book.assets, gladly, enough=lambda: False)
        assert len(offered) <= ROUNDS
        offered.clear()
        polish(book, (0,) * book.assets, lambda lots: bool(offered.append(lots)), enough=lambda: False)
        assert len(offered) <= ROUNDS * TRIALS

    def test_stops_when_it_is_enough(self) -> None:
        """The first plan taken may be all that is wanted."""
        book = large(1)
        judge = Judge(book, book.account((0,) * book.assets) or book.worst)
        polish(book, (0,) * book.assets, judge, enough=lambda: True)
        assert 1 == len(judge.taken)


class TestEdges:
    """Where there is little to move."""

    def book(self, *assets: Asset, cash: str = "100", options: Options | None = None) -> Book:
        quotes = {asset.ticker: Quote(asset.ticker, Decimal(10), Decimal(11)) for asset in assets}
        portfolio = Portfolio(Path("p.ini"), assets, Cash(Decimal(cash)), options or Options())
        return write_book(pose(portfolio, Quotes("FILE", quotes)))

    def test_nothing_may_be_dealt_in(self) -> None:
        """All KEEP: nothing is offered that changes anything, and it ends."""
        book = self.book(Asset("A", Decimal(5), permission=Permission.KEEP), Asset("B", permission=Permission.KEEP))
        assert [] == polished(book, (0, 0)).taken

    def test_a_single_asset(self) -> None:
        """Ideal 3 units of 5 held: two are sold."""
        assert (-2,) == polished(self.book(Asset("A", Decimal(5), Units(Decimal(3)))), (0,)).lots

    def test_the_whole_sale_of_a_fraction(self) -> None:
        """2.5 units not wanted: both whole ones go, and the fraction with them."""
        assert (-2,) == polished(self.book(Asset("A", Decimal("2.5"))), (0,)).lots

    def test_one_asset_pays_for_another(self) -> None:
        """No cash: the sale of A and the purchase of B are one move."""
        book = self.book(Asset("A", Decimal(11)), Asset("B", target=Units(Decimal(10))), cash="0")
        assert (-11, 10) == polished(book, (0, 0)).lots

    def test_a_third_spends_the_rest(self) -> None:
        """`use all cash` with a limit of deals, where no two of three deals leave little enough."""
        third = Percent(Decimal(100) / 3)
        book = self.book(*(Asset(t, target=third) for t in "ABC"), options=Options(use_all_cash=True, max_deals=2))
        judge = polished(book, (0, 0, 0))
        assert judge.lots is not None
        assert 2 == sum(k != 0 for k in judge.lots)

    @pytest.mark.parametrize("factor", ["1e-30", "1.000000000000000000123", "1e40"])
    def test_in_any_money(self, factor: str) -> None:
        """Dust and fortunes: legal, better, and an end."""
        for seed, usual in feasible(range(10)):
            one = enumerated(in_other_money(usual.problem, Decimal(factor)))
            judge = polished(one.book, any_lots(random.Random(seed), one))
            assert sorted(set(judge.taken), reverse=True) == judge.taken


class TestCurves:
    """The floats that moves are priced with."""

    def test_are_the_book(self) -> None:
        """Score and cash flow of every lot, as the integers have them."""
        for seed in SEEDS[:20]:
            book = small(seed).book
            curves = curves_of(book)
            for piece in book.pieces:
                lots = np.arange(piece.low, piece.high + 1, dtype=float)
                asset = np.full(len(lots), piece.asset)
                scores = [book.score(book.deviation(piece, int(k))) for k in lots]
                flows = [piece.cash[0] + piece.cash[1] * int(k) for k in lots]
                assert pytest.approx(scores, rel=1e-9, abs=1) == curves.score(book, asset, lots)
                assert pytest.approx(flows, rel=1e-12) == curves.flow(asset, lots)

    def test_absorb_spends_what_there_is_and_raises_what_is_missing(self) -> None:
        """Never more than cash allows, nor one lot less than it takes; within what may be dealt."""
        for seed, one in feasible(SEEDS[:30]):
            curves, rng = curves_of(one.book), np.random.default_rng(seed)
            for asset in range(one.book.assets):
                index = np.array([asset])
                for k in rng.choice(np.arange(curves.low[asset], curves.high[asset] + 1), 4):
                    cash = float(rng.normal() * one.book.wealth / 10)
                    after = curves.absorb(index, np.array([k]), np.array([cash]))
                    assert curves.low[asset] <= after[0] <= curves.high[asset]
                    left = cash + curves.flow(index, after)[0] - curves.flow(index, np.array([k]))[0]
                    ends = after[0] in {curves.low[asset], curves.high[asset]}
                    odd = np.isfinite(curves.whole_sale[asset])
                    assert left >= -1 or ends or odd
