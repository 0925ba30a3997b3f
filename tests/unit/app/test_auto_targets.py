"""From a portfolio with `auto` assets to percentages: whose forecast, whose fallback, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.app.auto_forecast import Outlook, sound
from allocator.app.auto_targets import AutoTargets
from allocator.app.check import check
from allocator.app.rebalance import Rebalancer
from allocator.config import parse
from allocator.core.bars import Interval
from allocator.core.errors import AllocatorError, ConfigError, ForecastError, Infeasible, PlanError, StoreError
from allocator.core.portfolio import Fallback, Percent, Portfolio, Provider
from allocator.core.quote import Quote, Quotes
from allocator.core.text import text
from allocator.forecast.ensemble import Forecast
from allocator.forecast.evaluation import Verdict
from allocator.forecast.metrics import Winrate
from allocator.optimize import pose

D = Decimal
NOW = datetime(2024, 1, 16, 12)
PRICES = {"SBER": ("100", "100.1"), "LKOH": ("7000", "7002"), "GMKN": ("150", "150"), "NEW": ("10", "10.01")}
INI = "[have]\nSBER = 1000\n[want]\nSBER = auto\nLKOH = auto\nGMKN = auto\n[cash]\nhave = 900 000\n"


def forecast(shrink: float = 1.0, **changed: object) -> Forecast:
    """Of three papers, the first of which is praised; made on the bars of 2024-01-12."""
    deviation = np.array([0.25, 0.3, 0.35])
    correlation = np.full((3, 3), 0.4)
    np.fill_diagonal(correlation, 1.0)
    verdict = Verdict({}, None, Winrate(*4 * (np.nan,), 0), np.nan, shrink, 60, 600, 30)
    mean = np.array([0.3, 0.1, 0.0])
    made = Forecast(
        ("SBER", "LKOH", "GMKN"), mean, deviation, mean - 0.1, mean + 0.1, np.array([1.0, 0.8, 0.6]),
        deviation[:, None] * correlation * deviation, 5, datetime(2024, 1, 12), 5, 0.5, 3.0, 0.95,
        {"OLD": text("its returns never change")}, verdict,
    )  # fmt: skip
    return replace(made, **changed)  # type: ignore[arg-type]


TURNOVER = {"SBER": 3e9, "LKOH": 2e9, "GMKN": 1e9}
GOOD = Outlook(forecast(), text("It is good."), Interval.DAY, TURNOVER)


@dataclass
class Store:
    """What reading the store gives, and how often it was read."""

    gives: Outlook | AllocatorError = GOOD
    asked: list[list[str]] = field(default_factory=list)
    now: datetime = NOW

    def look(self, tickers: Sequence[str]) -> Outlook:
        self.asked.append(list(tickers))
        if isinstance(self.gives, AllocatorError):
            raise self.gives
        return self.gives

    @property
    def targets(self) -> AutoTargets:
        return AutoTargets(self.look, lambda: self.now)


NO_STORE = StoreError("store.db: there is no store yet.", "Load one: allocator refresh.")


def portfolio(more: str = "", ini: str = INI) -> Portfolio:
    return parse(ini + more, Path("p.ini"))


def quotes(asked: Portfolio) -> Quotes:
    prices = {each.ticker: PRICES[each.ticker.rpartition(":")[2]] for each in asked.assets}
    return Quotes("FILE", {name: Quote(name, D(bid), D(ask)) for name, (bid, ask) in prices.items()})


def resolved(asked: Portfolio, gives: Outlook | AllocatorError = GOOD):
    return Store(gives).targets.resolve(asked, quotes(asked))


def percents(found: Portfolio) -> dict[str, Decimal]:
    return {
        each.ticker: each.target.percent
        for each in found.assets
        if isinstance(each.target, Percent) and each.target.auto
    }


def said(found: Portfolio) -> str:
    return "\n".join(map(str, found.notes))


def test_what_is_left_is_shared_to_the_last_digit():
    """The percentages of the file stay, those of `auto` add up to what they leave, and the praised paper leads."""
    asked = portfolio(ini=INI.replace("GMKN = auto", "GMKN = 33.3%"))
    found, shares = resolved(asked)
    given = percents(found)
    assert D("66.7") == sum(given.values())
    assert given["SBER"] > given["LKOH"] > 0
    assert Percent(D("33.3")) == found.assets[2].target
    assert shares is not None
    assert [(each.ticker, each.percent) for each in shares.shares] == list(given.items())
    assert "auto shares go by the forecast of 2024-01-12, 5 bars ahead; models: 5\nIt is good." == said(found)


def test_the_shares_are_those_of_the_percent_part():
    """What is wanted in units is set apart first; a percent of cash takes its part beside the assets."""
    asked = portfolio("want = 10%\n", INI.replace("GMKN = auto", "GMKN = 1000"))
    found, _ = resolved(asked)
    problem = pose(found, quotes(found))
    assert D(90) == sum(percents(found).values())
    ideals = [each.ideal for each in problem.positions if each.ticker != "GMKN"]
    assert sum(ideals) == D(1_000_000 - 150_000) * D("0.9")


@pytest.mark.parametrize("name", ["TQBR:SBER", "SBER"])
def test_a_board_in_the_ticker_means_nothing_to_the_forecast(name):
    """The store knows papers without it."""
    asked = portfolio(ini=INI.replace("SBER", name))
    assert percents(resolved(portfolio())[0])["SBER"] == percents(resolved(asked)[0])[name]


def test_nothing_kept_is_the_market():
    """The verdict keeps nothing: shares by turnover, a line that says so, and no deals for the spread's sake."""
    outlook = replace(GOOD, forecast=forecast(0.0))
    found, shares = resolved(portfolio(ini="[want]\nSBER = auto\nLKOH = auto\n[cash]\nhave = 900 000\n"), outlook)
    assert 60 == pytest.approx(float(percents(found)["SBER"]), abs=1.5)
    assert "the market's, by turnover" in said(found)
    assert shares is not None
    assert [0.0, 0.0] == [each.counted for each in shares.shares]


