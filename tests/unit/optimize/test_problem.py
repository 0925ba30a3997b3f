"""The problem that a portfolio poses: each rule of `docs/portfolio-file.md`, with figures worked by hand."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.errors import ConfigError, MarketError
from allocator.core.portfolio import (
    Asset,
    Auto,
    Cash,
    Fee,
    Model,
    Money,
    Options,
    Percent,
    Permission,
    Portfolio,
    Target,
    Units,
)
from allocator.core.quote import Quote, Quotes
from allocator.optimize import Position, Problem, pose

PLAIN = Options()
NO_CASH = Cash()
NO_FEE = Fee()
NOTHING = Units(Decimal(0))


def percent(number: str) -> Percent:
    return Percent(Decimal(number))


def units(number: str) -> Units:
    return Units(Decimal(number))


def money(number: str) -> Money:
    return Money(Decimal(number))


def asset(ticker: str, have: str = "0", want: Target = NOTHING, permission: Permission = Permission.TRADE) -> Asset:
    return Asset(ticker, have=Decimal(have), target=want, permission=permission)


def posed(
    *assets: Asset, bid: Mapping[str, str] | None = None, cash: Cash = NO_CASH, options: Options = PLAIN
) -> Problem:
    """The problem of these assets at a bid of 10 and an ask of 11, unless `bid` says otherwise (ask = bid + 1)."""
    bids = {item.ticker: Decimal((bid or {}).get(item.ticker, "10")) for item in assets}
    quotes = Quotes("FILE", {ticker: Quote(ticker, price, price + 1) for ticker, price in bids.items()})
    return pose(Portfolio(Path("p.ini"), assets=assets, cash=cash, options=options), quotes)


def ideals(problem: Problem) -> list[Decimal]:
    return [position.ideal for position in problem.positions]


def position(
    have: str = "0",
    lot: int = 1,
    *,
    permission: Permission = Permission.TRADE,
    fee: Fee = NO_FEE,
    ideal: str = "0",
    target: Target = NOTHING,
) -> Position:
    """A position at a bid of 10 and an ask of 10.50."""
    return Position("A", Decimal(10), Decimal("10.50"), lot, Decimal(have), target, fee, permission, Decimal(ideal))


class TestWealth:
    """W: the source portfolio before any cost."""

    def test_sums_holdings_at_bid_and_cash(self) -> None:
        """W = Σ bid·h + have − withdraw, fractions of a unit included: 10·2.5 + 20·3 + 100 − 30 = 155."""
        cash = Cash(have=Decimal(100), withdraw=Decimal(30))
        problem = posed(asset("A", "2.5"), asset("B", "3"), bid={"B": "20"}, cash=cash)
        assert Decimal(155) == problem.wealth
        assert Decimal(70) == problem.cash_before

    def test_a_withdrawal_may_exceed_the_cash(self) -> None:
        """`have − withdraw` may be negative: the sales have to raise the money."""
        problem = posed(asset("A", "10"), cash=Cash(have=Decimal(5), withdraw=Decimal(25)))
        assert Decimal(-20) == problem.cash_before
        assert Decimal(80) == problem.wealth

    def test_never_rounds(self) -> None:
        """Thirty digits of units at a price of a kopeck's millionth are multiplied exactly."""
        problem = posed(asset("A", "123456789012345678901234567.89"), bid={"A": "0.00000001"})
        assert Decimal("1234567890123456789.0123456789") == problem.wealth


