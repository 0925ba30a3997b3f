"""The steps of the loop that ask or train models, as its children do them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from allocator.app.forecast_horizon import by_horizon, living_horizon, wanted_horizon
from allocator.app.forecast_material import Material, models_folder
from allocator.app.loop.outcome import Outcome, failure_of, joined, skipped
from allocator.app.loop.place import Place
from allocator.app.loop.work import BUSY, Tell, now, opened, today, whole
from allocator.app.spreading import backend
from allocator.app.universe import NoBarsError, Size
from allocator.config.settings import Settings
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.failures import NotWrittenError
from allocator.forecast.training import Backend, Progress
from allocator.report.evolution import Outcome as Came
from allocator.report.evolution import step_line
from allocator.store import Store

NIGHT = timedelta(hours=8)  # that a population has to be trained again, where no training hours are set
PARTS = 100


def forecast(tell: Tell, place: Place) -> Outcome:
    """The living models' forecast of the newest bars. Raises: `ForecastError`, `StoreError`."""
    from allocator.app.forecasting import Forecaster  # noqa: PLC0415

    with opened(place) as (store, settings):
        interval = settings.forecast.interval
        with store.reading() as tx:
            horizon = living_horizon(tx, settings.forecast, interval)
            living = by_horizon(tx, interval)
            portfolio = whole(tx, store)
        if horizon not in living.at:
            return skipped(text("there are no models yet"))
        tell(text("reading the store"))
        material = _material(store, settings)
        forecaster = Forecaster(
            store, settings, material, pool=lambda: _pool(settings, material.folder), now=now, tell=tell
        )
        view = forecaster.forecast(horizon, Size(portfolio=portfolio))
    return Outcome(text("models: {count}; {sentence}", count=len(view.models), sentence=view.sentence))


def train(tell: Tell, place: Place) -> Outcome:
    """One further recipe (or as many as train at once) trained, judged, and kept or given up.

    Raises: `ForecastError` when the training failed; `StoreError`.
    """
    from allocator.app.evolving import Evolver  # noqa: PLC0415
    from allocator.app.evolving_ground import MaterialGround  # noqa: PLC0415
    from allocator.app.evolving_population import StorePopulation  # noqa: PLC0415
    from allocator.app.forecast_training import need_torch  # noqa: PLC0415

    with opened(place) as (store, settings):
        interval = settings.forecast.interval
        tell(text("reading the store"))
        with store.reading() as tx:
            horizon = wanted_horizon(tx, settings.forecast, interval)
        try:
            need_torch()
            ground = MaterialGround(_material(store, settings), horizon)
        except NotWrittenError:
            raise
        except (ForecastError, NoBarsError) as error:
            return skipped(failure_of(error))
        with store.lock(f"evolve-{interval.value}-{horizon}") as mine:
            if not mine:
                return skipped(text("Another process breeds models in this store."), again=now() + BUSY)
            folder = models_folder(store.name, settings.forecast.models)
            pool = _pool(settings, folder, _Report(tell))
            try:
                evolver = Evolver(
                    ground,
                    StorePopulation(store, interval, horizon),
                    pool,
                    folder=folder,
                    now=now,
                    workers=pool.workers,
                    night=_night(settings).total_seconds(),
                )
                evolver.run(pool.workers)
                steps = tuple(evolver.steps)
            finally:
                pool.stop()
    if all(step.outcome is Came.FAILED for step in steps):
        raise ForecastError(step_line(steps[-1]))
    return Outcome(joined([step_line(step) for step in steps]), again=now() + settings.loop.pause)


@dataclass
class _Report:
    """How far the trainings are that run at once."""

    tell: Tell
    done: dict[str, float] = field(default_factory=dict)

    def __call__(self, progress: Progress) -> None:
        self.done[progress.key] = progress.done
        doing = text("training, epoch {epoch} of {epochs}", epoch=progress.epoch, epochs=progress.epochs)
        self.tell(doing, int(PARTS * sum(self.done.values())), PARTS * len(self.done))


def _material(store: Store, settings: Settings) -> Material:
    """Raises: `ForecastError` when there is nothing to train on."""
    folder = models_folder(store.name, settings.forecast.models)
    return Material.read(store, settings, settings.forecast.interval, folder=folder, today=today())


def _pool(settings: Settings, folder: Path, report: _Report | None = None) -> Backend:
    """The machines of Ray where the settings name them, else as many processes as the loop may have."""
    asked = settings.forecast.workers
    workers = asked if isinstance(asked, str) else settings.loop.workers
    return backend(folder, workers, device=settings.forecast.device, report=report)


def _night(settings: Settings) -> timedelta:
    if settings.loop.hours is None:
        return NIGHT
    since, till = (timedelta(hours=each.hour, minutes=each.minute) for each in settings.loop.hours)
    return (till - since) % timedelta(days=1) or timedelta(days=1)
