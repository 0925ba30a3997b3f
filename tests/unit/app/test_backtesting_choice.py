"""The grid of settings, its cache, the strategies of a file, and what is said of the result."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.app.backtesting_forecasts import gaps_of, most_traded, retrained, risk_of, size_of, walked
from allocator.app.backtesting_strategies import limits, on_forecasts, plain, rebalancing, table
from allocator.app.backtesting_told import Told
from allocator.app.backtesting_trials import Batch, Trials, batches, cells_of, tried
from allocator.app.backtesting_words import verdict_of
from allocator.backtest.market import Market
from allocator.backtest.metrics import metrics
from allocator.backtest.result import Run
from allocator.backtest.simulator import Rules, simulate
from allocator.backtest.strategies import Bands, BuyAndHold, Calendar, EqualWeight, FixedTargets, MarketWeight, Momentum
from allocator.config.backtest_file import ForecastPlan, StrategyPlan
from allocator.config.backtest_file_values import Rebalance, Retrain
from allocator.core.bars import FIELDS, Interval
from allocator.core.errors import ConfigError, ForecastError
from allocator.core.panel import Panel
from allocator.forecast.spec import Architecture, ModelSpec

ROWS, NAMES = 400, 4
TICKERS = ("A", "B", "C", "D")
TIMES = np.busday_offset(np.datetime64("2020-01-06"), np.arange(ROWS)).astype("datetime64[s]")
PLAN = ForecastPlan(lambdas=(0.0, 10.0), aversions=(1.0, 5.0, 25.0), covariance_window=60)


def close(seed: int = 1, drift: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 100 * np.cumprod(1 + drift + rng.normal(0, 0.01, (ROWS, NAMES)), axis=0)


MARKET = Market.of(TIMES, TICKERS, close())


def panel(prices: np.ndarray) -> Panel:
    fields = {name: prices.copy() for name in FIELDS}
    return Panel(Interval.DAY, TIMES, TICKERS, fields, np.ones(prices.shape, dtype=bool), "total")


def told(seed: int = 3) -> Told:
    rng = np.random.default_rng(seed)
    rows, covariances = risk_of(panel(close()), 200, 390, PLAN)
    means = {lam: rng.normal(0, 0.005, (ROWS, NAMES)) for lam in PLAN.lambdas}
    return Told(means, rows, covariances, dict.fromkeys(PLAN.lambdas, ("k",)))


def batch(**changed) -> Batch:
    made = Batch(MARKET, Rules(start=200, stop=260), PLAN, told(), 0.0, (1.0,))
    return replace(made, **changed)


def run(name: str, path_seed: int, drift: float) -> Run:
    path = simulate(Market.of(TIMES, TICKERS, close(path_seed, drift)), EqualWeight(), Rules())
    return Run(name, "equal", replace(path, name=name), metrics(path))


def test_every_kind_has_its_strategy():
    """With what the file says of it."""
    plan = StrategyPlan("x", "targets", Rebalance(band=0.05), {"B": 0.25, "OLD": 0.5}, lookback=30, top=2)
    fixed = plain(plan, TICKERS, {"OLD": "D"})
    assert isinstance(fixed, FixedTargets)
    assert [0, 0.25, 0, 0.5] == fixed.weights.tolist()
    assert Bands(0.05) == fixed.rebalance
    made = {
        kind: plain(replace(plan, kind=kind), TICKERS, {"OLD": "D"}) for kind in ("equal", "market", "hold", "momentum")
    }
    assert [EqualWeight, MarketWeight, BuyAndHold, Momentum] == [type(each) for each in made.values()]
    assert (30, 2) == (made["momentum"].lookback, made["momentum"].top)
    assert {"x"} == {each.name for each in made.values()}


def test_a_target_that_is_not_traded_is_refused():
    """By name, with what to do."""
    with pytest.raises(ConfigError, match="NONE of its targets is not traded here"):
        plain(StrategyPlan("x", "hold", targets={"NONE": 0.5}), TICKERS, {})


@pytest.mark.parametrize(
    ("expected", "rule"),
    [
        (Calendar("month"), Rebalance(period="month")),
        (Calendar(3), Rebalance(bars=3)),
        (Bands(0.1), Rebalance(band=0.1)),
    ],
)
def test_rules_of_rebalancing(expected, rule):
    """Each in the room's words."""
    assert expected == rebalancing(rule)