@pytest.mark.parametrize(("expected", "shrink"), [(0.0, "0%"), (0.5, "50%"), (1.0, "off")])
def test_shrink_in_the_file_goes_before_the_verdict(expected, shrink):
    """And a line says what was kept and what the verdict would keep."""
    found, shares = resolved(portfolio(f"[forecast]\nshrink = {shrink}\n"), replace(GOOD, forecast=forecast(0.25)))
    assert shares is not None
    assert expected == shares.kept
    assert (
        f"{100 * expected:g}% of the forecast is kept, as [forecast] shrink says; by its verdict it would be 25%"
        in (said(found))
    )


@pytest.mark.parametrize(("part", "horizon"), [(5 / 21, 21), (0.5, 10), (1, 5), (1, 2)])
def test_a_forecast_counts_for_as_long_as_it_looks_ahead(part, horizon):
    """Five days of the 21 that a deal is kept; all of them where it is kept for less."""
    whole = resolved(portfolio("[forecast]\nhorizon = 1\n"))[1]
    found = resolved(portfolio(f"[forecast]\nhorizon = {horizon}\n"))[1]
    assert whole is not None
    assert found is not None
    assert whole.shares[0].counted is not None
    assert part * whole.shares[0].counted == pytest.approx(found.shares[0].counted)


def test_hours_ahead_are_parts_of_a_day():
    """Seven bars of an hour are half a day of trading."""
    hourly = replace(GOOD, interval=Interval.HOUR, forecast=forecast(horizon=7))
    daily = replace(GOOD, forecast=forecast(horizon=1))
    ini = portfolio("[forecast]\nhorizon = 1\n")
    half, whole = resolved(ini, hourly)[1], resolved(ini, daily)[1]
    assert half is not None
    assert whole is not None
    assert whole.shares[0].counted is not None
    assert whole.shares[0].counted / 2 == pytest.approx(half.shares[0].counted)


def test_models_that_do_not_agree_are_not_believed():
    """Below the minimum a paper is expected to do as the market does."""
    _, shares = resolved(portfolio("[forecast]\nminimum agreement = 80%\n"))
    assert shares is not None
    assert [True, True, False] == [each.counted != 0 for each in shares.shares]


