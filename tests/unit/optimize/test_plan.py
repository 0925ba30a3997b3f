"""A plan's figures and the constraints it is checked against, with figures worked by hand."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import instances
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.core.portfolio import (
    Asset,
    Cash,
    Fee,
    Model,
    Money,
    Options,
    Percent,
    Permission,
    Portfolio,
    Units,
)
from allocator.core.quote import Quote, Quotes
from allocator.optimize import Plan, Problem, Status, pose
from allocator.optimize.plan import cash_after, objective_of, rows_of, violations

HALF = Percent(Decimal(50))
NO_OPTIONS = Options()


def posed(*assets: Asset, cash: Cash, options: Options = NO_OPTIONS) -> Problem:
    """A problem in which every unit is sold at 10 and bought at 10.50."""
    quotes = Quotes("FILE", {asset.ticker: Quote(asset.ticker, Decimal(10), Decimal("10.50")) for asset in assets})
    return pose(Portfolio(Path("p.ini"), assets=assets, cash=cash, options=options), quotes)


def two_halves(options: Options = NO_OPTIONS, cash: Cash | None = None) -> Problem:
    """A holds 30 units, B none; 50% each of W = 400; fees 1 + 1%."""
    fee = Fee(Decimal(1), Decimal("0.01"))
    return posed(
        Asset("A", have=Decimal(30), target=HALF, fee=fee),
        Asset("B", target=HALF, fee=fee),
        cash=cash or Cash(Decimal(100)),
        options=options,
    )


def planned(problem: Problem, *lots: int) -> Plan:
    """The plan of these lots, as if a solver had proven them best."""
    rows, cash = rows_of(problem, lots)
    objective = objective_of(problem, lots)
    return Plan(problem, lots, rows, cash, objective, objective, 0.0, Status.OPTIMAL, "search", 0.0)


def broken(problem: Problem, lots: Sequence[int]) -> list[str]:
    return [str(text) for text in violations(problem, lots)]


class TestRows:
    """The table of a plan that sells 10 of A and buys 18 of B."""

    def test_a_sale(self) -> None:
        """10 units at 10: the fee is 1 + 1, 2% of the deal; nothing is lost to the spread, for value is at bid."""
        row = rows_of(two_halves(), (-10, 18))[0][0]
        assert (-10, Decimal(-10), Decimal(20)) == (row.lots, row.change, row.units_after)
        assert (Decimal(300), Decimal(200)) == (row.value_before, row.value_after)
        assert (Decimal("0.75"), Decimal("0.5")) == (row.share_before, row.share_after)
        assert (Decimal(100), Decimal(0)) == (row.deviation_before, row.deviation_after)
        assert (Decimal(2), Decimal("0.02"), Decimal(0)) == (row.fee, row.fee_share, row.spread)

    def test_a_purchase(self) -> None:
        """18 units at 10.50 are a deal of 189: the fee is 1 + 1.89, the spread 18·0.50."""
        row = rows_of(two_halves(), (-10, 18))[0][1]
        assert (18, Decimal(18), Decimal(18)) == (row.lots, row.change, row.units_after)
        assert (Decimal(0), Decimal(180)) == (row.value_before, row.value_after)
        assert (Decimal(200), Decimal(20)) == (row.deviation_before, row.deviation_after)
        assert (Decimal("2.89"), Decimal(9)) == (row.fee, row.spread)
        assert (Decimal("2.89") / 189).quantize(Decimal("1e-12")) == row.fee_share

    def test_cash(self) -> None:
        """100 + 98 from the sale − 191.89 for the purchase; without a target it has no ideal and no share."""
        cash = rows_of(two_halves(), (-10, 18))[1]
        assert (Decimal(100), Decimal("6.11")) == (cash.before, cash.after)
        assert (None, None, None) == (cash.ideal, cash.share_after, cash.deviation_after)

    def test_no_deal(self) -> None:
        """Without a deal there is no fee, and no share of a deal that is not there."""
        row = rows_of(two_halves(), (0, 0))[0][0]
        assert (Decimal(0), Decimal(0), Decimal(0), None) == (row.change, row.fee, row.spread, row.fee_share)
        assert row.value_before == row.value_after

    def test_the_fraction_is_sold_with_the_last_unit(self) -> None:
        """2.5 units held, both whole ones sold: the row shows −2.5 and the money for all of it."""
        problem = posed(Asset("A", have=Decimal("2.5")), cash=Cash())
        rows, cash = rows_of(problem, (-2,))
        assert (Decimal("-2.5"), Decimal(0), Decimal(25)) == (rows[0].change, rows[0].units_after, cash.after)

    def test_shares_are_of_the_percent_part(self) -> None:
        """W = 400, 10 units wanted: 150 of cash wanted at half of P = 300; the asset in units has no share."""
        problem = posed(
            Asset("A", have=Decimal(10), target=Units(Decimal(10))),
            Asset("B", have=Decimal(15), target=HALF),
            cash=Cash(Decimal(150), want=HALF),
        )
        rows, cash = rows_of(problem, (0, 0))
        assert [None, Decimal("0.5")] == [row.share_before for row in rows]
        assert (Decimal("0.5"), Decimal("0.5"), Decimal(150)) == (cash.share_before, cash.share_after, cash.ideal)
        assert (Decimal(0), Decimal(0)) == (cash.deviation_before, cash.deviation_after)

    def test_no_share_of_an_empty_part(self) -> None:
        """P = 0: a share of it is unknown, not a division by zero."""
        problem = posed(
            Asset("A", target=Units(Decimal(100))), Asset("B", target=Percent(Decimal(100))), cash=Cash(Decimal(10))
        )
        assert [None, None] == [row.share_before for row in rows_of(problem, (0, 0))[0]]


class TestPlan:
    """What a plan says of itself."""

    def test_totals(self) -> None:
        """Fees 2 + 2.89, spread 9: W = 400 becomes 386.11."""
        plan = planned(two_halves(), -10, 18)
        assert (Decimal("4.89"), Decimal(9), Decimal("13.89")) == (plan.commission, plan.spread, plan.cost)
        assert Decimal("386.11") == plan.wealth_after
        assert 2 == plan.deals

    def test_deals_count_assets(self) -> None:
        """An asset with any lots dealt is one deal."""
        assert [0, 1] == [planned(two_halves(), 0, 0).deals, planned(two_halves(), -10, 0).deals]

    def test_mean_deviation_by_modulus(self) -> None:
        """LAD: (100 + 200)/2 before and (0 + 20)/2 after, of W = 400."""
        plan = planned(two_halves(), -10, 18)
        assert Decimal("0.375") == plan.mean_deviation_before
        assert Decimal("0.025") == plan.mean_deviation_after

    def test_mean_deviation_by_squares(self) -> None:
        """LSAPPROX: √((30² + 40²)/2)/W with W = 100."""
        problem = posed(
            Asset("A", have=Decimal(3)),
            Asset("B", target=Units(Decimal(4))),
            cash=Cash(Decimal(70)),
            options=Options(model=Model.LSAPPROX),
        )
        assert Decimal(1250).sqrt() / 100 == planned(problem, 0, 0).mean_deviation_before

    def test_cash_with_a_target_counts_in_the_mean(self) -> None:
        """Rows are the assets and the scored cash: (100 + 200 + 100)/3 of 400 with `cash want = 0`."""
        plan = planned(two_halves(cash=Cash(Decimal(100), want=Money(Decimal(0)))), 0, 0)
        assert plan.mean_deviation_before is not None
        assert Decimal("0.333333333333") == round(plan.mean_deviation_before, 12)

    def test_no_mean_without_wealth(self) -> None:
        """An empty portfolio has no mean deviation, rather than an infinite one."""
        plan = planned(posed(Asset("A", target=Units(Decimal(1))), cash=Cash()), 0)
        assert plan.mean_deviation_before is None
        assert plan.mean_deviation_after is None


class TestObjective:
    """Σ deviation or Σ deviation² over the scored rows."""

    def test_least_absolute_deviations(self) -> None:
        """|200 − 200| + |180 − 200|; cash is free."""
        assert Decimal(20) == objective_of(two_halves(), (-10, 18))

    def test_least_squares(self) -> None:
        """100² + 200² for the source."""
        assert Decimal(50_000) == objective_of(two_halves(Options(model=Model.LSAPPROX)), (0, 0))

    def test_cash_with_a_target_is_scored(self) -> None:
        """20 at B and 6.11 of cash that should be 0."""
        problem = two_halves(cash=Cash(Decimal(100), want=Money(Decimal(0))))
        assert Decimal("26.11") == objective_of(problem, (-10, 18))
        assert Decimal("6.11") == cash_after(problem, (-10, 18))

    def test_a_withdrawal_is_gone_from_the_start(self) -> None:
        """Cash starts at have − withdraw: 100 − 40 with no deal."""
        problem = two_halves(cash=Cash(Decimal(100), withdraw=Decimal(40)))
        assert Decimal(60) == cash_after(problem, (0, 0))


class TestViolations:
    """Each constraint, at its edge and one step beyond."""

    def test_cash_may_reach_zero_and_no_less(self) -> None:
        """Four units at 10.50 for 42 are paid to the kopeck; with 41.99 they are not."""
        buys = Asset("A", target=Units(Decimal(4)))
        assert [] == broken(posed(buys, cash=Cash(Decimal(42))), (4,))
        assert ["cash would fall to -0.01"] == broken(posed(buys, cash=Cash(Decimal("41.99"))), (4,))

    def test_the_smallest_shortage_counts(self) -> None:
        """Money is exact: a shortage far below a kopeck, from a percent fee, is a shortage."""
        fee = Fee(rate=Decimal("0.000000000001"))
        problem = posed(Asset("A", fee=fee), cash=Cash(Decimal("10.50")))
        assert Decimal("-0.0000000000105") == cash_after(problem, (1,))
        assert 1 == len(violations(problem, (1,)))

    @pytest.mark.parametrize(
        ("permission", "buying", "selling"),
        [
            (Permission.TRADE, True, True),
            (Permission.BUY, True, False),
            (Permission.SELL, False, True),
            (Permission.KEEP, False, False),
        ],
    )
    def test_permissions(self, permission: Permission, buying: bool, selling: bool) -> None:
        """BUY forbids selling, SELL forbids buying, KEEP forbids both."""
        problem = posed(Asset("A", have=Decimal(5), permission=permission), cash=Cash(Decimal(100)))
        assert ([] if buying else ["A may not be bought"]) == broken(problem, (1,))
        assert ([] if selling else ["A: more is sold than is held and may be sold"]) == broken(problem, (-1,))
        assert [] == broken(problem, (0,))

    def test_no_more_is_sold_than_is_held(self) -> None:
        """5.9 units are five to sell."""
        problem = posed(Asset("A", have=Decimal("5.9")), cash=Cash())
        assert [] == broken(problem, (-5,))
        assert ["A: more is sold than is held and may be sold"] == broken(problem, (-6,))

    def test_max_deals(self) -> None:
        """One deal is within a limit of one, two are not."""
        problem = two_halves(Options(max_deals=1))
        assert [] == broken(problem, (-10, 0))
        assert ["2 deals are more than max deals = 1"] == broken(problem, (-10, 1))

    def test_raising_money_is_asked_for(self) -> None:
        """With more to withdraw than there is cash, doing nothing is no plan."""
        problem = posed(Asset("A", have=Decimal(10)), cash=Cash(Decimal(5), withdraw=Decimal(25)))
        assert ["cash would fall to -10"] == broken(problem, (-1,))
        assert [] == broken(problem, (-2,))


class TestUseAllCash:
    """No asset with a positive target that may be bought can be bought by one more lot."""

    LEFT = "use all cash: one more lot of {} could be bought"

    def test_the_price_of_a_lot_is_too_much_and_less_is_not(self) -> None:
        """10.50 left buys one more unit at 10.50; 10.49 does not."""
        wanted, options = Asset("A", target=HALF), Options(use_all_cash=True)
        assert [self.LEFT.format("A")] == broken(posed(wanted, cash=Cash(Decimal(21)), options=options), (1,))
        assert [] == broken(posed(wanted, cash=Cash(Decimal("20.99")), options=options), (1,))

    def test_the_first_lot_also_costs_the_fixed_fee(self) -> None:
        """An asset not bought yet needs 10.50·1.01 + 1; one bought already 10.50·1.01."""
        options = Options(use_all_cash=True)
        fee = Fee(Decimal(1), Decimal("0.01"))
        wanted = Asset("A", target=HALF, fee=fee)
        assert [] == broken(posed(wanted, cash=Cash(Decimal("11.604")), options=options), (0,))
        assert [self.LEFT.format("A")] == broken(posed(wanted, cash=Cash(Decimal("11.605")), options=options), (0,))
        assert [self.LEFT.format("A")] == broken(posed(wanted, cash=Cash(Decimal("22.21")), options=options), (1,))
        assert [] == broken(posed(wanted, cash=Cash(Decimal("22.209")), options=options), (1,))

    def test_a_sold_asset_pays_the_fixed_fee_too(self) -> None:
        """It has no buy deal yet: selling one of ten units at 10 for a fee of 3 leaves 7, then 13.50 is too dear."""
        options = Options(use_all_cash=True)
        asset = Asset("A", have=Decimal(10), target=HALF, fee=Fee(Decimal(3)))
        assert [] == broken(posed(asset, cash=Cash(Decimal("6.49")), options=options), (-1,))
        assert [self.LEFT.format("A")] == broken(posed(asset, cash=Cash(Decimal("6.50")), options=options), (-1,))

    @pytest.mark.parametrize(
        "idle",
        [
            Asset("A", have=Decimal(1)),
            Asset("A", target=Percent(Decimal(0))),
            Asset("A", target=HALF, permission=Permission.SELL),
            Asset("A", target=Units(Decimal(1)), permission=Permission.KEEP),
        ],
    )
    def test_unwanted_or_forbidden_assets_are_not_bought(self, idle: Asset) -> None:
        """No positive target, or no permission to buy: the cash may stay."""
        assert [] == broken(posed(idle, cash=Cash(Decimal(1000)), options=Options(use_all_cash=True)), (0,))

    def test_spending_goes_beyond_the_target(self) -> None:
        """A target that is reached already is still positive: the cash is spent on it."""
        asset = Asset("A", have=Decimal(5), target=Units(Decimal(5)))
        problem = posed(asset, cash=Cash(Decimal(11)), options=Options(use_all_cash=True))
        assert [self.LEFT.format("A")] == broken(problem, (0,))
        assert [] == broken(problem, (1,))

    def test_at_max_deals_assets_without_a_deal_are_exempt(self) -> None:
        """A is bought, one deal is allowed: B need not be bought, A must."""
        problem = two_halves(Options(use_all_cash=True, max_deals=1), cash=Cash(Decimal("22.30")))
        assert [self.LEFT.format("A")] == broken(problem, (1, 0))
        assert [self.LEFT.format("B")] == broken(problem, (0, 1))

    def test_below_max_deals_nothing_is_exempt(self) -> None:
        """Two deals are allowed and one is made: B must be bought as long as it can be."""
        options = Options(use_all_cash=True, max_deals=2)
        dear, cheap = Decimal("11.605"), Decimal("10.605")  # the first lot of B, one more of A
        first = two_halves(options, Cash(dear + dear))
        assert [self.LEFT.format("A"), self.LEFT.format("B")] == broken(first, (1, 0))
        assert [self.LEFT.format("A")] == broken(two_halves(options, Cash(dear + cheap)), (1, 0))

    def test_a_sold_asset_is_not_exempt(self) -> None:
        """A deal is a deal: at the limit, an asset that was sold with cash left for a lot breaks the rule."""
        problem = two_halves(Options(use_all_cash=True, max_deals=1))
        assert [self.LEFT.format("A")] == broken(problem, (-1, 0))


@settings(deadline=None)
@given(st.integers(0, 10**9), st.data())
def test_the_rows_add_up(seed: int, data: st.DataObject) -> None:
    """For any lots, W − fees − spread is what the rows and cash are worth afterwards, to the last digit."""
    instance = instances.draw(seed)
    problem = pose(instance.portfolio, instance.quotes)
    lots = tuple(data.draw(st.integers(-position.lots_to_sell, 50)) for position in problem.positions)
    plan = planned(problem, *lots)
    assert problem.wealth == plan.wealth_after + plan.cost
    assert problem.wealth == sum((row.value_before for row in plan.rows), start=plan.cash.before)


@pytest.mark.parametrize("seed", range(40))
def test_two_readings_of_the_rules_agree(seed: int) -> None:
    """The best plan by trying every one with this room's own figures is the best plan of the independent judge."""
    instance = instances.draw(seed, most_plans=200)
    problem = pose(instance.portfolio, instance.quotes)
    reach = [range(lots.start - 1, lots.stop + 1) for lots in oracle.reach(instance.portfolio, instance.quotes)]
    best = oracle.best(instance.portfolio, instance.quotes)
    found = [
        (objective_of(problem, lots), planned(problem, *lots).cost, sum(k != 0 for k in lots))
        for lots in itertools.product(*reach)
        if not violations(problem, lots)
    ]
    expected = None if best is None else (best.objective, best.cost, best.deals)
    assert expected == min(found, default=None)
