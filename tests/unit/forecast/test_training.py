"""One training: it finds what is there, repeats itself by seed, goes on where it stopped, refuses what cannot be."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from itertools import count, pairwise
from pathlib import Path

import numpy as np
import pytest
from tables import table
from torches import torch

from allocator.core.errors import ForecastError
from allocator.forecast.features import Features
from allocator.forecast.sizes import EncoderDecoderSize, EncoderSize, LstmSize, TsmixerSize, WavenetSize
from allocator.forecast.spec import Architecture, Loss, ModelSpec, Optimizer, Schedule, Training
from allocator.forecast.training import model as model_room
from allocator.forecast.training import weights
from allocator.forecast.training.answers import remembered
from allocator.forecast.training.loop import optimizer_of, train
from allocator.forecast.training.model import device_of, predict
from allocator.forecast.training.results import Forecasts, answers_path, paths
from allocator.forecast.training.schedule import learning_rate
from allocator.forecast.training.split import Split, ends

SPLIT = Split.purged((0, 250, 330, 400), horizon=1, embargo=3)
PLAN = Training(epochs=6, batch=64, lr=0.02)
SIZES = {
    Architecture.LSTM: LstmSize(width=4, layers=1, dropout=0.1),
    Architecture.ENCODER: EncoderSize(width=4, heads=1, feedforward=8, dropout=0.1),
    Architecture.ENCODER_DECODER: EncoderDecoderSize(width=4, heads=1, feedforward=8, known=2, dropout=0.1),
    Architecture.TSMIXER: TsmixerSize(feedforward=4, dropout=0.1),
    Architecture.WAVENET: WavenetSize(residual=8, gate=8, skip=8, head=8),
}


def spec(architecture: Architecture = Architecture.TSMIXER, **changes: object) -> ModelSpec:
    return replace(ModelSpec(architecture, window=4, size=SIZES[architecture], training=PLAN), **changes)


def trained(folder: Path, made: ModelSpec, features: Features, split: Split = SPLIT, report=None, clock=None):
    """A training by a clock that ticks once a look, so that progress is told within epochs too."""
    ticks = count()
    return train(made, features, split, folder, clock=clock or (lambda: float(next(ticks))), report=report)


def tensors(path: Path) -> dict[str, np.ndarray]:
    return weights.load(path)[0]


def same(one: Path, other: Path) -> bool:
    a, b = tensors(one), tensors(other)
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


@pytest.fixture(scope="module")
def echo() -> Features:
    """Each return is 0.7 of the last one, and noise."""
    return table(echo=0.7)


@pytest.mark.parametrize("architecture", Architecture)
def test_it_finds_what_is_there(architecture: Architecture, echo: Features, tmp_path: Path):
    """Every network learns that returns repeat: on bars that it has not seen it is right above the majority."""
    epochs = 25 if architecture is Architecture.WAVENET else 6
    made = trained(tmp_path, spec(architecture, training=replace(PLAN, epochs=epochs)), echo).provenance
    assert made.history[made.best - 1][1] < made.history[0][1] or made.best == 1
    test = made.scores["test"]
    assert test["winrate"]["low"] > test["winrate"]["majority"]
    assert test["correlation"] > 0.4
    assert made.recalibration["slope"] > 0.5


def test_it_finds_nothing_where_nothing_is(tmp_path: Path):
    """On noise it does not beat the forecast of no change, and its recalibrated forecast says so."""
    made = trained(tmp_path, spec(), table(seed=1)).provenance
    assert made.scores["test"]["mape"] > 0.98 * made.scores["test"]["naive_mape"]
    assert made.recalibration["slope"] < 0.5


@pytest.mark.parametrize("optimizer", Optimizer)
def test_a_seed_makes_a_model(optimizer: Optimizer, echo: Features, tmp_path: Path):
    """Twice the same training gives the same bits; another seed gives others."""
    plan = replace(PLAN, epochs=2, optimizer=optimizer)
    one = trained(tmp_path / "1", spec(training=plan), echo)
    other = trained(tmp_path / "2", spec(training=plan), echo)
    third = trained(tmp_path / "3", spec(training=plan, seed=1), echo)
    assert same(one.weights, other.weights)
    assert not same(one.weights, third.weights)


class Stopped(Exception):  # noqa: N818
    pass


@pytest.mark.parametrize("optimizer", Optimizer)
def test_a_stopped_training_goes_on_as_if_nothing_had_been(optimizer: Optimizer, echo: Features, tmp_path: Path):
    """Stopped after each of its epochs and once within one, it ends with the bits of a training that was not."""
    made = spec(training=replace(PLAN, epochs=4, optimizer=optimizer))
    whole = trained(tmp_path / "whole", made, echo)

    def stop(_):
        raise Stopped

    for clock in (None, lambda: 0.0, lambda: 0.0, None, lambda: 0.0, lambda: 0.0):
        with pytest.raises(Stopped):
            trained(tmp_path / "halting", made, echo, report=stop, clock=clock)
    halting = trained(tmp_path / "halting", made, echo, report=stop)
    assert same(whole.weights, halting.weights)
    assert whole.provenance.history == halting.provenance.history
    files = *paths(tmp_path / "halting", whole.provenance.key)[:2], answers_path(halting.weights)
    assert set(files) == set((tmp_path / "halting").iterdir())


def test_a_broken_checkpoint_is_not_believed(echo: Features, tmp_path: Path):
    """Cut short, it is left aside: the training begins anew and ends the same."""
    made = spec(training=replace(PLAN, epochs=3))
    whole = trained(tmp_path / "whole", made, echo)
    unfinished = paths(tmp_path / "cut", whole.provenance.key)[2]

    def stop(_):
        raise Stopped

    with pytest.raises(Stopped):
        trained(tmp_path / "cut", made, echo, report=stop, clock=lambda: 0.0)
    content = unfinished.read_bytes()
    flipped = content[:-100] + bytes([content[-100] ^ 1]) + content[-99:]
    for broken in (content[: len(content) // 2], b"", flipped, content.replace(b"model.network", b"model.notwork")):
        unfinished.write_bytes(broken)
        assert same(whole.weights, trained(tmp_path / "cut", made, echo).weights)
        whole_again, _, _ = paths(tmp_path / "cut", whole.provenance.key)
        whole_again.unlink()


def test_a_finished_training_is_not_repeated(echo: Features, tmp_path: Path):
    """The second time the file is taken as it is; damaged, it is made again."""
    made = spec(training=replace(PLAN, epochs=1))
    first = trained(tmp_path, made, echo)
    before = first.weights.stat().st_mtime_ns
    assert first.provenance == trained(tmp_path, made, echo).provenance
    assert before == first.weights.stat().st_mtime_ns
    first.weights.write_bytes(first.weights.read_bytes()[:-1])
    assert first.provenance.history == trained(tmp_path, made, echo).provenance.history
    weights.load(first.weights)


def test_it_stops_when_validation_gets_no_better(tmp_path: Path):
    """On noise it soon only memorises: `patience` epochs after the best one it stops, and keeps the best."""
    plan = Training(epochs=40, batch=32, lr=0.03, patience=2, schedule=Schedule.CONSTANT)
    made = trained(tmp_path, spec(training=plan), table(rows=400, seed=2)).provenance
    assert made.best + 2 == len(made.history)
    assert min(each[1] for each in made.history) == made.history[made.best - 1][1] == made.loss


def test_progress_tells_how_long(echo: Features, tmp_path: Path):
    """From nothing to all, never backwards, with losses once an epoch is done and the time left at this pace."""
    told = []
    trained(tmp_path, spec(), echo, report=told.append)
    assert all(a.done <= b.done for a, b in pairwise(told))
    assert (1.0, 6, 0.0) == (told[-1].done, told[-1].epoch, told[-1].seconds_left)
    assert None is told[0].loss or told[0].done >= 1 / 6
    assert all(each.seconds_left is not None and each.loss is not None for each in told if each.done >= 1 / 6)


def test_lambda_and_the_raw_loss_are_trained_by(echo: Features, tmp_path: Path):
    """The paper's λ and its loss on prices reach the gradient: other losses, other models."""
    plan = replace(PLAN, epochs=1)
    made = [
        trained(tmp_path, spec(training=plan, **changes), echo).weights
        for changes in ({}, {"lam": 10}, {"loss": Loss.RAW}, {"loss": Loss.RAW, "lam": 1})
    ]
    assert not any(same(a, b) for a, b in pairwise(made))


