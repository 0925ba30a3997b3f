"""From a store of bars to a forecast: tiny models trained for real, each in its process, kept, and asked together."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from allocator import config
from allocator.app.forecast_horizon import living_specs
from allocator.app.forecast_storing import holdings_of
from allocator.app.forecasting import (
    Forecaster,
    Material,
    Trainer,
    forecast_of,
    model_key,
    models_folder,
)
from allocator.app.universe import Size
from allocator.config.settings import Settings, UniverseSettings
from allocator.core.bars import Bars, Interval
from allocator.core.errors import ForecastError
from allocator.core.instrument import Dividend, Instrument, Kind
from allocator.forecast.sizes import LstmSize, TsmixerSize, WavenetSize
from allocator.forecast.spec import Architecture, Inputs, ModelSpec, Training
from allocator.forecast.training import Pool, Progress
from allocator.report.forecast import forecast_csv, forecast_document, forecast_text
from allocator.store import Store, open_store

pytest.importorskip("torch", reason="the extra `forecast` is not installed")
pytest.importorskip("talib", reason="the extra `forecast` is not installed")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals, and a server that forks")

ROWS = 520
SETTINGS = Settings(universe=UniverseSettings(min_history=300, holding_days=5))
NOW = datetime(2024, 1, 13, 12, tzinfo=UTC)
LAST = np.datetime64("2024-01-12")
TICKERS = ("AAA", "BBB", "CCC")
HELD = "[have]\nBBB = 10\nYOUNG = 5\n[want]\nBBB = 100%\n[cash]\nhave = 0\n"


def bars(seed: int, rows: int = ROWS, echo: float = 0.0, last: np.datetime64 = LAST) -> Bars:
    """A random walk of days; with an echo each return is told by the one before."""
    rng = np.random.default_rng(seed)
    returns = rng.normal(0, 0.02, rows)
    for at in range(1, rows):
        returns[at] += echo * returns[at - 1]
    close = 100 * np.cumprod(1 + returns)
    begin = np.busday_offset(last, np.arange(1 - rows, 1), roll="backward").astype("datetime64[s]")
    open_ = close / (1 + returns / 2)
    high, low = np.maximum(open_, close) * 1.005, np.minimum(open_, close) * 0.995
    volume = rng.uniform(1e4, 2e4, rows)
    return Bars(begin, open_, high, low, close, volume, volume * close)


def filled(path: Path, echo: float = 0.0) -> Path:
    """Three securities, one that left the exchange, one that is young, and an index."""
    papers = [Instrument(ticker, Kind.SHARE, "TQBR", name=f"{ticker} PLC") for ticker in (*TICKERS, "YOUNG")]
    gone = Instrument("GONE", Kind.SHARE, "TQBR", delisted=date(2023, 6, 1))
    with open_store(str(path)) as store, store.transaction() as tx:
        tx.instruments.put([*papers, gone, Instrument("IMOEX2", Kind.INDEX, "SNDX")])
        for seed, ticker in enumerate(TICKERS):
            tx.bars.put(ticker, Interval.DAY, bars(seed, echo=echo))
        tx.bars.put("YOUNG", Interval.DAY, bars(8, rows=100))
        tx.bars.put("GONE", Interval.DAY, bars(9, rows=350, last=np.datetime64("2023-06-01")))
        tx.bars.put("IMOEX2", Interval.DAY, bars(10))
        tx.dividends.put([Dividend("AAA", date(2023, 7, 10), Decimal(5), "RUB", "manual")])
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("store") / "store.db")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(filled(tmp_path / "store.db"))) as opened:
        yield opened


def material(store: Store, now: datetime = NOW) -> Material:
    return Material.read(store, SETTINGS, Interval.DAY, folder=models_folder(store.name), today=now.date())


def spec(
    network: Architecture = Architecture.TSMIXER, inputs: Inputs = Inputs.UNIVARIATE, seed: int = 0, epochs: int = 1
) -> ModelSpec:
    size = {
        Architecture.TSMIXER: TsmixerSize(blocks=1, feedforward=4),
        Architecture.LSTM: LstmSize(width=4, layers=1),
        Architecture.WAVENET: WavenetSize(residual=4, gate=4, skip=4, head=4, mixture=2),
    }[network]
    training = Training(epochs=epochs, batch=128, patience=1000)
    return ModelSpec(network, inputs, window=16, horizon=2, size=size, training=training, seed=seed)


FOUR = (
    spec(),
    spec(Architecture.LSTM),
    spec(Architecture.WAVENET, Inputs.CONTEXT),
    spec(inputs=Inputs.OTHERS),
)


def forecaster(store: Store, found: Material) -> Forecaster:
    return Forecaster(store, SETTINGS, found, pool=lambda: Pool(found.folder, workers=1), now=lambda: NOW)


def train(store: Store, specs: tuple[ModelSpec, ...], **more: object):
    found = material(store)
    with Pool(found.folder, workers=1, **more) as pool:
        return found, Trainer(store, found, pool, now=lambda: NOW).train(specs)


def test_the_material_is_of_what_qualifies_and_of_what_left(made: Path):
    """What left teaches and is not forecast; what is young does neither. Nothing is trained on what judges."""
    with open_store(str(made)) as store:
        found = material(store)
    assert (*TICKERS, "GONE") == found.panel.tickers
    assert TICKERS == found.living
    assert "total" == found.panel.adjust
    assert made.parent / "models" == found.folder
    split = found.split(2)
    assert split.test[1] == found.panel.shape[0]
    assert split.train[1] + 2 <= split.validation[0] < split.validation[1] + 2 <= split.test[0]


def test_features_are_made_once(made: Path):
    """The second time they are taken from the folder; dividends, indexes and kinds are among them."""
    with open_store(str(made)) as store:
        first = material(store).arrays(Inputs.CONTEXT)
        stamp = {path.name: path.stat().st_mtime_ns for path in first.folder.glob("*.npy")}
        again = material(store).arrays(Inputs.CONTEXT)
    assert first.folder == again.folder
    assert stamp == {path.name: path.stat().st_mtime_ns for path in again.folder.glob("*.npy")}
    names = again.features.names
    assert "index:IMOEX2" in names
    paid = again.features.values[0, :, names.index("dividends")]
    assert 1 == np.count_nonzero(np.nan_to_num(paid))  # the ex-date: deals settled in two days then
    assert np.datetime64("2023-07-07") == again.features.times[np.nanargmax(paid)].astype("datetime64[D]")


def test_four_models_forecast_together(store: Store):
    """Trained, kept, asked: a line that says whether to believe it, bounds around medians, and a row in the store."""
    found, trained = train(store, FOUR)
    assert 4 == len(trained.models)
    assert () == trained.failed
    view = forecaster(store, found).forecast(2, Size(portfolio=config.parse(HELD, Path("p.ini"))))
    made = view.forecast

    assert TICKERS == made.tickers
    assert made.verdict is not None
    assert made.verdict.judged
    assert made.verdict.sentence == view.sentence
    assert (made.lower <= made.mean).all()
    assert (made.mean <= made.upper).all()
    assert np.allclose(made.deviation**2, np.diag(made.covariance))
    assert 4 == made.models == len(view.models)
    text = forecast_text(view)
    assert text.startswith(str(view.sentence))
    assert "BBB *" in text
    assert "Note: YOUNG is not forecast: its history is short: 100 daily bars of 300" in text
    assert {"AAA", "BBB", "CCC"} == {line.split(",")[0] for line in forecast_csv(view).splitlines()[1:]}
    assert made.verdict.beats == forecast_document(view)["beats_naive"]
    with store.reading() as tx:
        stored = tx.forecasts.last(Interval.DAY)
        models = tx.models.all()
    assert stored is not None
    assert (LAST.item(), 2, view.sentence) == (stored.as_of.date(), stored.horizon, stored.verdict)
    assert stored.views is not None
    assert np.allclose(made.mean, np.nanmedian(stored.views.mean, axis=0))
    assert (4, 3) == stored.views.deviation.shape
    assert [each.risk_aversion for each in FOUR] == stored.views.aversion.tolist()
    assert holdings_of(config.parse(HELD, Path("other.ini"))) == stored.holdings
    again = forecast_of(stored)
    assert made.covariance.tobytes() == again.covariance.tobytes()
    assert made.verdict == again.verdict
    assert {model_key(each, Interval.DAY) for each in FOUR} == {model.key for model in models}
    assert all(model.trained_on < found.panel.times[found.split(2).test[0]].item().date() for model in models)


def test_bars_of_the_next_day_are_forecast_by_the_same_models(store: Store):
    """Without training again, models are asked anew; their forecasts are as good as if the training had made them."""
    found, _ = train(store, FOUR[:1])
    before = forecaster(store, found).forecast(2)
    with store.transaction() as tx:
        for seed, ticker in enumerate(TICKERS):
            tx.bars.put(ticker, Interval.DAY, bars(seed + 20, rows=1, last=np.datetime64("2024-01-15")))
    later = material(store, NOW + timedelta(days=3))
    view = forecaster(store, later).forecast(2)
    assert date(2024, 1, 15) == view.forecast.as_of.date()
    assert before.models == view.models
    assert before.forecast.verdict is not None
    assert view.forecast.verdict is not None
    assert before.forecast.verdict.times + 1 == view.forecast.verdict.times


def test_the_death_of_a_worker_costs_one_model(store: Store):
    """Killed in the midst of a training, it is named; the others are kept, and the same command goes on with it."""
    killed: list[int] = []
    found = material(store)

    def kill(progress: Progress) -> None:
        if progress.epochs == 300 and progress.done >= 1 / 300 and not killed:
            killed.extend(pool.running)
            os.kill(killed[0], signal.SIGKILL)

    long = spec(epochs=300, seed=5)
    with Pool(found.folder, workers=1, report=kill) as pool:
        trained = Trainer(store, found, pool, now=lambda: NOW).train([long, spec()])
    assert [model_key(spec(), Interval.DAY)] == [each.key for each in trained.models]
    ((lost, error),) = trained.failed
    assert long == lost
    assert "SIGKILL" in str(error)
    assert 1 == len(list(found.folder.glob("*.unfinished.safetensors")))
    assert [spec()] == living_specs(store, Interval.DAY, 2)


def test_training_the_same_again_replaces_the_model(store: Store):
    """On newer bars a model keeps its name and its birth; the files of before go."""
    found, first = train(store, FOUR[:1])
    with store.transaction() as tx:
        tx.bars.put("AAA", Interval.DAY, bars(30, rows=1, last=np.datetime64("2024-01-15")))
    _, second = train(store, tuple(living_specs(store, Interval.DAY, 2)))
    assert first.models[0].key == second.models[0].key
    assert first.models[0].provenance.key != second.models[0].provenance.key
    assert [f"{second.models[0].provenance.key}.safetensors"] == [
        path.name for path in found.folder.glob("*.safetensors")
    ]


def test_a_damaged_model_is_left_out_by_name(store: Store):
    """The others forecast; when none is left, the error says what to type."""
    found, trained = train(store, FOUR[:2])
    weights = found.folder / f"{trained.models[0].provenance.key}.safetensors"
    weights.write_bytes(b"nothing")
    view = forecaster(store, found).forecast(2)
    assert 1 == view.forecast.models
    assert any(trained.models[0].key in str(note) for note in view.notes)
    (found.folder / f"{trained.models[1].provenance.key}.safetensors").unlink()
    with pytest.raises(ForecastError, match=r"No model could be asked.*allocator train --again"):
        forecaster(store, found).forecast(2)
    with store.transaction() as tx:
        for each in tx.models.all():
            tx.models.put(replace(each, spec_json="{}"))
    with pytest.raises(
        ForecastError, match=r"No model could be asked; model .* cannot be read.*allocator train --count"
    ):
        forecaster(store, found).forecast(2)


def test_without_models_it_says_what_to_type(made: Path):
    """None at all, or none for this horizon."""
    with (
        open_store(str(made)) as store,
        pytest.raises(
            ForecastError, match=r"no models yet\. Train some: allocator train --count 5 --interval day --horizon 7"
        ),
    ):
        forecaster(store, material(store)).forecast(7)


@pytest.mark.parametrize("kind", ["forecasts", "answers"])
def test_damaged_words_are_asked_for_again(store: Store, kind: str):
    """One changed bit of what a model has said, anywhere, or another model's words: it is asked anew, and says the
    same."""
    found, _ = train(store, FOUR[:2])
    folder = found.folder
    if kind == "answers":
        for path in folder.glob("*.forecasts.npz"):
            path.unlink()
    expected = forecaster(store, found).forecast(2).forecast.mean.tolist()
    one, other = sorted(folder.glob(f"*.{kind}.npz"))
    whole = one.read_bytes()
    for place in (whole.index(b"}"), len(whole) // 2, len(whole) - 10):
        one.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        assert expected == pytest.approx(forecaster(store, found).forecast(2).forecast.mean.tolist(), rel=1e-6)
    one.write_bytes(other.read_bytes())
    assert expected == pytest.approx(forecaster(store, found).forecast(2).forecast.mean.tolist(), rel=1e-6)


def test_a_model_under_another_name_is_left_out(store: Store):
    """A file that was copied over another's: the sentence says so, and the other model forecasts alone."""
    found, _ = train(store, FOUR[:2])
    one, other = sorted(found.folder.glob("*.safetensors"))
    one.write_bytes(other.read_bytes())
    view = forecaster(store, found).forecast(2)
    assert 1 == len(view.models)
    assert "is another model than its name says" in str(view.notes)