class TestIdeal:
    """The ideal portfolio: frictionless, and fixed before any trade."""

    def test_percentages_share_all_wealth_when_nothing_else_is_wanted(self) -> None:
        """60% and 40% of W = 1,000 are 600 and 400, whatever the prices."""
        problem = posed(asset("A", want=percent("60")), asset("B", want=percent("40")), cash=Cash(Decimal(1000)))
        assert [Decimal(600), Decimal(400)] == ideals(problem)
        assert Decimal(1000) == problem.percent_part

    def test_units_are_worth_their_bid(self) -> None:
        """7 units wanted at 10 are ideally 70, however many are held."""
        assert [Decimal(70)] == ideals(posed(asset("A", "3", units("7"))))

    def test_held_and_not_wanted_is_wanted_at_nothing(self) -> None:
        """An asset of `[have]` alone has the target 0 units and adds nothing to U."""
        problem = posed(asset("A", "3"), asset("B", want=percent("100")), cash=Cash(Decimal(70)))
        assert [Decimal(0), Decimal(100)] == ideals(problem)

    def test_units_are_set_aside_before_percentages(self) -> None:
        """W = 1,000, U = 7·10: the percentages share P = 930."""
        problem = posed(asset("A", want=units("7")), asset("B", want=percent("100")), cash=Cash(Decimal(1000)))
        assert Decimal(930) == problem.percent_part
        assert [Decimal(70), Decimal(930)] == ideals(problem)

    @pytest.mark.parametrize(
        ("permission", "have", "want", "set_aside"),
        [
            (Permission.TRADE, "5", "8", 80),
            (Permission.TRADE, "8", "5", 50),
            (Permission.BUY, "5", "8", 80),
            (Permission.BUY, "8", "5", 80),
            (Permission.SELL, "5", "8", 50),
            (Permission.SELL, "8", "5", 50),
            (Permission.KEEP, "5", "8", 50),
            (Permission.KEEP, "8", "5", 80),
        ],
    )
    def test_what_a_permission_cannot_reach_is_not_set_aside(
        self, permission: Permission, have: str, want: str, set_aside: int
    ) -> None:
        """U counts the units that the permission lets an asset reach; its own ideal stays as wanted."""
        rest = 1000 - 10 * int(have)
        problem = posed(
            asset("A", have, units(want), permission), asset("B", want=percent("100")), cash=Cash(Decimal(rest))
        )
        assert Decimal(1000 - set_aside) == problem.percent_part
        assert [Decimal(want) * 10, Decimal(1000 - set_aside)] == ideals(problem)

    def test_an_unwanted_asset_that_must_be_kept_is_set_aside(self) -> None:
        """Held, wanted at 0 and KEEP: its 50 cannot serve the percentages."""
        problem = posed(
            asset("A", "5", permission=Permission.KEEP), asset("B", want=percent("100")), cash=Cash(Decimal(50))
        )
        assert [Decimal(0), Decimal(50)] == ideals(problem)

    def test_permissions_do_not_move_percentages(self) -> None:
        """KEEP on an asset wanted in percent leaves every ideal as it is."""
        problem = posed(
            asset("A", "9", percent("50"), Permission.KEEP), asset("B", want=percent("50")), cash=Cash(Decimal(10))
        )
        assert [Decimal(50), Decimal(50)] == ideals(problem)

    def test_wanted_money_is_set_aside(self) -> None:
        """cash want = 150 of W = 1,000: P = 850, and cash is scored against 150."""
        problem = posed(asset("A", want=percent("100")), cash=Cash(Decimal(1000), want=money("150")))
        assert [Decimal(850)] == ideals(problem)
        assert Decimal(150) == problem.cash_ideal
        assert 2 == problem.scored_rows

    def test_a_percentage_of_cash_shares_like_an_asset(self) -> None:
        """W = 1,000, U = 200: 25% of P = 800 is 200 of cash."""
        problem = posed(
            asset("A", want=percent("75")),
            asset("B", want=units("20")),
            cash=Cash(Decimal(1000), want=percent("25")),
        )
        assert [Decimal(600), Decimal(200)] == ideals(problem)
        assert Decimal(200) == problem.cash_ideal

    def test_cash_without_a_target_is_not_scored(self) -> None:
        """No `cash want`: C = 0, cash has no ideal and no row."""
        problem = posed(asset("A", want=percent("100")), cash=Cash(Decimal(1000)))
        assert problem.cash_ideal is None
        assert 1 == problem.scored_rows
        assert Decimal(1000) == problem.percent_part

    def test_no_money_for_the_percent_part_is_noted(self) -> None:
        """U above W: P = 0, not negative; every percentage is of nothing, and a note says so."""
        problem = posed(asset("A", want=units("200")), asset("B", want=percent("100")), cash=Cash(Decimal(1000)))
        assert Decimal(0) == problem.percent_part
        assert [Decimal(2000), Decimal(0)] == ideals(problem)
        assert ["there is no money for the part wanted in percent"] == [str(note) for note in problem.notes]

    def test_no_percentages_no_note(self) -> None:
        """With every target in units an empty percent part is no news."""
        assert () == posed(asset("A", want=units("200")), cash=Cash(Decimal(1000))).notes

    def test_percentages_that_do_not_add_up_are_scaled(self) -> None:
        """33.3% three times is a third each, to the nearest 1e-10 of money."""
        third = percent("33.3")
        problem = posed(*(asset(ticker, want=third) for ticker in "ABC"), cash=Cash(Decimal(100)))
        assert [Decimal("33.3333333333")] * 3 == ideals(problem)

    def test_exact_percentages_are_not_rounded(self) -> None:
        """Shares that add up to 100 keep every digit of the ideal."""
        problem = posed(
            asset("A", want=percent("33.3333333333333")),
            asset("B", want=percent("66.6666666666667")),
            cash=Cash(Decimal("0.01")),
        )
        assert [Decimal("0.00333333333333333"), Decimal("0.00666666666666667")] == ideals(problem)

    def test_a_share_of_nothing_is_no_money(self) -> None:
        """0% is a target like another: an ideal of 0, and nothing that `use all cash` must buy."""
        problem = posed(asset("A", "1", percent("0")), asset("B", want=percent("100")), cash=Cash(Decimal(90)))
        assert [Decimal(0), Decimal(100)] == ideals(problem)
        assert [False, True] == [position.wanted for position in problem.positions]

    @given(
        shares=st.lists(st.integers(1, 1000), min_size=1, max_size=6),
        cash=st.decimals(0, 10_000_000, places=2),
        have=st.decimals(0, 1000, places=3),
    )
    def test_ideals_hold_exactly_the_wealth(self, shares: list[int], cash: Decimal, have: Decimal) -> None:
        """Percentages that add up to 100 divide W without remainder, to the last digit."""
        whole = [Decimal(share) / 10 for share in shares]
        rest = 100 - sum(whole)
        if rest < 0:
            whole, rest = [Decimal(100)], Decimal(0)
        assets = [asset(f"A{i}", str(have), Percent(share)) for i, share in enumerate(whole)]
        problem = posed(*assets, asset("REST", want=Percent(rest)), cash=Cash(cash))
        assert problem.wealth == sum(ideals(problem))