def test_cash_is_expected_to_earn_over_the_horizon():
    """Five bars of what it earned of late; what is forecast of securities stays as it is."""
    market = replace(MARKET, cash_return=np.full(ROWS, 0.001))
    plan = replace(PLAN, horizon=5)
    view = table(plan, np.full((ROWS, NAMES), 0.01), told(), market).at(300)
    assert view is not None
    assert 0.005 == pytest.approx(view.cash)
    assert [0.01] * NAMES == view.mean.tolist()


def test_limits_are_those_of_the_file():
    """A cap for each name and the least deal."""
    found = limits(replace(PLAN, cap=0.4, minimum_deal=0.01), MARKET)
    assert ([0.4] * NAMES, 0.01) == (found.upper.tolist(), found.minimum_deal)


def test_risk_is_that_of_the_past():
    """Returns after a row move no covariance of it; a name with few returns has none."""
    prices = close()
    rows, before = risk_of(panel(prices), 200, 390, PLAN)
    prices[301:] *= 2
    _, after = risk_of(panel(prices), 200, 390, PLAN)
    known = rows <= 300
    assert before[known].tolist() == after[known].tolist()
    assert before[~known].tolist() != after[~known].tolist()
    young = close()
    young[:290, 2] = np.nan
    _, lacking = risk_of(panel(young), 300, 301, PLAN)
    assert [False, False, True, False] == np.isnan(lacking[0].diagonal()).tolist()


def test_risk_is_of_the_horizon():
    """Five bars are five times as risky as one."""
    _, one = risk_of(panel(close()), 300, 301, PLAN)
    _, five = risk_of(panel(close()), 300, 301, replace(PLAN, horizon=5))
    assert (5 * one[0]).ravel().tolist() == pytest.approx(five[0].ravel().tolist())


@pytest.mark.parametrize(
    ("expected", "rule"),
    [([100], Retrain()), ([100, 150], Retrain(bars=50)), ([100, 127, 171], Retrain(months=2))],
)
def test_models_are_trained_anew(expected, rule):
    """At the first decision and then as the file says: of months, on the first bars of July and September."""
    assert expected == retrained(TIMES, rule, 100, 180)


@given(
    horizon=st.integers(1, 10),
    every=st.integers(10, 200),
    first=st.integers(330, 380),
)
def test_nothing_that_trains_reaches_what_is_forecast(horizon, every, first):
    """Test ranges follow one another without gaps; each training and validation ends a horizon before."""
    plan = ForecastPlan(window=4, horizon=horizon, retrain=Retrain(bars=every))
    splits = walked(TIMES, Interval.DAY, plan, first, 399)
    assert [first, *(split.test[1] for split in splits)] == [*(split.test[0] for split in splits), 399]
    for split in splits:
        assert split.train[0] < split.train[1]
        assert split.train[1] - 1 + horizon < split.validation[0]
        assert split.validation[1] - 1 + horizon < split.test[0]


@given(until=st.integers(312, 370), horizon=st.integers(1, 5))
def test_nothing_is_learnt_after_the_last_day_to_train(until, horizon):
    """Neither the last return to train on nor the last one to validate on ends later; there is one training, on all up
    to that day, when it lies before the first forecast by an embargo."""
    last = TIMES[until].astype("datetime64[D]").item()
    plan = ForecastPlan(window=4, horizon=horizon, retrain=Retrain(bars=10), train_until=last)
    splits = walked(TIMES, Interval.DAY, plan, 330, 399)
    assert [330, *(split.test[1] for split in splits)] == [*(split.test[0] for split in splits), 399]
    for split in splits:
        assert split.train[1] - 1 + horizon < split.validation[0]
        assert split.validation[1] - 1 + horizon <= until
        assert split.validation[1] - 1 + horizon < split.test[0]
    if until < 325:
        assert 1 == len(splits)
        assert until == splits[0].validation[1] - 1 + horizon


@pytest.mark.parametrize("network", list(Architecture))
def test_a_width_makes_a_network_of_that_size(network):
    """One that the network itself accepts; without a width it is of its usual size."""
    assert size_of(network, None, 16) is None
    narrow = ModelSpec(network, window=16, size=size_of(network, 8, 16))
    assert narrow.sized != ModelSpec(network, window=16).sized


def test_too_little_to_train_on_is_told():
    """With how many bars there are."""
    with pytest.raises(ForecastError, match=r"Bars to train on before .*: 10; "):
        walked(TIMES, Interval.DAY, ForecastPlan(), 210, 300)
    with pytest.raises(ForecastError, match=r"before .*: 0; "):
        walked(TIMES, Interval.DAY, ForecastPlan(train_from=date(2022, 1, 1)), 350, 390)


