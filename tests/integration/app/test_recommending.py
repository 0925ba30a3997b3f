"""From a store with a forecast and a portfolio file to what to deal, all the way."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from recommending import INI, NOW, QUOTES, SETTINGS, TICKERS, filled, verdict, views, written

from allocator import config
from allocator.app import wire
from allocator.app.recommending import Recommender
from allocator.core.bars import Interval
from allocator.core.errors import ForecastError, Infeasible, MarketError, PlanError
from allocator.optimize.plan import violations
from allocator.report import dumps
from allocator.report.recommendation import Action, RecommendationView, recommendation_document, recommendation_text
from allocator.store import open_store


def advise(
    folder: Path, ini: str = INI, quotes: str = QUOTES, *, asked: dict | None = None, **store: object
) -> RecommendationView:
    path = written(folder, ini, quotes)
    if not (folder / "store.db").exists():
        filled(folder / "store.db", **store)  # type: ignore[arg-type]
    cases = wire.rebalancer()
    with open_store(str(folder / "store.db")) as opened:
        return Recommender(opened, SETTINGS, cases, now=lambda: NOW, **(asked or {})).recommend(cases.read(path))


def actions(view: RecommendationView) -> dict[str, str]:
    return {row.ticker: row.action.value for row in view.rows if row.action is not Action.NONE}


def lots(view: RecommendationView) -> dict[str, int]:
    return {row.ticker: row.lots for row in view.rows if row.lots}


def test_one_dominant_purchase_and_two_bad_holdings(tmp_path: Path) -> None:
    """Both are sold, the good one is bought, in whole lots that the money pays for; the steepest stands on top."""
    view = advise(tmp_path, said=views((2.0, -2.0, -3.0, 0.1)))
    assert {"GOOD": "buy", "BAD": "sell", "WORSE": "sell"} == actions(view)
    assert (-40, -100) == (lots(view)["BAD"], lots(view)["WORSE"])
    assert lots(view)["GOOD"] > 0
    assert "DULL" not in lots(view)
    plan = view.plan
    assert plan is not None
    assert [] == violations(plan.problem, plan.lots)
    assert 0 <= plan.cash.after < 1002  # a lot of GOOD
    assert ["GOOD", "DULL", "BAD", "WORSE"] == [row.ticker for row in view.rows]
    assert all(row.lower < row.gradient < row.upper for row in view.rows)
    assert 10 * view.rows[0].lots == view.rows[0].units


def test_what_is_not_proven_is_no_reason_to_deal(tmp_path: Path) -> None:
    """Of a forecast that does not beat naive nothing is kept: bounds are costs alone, nobody is named, it says so."""
    view = advise(tmp_path, judged=verdict(0.0, p=0.6))
    assert {} == actions(view)
    assert view.plan is None
    assert [0.0] * 4 == [row.gradient for row in view.rows]
    assert all(-0.05 < row.lower < 0 < row.upper < 0.05 for row in view.rows)
    text = recommendation_text(view)
    assert text.startswith("The forecast does not beat the naive forecast")
    assert "No exchange is proven to pay for its costs" in text
    assert "free cash" not in text


def test_the_files_shrink_goes_before_the_verdicts(tmp_path: Path) -> None:
    """`shrink = off` believes all of a forecast that nobody proved."""
    assert "GOOD" in actions(advise(tmp_path, f"{INI}shrink = off\n", judged=verdict(0.0, p=0.6)))


def test_half_of_a_forecast_has_half_the_slopes(tmp_path: Path) -> None:
    """What is kept scales slopes and bounds before costs; so does a forecast that ends before the holding does."""
    whole = {row.ticker: row for row in advise(tmp_path, f"{INI}shrink = off\n").rows}
    half = {row.ticker: row for row in advise(tmp_path, f"{INI}shrink = 50%\n").rows}
    longer = {row.ticker: row for row in advise(tmp_path, f"{INI}shrink = off\nhorizon = 42\n").rows}
    for ticker in TICKERS:
        assert whole[ticker].gradient / 2 == pytest.approx(half[ticker].gradient) == longer[ticker].gradient
        cost = (whole[ticker].upper - whole[ticker].lower) - (half[ticker].upper - half[ticker].lower) * 2
        assert cost < 0  # costs are not halved


def test_free_cash_goes_to_the_greatest_lower_bound(tmp_path: Path) -> None:
    """Nothing is proven, one name is: and it is bought as far as it pays in the median, with the cash alone."""
    ini = INI.replace("have = 10 000", "have = 50 000")
    view = advise(tmp_path, ini, said=views((0.5, 0.3, 0.5, 0.25), noise=0.5), judged=verdict(1.0))
    assert ["free cash"] == list(actions(view).values())
    best = max(view.rows, key=lambda row: row.lower)
    assert {best.ticker} == set(actions(view))
    assert set(lots(view)) <= {best.ticker}
    assert "For free cash, the greatest lower bound is that of" in recommendation_text(view)


def test_without_free_cash_nobody_is_named_for_it(tmp_path: Path) -> None:
    """All of the money is wanted as cash."""
    ini = INI.replace("have = 10 000", "have = 10 000\nwant = 10 000").replace("DULL = 25%", "DULL = 25%")
    assert {} == actions(advise(tmp_path, ini, said=views((0.9, 0.6, 0.9, 0.55), noise=0.35)))


def test_permissions_are_kept(tmp_path: Path) -> None:
    """What may not be sold stays, what may not be bought is not."""
    view = advise(tmp_path, f"{INI}[trade]\nWORSE = KEEP\nBAD = BUY\n", said=views((2.0, -2.0, -3.0, 2.0)))
    assert {"GOOD": "buy", "DULL": "buy"} == actions(view)
    assert {"GOOD", "DULL"} >= set(lots(view))
    assert all(count > 0 for count in lots(view).values())
    view = advise(tmp_path, f"{INI}[trade]\nDULL = SELL\n")
    assert {"GOOD": "buy", "BAD": "sell", "WORSE": "sell"} == actions(view)


def test_a_security_that_trades_too_little_is_not_bought(tmp_path: Path) -> None:
    """The largest position must fit into its median day; what is held may be sold whatever it trades."""
    view = advise(tmp_path, turnover=15_000)
    assert "GOOD" not in actions(view)
    assert {"BAD", "WORSE"} <= set(actions(view))


def test_turnover_makes_deals_dearer(tmp_path: Path) -> None:
    """Square-root impact: with a ten-thousandth of the turnover it costs a hundred times as much."""
    (tmp_path / "much").mkdir()
    (tmp_path / "little").mkdir()
    much = advise(tmp_path / "much", judged=verdict(0.0), turnover=1e12)
    some = advise(tmp_path / "little", judged=verdict(0.0), turnover=1e8)
    fees = 0.0005 + 0.05 / 100.05  # of GOOD, on one side, with half of its spread
    costs = [-row.lower * 21 / 252 - fees for view in (much, some) for row in view.rows if row.ticker == "GOOD"]
    assert 100 == pytest.approx(costs[1] / costs[0], rel=0.01)


def test_a_cap_holds(tmp_path: Path) -> None:
    """The one purchase is not allowed to become more than the cap; the rest of the money stays."""
    view = advise(tmp_path, f"{INI}cap = 20%\n")
    good = next(row for row in view.rows if row.ticker == "GOOD")
    assert 0.18 < float(good.units * Decimal(100)) / 60_000 <= 0.2


def test_money_to_withdraw_is_raised_by_what_may_be_sold(tmp_path: Path) -> None:
    """Nothing is proven, but cash would be lacking: the sale is named for what it is, and pays."""
    ini = INI.replace("have = 10 000", "have = 1 000\nwithdraw = 5 000")
    view = advise(tmp_path, ini, judged=verdict(0.0))
    assert {"raise cash"} == set(actions(view).values())
    assert view.plan is not None
    assert view.plan.cash.after >= 0
    assert all(count < 0 for count in lots(view).values())


def test_money_that_nobody_may_raise_is_infeasible(tmp_path: Path) -> None:
    """With the name of the limit."""
    ini = INI.replace("have = 10 000", "have = 0\nwithdraw = 5 000")
    with pytest.raises(Infeasible, match="cash"):
        advise(tmp_path, f"{ini}[trade]\nBAD = KEEP\nWORSE = KEEP\nDULL = BUY\n", judged=verdict(0.0))


def test_what_has_no_forecast_is_kept_and_named(tmp_path: Path) -> None:
    """It counts in the wealth; its share is not taken for cash."""
    ini = INI.replace("DULL = 1000", "DULL = 1000\nOTHER = 700").replace("DULL = 25%", "DULL = 25%\nOTHER = 0")
    view = advise(tmp_path, ini, f"{QUOTES}OTHER,100,100,1\n")
    assert any("without a forecast, and so kept as they are: OTHER" in str(note) for note in view.notes)
    assert "OTHER" not in lots(view)
    assert 20_000 / 130_000 + 1 / 130 < sum(row.weight for row in view.rows) < 0.5
    assert view.plan is not None
    assert view.plan.cash.after >= 0


def test_a_name_of_the_forecast_without_a_quote_is_left_out(tmp_path: Path) -> None:
    """It is named; one that is held must have a quote."""
    view = advise(tmp_path, quotes=QUOTES.replace("GOOD,100,100.1,10\n", ""))
    assert "GOOD" not in {row.ticker for row in view.rows}
    assert any("without a quote, and so not recommended: GOOD" in str(note) for note in view.notes)
    with pytest.raises(MarketError, match="BAD"):
        advise(tmp_path, quotes=QUOTES.replace("BAD,50,50.05,10\n", ""))


def test_a_security_that_the_file_does_not_name_costs_what_most_others_do(tmp_path: Path) -> None:
    """And is bought under its own ticker."""
    view = advise(tmp_path)
    assert view.plan is not None
    row = next(row for row in view.plan.rows if row.position.ticker == "GOOD")
    assert Decimal("0.0005") == row.position.fee.rate


def test_risk_aversion_of_the_file_of_the_command_or_of_each_model(tmp_path: Path) -> None:
    """The larger it is, the smaller is the slope of what is held most; that of the models is their own."""
    said = views((0.2, 0.2, 0.2, 0.2), aversion=7.0)
    first = advise(tmp_path, judged=verdict(1.0), said=said)
    given = advise(tmp_path, asked={"aversion": Decimal(7)})
    models = advise(tmp_path, asked={"of_models": True})
    slopes = [{row.ticker: row.gradient for row in view.rows} for view in (first, given, models)]
    assert slopes[1] == pytest.approx(slopes[2])
    assert slopes[1]["BAD"] < slopes[0]["BAD"]
    assert (1.0, 7.0, None) == (first.aversion, given.aversion, models.aversion)


def test_minimum_agreement_leaves_alone_what_models_quarrel_about(tmp_path: Path) -> None:
    """All of these agree, so nobody is left out."""
    assert "GOOD" in actions(advise(tmp_path, f"{INI}minimum agreement = 100%\n"))


def test_one_model_proves_nothing(tmp_path: Path) -> None:
    """It has no bounds; the page says what to type."""
    view = advise(tmp_path, said=views(models=1))
    assert {} == actions(view)
    assert "one model has no bounds; train more: allocator train --count 5" in map(str, view.notes)
    found = json.loads(dumps(recommendation_document(view)))
    assert {None} == {each["lower"] for each in found["securities"]}


class TestOutdated:
    def test_by_holdings_alone(self, tmp_path: Path) -> None:
        """Units and cash count; wishes, fees and the name of the file do not."""
        made_for = config.parse(INI.replace("BAD = 50%", "BAD = 40%\nGOOD = 10%"), tmp_path / "other.ini")
        assert advise(tmp_path, portfolio=made_for).outdated is False
        for changed in (INI.replace("BAD = 400", "BAD = 401"), INI.replace("10 000", "10 001")):
            view = advise(tmp_path, changed)
            assert view.outdated is True
            text = recommendation_text(view)
            assert "OUTDATED: the holdings have changed since the forecast was made." in text
            assert f"Type: allocator forecast --portfolio {tmp_path / 'p.ini'}" in text

    def test_is_not_known_of_a_forecast_for_nobody(self, tmp_path: Path) -> None:
        """Made without --portfolio."""
        view = advise(tmp_path)
        assert view.outdated is None
        assert "OUTDATED" not in recommendation_text(view)


class TestRefusals:
    def test_no_forecast(self, tmp_path: Path) -> None:
        """With the command that makes one, for the interval that was asked for."""
        filled(tmp_path / "store.db")
        with pytest.raises(
            ForecastError, match=r"no forecast yet.*allocator forecast --interval hour --portfolio .*p\.ini"
        ):
            advise(tmp_path, asked={"interval": Interval.HOUR})

    def test_of_an_older_program(self, tmp_path: Path) -> None:
        """A forecast without its models' own words has no bounds."""
        with pytest.raises(ForecastError, match=r"2024-05-02 does not say what each model said.*allocator forecast"):
            advise(tmp_path, without_views=True)

    def test_an_old_one(self, tmp_path: Path) -> None:
        """Older than the file allows."""
        path = written(tmp_path)
        filled(tmp_path / "store.db")
        cases = wire.rebalancer()
        later = NOW + timedelta(days=10)
        with (
            open_store(str(tmp_path / "store.db")) as opened,
            pytest.raises(ForecastError, match="2024-05-02, 11 days"),
        ):
            Recommender(opened, SETTINGS, cases, now=lambda: later).recommend(cases.read(path))

    def test_a_portfolio_of_nothing(self, tmp_path: Path) -> None:
        """There is nothing to deal with."""
        with pytest.raises(PlanError, match="no value"):
            advise(tmp_path, "[have]\nBAD = 0\n[want]\nBAD = 100%\n[options]\nprovider = FILE quotes.csv\n")


def test_the_same_forecast_gives_the_same_bounds(tmp_path: Path) -> None:
    """To the last bit: chance has a seed."""
    first, second = advise(tmp_path), advise(tmp_path)
    assert (
        np.array([row.lower for row in first.rows]).tobytes() == np.array([row.lower for row in second.rows]).tobytes()
    )