def test_a_loss_that_runs_away_saturates_the_head_and_is_told(echo: Features, tmp_path: Path):
    """With λ beyond any bound forecasts sit at their limit, 3σ: the share of those is in the provenance."""
    made = trained(tmp_path, spec(lam=1e5, training=replace(PLAN, lr=0.2, clip=1e6, epochs=10)), echo).provenance
    assert made.saturated > 0.3


def test_divergence_is_refused(echo: Features, tmp_path: Path):
    """Weights that are no numbers any more end the training with a sentence, and leave nothing to go on from."""
    torch.manual_seed(0)
    wild = Training(epochs=50, batch=8, lr=1.0, clip=1e9, weight_decay=10, schedule=Schedule.CONSTANT)
    broken = replace(echo, sigma=np.full_like(echo.sigma, 1e38))
    with pytest.raises(ForecastError, match=r"tsmixer diverged in epoch 1.*allocator data status"):
        trained(tmp_path, spec(training=wild), broken)
    assert [] == list(tmp_path.iterdir())


def test_a_number_that_is_none_is_refused_by_name(echo: Features, tmp_path: Path):
    """NaN in a window: security, hour and feature are named; where no window reads it, it does not matter."""
    values = echo.values.copy()
    values[1, 60, 2] = np.nan
    with pytest.raises(ForecastError, match="T1 at 2024-01-05 22:00:00: noise2 is not a number") as found:
        trained(tmp_path, spec(), replace(echo, values=values))
    assert "without noise2" in str(found.value.hint)
    trained(tmp_path, spec(without=("noise2",), training=replace(PLAN, epochs=1)), replace(echo, values=values))