def test_other_channels_are_chosen_by_the_past():
    """Turnover after the first decision does not count: the five that traded least before are left out."""
    names = tuple(f"T{n:02}" for n in range(45))
    volume = np.tile(np.arange(45.0), (ROWS, 1))
    volume[100:] = volume[100:, ::-1]
    fields = {"close": np.ones((ROWS, 45)), "volume": volume}
    wide = Panel(Interval.DAY, TIMES, names, fields, np.ones(volume.shape, dtype=bool), "total")
    assert names[5:] == most_traded(wide, 100)


def test_each_cell_is_walked_once(tmp_path: Path):
    """What the cache has is taken as it is; a torn file is made again; another market has cells of its own."""
    said: list[int] = []
    trials = Trials(tmp_path, "market", 1, lambda _, done, __: said.append(done))
    first = trials.run(batch())
    assert [1, 2, 3, 4, 5, 6] == said
    files = sorted((tmp_path / "trials").glob("*.npz"))
    assert 6 == len(files)
    files[0].write_bytes(b"torn")
    again = trials.run(batch())
    assert [1, 2, 3, 4, 5, 6, 6] == said
    assert [path.value.tolist() for path in first] == [path.value.tolist() for path in again]
    replace(trials, market="another").run(batch())
    assert 12 == len(list((tmp_path / "trials").glob("*.npz")))


def test_a_cell_is_the_walk_of_its_strategy():
    """The slim path has the value of the full one."""
    given_batch = batch(lam=10.0, aversions=(5.0,))
    (slim,) = tried(given_batch)
    strategy = on_forecasts("x", PLAN, given_batch.told, MARKET, lam=10.0, aversion=5.0)
    assert simulate(MARKET, strategy, given_batch.rules).value.tolist() == slim.value.tolist()


def test_cells_go_in_parts_of_one_lambda():
    """All of them, in order."""
    cells = cells_of(replace(PLAN, aversions=tuple(float(each) for each in range(1, 8))))
    parts = batches(cells)
    assert cells == [cell for part in parts for cell in part]
    assert {1} == {len({lam for lam, _ in part}) for part in parts}
    assert [4, 3, 4, 3] == [len(part) for part in parts]


def test_bars_without_a_forecast_are_told():
    """How many, and the longest run of them; a bar on which one λ speaks is none, nor one before the backtest."""
    one, other = np.full((2, ROWS, NAMES), np.nan)
    one[:, 0] = 0.01
    one[[100, 210, 220, 221, 222]] = np.nan
    other[210, 1] = 0.01
    (said,) = gaps_of([one, other], TIMES, 200, 260)
    days = TIMES.astype("datetime64[D]")
    assert f"bars without any forecast: 3 of 60, the longest run {days[220]} to {days[222]}" in str(said)
    assert [] == list(gaps_of([one, other], TIMES, 223, 260))


def test_a_verdict_is_plain():
    """What lost to equal weights is said to; a lead that chance may give is said to be that."""
    good, bad = run("good", 1, 0.01), run("bad", 1, 0.0)
    assert "bad does not beat good after costs" in str(verdict_of([bad, good], good, "bad", None))
    assert "good beats bad after costs" in str(verdict_of([bad, good], bad, "good", None))
    lucky = run("lucky", 2, 0.0001)
    first, second = sorted((lucky, bad), key=lambda each: each.metrics.average_growth_rate)
    said = str(verdict_of([first, second], first, second.name, None))
    assert "may be luck" in said
    assert "After costs good grew most" in str(verdict_of([bad, good], None, None, None))


def test_a_verdict_has_words_for_what_the_file_does_not_name():
    """Equal weights that are no strategy of the file are called so in every language; one strategy is not the best."""
    good, bad = run("good", 1, 0.01), run("equal weight", 1, 0.0)
    assert "good beats equal weights after costs" in str(verdict_of([good], bad, "good", None))
    idle = replace(bad, name="idle", path=replace(bad.path, deals=np.zeros_like(bad.path.deals)))
    assert "idle made no deal: it earned what cash did" in str(verdict_of([idle, good], good, "idle", None))
    alone = str(verdict_of([bad], None, None, None))
    assert f"After costs equal weight: {100 * np.expm1(bad.metrics.average_growth_rate):.1f}% a year" in alone
