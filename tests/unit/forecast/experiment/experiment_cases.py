"""Hours, results and a pool made up for the tests of the experiment; nothing is trained."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("talib", reason="the extra `forecast` is not installed")

from allocator.core.bars import Bars
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.experiment.grid import Cell, Scale
from allocator.forecast.experiment.results import Result
from allocator.forecast.features import load
from allocator.forecast.metrics import Scores, Winrate
from allocator.forecast.sizes import EncoderDecoderSize, EncoderSize, LstmSize, TsmixerSize
from allocator.forecast.spec import Architecture, Inputs, Training
from allocator.forecast.training.results import Forecasts, Trained
from allocator.forecast.training.split import ends
from allocator.forecast.training.weights import Provenance, key

TINY = Scale(
    "tiny",
    tickers=None,
    coverage=0.5,
    window=8,
    networks=(
        LstmSize(width=4, layers=1),
        EncoderSize(width=4, layers=1, heads=2, feedforward=4),
        EncoderDecoderSize(width=4, encoder_layers=1, decoder_layers=1, heads=2, feedforward=4, known=4),
        TsmixerSize(blocks=1, feedforward=4),
    ),
    training=Training(epochs=1, batch=256),
)


def hours(first="2021-09-01", last="2022-02-20", *, seed=0, price=100.0, session=range(9, 24)) -> Bars:
    """A random walk on every weekday and hour of the session."""
    days = np.arange(np.datetime64(first), np.datetime64(last))
    days = days[np.is_busday(days)]
    begin = (days[:, None] + np.array([np.timedelta64(h, "h") for h in session])).astype("datetime64[s]").ravel()
    rng = np.random.default_rng(seed)
    close = price * np.exp(np.cumsum(rng.normal(0, 0.005, len(begin))))
    open_ = np.r_[price, close[:-1]]
    high, low = np.maximum(open_, close) * 1.001, np.minimum(open_, close) * 0.999
    volume = rng.integers(100, 1000, len(begin)).astype(float)
    return Bars(begin, open_, high, low, close, volume, volume * close)


def histories(count=3, **more) -> dict[str, Bars]:
    return {f"T{n}": hours(seed=n, price=10.0 * (n + 1), **more) for n in range(count)}


def result(
    *, lam=0.0, network=Architecture.LSTM, inputs=Inputs.UNIVARIATE, iteration=1, seed=0, right=(1, 2, 1), loss=0.5,
    naive=0.4,
) -> Result:  # fmt: skip
    """Two bars moved in each hour, of which `right` were named rightly."""
    hours = len(right)
    rate = sum(right) / (2 * hours)
    skill = Winrate(rate, rate - 0.1, rate + 0.1, 0.55, 2 * hours)
    return Result(
        cell=Cell(iteration, network, inputs, lam, seed),
        key=f"{network.value}-{inputs.value}-{lam:g}-{iteration}-{seed}",
        loss=loss,
        naive_loss=naive,
        error=0.01,
        scores=Scores(skill, skill, 0.6, naive, float("nan"), 2 * hours, hours),
        saturated=None,
        windows=1000,
        epochs=3,
        best=2,
        seconds=1.5,
        precision="float32",
        torch="2",
        hours=tuple(range(10, 10 + hours)),
        moved=(2,) * hours,
        right=tuple(right),
        excess=(2 * (loss - naive),) * hours,
    )


class Instant:
    """A pool that has trained a model before it was asked: its forecasts are `say` of the returns."""

    def __init__(self, folder: Path, say=lambda actual: actual, refuse: Architecture | None = None) -> None:
        self.folder, self.say, self.refuse, self.specs = folder, say, refuse, []
        folder.mkdir(parents=True, exist_ok=True)

    def submit(self, spec, arrays, split) -> Future[Trained]:
        self.specs.append(spec)
        future: Future[Trained] = Future()
        if spec.architecture is self.refuse:
            future.set_exception(ForecastError(text("{model} diverged.", model=spec.name)))
        else:
            future.set_result(self._trained(spec, load(arrays), split))
        return future

    def close(self) -> None:
        pass

    def _trained(self, spec, features, split) -> Trained:
        name = key(spec, features.digest, split)
        made = Provenance(
            spec, features.digest, features.names, split, "0", "none", "float32", 100, 1.0, 1, ((0.5, 0.5),)
        )
        places = ends(features, spec.window, split.test)
        n, t = np.divmod(places, features.shape[1])
        actual = features.returns(1)[n, t].astype(float)
        nothing = np.full(len(n), np.nan)
        path = self.folder / f"{name}.forecasts.npz"
        Forecasts(n, t, self.say(actual), nothing, actual, nothing, np.full(len(n), 0.01)).save(path)
        return Trained(self.folder / f"{name}.safetensors", path, made)