def test_a_dead_feature_is_told(echo: Features, tmp_path: Path):
    """Constant while training, it is zero to the network and named in the provenance."""
    values = echo.values.copy()
    values[..., 1] = 7
    made = trained(tmp_path, spec(training=replace(PLAN, epochs=1)), replace(echo, values=values)).provenance
    assert ("noise1",) == made.dead


@pytest.mark.parametrize(
    ("rows", "starts", "what"),
    [
        (400, (0, 20, 330, 400), "48 windows of 4 bars"),
        (400, (0, 250, 252, 400), "no whole window ends in the validation range"),
    ],
)
def test_too_short_a_history_is_refused(rows: int, starts: tuple[int, ...], what: str, tmp_path: Path):
    """It says how many windows there are, and what would help."""
    made = table(rows=rows)
    run = np.where(np.arange(rows) < 3, 0, made.run)
    run[:, 249:252] = 0
    with pytest.raises(ForecastError, match=what) as found:
        trained(tmp_path, spec(), replace(made, run=run), Split.purged(starts, horizon=1))
    assert "longer history" in str(found.value.hint)


def test_a_full_disk_is_named(echo: Features, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The sentence has the file; nothing half-written is left."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ForecastError, match=r"safetensors cannot be written: No space left.*Free some space"):
        trained(tmp_path, spec(), echo)
    assert [] == list(tmp_path.iterdir())


def test_forecasts_of_both_ranges_are_kept(echo: Features, tmp_path: Path):
    """Every window of validation and test, the last with a return not known yet; asked again, it says the same."""
    made = trained(tmp_path, spec(Architecture.WAVENET, training=replace(PLAN, epochs=1)), echo)
    kept = Forecasts.open(made.forecasts)
    assert 3 * (76 + 70) == len(kept)
    assert [True] * 3 == list(np.isnan(kept.within(399, 400).actual))
    assert not np.isnan(kept.within(0, 399).actual).any()
    assert (kept.deviation > 0).all()
    assert np.isfinite(kept.within(0, 399).log_likelihood).all()
    answers_path(made.weights).unlink()  # what it said is kept there, too
    again = predict(made.weights, echo, ends(echo, 4, (330, 400)), device_of("cpu"))
    assert np.array_equal(kept.within(330, 400).mean, again.mean)


def test_the_future_changes_no_forecast_of_the_past(echo: Features, tmp_path: Path):
    """Features after a row, whatever they become, move no forecast made at it."""
    made = trained(tmp_path, spec(training=replace(PLAN, epochs=1)), echo)
    values = echo.values.copy()
    values[:, 370:] = 1e3
    places = ends(echo, 4, (330, 370))
    one, other = (
        predict(made.weights, each, places, device_of("cpu")) for each in (echo, replace(echo, values=values))
    )
    assert np.array_equal(one.mean, other.mean)


@pytest.mark.parametrize("architecture", [Architecture.TSMIXER, Architecture.WAVENET])
def test_only_what_is_new_is_asked(architecture: Architecture, echo: Features, tmp_path: Path, monkeypatch):
    """What it said is kept by what it was shown: new bars are asked, what was mended is asked again, no more."""
    made = trained(tmp_path, spec(architecture, training=replace(PLAN, epochs=1)), echo)
    asked: list[np.ndarray] = []

    def counted(model, windows, places, *, half):
        asked.append(places)
        return forecast(model, windows, places, half=half)

    forecast = model_room.forecast
    monkeypatch.setattr(model_room, "forecast", counted)

    def said(features: Features) -> Forecasts:
        asked.clear()
        return predict(made.weights, features, ends(features, 4, (330, 400)), device_of("cpu"))

    first = said(echo)
    assert not asked, "the training has left its answers"
    answers_path(made.weights).unlink()
    whole = said(echo)
    assert len(whole) == len(asked[0])
    for name in ("n", "t", "mean", "deviation", "actual", "log_likelihood", "sigma"):
        assert np.array_equal(getattr(first, name), getattr(whole, name), equal_nan=True), name
    values = echo.values.copy()
    values[1, 350] *= 1.01
    mended = replace(echo, values=values)
    part = said(mended)
    assert [(1, t) for t in range(350, 354)] == [divmod(int(place), 400) for place in asked[0]]
    answers_path(made.weights).write_bytes(b"damaged")
    again = said(mended)
    assert len(again) == len(asked[0])
    assert again.mean == pytest.approx(part.mean, rel=1e-5, abs=1e-8)  # a batch of another size rounds otherwise
    weights.save(made.weights, {**tensors(made.weights)}, replace(weights.provenance(made.weights), seconds=1.0))
    said(mended)
    assert len(again) == len(asked[0]), "another file is another model"


def test_the_last_question_over_again_needs_no_network(echo: Features, tmp_path: Path):
    """Its answer is read; another question, other features, another model's file or a damaged file give none."""
    made = trained(tmp_path, spec(training=replace(PLAN, epochs=1)), echo)
    places = ends(echo, 4, (330, 400))
    assert remembered(made.weights, 1, echo, places) is None
    said, again = predict(made.weights, echo, places, device_of("cpu")), remembered(made.weights, 1, echo, places)
    assert again is not None
    for name in ("n", "t", "mean", "deviation", "actual", "log_likelihood", "sigma"):
        assert np.array_equal(getattr(said, name), getattr(again, name), equal_nan=True), name
    assert remembered(made.weights, 1, echo, places[1:]) is None
    assert remembered(made.weights, 1, replace(echo, digest="other"), places) is None
    whole = answers_path(made.weights).read_bytes()
    answers_path(made.weights).write_bytes(whole[:-100])
    assert remembered(made.weights, 1, echo, places) is None
    answers_path(made.weights).write_bytes(whole)
    weights.save(made.weights, {**tensors(made.weights)}, replace(weights.provenance(made.weights), seconds=1.0))
    assert remembered(made.weights, 1, echo, places) is None
    made.weights.unlink()
    assert remembered(made.weights, 1, echo, places) is None


def test_a_model_asks_for_its_own_features(echo: Features, tmp_path: Path):
    """By name, wherever they stand now; one that is not there is named."""
    made = trained(tmp_path, spec(training=replace(PLAN, epochs=1), without=("noise1",)), echo)
    assert ("close", "noise2") == made.provenance.names
    places = ends(echo, 4, (330, 400))
    turned = replace(echo, names=echo.names[::-1], values=np.ascontiguousarray(echo.values[..., ::-1]))
    one, other = (predict(made.weights, each, places, device_of("cpu")).mean for each in (echo, turned))
    assert np.array_equal(one, other)
    with pytest.raises(ForecastError, match="lack: noise2"):
        predict(made.weights, replace(echo, names=("close", "a", "b")), places, device_of("cpu"))


def test_a_device_that_is_not_there_is_refused():
    """The hint has those that are."""
    with pytest.raises(ForecastError, match="no device tpu here") as found:
        device_of("tpu")
    assert "cpu" in str(found.value.hint)
    assert device_of("auto").type in {"cuda", "mps", "cpu"}


@pytest.mark.parametrize(("schedule", "strategy"), [(Schedule.ONE_CYCLE, "cos"), (Schedule.ONE_CYCLE_LINEAR, "linear")])
def test_the_schedule_is_torchs(schedule: Schedule, strategy: str):
    """Our function of the step gives the rates of OneCycleLR."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1)
    theirs = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 0.01, total_steps=50, anneal_strategy=strategy, cycle_momentum=False
    )
    plan, rates, ours = Training(lr=0.01, schedule=schedule), [], []
    for step in range(50):
        rates.append(optimizer.param_groups[0]["lr"])
        ours.append(learning_rate(plan, step, 50))
        optimizer.step()
        if step < 49:
            theirs.step()
    assert pytest.approx(rates) == ours


def test_a_constant_schedule_is_constant():
    """And a training of one step has a rate."""
    assert 0.01 == learning_rate(Training(lr=0.01, schedule=Schedule.CONSTANT), 7, 50)
    assert 0 < learning_rate(Training(lr=0.01), 0, 1) <= 0.01


def test_optimizers_take_their_numbers_from_the_plan():
    """Rate, decay and memories as written."""
    plan = Training(lr=0.3, weight_decay=0.2, beta1=0.7, beta2=0.8, optimizer=Optimizer.NADAM)
    group = optimizer_of(spec(training=plan), torch.nn.Linear(1, 1)).param_groups[0]
    assert (0.3, 0.2, (0.7, 0.8)) == (group["lr"], group["weight_decay"], group["betas"])
    assert group["decoupled_weight_decay"]