def test_a_paper_without_a_forecast_keeps_what_it_has():
    """Nothing is known of it, so nothing is done; the reason is told, and it has no figures."""
    ini = "[have]\nOLD = 10 000\n" + INI.replace("[have]\n", "").replace("[want]\n", "[want]\nOLD = auto\nNEW = auto\n")
    asked = parse(ini.replace("OLD", "NEW2"), Path("p.ini"))
    prices = quotes_of(asked, {"NEW2": ("10", "10"), **PRICES})
    found, shares = Store(replace(GOOD, forecast=forecast(left_out={"NEW2": text("it is dull")}))).targets.resolve(
        asked, prices
    )
    assert D("9.0909") == percents(found)["NEW2"].quantize(D("1e-4"))
    assert 0 == percents(found)["NEW"]
    assert "NEW2 keeps the share that it has, for the forecast lacks it: it is dull" in said(found)
    assert "NEW keeps the share that it has, for the forecast lacks it: it was not among those" in said(found)
    assert shares is not None
    assert (None, None) == (shares.shares[0].mean, shares.shares[0].risk)


def test_a_paper_whose_figures_are_no_numbers_counts_as_left_out():
    """One bad figure spoils no other paper's, nor that of what the file fixes."""
    bad = forecast(mean=np.array([0.3, np.nan, 0.0]))
    bad.covariance[1, :] = bad.covariance[:, 1] = np.inf
    cleaned = sound(bad)
    assert (("SBER", "GMKN"), (2, 2), (2,)) == (cleaned.tickers, cleaned.covariance.shape, cleaned.upper.shape)
    found, _ = resolved(portfolio(ini=INI.replace("LKOH = auto", "LKOH = 30%")), replace(GOOD, forecast=cleaned))
    assert D(70) == sum(percents(found).values())
    found, _ = resolved(portfolio(), replace(GOOD, forecast=cleaned))
    assert "LKOH keeps the share that it has, for the forecast lacks it: its forecast is no number" in said(found)
    assert sound(forecast()).tickers == forecast().tickers


def quotes_of(asked: Portfolio, prices: dict[str, tuple[str, str]]) -> Quotes:
    return Quotes("FILE", {e.ticker: Quote(e.ticker, *map(D, prices[e.ticker])) for e in asked.assets})


def test_papers_without_a_forecast_may_take_all_there_is():
    """They are cut to what is to be shared; nothing is left for the others."""
    ini = "[have]\nNEW = 100 000\n[want]\nNEW = auto\nSBER = auto\nLKOH = 50%\n"
    found, _ = resolved(parse(ini, Path("p.ini")))
    assert {"NEW": D(50), "SBER": D(0)} == percents(found)


def test_a_cap_is_kept_and_one_that_is_too_low_is_refused():
    """Where the papers with a forecast cannot take the rest under the cap, the error says what cap would do."""
    found, _ = resolved(portfolio("[forecast]\ncap = 35%\nshrink = off\n"))
    assert D(35) == max(percents(found).values())
    ini = "[want]\nSBER = auto\nNEW = auto\n[cash]\nhave = 1000\n[forecast]\ncap = 50%\n"
    with pytest.raises(Infeasible, match="cannot take the 100%") as caught:
        resolved(parse(ini, Path("p.ini")))
    assert "Write a cap of 100% or more." == str(caught.value.hint)


def test_permissions_are_kept_to():
    """KEEP leaves the asset what it has, to the last digit that matters; the others share the rest."""
    found, _ = resolved(portfolio("[trade]\nSBER = keep\n"))
    assert 10 == pytest.approx(float(percents(found)["SBER"]), abs=1e-7)
    assert 100 == sum(percents(found).values())


def test_permissions_that_leave_no_way_are_told():
    """As with percentages: the goal is set all the same, and the plan comes as near as it may."""
    found, _ = resolved(portfolio("[trade]\nSBER = keep\nLKOH = keep\nGMKN = sell\n"))
    assert 100 == sum(percents(found).values())
    assert "[trade] leaves no way to share" in said(found)