class TestUseAllCash:
    """`use all cash` overrides `cash want`."""

    def test_sets_wanted_money_aside(self) -> None:
        """As if `cash want` were absent: the 150 go to the percentages, cash is not scored, a note says so."""
        problem = posed(
            asset("A", want=percent("100")),
            cash=Cash(Decimal(1000), want=money("150")),
            options=Options(use_all_cash=True),
        )
        assert [Decimal(1000)] == ideals(problem)
        assert problem.cash_ideal is None
        assert problem.cash_target is None
        assert ["use all cash overrides cash want"] == [str(note) for note in problem.notes]

    def test_shares_a_wanted_percentage_among_the_assets(self) -> None:
        """60% and 20% beside 20% of cash become three quarters and one quarter of P."""
        problem = posed(
            asset("A", want=percent("60")),
            asset("B", want=percent("20")),
            cash=Cash(Decimal(1000), want=percent("20")),
            options=Options(use_all_cash=True),
        )
        assert [Decimal(750), Decimal(250)] == ideals(problem)

    def test_is_silent_without_cash_want(self) -> None:
        """Nothing is overridden, so nothing is noted."""
        problem = posed(asset("A", want=percent("100")), options=Options(use_all_cash=True), cash=Cash(Decimal(1)))
        assert () == problem.notes


class TestPassedThrough:
    """What the portfolio says reaches the problem unchanged."""

    def test_options(self) -> None:
        """Model, limit of deals and `use all cash`."""
        options = Options(use_all_cash=True, max_deals=3, model=Model.LSAPPROX)
        problem = posed(asset("A"), options=options)
        assert (True, 3, Model.LSAPPROX) == (problem.use_all_cash, problem.max_deals, problem.model)

    def test_the_lot_of_the_file_beats_the_quote(self) -> None:
        """`[lot]` overrides the provider's lot."""
        quotes = Quotes("FILE", {"A": Quote("A", Decimal(10), Decimal(11), lot_size=100)})
        lots = [
            pose(Portfolio(Path("p.ini"), assets=(Asset("A", lot_size=lot),)), quotes).positions[0].lot_size
            for lot in (None, 10)
        ]
        assert [100, 10] == lots

    def test_the_order_of_the_file(self) -> None:
        """Positions stand as the assets do."""
        assert ["B", "A"] == [position.ticker for position in posed(asset("B"), asset("A")).positions]


class TestRefusals:
    """Problems that cannot be posed."""

    def test_auto(self) -> None:
        """`auto` without a forecast names the asset and says what to write."""
        with pytest.raises(ConfigError, match=r"p\.ini: A = auto needs a forecast.*Write a percentage"):
            posed(Asset("A", target=Auto()))

    def test_a_missing_quote(self) -> None:
        """The ticker and the provider are named."""
        with pytest.raises(MarketError, match="A: FILE gave no quote"):
            pose(Portfolio(Path("p.ini"), assets=(Asset("A"),)), Quotes("FILE", {}))

    @pytest.mark.parametrize(("bid", "ask"), [("0", "1"), ("-1", "1"), ("2", "1.99"), ("0", "0")])
    def test_prices_that_are_not_a_market(self, bid: str, ask: str) -> None:
        """Anything but 0 < bid <= ask is refused with both prices."""
        quotes = Quotes("FILE", {"A": Quote("A", Decimal(bid), Decimal(ask))})
        with pytest.raises(MarketError, match=rf"A: bid {bid} and ask {ask} "):
            pose(Portfolio(Path("p.ini"), assets=(Asset("A"),)), quotes)


