"""`allocator evolve`: steps until told to stop, each said as it ends, and who lives at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from allocator.app import wire
from allocator.app.evolving import Evolver
from allocator.app.evolving_ground import MaterialGround
from allocator.app.evolving_holdout import on_holdout
from allocator.app.evolving_population import StorePopulation
from allocator.app.forecast_horizon import by_horizon, left_alone, wanted_horizon
from allocator.app.forecasting import Material, models_folder, need_torch
from allocator.app.spreading import backend
from allocator.cli import stops
from allocator.cli.forecasting import following
from allocator.cli.progress import ProgressBar
from allocator.cli.talk import Talk
from allocator.config.settings import Settings
from allocator.core.bars import Interval
from allocator.core.errors import StoreError
from allocator.core.moscow import MOSCOW
from allocator.core.text import text
from allocator.forecast.training import Progress
from allocator.report import dumps
from allocator.report.evolution import EvolutionView, StepView, evolution_document, evolution_text, step_line
from allocator.store import Store

PARTS = 1000  # of a step on the bar


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command."""

    steps: int | None
    minutes: float | None
    workers: int | str | None
    seed: int | None
    night: float
    interval: str | None
    horizon: int | None
    device: str | None
    holdout: bool
    anew: bool
    store: str | None
    config_file: Path | None
    as_json: bool


def run(talk: Talk, asked: Asked) -> int:
    """Evolve, then say how the population stands; stopped by hand, too."""
    settings = wire.settings(asked.config_file)
    need_torch()
    interval = Interval(asked.interval) if asked.interval else settings.forecast.interval
    with wire.store(asked.store, settings, create=False) as store:
        with store.reading() as tx:
            horizon = asked.horizon or wanted_horizon(tx, settings.forecast, interval)
        with _alone(store, interval, horizon):
            view, code = _evolved(talk, asked, store, settings, interval, horizon)
        with store.reading() as tx:
            others = left_alone(horizon, by_horizon(tx, interval))
    view = replace(view, then=following(asked) if view.living else "", notes=(*view.notes, *others))
    talk.answer(
        dumps(evolution_document(view, lang=talk.lang))
        if asked.as_json
        else evolution_text(view, lang=talk.lang, quiet=talk.quiet)
    )
    return code


def _evolved(
    talk: Talk, asked: Asked, store: Store, settings: Settings, interval: Interval, horizon: int
) -> tuple[EvolutionView, int]:
    """How the population stands, and the exit code."""
    began = time.monotonic()
    with ProgressBar(talk) as bar:
        bar.show(text("reading the store"))
        folder = models_folder(store.name, settings.forecast.models)
        ground = MaterialGround(Material.read(store, settings, interval, folder=folder, today=_today()), horizon)
        teller = _Teller(talk, bar, asked.steps)
        device = asked.device or settings.forecast.device
        pool = backend(folder, asked.workers or settings.forecast.workers, device=device, report=teller.training)
        try:
            evolver = Evolver(
                ground,
                StorePopulation(store, interval, horizon),
                pool,
                folder=folder,
                now=_now,
                seed=asked.seed,
                workers=pool.workers,
                night=asked.night * 3600.0,
                tell=teller.step,
                anew=asked.anew,
            )
            limit = None if asked.minutes is None else began + 60.0 * asked.minutes
            try:
                view = evolver.run(asked.steps, seconds=None if limit is None else lambda: limit - time.monotonic())
            except KeyboardInterrupt as stop:
                return replace(evolver.view(), stopped=True), stops.code_of(stop) or 1
            if asked.holdout:
                looks = evolver.looked()
                models = [evolver.models[each.key] for each in view.best]
                view = replace(view, holdout=on_holdout(ground, models, folder, pool.ask, looks=looks))
            return view, 0
        finally:
            pool.stop()


class _Teller:
    """Says each step in a line, and shows how far the next ones are."""

    def __init__(self, talk: Talk, bar: ProgressBar, steps: int | None) -> None:
        self._talk, self._bar, self._steps = talk, bar, steps
        self._judged, self._number = 0, 0
        self._running: dict[str, float] = {}

    def step(self, view: StepView) -> None:
        self._judged, self._number = self._judged + 1, view.number + 1
        self._bar.clear()
        self._talk.remark(step_line(view))

    def training(self, progress: Progress) -> None:
        self._running[progress.key] = progress.done
        doing = text(
            "training {running} {running:model|models}, epoch {epoch} of {epochs}",
            running=max(1, sum(done < 1 for done in self._running.values())),
            epoch=progress.epoch,
            epochs=progress.epochs,
        )
        if self._steps is None:
            self._bar.show(doing)
        else:
            running = sum(done for done in self._running.values() if done < 1)
            self._bar.show_share(doing, int(PARTS * min(self._judged + running, self._steps)), PARTS * self._steps)


@contextmanager
def _alone(store: Store, interval: Interval, horizon: int) -> Iterator[None]:
    """Raises: `StoreError` when another process breeds the same models."""
    with store.lock(f"evolve-{interval.value}-{horizon}") as held:
        if not held:
            raise StoreError(
                text("Another process breeds models in this store."),
                text("Wait for it, or stop it: what it judged is kept."),
            )
        yield


def _now() -> datetime:
    return datetime.now(MOSCOW)


def _today() -> date:
    return _now().date()