def taught_until(store: Store, day: date) -> Material:
    """One model, which is said to have learnt from bars up to a day."""
    found, _ = train(store, FOUR[:1])
    with store.transaction() as tx:
        (model,) = tx.models.all()
        tx.models.put(replace(model, trained_on=day))
    return found


def test_models_from_after_the_end_of_the_store_are_refused(store: Store):
    """Bars were put back: what the model has learnt from is later than all that could be forecast."""
    found = taught_until(store, date(2062, 1, 1))
    with pytest.raises(ForecastError, match=r"trained on bars up to 2062-01-01, and the store ends on.*train --again"):
        forecaster(store, found).forecast(2)


def test_old_models_are_refused(store: Store):
    """A model that has seen nothing for most of a year is no witness."""
    found = taught_until(store, date(2022, 12, 1))
    with pytest.raises(ForecastError, match=r"All models are old.*2022-12-01.*allocator train --again"):
        forecaster(store, found).forecast(2)


def test_a_short_history_is_refused(store: Store):
    """With the number of bars that would do."""
    found = material(store)
    with pytest.raises(
        ForecastError, match=r"history is too short: 520 bars, and \d+ are the least for a horizon of 90"
    ):
        found.split(90)


def test_no_torch_in_this_process():
    """Whoever trains and forecasts through workers never loads it."""
    code = "import sys, allocator.app.forecasting, allocator.cli.forecasting; sys.exit('torch' in sys.modules)"
    import subprocess  # noqa: PLC0415

    assert (
        0
        == subprocess.run(
            [sys.executable, "-c", code], check=False, env={**os.environ, "PYTHONPATH": str(Path.cwd())}
        ).returncode
    )