def test_use_all_cash_overrides_the_target_of_cash():
    """The shares then stretch over all of the percent part, and the cap still holds for the percentages."""
    asked = portfolio("want = 20%\n[options]\nuse all cash = yes\n[forecast]\ncap = 30%\n")
    found, _ = resolved(asked)
    assert D(80) == sum(percents(found).values())
    assert D(30) == max(percents(found).values())
    assert sum(each.ideal for each in pose(found, quotes(found)).positions) == pytest.approx(D(1_000_000))


def test_percentages_that_leave_nothing_need_no_forecast():
    """The store is not looked at."""
    store = Store(NO_STORE)
    asked = portfolio(ini=INI.replace("GMKN = auto", "GMKN = 100%"))
    found, shares = store.targets.resolve(asked, quotes(asked))
    assert ([], None) == (store.asked, shares)
    assert {"SBER": D(0), "LKOH": D(0)} == percents(found)


@pytest.mark.parametrize(
    "ini", ["[want]\nSBER = auto\nLKOH = auto\n", "[want]\nGMKN = 10\nLKOH = auto\n[cash]\nhave = 1000\n"]
)
def test_without_money_there_is_nothing_to_share(ini):
    """The targets are set all the same, for a note to say that there is no money; a forecast is needed as ever."""
    found, shares = resolved(parse(ini, Path("p.ini")))
    assert shares is None
    assert D(100) == sum(percents(found).values())
    assert ["there is no money for the part wanted in percent"] == list(map(str, pose(found, quotes(found)).notes))
    with pytest.raises(ForecastError):
        resolved(parse(ini, Path("p.ini")), NO_STORE)


@pytest.mark.parametrize(
    ("message", "hint", "gives"),
    [
        ("there is no store yet", "Load one: allocator refresh.", NO_STORE),
        ("there is no forecast yet", "Type: allocator forecast", Outlook(
            trouble=ForecastError(text("there is no forecast yet"), text("Type: allocator forecast")))),
        ("of 2024-01-08, 8 days old; [forecast] maximum age is 7", "allocator refresh, then", replace(
            GOOD, forecast=forecast(as_of=datetime(2024, 1, 8, 23)))),
        ("of 2024-01-27, which is yet to come", "clock of this machine", replace(
            GOOD, forecast=forecast(as_of=datetime(2024, 1, 27, 23)))),
        ("the forecast of 2024-01-12 has none of them", "See which it has", replace(
            GOOD, forecast=forecast(tickers=("A", "B", "C")))),
        ("", "", replace(GOOD, forecast=forecast(covariance=np.full((3, 3), np.nan)))),
    ],
    ids=["no store", "no forecast", "stale", "of the future", "none of them", "no covariance"],
)  # fmt: skip
def test_without_a_forecast_there_is_an_error_or_a_fallback(message, hint, gives):
    """The error says what to type, and that there are fallbacks; with one the reason is a note."""
    with pytest.raises(ForecastError) as caught:
        resolved(portfolio(), gives)
    assert "p.ini: auto of SBER, LKOH, GMKN needs a forecast: " in str(caught.value.message)
    assert message in str(caught.value.message)
    assert hint in str(caught.value.hint)
    assert "Write fallback = EQUAL under [forecast] to do without." in str(caught.value.hint)
    found, shares = resolved(portfolio("[forecast]\nfallback = equal\n"), gives)
    assert message in said(found)
    assert said(found).startswith("auto shares are equal, for want of a forecast: ")
    assert D(100) == sum(percents(found).values())
    assert D("0.00000001") >= max(percents(found).values()) - min(percents(found).values())
    assert shares is not None
    assert (Fallback.EQUAL, None) == (shares.fallback, shares.as_of)


def test_a_forecast_of_the_longest_age_will_do():
    """Seven days, unless the file says otherwise."""
    week = replace(GOOD, forecast=forecast(as_of=datetime(2024, 1, 9, 23)))
    ahead = replace(GOOD, forecast=forecast(as_of=datetime(2024, 1, 18, 23)))  # a weekend is booked on Monday
    assert resolved(portfolio(), ahead)[1] is not None
    assert resolved(portfolio(), week)[1] is not None
    with pytest.raises(ForecastError, match="maximum age is 6"):
        resolved(portfolio("[forecast]\nmaximum age = 6\n"), week)


