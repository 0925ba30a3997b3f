"""The first plan: legal wherever there is one, and the proof where there is none."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest
from enumeration import FEW_DEALS, enumerated, small
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.errors import Infeasible
from allocator.core.portfolio import Asset, Cash, Fee, Model, Options, Percent, Permission, Portfolio, Units
from allocator.core.quote import Quote, Quotes
from allocator.optimize import Problem, pose, solve
from allocator.optimize.plan import cash_after, violations
from allocator.optimize.start import starting_lots

WITHDRAWALS = 6  # the seeds 6, 16, 26, ... raise money by sales
SEEDS = (*range(100), *range(100 + WITHDRAWALS, 200, 10), *range(100 + FEW_DEALS, 200, 10))
PLAIN = Options()


def posed(*assets: tuple[Asset, str], cash: str, options: Options = PLAIN) -> Problem:
    """Assets with one price to buy and sell at; `cash` may be negative, as after a withdrawal."""
    quotes = {asset.ticker: Quote(asset.ticker, Decimal(price), Decimal(price)) for asset, price in assets}
    money = Decimal(cash)
    account = Cash(have=max(money, Decimal(0)), withdraw=max(-money, Decimal(0)))
    portfolio = Portfolio(Path("p.ini"), tuple(asset for asset, _ in assets), account, options)
    return pose(portfolio, Quotes("FILE", quotes))


def held(ticker: str, units: str, fee: str = "0", permission: Permission = Permission.TRADE) -> Asset:
    return Asset(ticker, Decimal(units), Percent(Decimal(0)), Fee(Decimal(fee)), permission)


def fractions(seed: int) -> Problem:
    """Few units with fractions under `use all cash`, and money to be raised: where the one oddity lives."""
    rng = random.Random(seed)
    assets = []
    for i in range(rng.choice([1, 2, 2, 3])):
        have = Decimal(rng.choice(["0", "1.75", "2.5", "1.9", "3.99", "2", "1"]))
        assets.append(
            (
                Asset(
                    f"A{i}",
                    have,
                    Units(rng.choice([have, have + 1, Decimal(rng.randint(0, 4))])),
                    Fee(Decimal(rng.choice([0, 0, 1, 3])), Decimal(rng.choice(["0", "0", "0.01"]))),
                    rng.choice([Permission.TRADE] * 5 + [Permission.SELL, Permission.BUY]),
                ),
                rng.choice(["50", "10", "100", "33"]),
            )
        )
    options = Options(
        use_all_cash=True, max_deals=rng.choice([None, None, 1, 1, 2]), model=rng.choice([Model.LAD, Model.LSAPPROX])
    )
    return posed(*assets, cash=rng.choice(["-10", "-20", "-60", "-120", "10", "0"]), options=options)


BOND = Asset("BOND", Decimal("1.75"), Units(Decimal(2)))
SPEND = Options(use_all_cash=True)
SPEND_ONCE = Options(use_all_cash=True, max_deals=1)


class TestDrawn:
    """Problems of every flavour."""

    def test_is_legal_or_infeasible_as_brute_force_says(self) -> None:
        """`Infeasible` exactly where trying everything finds no plan; else lots that break no constraint."""
        wrong: list[tuple[object, ...]] = []
        for seed in SEEDS:
            one = small(seed)
            try:
                lots = starting_lots(one.problem)
            except Infeasible as error:
                wrong += [(seed, one.flavour, error)] if one.feasible else []
                continue
            wrong += [(seed, one.flavour, lots, str(broken)) for broken in violations(one.problem, lots)]
        assert [] == wrong

    @given(st.integers(0, 10**9))
    def test_breaks_nothing_but_the_duty_to_spend_and_only_for_a_fraction(self, seed: int) -> None:
        """Where the lots leave too much, a fraction was sold with its last unit, and buying back costs too much."""
        problem = fractions(seed)
        try:
            lots = starting_lots(problem)
        except Infeasible:
            assert not enumerated(problem).feasible
            return
        broken = [str(text) for text in violations(problem, lots)]
        assert [text for text in broken if text.startswith("use all cash")] == broken
        if broken:
            assert any(lots[i] < 0 and p.units_traded(lots[i]) % 1 for i, p in enumerate(problem.positions))

    @given(st.integers(0, 10**9))
    def test_the_search_finds_what_the_start_leaves_to_it(self, seed: int) -> None:
        """From lots that are not legal the best plan is found, and `Infeasible` said where none is."""
        one = enumerated(fractions(seed))
        try:
            plan = solve(one.problem, clock=lambda: 0.0)
        except Infeasible:
            assert not one.feasible
            return
        assert one.best == one.book.account(plan.lots)


class TestRaisingMoney:
    """A withdrawal beyond the cash at hand."""

    def test_without_need_nothing_is_sold(self) -> None:
        """Cash of nothing is enough: no deal."""
        assert (0, 0) == starting_lots(posed((held("A", "5"), "10"), (held("B", "5"), "10"), cash="0"))

    def test_the_largest_holdings_are_sold_first_and_no_more_than_needed(self) -> None:
        """55 of B's 200 in lots of 20, then nothing of A."""
        problem = posed((held("A", "5"), "10"), (held("B", "10"), "20"), cash="-55")
        assert (0, -3) == starting_lots(problem)

    def test_a_sale_that_costs_more_than_it_brings_is_not_made(self) -> None:
        """A unit of A brings 10 for a fee of 11."""
        problem = posed((held("A", "1", fee="11"), "10"), (held("B", "2"), "4"), cash="-8")
        assert (0, -2) == starting_lots(problem)

    def test_all_that_may_be_sold_is_enough_to_the_last_cent(self) -> None:
        """30 less two fees of 1 is 28; one cent more cannot be raised."""
        assets = (held("A", "1", fee="1"), "10"), (held("B", "1", fee="1"), "20")
        assert (-1, -1) == starting_lots(posed(*assets, cash="-28"))
        with pytest.raises(Infeasible, match=r"28\.01 must be raised by sales, but all that may be sold brings 28"):
            starting_lots(posed(*assets, cash="-28.01"))

    def test_what_may_not_be_sold_raises_nothing(self) -> None:
        """KEEP and BUY: the sentence says what to change."""
        with pytest.raises(Infeasible, match="Withdraw less") as caught:
            starting_lots(posed((held("A", "9", permission=Permission.KEEP), "10"), cash="-1"))
        assert "brings 0" in str(caught.value)

    @pytest.mark.parametrize(("limit", "brings"), [(1, "20"), (0, "0")])
    def test_a_limit_of_deals_is_named(self, limit: int, brings: str) -> None:
        """More sales would do: `max deals` is what cannot hold."""
        assets = (held("A", "1"), "10"), (held("B", "1"), "20")
        with pytest.raises(Infeasible, match=rf"max deals = {limit} allows sales of only {brings}.*Raise max deals"):
            starting_lots(posed(*assets, cash="-25", options=Options(max_deals=limit)))

    def test_the_fraction_counts(self) -> None:
        """1.75 units at 50 raise 87.50, by the sale of one whole unit."""
        assert (-1,) == starting_lots(posed((BOND, "50"), cash="-87.50"))


