"""A backtest of forecasts from a store to a result: tiny networks trained for real, cached, resumed, never ahead."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from allocator.app.backtesting import Backtester, Means
from allocator.app.backtesting_leaks import leaks_of, panel_like
from allocator.app.forecast_material import Material
from allocator.backtest.leaks import perturbed
from allocator.config.backtest_file import BacktestFile, parse_backtest
from allocator.config.settings import Settings
from allocator.core.bars import Bars, Interval
from allocator.core.errors import ForecastError
from allocator.core.instrument import Instrument, Kind
from allocator.forecast.spec import Inputs
from allocator.report.backtest import backtest_text
from allocator.store import Store, open_store

pytest.importorskip("torch", reason="the extra `forecast` is not installed")
pytest.importorskip("talib", reason="the extra `forecast` is not installed")
pytest.importorskip("piqp", reason="the optimiser's solver is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="a server that forks")]

ROWS = 520
TICKERS = ("AAA", "BBB", "CCC")
DAYS = np.busday_offset(np.datetime64("2022-01-03"), np.arange(ROWS)).astype("datetime64[s]")
CONTENT = f"""
[backtest]
title = Made up
from = {DAYS[360].astype("datetime64[D]")}
tune until = {DAYS[439].astype("datetime64[D]")}
tickers = AAA, BBB, CCC
step = 2
fee = 0.02%
cash rate = 5%
benchmark = equal
[strategy networks]
kind = forecast
network = tsmixer
inputs = univariate
window = 8
epochs = 1
lambda = 0, 5
risk aversion = 1, 5
retrain = 100 bars
covariance window = 60
cap = 60%
[strategy equal]
kind = equal
rebalance = week
"""


def bars(seed: int, echo: float) -> Bars:
    """A random walk in which each return is told by the one before, the more the larger the echo."""
    rng = np.random.default_rng(seed)
    returns = rng.normal(0, 0.01, ROWS)
    for at in range(1, ROWS):
        returns[at] += echo * returns[at - 1]
    close = 100 * np.cumprod(1 + returns)
    opened = np.r_[100, close[:-1]]
    volume = rng.uniform(1e4, 2e4, ROWS)
    return Bars(
        DAYS,
        opened,
        np.maximum(opened, close) * 1.001,
        np.minimum(opened, close) * 0.999,
        close,
        volume,
        volume * close,
    )


def filled(path: Path, echo: float = 0.0) -> Path:
    with open_store(str(path)) as store, store.transaction() as tx:
        tx.instruments.put([Instrument(ticker, Kind.SHARE, "TQBR") for ticker in TICKERS])
        for seed, ticker in enumerate(TICKERS):
            tx.bars.put(ticker, Interval.DAY, bars(seed, echo))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("backtest")
    filled(made / "store.db")
    return made


@pytest.fixture
def store(folder: Path):
    with open_store(str(folder / "store.db")) as opened:
        yield opened


def plan(content: str = CONTENT) -> BacktestFile:
    return parse_backtest(content, Path("test.ini"))


def backtester(store: Store, folder: Path, **changed) -> Backtester:
    said = changed.pop("plan", plan())
    return Backtester(store, Settings(), said, Means(folder / "cache", 2), changed.pop("tell", lambda *_: None))


def test_surroundings_end_with_the_backtest(store, tmp_path):
    """Dividends and indexes of the inputs `context` are read up to its last bar, though the store goes on."""
    until = CONTENT.replace("tickers =", f"to = {DAYS[470].astype('datetime64[D]')}\ntickers =")
    ground = backtester(store, tmp_path, plan=plan(until)).ground()
    material = Material(store, Settings(), tmp_path, ground.panel, TICKERS, ground.securities)
    assert 471 == len(ground.panel.times)
    assert 471 == len(material.arrays(Inputs.CONTEXT).features.times)


def test_it_trains_chooses_and_tests(store, folder):
    """A grid on the tuning period, one run of each strategy after it; a model for each λ and time, and trained once."""
    result = backtester(store, folder).run()
    assert ["networks", "equal"] == [run.name for run in result.runs]
    assert {DAYS[440]} == {run.path.times[0] for run in result.runs}
    assert result.grid is not None
    assert ((2, 2), 4) == (result.grid.sharpe.shape, result.grid.trials)
    assert result.grid.best == result.runs[0].tuned
    assert "after costs" in str(result.verdict)
    assert "networks" in backtest_text(result)
    for run in result.runs:
        assert np.isfinite(run.path.value).all()
        assert (run.path.weights >= -1e-9).all()
    models = {path.name: path.stat().st_mtime_ns for path in (folder / "cache" / "models").glob("*.safetensors")}
    assert 4 == len(models)  # two λ, trained at rows 360 and 460
    said: list[str] = []
    again = backtester(store, folder, tell=lambda doing, *_: said.append(str(doing))).run()
    assert models == {
        path.name: path.stat().st_mtime_ns for path in (folder / "cache" / "models").glob("*.safetensors")
    }
    assert not any("training" in each for each in said)
    assert result.runs[0].path.value.tolist() == again.runs[0].path.value.tolist()


def test_another_risk_aversion_trains_nothing(store, folder):
    """The models are the same, the cells are new."""
    backtester(store, folder).run()
    said: list[str] = []
    tell = lambda doing, *_: said.append(str(doing))  # noqa: E731
    changed = plan(CONTENT.replace("risk aversion = 1, 5", "risk aversion = 1, 5, 25"))
    result = backtester(store, folder, plan=changed, tell=tell).run()
    assert result.grid is not None
    assert (2, 3) == result.grid.sharpe.shape
    assert not any("training" in each for each in said)
    assert 2 == said.count("trying settings")


def section(name: str, *lines: str) -> str:
    """A strategy of one setting on one small network, and what is its own."""
    common = CONTENT.partition("[strategy networks]\n")[2].partition("[strategy")[0]
    plain = common.replace("lambda = 0, 5", "lambda = 5").replace("risk aversion = 1, 5", "risk aversion = 5")
    return f"[strategy {name}]\n{plain}horizon = 2\n" + "".join(f"{line}\n" for line in lines)


def test_what_strategies_differ_in_is_theirs_alone(store, tmp_path):
    """Step, spread, execution and raw forecasts side by side, on models that are trained once for all of them."""
    head = CONTENT.partition("[strategy")[0]
    said = head + "".join(
        section(*each)
        for each in (
            ("usual",),
            ("rare", "step = 5"),
            ("dear", "spread = 0.3%"),
            ("late", "execution = next close"),
            ("raw", "forecasts = raw"),
            ("narrow", "width = 8"),
        )
    )
    done: list[int] = []
    result = backtester(store, tmp_path, plan=plan(said), tell=lambda _, __, total: done.append(total)).run()
    runs = {run.name: run.path for run in result.runs}
    assert 4 == len(list((tmp_path / "cache" / "models").glob("*.safetensors")))  # of two widths, at two times
    assert 4 * 100 in done
    assert 2 < np.flatnonzero(runs["usual"].deals.any(axis=1))[1:].size
    assert {0} == set((np.flatnonzero(runs["rare"].deals.any(axis=1)) % 5).tolist())
    assert 0.0 == runs["usual"].spread.sum()
    assert runs["dear"].spread.sum() == pytest.approx(0.0015 * np.abs(runs["dear"].deals).sum())
    for name in ("late", "raw", "narrow"):
        assert runs["usual"].value.tolist() != runs[name].value.tolist()
    settings = {str(name): str(found) for name, found in result.settings}
    assert "fee 0.02%, spread 0.3%, at the next open" == settings["Deals of dear"]
    assert "fee 0.02%, spread 0%, at the next close" == settings["Deals of late"]
    assert "Deals of raw" not in settings
    assert any("no spread is paid" in str(note) for note in result.notes)


def test_a_lost_model_is_trained_again_alone(store, folder):
    """As after a kill: what is whole is kept."""
    first = backtester(store, folder).run()
    models = sorted((folder / "cache" / "models").glob("*.safetensors"))
    kept = {path.name: path.stat().st_mtime_ns for path in models[1:]}
    models[0].write_bytes(b"torn")
    again = backtester(store, folder).run()
    assert kept == {path.name: path.stat().st_mtime_ns for path in models[1:]}
    assert first.runs[0].path.value.tolist() == again.runs[0].path.value.tolist()


def test_no_strategy_looks_ahead(store, folder):
    """Features, decisions on forecasts and plain decisions: a line for each, all clean."""
    found = leaks_of(backtester(store, folder))
    assert (3, True, 0) == (len(found.lines), found.clean, found.exit_code)


def test_an_oracle_is_caught(store, folder, monkeypatch):
    """Risk that is estimated with later returns moves past decisions."""
    import allocator.app.backtesting_leaks as module  # noqa: PLC0415

    honest = module.risk_of

    def oracle(panel, first, stop, forecast):
        rows, covariances = honest(panel, first, stop, forecast)
        return rows, covariances[::-1]

    monkeypatch.setattr(module, "risk_of", oracle)
    found = leaks_of(backtester(store, folder))
    assert (False, 1) == (found.clean, found.exit_code)
    assert any("The future leaks" in str(line) for line in found.lines)


def test_a_panel_follows_its_market(store, folder):
    """Where prices were changed, those of the panel are, by as much; before they are what they were."""
    ground = backtester(store, folder).ground()
    other = perturbed(ground.market, 400, np.random.default_rng(1))
    made = panel_like(ground.panel, ground.market, other)
    assert ground.panel["close"][:401].tolist() == made["close"][:401].tolist()
    moved = other.close[401:] / ground.market.close[401:]
    np.testing.assert_allclose(ground.panel["high"][401:] * moved, made["high"][401:])


def test_a_history_too_short_is_refused_before_any_training(store, folder):
    """With how many bars there are."""
    early = replace(plan(), since=DAYS[250].item().date())
    with pytest.raises(ForecastError, match=r"Bars to train on before .*: 50; "):
        backtester(store, folder, plan=early).run()