def test_fallback_to_the_market_goes_by_turnover():
    """Papers of which no turnover is known get nothing, and a note."""
    stale = replace(GOOD, forecast=forecast(as_of=datetime(2023, 1, 8)), turnover={"SBER": 3e9, "GMKN": 1e9})
    found, _ = resolved(portfolio("[forecast]\nfallback = market\n"), stale)
    assert {"SBER": D(75), "LKOH": D(0), "GMKN": D(25)} == percents(found)
    assert "the store knows no turnover of LKOH" in said(found)
    with pytest.raises(ForecastError, match="fallback = MARKET needs the turnover") as caught:
        resolved(portfolio("[forecast]\nfallback = market\n"), NO_STORE)
    assert "there is no store yet" in str(caught.value)


def test_fallback_to_what_is_held_keeps_the_proportions():
    """Scaled to what is to be shared; with nothing held there is nothing to keep."""
    ini = INI.replace("SBER = 1000", "SBER = 1000\nGMKN = 2000")
    found, _ = resolved(portfolio("[forecast]\nfallback = keep\n", ini), NO_STORE)
    assert {"SBER": D(25), "LKOH": D(0), "GMKN": D(75)} == percents(found)
    with pytest.raises(ForecastError, match="nothing to keep"):
        resolved(portfolio("[forecast]\nfallback = keep\n", INI.replace("SBER = 1000", "SBER = 0")), NO_STORE)


def test_fallbacks_pass_no_cap():
    """What is cut goes to the others."""
    found, _ = resolved(portfolio("[forecast]\nfallback = keep\ncap = 40%\n"), NO_STORE)
    assert {"SBER": D(40), "LKOH": D(30), "GMKN": D(30)} == percents(found)


def test_without_turnover_the_shares_are_drawn_to_equal_ones():
    """And a note says so."""
    found, _ = resolved(portfolio(), replace(GOOD, forecast=forecast(0.0), turnover={"SBER": 3e9}))
    assert "the store knows no turnover of LKOH, GMKN: equal shares stand for the market's" in said(found)
    assert 33 == pytest.approx(float(percents(found)["SBER"]), abs=2)


def test_the_store_is_read_once_for_all_looks_of_a_day():
    """Prices change at each look; the forecast is read again when the file changes, and on the next day."""
    store = Store()
    targets, first, other = store.targets, portfolio(), portfolio("[forecast]\nhorizon = 5\n")
    for asked, now in [(first, NOW)] * 3 + [(other, NOW)] * 2 + [(other, NOW + timedelta(days=1))] * 2:
        store.now = now
        targets.resolve(asked, quotes(asked))
    assert [["SBER", "LKOH", "GMKN"]] * 3 == store.asked


def test_a_store_that_could_not_be_read_is_tried_again():
    """A fallback lasts no longer than its reason."""
    store = Store(NO_STORE)
    targets, asked = store.targets, portfolio("[forecast]\nfallback = equal\n")
    assert "for want of a forecast" in said(targets.resolve(asked, quotes(asked))[0])
    store.gives = GOOD
    assert "go by the forecast" in said(targets.resolve(asked, quotes(asked))[0])


@st.composite
def files(draw: st.DrawFn) -> str:
    """Files with `auto` assets, held or not, with a forecast or not, under rules of every kind."""
    names = draw(st.lists(st.sampled_from(list(PRICES)), min_size=1, unique=True))
    targets = {name: draw(st.sampled_from(["auto", "auto", "10%", "3.3%", "7", "0"])) for name in names}
    targets[names[0]] = "auto"
    lines = ["[have]", *(f"{name} = {draw(st.sampled_from(['0', '1', '12.5', '1e4', '1e9']))}" for name in names)]
    lines += ["[want]", *(f"{name} = {target}" for name, target in targets.items())]
    lines += ["[trade]", *(f"{n} = {draw(st.sampled_from(['buy', 'sell', 'keep', 'trade']))}" for n in names)]
    lines += ["[cash]", f"have = {draw(st.sampled_from(['0', '1000', '1e6', '1e12']))}"]
    lines += ["[options]", f"commission = {draw(st.sampled_from(['0', '0.05%', '1 + 0.3%', '100%']))}"]
    rules = {
        "cap": ["60%", "100%"],
        "risk aversion": ["0.001", "5", "1000"],
        "horizon": ["1", "10000"],
        "shrink": ["off", "on", "0%"],
        "minimum agreement": ["0%", "100%"],
    }
    lines += ["[forecast]", *(f"{k} = {draw(st.sampled_from(v))}" for k, v in rules.items() if draw(st.booleans()))]
    return "\n".join([*lines, "fallback = equal"])