class TestLots:
    """What whole lots can be sold, and what goes with them."""

    @pytest.mark.parametrize(
        ("have", "lot", "lots"),
        [("0", 1, 0), ("0.9", 1, 0), ("3.9", 1, 3), ("29", 10, 2), ("30", 10, 3), ("30.5", 10, 3), ("9", 10, 0)],
    )
    def test_only_whole_lots_of_whole_units(self, have: str, lot: int, lots: int) -> None:
        """s·L ≤ H = ⌊h⌋."""
        assert lots == position(have, lot).lots_to_sell

    @pytest.mark.parametrize("permission", [Permission.BUY, Permission.KEEP])
    def test_nothing_without_permission(self, permission: Permission) -> None:
        """`BUY` and `KEEP` forbid selling."""
        assert 0 == position("5", permission=permission).lots_to_sell

    def test_the_fraction_goes_with_the_last_unit(self) -> None:
        """3.25 units: selling two leaves 1.25, selling all three whole ones sells the fraction at the bid."""
        held = position("3.25")
        assert [Decimal(-2), Decimal("-3.25")] == [held.units_traded(-2), held.units_traded(-3)]
        assert [Decimal("12.50"), Decimal(0)] == [held.value(-2), held.value(-3)]
        assert [Decimal(20), Decimal("32.50")] == [held.cash_flow(-2), held.cash_flow(-3)]

    def test_the_fraction_stays_when_whole_units_do(self) -> None:
        """31.5 units in lots of 10: three lots leave 1.5, for one whole unit is left too."""
        assert Decimal(-30) == position("31.5", 10).units_traded(-3)

    def test_the_fraction_pays_the_percent_fee(self) -> None:
        """All of 3.25 units at 10 for 1 + 2%: the deal is 32.50, the fee 1.65."""
        held = position("3.25", fee=Fee(Decimal(1), Decimal("0.02")))
        assert Decimal("1.65") == held.deal_fee(-3)
        assert Decimal("30.85") == held.cash_flow(-3)

    def test_buying_keeps_the_fraction(self) -> None:
        """x = h + L·b."""
        assert Decimal("102.50") == position("0.25", 10).value(1)


class TestPrices:
    """Buy at ask, sell and value at bid."""

    def test_a_purchase_costs_the_ask_and_is_worth_the_bid(self) -> None:
        """Two lots of 5 at 10.50 take 105 of cash and are worth 100."""
        bought = position(lot=5)
        assert Decimal(-105) == bought.cash_flow(2)
        assert Decimal(100) == bought.value(2)

    def test_a_fee_is_paid_per_deal(self) -> None:
        """1 + 1% of 105 on a purchase of any number of lots; nothing without a deal."""
        bought = position(lot=5, fee=Fee(Decimal(1), Decimal("0.01")))
        assert [Decimal(0), Decimal("2.05")] == [bought.deal_fee(0), bought.deal_fee(2)]
        assert [Decimal(0), Decimal("-107.05")] == [bought.cash_flow(0), bought.cash_flow(2)]

    def test_the_next_lot_costs_its_percent_fee(self) -> None:
        """ask·L·(1 + pct) = 10.50·5·1.02, whatever the fixed fee."""
        assert Decimal("53.55") == position(lot=5, fee=Fee(Decimal(9), Decimal("0.02"))).next_lot_price

    def test_deviation_is_from_the_ideal_at_bid(self) -> None:
        """Ideal 100: 7 units are 30 away, 12 are 20 away."""
        held = position("7", ideal="100")
        assert [Decimal(30), Decimal(20)] == [held.deviation(0), held.deviation(5)]


class TestWanted:
    """A positive target, which `use all cash` spends on."""

    @pytest.mark.parametrize(
        ("target", "wanted"),
        [(units("0"), False), (units("0.1"), True), (percent("0"), False), (percent("0.1"), True), (Auto(), False)],
    )
    def test_is_more_than_nothing(self, target: Target, wanted: bool) -> None:
        """Units and percentages above 0 are wanted."""
        assert wanted is position(target=target).wanted