class TestSpending:
    """`use all cash`."""

    def test_buys_until_no_wanted_lot_can_be_bought(self) -> None:
        """100 in lots of 30 and of 9: whichever is bought first, less than 9 is left."""
        half = Percent(Decimal(50))
        problem = posed((Asset("A", target=half), "30"), (Asset("B", target=half), "9"), cash="100", options=SPEND)
        assert 9 > cash_after(problem, starting_lots(problem)) >= 0

    def test_does_not_buy_what_is_not_wanted(self) -> None:
        """A target of nothing binds nothing."""
        assert (0,) == starting_lots(posed((Asset("A"), "10"), cash="100", options=SPEND))

    def test_keeps_within_the_limit_of_deals(self) -> None:
        """One deal: what is bought first is bought to the end."""
        half = Percent(Decimal(50))
        problem = posed((Asset("A", target=half), "30"), (Asset("B", target=half), "9"), cash="100", options=SPEND_ONCE)
        assert [] == violations(problem, starting_lots(problem))

    def test_buys_back_what_was_sold_too_much(self) -> None:
        """50 to raise by lots of ten units at 10: one lot leaves 50 over, enough for two of the wanted B at 20."""
        problem = posed(
            (held("A", "30"), "30"), (Asset("B", target=Units(Decimal(5))), "20"), cash="-50", options=SPEND
        )
        lots = starting_lots(problem)
        assert [] == violations(problem, lots)

    def test_a_fraction_may_make_it_impossible(self) -> None:
        """The oddity: 1.75 units at 50 and 10 to raise. Selling one unit sells all, and leaves 77.50.

        A unit of the wanted asset costs 50 then, but it was sold: to buy it back gives the fraction back too, and the
        10 are missing again. No plan is legal; the lots that leave too much are what the search begins with.
        """
        problem = posed((BOND, "50"), cash="-10", options=SPEND)
        assert (-1,) == starting_lots(problem)
        assert ["use all cash: one more lot of BOND could be bought"] == [
            str(text) for text in violations(problem, (-1,))
        ]
        assert not enumerated(problem).feasible
        with pytest.raises(Infeasible, match="no plan leaves as little cash as use all cash asks"):
            solve(problem, clock=lambda: 0.0)

    def test_a_fraction_may_hide_a_plan(self) -> None:
        """As before with one deal, and a share at 20 that could raise the 10 instead: the start does not see it."""
        share = Asset("SHARE", Decimal(1), Units(Decimal(0)))
        problem = posed((BOND, "50"), (share, "20"), cash="-10", options=SPEND_ONCE)
        assert (-1, 0) == starting_lots(problem)
        assert (0, -1) == solve(problem, clock=lambda: 0.0).lots
