"""`allocator train` and `allocator forecast`: from options to the answer in the form that was asked for."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from allocator import config
from allocator.app import advice, wire
from allocator.app.forecast_horizon import USUAL, by_horizon, left_alone, living_horizon, living_specs, wanted_horizon
from allocator.app.forecasting import Forecaster, Material, Trainer, models_folder, need_torch, report_of
from allocator.app.spreading import backend
from allocator.app.universe import Size
from allocator.cli.files import refuse_undrawable, write
from allocator.cli.progress import ProgressBar, logger
from allocator.cli.talk import Talk
from allocator.cli.usage import network, of_the_command_line, refuse_together
from allocator.config.settings import Settings
from allocator.core.bars import Interval
from allocator.core.errors import ForecastError
from allocator.core.moscow import MOSCOW
from allocator.core.text import text
from allocator.forecast.spec import Architecture, Inputs, ModelSpec, Training
from allocator.forecast.training import Backend
from allocator.report import dumps, need_matplotlib
from allocator.report.forecast import forecast_csv, forecast_document, forecast_notes, forecast_text
from allocator.report.forecast_picture import forecast_picture
from allocator.report.training import training_document, training_text
from allocator.store import Store

# In this order models are trained when no network is named: the quickest first.
CYCLE = (
    Architecture.TSMIXER,
    Architecture.LSTM,
    Architecture.WAVENET,
    Architecture.ENCODER,
    Architecture.ENCODER_DECODER,
)


@dataclass(frozen=True, slots=True)
class TrainAsked:
    """The options of `allocator train`."""

    network: str | None
    inputs: str
    lam: float
    window: int
    epochs: int
    seed: int
    count: int
    again: bool
    interval: str | None
    horizon: int | None
    device: str | None
    workers: int | str | None
    store: str | None
    config_file: Path | None
    as_json: bool

    def specs(self, horizon: int) -> list[ModelSpec]:
        """What is to be trained. Raises: `ForecastError` for numbers that cannot be, `UsageError`."""
        refuse_together((self.lam and self.network == Architecture.WAVENET.value, "--network wavenet", "--lambda"))
        cycle = [each for each in CYCLE if not (self.lam and each is Architecture.WAVENET)]
        named = network(self.network, Architecture) if self.network else None
        return [
            ModelSpec(
                named or cycle[at % len(cycle)],
                Inputs(self.inputs),
                window=self.window,
                horizon=horizon,
                lam=self.lam,
                training=Training(epochs=self.epochs),
                seed=self.seed + (at if named else at // len(cycle)),
            )
            for at in range(self.count)
        ]


@dataclass(frozen=True, slots=True)
class ForecastAsked:
    """The options of `allocator forecast`."""

    interval: str | None
    horizon: int | None
    portfolio: Path | None
    accounts: bool
    device: str | None
    workers: int | str | None
    store: str | None
    config_file: Path | None
    as_json: bool
    as_csv: bool
    plot: Path | None


def run_train(talk: Talk, asked: TrainAsked) -> int:
    """Train and keep models; 1 when some could not be trained."""
    settings = wire.settings(asked.config_file)
    interval = _interval(settings, asked.interval)
    with of_the_command_line():
        asked.specs(asked.horizon or USUAL)  # numbers that cannot be are told before anything is read
    need_torch()
    with wire.store(asked.store, settings, create=False) as store, ProgressBar(talk) as bar:
        with store.reading() as tx:
            horizon = asked.horizon or wanted_horizon(tx, settings.forecast, interval)
        specs = asked.specs(horizon)
        material = _material(bar, store, settings, interval)
        if asked.again:
            specs = living_specs(store, interval, horizon)
        report = report_of(bar.show_share, len(specs))
        with _pool(settings, material.folder, asked, report) as pool:
            bar.show(text("features"))
            try:
                trained = Trainer(store, material, pool, now=_now, tell=logger(talk)).train(specs)
            except KeyboardInterrupt:
                bar.clear()
                talk.remark(text("Finished models are kept; the same command goes on with the others."))
                raise
        with store.reading() as tx:
            others = left_alone(horizon, by_horizon(tx, interval))
    trained = replace(trained, then=following(asked), notes=(*trained.notes, *others))
    talk.answer(
        dumps(training_document(trained, lang=talk.lang))
        if asked.as_json
        else training_text(trained, lang=talk.lang, quiet=talk.quiet)
    )
    if asked.as_json:
        for spec, error in trained.failed:
            talk.remark(text("{model} was not trained: {reason}", model=spec.name, reason=error.message))
    return ForecastError.exit_code if trained.failed else 0


def run_forecast(talk: Talk, asked: ForecastAsked) -> int:
    """Ask the models, keep and print what they say."""
    refuse_together(
        (asked.as_json and asked.as_csv, "--json", "--csv"),
        (asked.accounts and asked.portfolio, "--accounts", "--portfolio"),
    )
    if asked.plot is not None:
        need_matplotlib()
        refuse_undrawable(asked.plot)
    portfolio = config.load(asked.portfolio) if asked.portfolio else None
    settings = wire.settings(asked.config_file)
    interval = _interval(settings, asked.interval)
    with wire.store(asked.store, settings, create=False) as store, ProgressBar(talk) as bar:
        with store.reading() as tx:
            horizon = asked.horizon or living_horizon(tx, settings.forecast, interval)
            if asked.accounts:
                portfolio = advice.whole(tx, Path(store.name))
        material = _material(bar, store, settings, interval)
        forecaster = Forecaster(
            store, settings, material, pool=lambda: _pool(settings, material.folder, asked), now=_now, tell=bar.show
        )
        view = forecaster.forecast(horizon, Size(portfolio=portfolio))
    if asked.plot is not None:
        write(asked.plot, forecast_picture(view, lang=talk.lang))
    if asked.as_json:
        talk.answer(dumps(forecast_document(view, lang=talk.lang)))
    elif asked.as_csv:
        talk.answer(forecast_csv(view).rstrip("\n"))
        for line in (view.sentence, *forecast_notes(view)):
            talk.remark(line)
    else:
        talk.answer(forecast_text(view, lang=talk.lang, quiet=talk.quiet))
    return 0


class Chosen(Protocol):
    """What decides which bars and models a command is about; None where the settings do."""

    @property
    def interval(self) -> str | None: ...
    @property
    def horizon(self) -> int | None: ...
    @property
    def store(self) -> str | None: ...
    @property
    def config_file(self) -> Path | None: ...


def following(asked: Chosen) -> str:
    """The command that forecasts with the models of another one."""
    options = {
        "--interval": asked.interval,
        "--horizon": asked.horizon,
        "--store": asked.store,
        "--config": asked.config_file,
    }
    given = [f"{name} {shlex.quote(str(value))}" for name, value in options.items() if value is not None]
    return " ".join(["allocator forecast", *given])


def _interval(settings: Settings, interval: str | None) -> Interval:
    return Interval(interval) if interval else settings.forecast.interval


def _material(bar: ProgressBar, store: Store, settings: Settings, interval: Interval) -> Material:
    bar.show(text("reading the store"))
    folder = models_folder(store.name, settings.forecast.models)
    return Material.read(store, settings, interval, folder=folder, today=_today())


def _pool(
    settings: Settings, folder: Path, asked: TrainAsked | ForecastAsked, report: Callable[..., None] | None = None
) -> Backend:
    return backend(
        folder,
        asked.workers or settings.forecast.workers,
        device=asked.device or settings.forecast.device,
        report=report,
    )


def _now() -> datetime:
    return datetime.now(MOSCOW)


def _today() -> date:
    return _now().date()
