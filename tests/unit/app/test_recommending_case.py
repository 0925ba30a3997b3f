"""What a recommendation reckons with: weights, fees, sizes and costs of deals, and what of a forecast counts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from recommending import NOW, forecast, verdict, views

from allocator import config
from allocator.app.auto_papers import kept_of
from allocator.app.forecast_storing import holdings_of, stored_forecast
from allocator.app.recommending_case import Case, case_of, slopes_of, wealth_of
from allocator.core.bars import Interval
from allocator.core.portfolio import Fee, Portfolio
from allocator.core.quote import Quote

INI = """
[have]
TQBR:GOOD = 50
BAD = 10
OTHER = 5
[want]
BAD = 90%
[commission]
BAD = 1%
[cash]
have = 1 500
withdraw = 500
want = 10%
[options]
commission = 0.1% + 2
"""


def portfolio(ini: str = INI) -> Portfolio:
    return config.parse(ini, Path("p.ini"))


def quote(ticker: str, bid: str, ask: str, lot: int = 1) -> Quote:
    return Quote(ticker, Decimal(bid), Decimal(ask), lot)


QUOTES = {
    "TQBR:GOOD": quote("TQBR:GOOD", "100", "100", 10),
    "BAD": quote("BAD", "199", "201"),
    "OTHER": quote("OTHER", "402", "402"),
    "NEW": quote("NEW", "10", "10", 300),
}


def case(ini: str = INI) -> Case:
    return case_of(portfolio(ini), ("BAD", "GOOD", "GONE", "NEW"), QUOTES, {"BAD": 1e6, "GOOD": 4e6})


def test_weights_are_shares_of_all_that_is_held() -> None:
    """At bid, less what is withdrawn; a board before the ticker does not hide it; what has no quote is left out."""
    found = case()
    assert Decimal(10_000) == wealth_of(portfolio(), QUOTES) == found.wealth
    assert ("BAD", "GOOD", "NEW") == found.tickers
    assert (0, 1, 3) == found.columns
    assert [0.199, 0.5, 0.0] == pytest.approx(found.weights.tolist())
    assert (0.201, 0.1, 0.1) == pytest.approx((found.elsewhere, found.cash, found.floor))
    assert [1e6, 4e6, 0] == found.turnover.tolist()


def test_a_deal_is_all_that_is_held_or_as_much_as_of_others_and_a_lot_at_least() -> None:
    """A lot of NEW costs 3000, less than the mean holding; with lots of 600 units more."""
    assert [0.199, 0.5, (0.199 + 0.5) / 2] == pytest.approx(case().sizes.tolist())
    large = replace(QUOTES["NEW"], lot_size=600)
    found = case_of(portfolio(), ("BAD", "NEW"), QUOTES | {"NEW": large}, {})
    assert 0.6 == pytest.approx(found.sizes[1])


def test_costs_are_fee_half_spread_and_impact() -> None:
    """σ of a day times the root of the deal's part of a day's turnover; what nobody trades is infinitely dear."""
    costs = case().costs(np.full(3, 0.252**0.5))
    assert [0.01 + 1 / 200 / 2 * 2, 0.001, 0.001] == pytest.approx(costs.rate.tolist(), rel=1e-9)
    assert [0, 2e-4, 2e-4] == pytest.approx(costs.fixed.tolist())
    daily = (0.252 / 252) ** 0.5
    assert [daily * 0.1, daily * 0.05] == pytest.approx(costs.impact[:2].tolist())
    assert np.isinf(costs.impact[2])


def test_what_the_file_does_not_name_has_the_fee_of_its_options() -> None:
    """As an asset without a line in [commission]."""
    assert Fee(Decimal(2), Decimal("0.001")) == portfolio().fee == case().assets[2].fee


def test_who_may_be_bought_and_sold() -> None:
    """Qualified, permitted and below the cap; held by a lot at the least and permitted."""
    found = case(f"{INI}[trade]\nBAD = BUY\n")
    assert [False, True, False] == found.may_sell().tolist()
    assert [True, False, True] == found.may_buy(frozenset({"BAD", "GOOD", "NEW"}), Decimal("0.5")).tolist()
    assert [False, True, False] == found.may_buy(frozenset({"GOOD"}), None).tolist()
    few = case(INI.replace("TQBR:GOOD = 50", "TQBR:GOOD = 9"))
    assert not few.may_sell()[1]


@pytest.mark.parametrize(
    ("expected", "rules", "horizon", "interval"),
    [
        ((0.4, 0.4), "", 21, Interval.DAY),
        ((0.4, 0.4 * 5 / 21), "", 5, Interval.DAY),
        ((0.4, 0.4 / 21), "", 14, Interval.HOUR),
        ((1.0, 0.5), "shrink = off\nhorizon = 42", 21, Interval.DAY),
        ((0.3, 0.3), "shrink = 30%\nhorizon = 5", 21, Interval.DAY),
    ],
)
def test_what_of_a_forecast_counts(expected: tuple[float, float], rules: str, horizon: int, interval: Interval) -> None:
    """The verdict's part or the file's, and of that the days that it looks ahead of those that a deal is kept."""
    said = views()
    made = replace(forecast(said, judged=verdict(0.4)), horizon=horizon)
    stored = stored_forecast(made, interval, tuple("abcdef"), NOW, views=said)
    said_by_file = portfolio(f"{INI}[forecast]\n{rules}\n").forecast
    assert expected == pytest.approx(kept_of(said_by_file, stored.shrink, stored.horizon, stored.interval))


def test_slopes_are_medians_within_bounds_that_one_model_does_not_have() -> None:
    """Bounds of a security that one model alone forecasts are infinite; that of all others are not."""
    said = views(noise=0.1)
    said.mean[1:, 0] = np.nan
    found = slopes_of(forecast(said, judged=None), said, (0, 1, 3), np.zeros(3), np.ones(6), 1.0)
    assert [-np.inf, np.inf] == [found.lower[0], found.upper[0]]
    assert said.mean[0, 0] == found.median[0]
    assert np.median(said.mean[:, 3]) == found.median[2]
    assert (found.lower[1:] < found.median[1:]).all()
    assert (found.median[1:] < found.upper[1:]).all()


def test_bounds_are_wider_for_models_that_are_alike_and_for_more_securities() -> None:
    """The bootstrap knows their correlation; Bonferroni counts the names."""
    said = views(noise=0.1)

    def width(rho: float, columns: tuple[int, ...]) -> float:
        made = forecast(said, judged=None, rho=rho)
        found = slopes_of(made, said, columns, np.zeros(len(columns)), np.ones(6), 1.0)
        return float(found.upper[0] - found.lower[0])

    assert width(0.0, (0,)) < width(0.0, (0, 1, 2, 3)) < width(0.8, (0, 1, 2, 3))


def test_the_digest_of_holdings_is_of_units_and_cash_alone() -> None:
    """A trailing zero, another order or another wish change nothing; a unit more does."""
    first = holdings_of(portfolio())
    assert first == holdings_of(portfolio(INI.replace("BAD = 10\n", "BAD = 10.0\n").replace("OTHER = 5", "NEW = 0\nOTHER = 5")))  # fmt: skip  # noqa: E501
    assert first == holdings_of(portfolio(INI.replace("BAD = 90%", "BAD = 50%\nOTHER = 40%").replace("0.1%", "1%")))
    for changed in ("BAD = 11\n", "BAD = 10\nNEW = 1\n"):
        assert first != holdings_of(portfolio(INI.replace("BAD = 10\n", changed)))
    assert first != holdings_of(portfolio(INI.replace("withdraw = 500", "withdraw = 501")))