@given(ini=files(), gives=st.sampled_from([GOOD, NO_STORE, replace(GOOD, turnover={})]))
def test_whatever_the_file_says_the_shares_add_up(ini, gives):
    """No share below 0, none above the cap but what may not be sold, all given out; or an error that says why not."""
    try:
        asked = parse(ini, Path("p.ini"))
        found, shares = resolved(asked, gives)
    except (ConfigError, Infeasible):
        return
    given_ = percents(found)
    fixed = sum(each.target.percent for each in asked.assets if isinstance(each.target, Percent))
    assert 100 - fixed == sum(given_.values())
    assert min(given_.values()) >= 0
    may_sell = {each.ticker for each in asked.assets if each.permission.may_sell}
    assert all(each <= 100 * (asked.forecast.cap or 1) for name, each in given_.items() if name in may_sell)
    if shares is not None:
        assert all(each.cost >= 0 for each in shares.shares)
        assert all(each.risk is None or np.isfinite(each.risk) for each in shares.shares)


@dataclass
class Prices:
    """A source of quotes."""

    def quotes(self, tickers: Sequence[str]) -> Quotes:
        return Quotes("FILE", {name: Quote(name, *map(D, PRICES[name])) for name in tickers})


def cases(store: Store) -> Rebalancer:
    targets = store.targets
    return Rebalancer(lambda _: Prices(), auto=lambda: targets)


def test_a_rebalance_rounds_the_shares_to_lots():
    """By the same search as any target: the plan's ideals are the shares, and the answer tells of them."""
    answer = cases(Store()).rebalance(portfolio())
    assert answer.auto is not None
    wealth = answer.plan.problem.wealth
    for row, share in zip(answer.plan.rows, answer.auto.shares, strict=True):
        assert float(wealth * share.percent / 100) == pytest.approx(float(row.position.ideal))
    lots = sum(row.position.lot_size * row.position.ask for row in answer.plan.rows)
    assert answer.plan.objective <= lots + wealth - answer.plan.wealth_after
    assert answer.plan.gap < 1e-4
    assert cases(Store()).frontier(portfolio())[-1].plan is not None


def test_a_rebalance_without_auto_looks_at_no_store():
    """Nothing asks for what would open it."""

    def never() -> AutoTargets:
        raise AssertionError

    asked = portfolio(ini="[want]\nSBER = 100%\n[cash]\nhave = 1000\n")
    assert Rebalancer(lambda _: Prices(), auto=never).rebalance(asked).auto is None


def test_check_says_which_forecast_would_be_used():
    """Without prices: what the shares go by, and how many there are."""
    found = [str(each) for each in check(cases(Store()), portfolio())]
    assert (
        "p.ini is in order: assets wanted in percent: 0, by forecast: 3, in units: 0, not wanted: 0; quotes: MOEX."
        == (found[0])
    )
    assert ["auto shares go by the forecast of 2024-01-12, 5 bars ahead; models: 5", "It is good."] == found[1:]
    with pytest.raises(ForecastError, match="there is no store yet"):
        check(cases(Store(NO_STORE)), portfolio())


def test_check_tries_the_quotes_of_a_file():
    """Then the shares themselves are found: what keeps them from being found is said before a deal is wanted."""
    asked = portfolio("[forecast]\ncap = 50%\n", "[want]\nSBER = auto\nNEW = auto\n[cash]\nhave = 1000\n")
    file = replace(asked, options=replace(asked.options, provider=Provider("FILE", Path("q.csv"))))
    assert check(cases(Store()), asked)
    with pytest.raises(PlanError, match="cannot take"):
        check(cases(Store()), file)
