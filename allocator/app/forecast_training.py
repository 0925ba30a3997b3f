"""Models are trained and kept in the store, each as soon as it is finished."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, as_completed
from contextlib import suppress
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from allocator.app.forecast_material import Material
from allocator.core.bars import Interval
from allocator.core.errors import ForecastError
from allocator.core.text import Text, text
from allocator.forecast.spec import ModelSpec
from allocator.forecast.training import Backend, Progress, Provenance, Split, Trained
from allocator.report.training import TrainedModel, TrainingView
from allocator.store import Store, StoredModel

Tell = Callable[[Text, int, int], None]  # what is being done, steps done, steps in all
SHOWN = 5  # securities that are named
STEPS = 100  # of the progress of one training


def model_key(spec: ModelSpec, interval: Interval) -> str:
    """20 hexadecimal digits that name a model in the store, however often it is trained again."""
    return hashlib.sha256(f"{interval.value} {spec.digest()}".encode()).hexdigest()[:20]


def need_torch() -> None:
    """Raises: `ForecastError` when what trains models is not installed."""
    for name in ("torch", "safetensors"):
        if find_spec(name) is None:
            raise ForecastError(
                text("Models are trained with {library}, which is not installed.", library=name),
                text(
                    "With the Python that runs allocator: python -m pip install {libraries}",
                    libraries="torch safetensors",
                ),
            )


class Trainer:
    """Trains models and keeps them in the store, each as soon as it is finished."""

    def __init__(
        self, store: Store, material: Material, pool: Backend, *, now: Callable[[], datetime], tell: Tell | None = None
    ) -> None:
        self._store, self._material, self._pool, self._now = store, material, pool, now
        self._tell = tell or (lambda *_: None)

    def train(
        self, specs: Sequence[ModelSpec], *, parents: Mapping[str, tuple[str, ...]] | None = None
    ) -> TrainingView:
        """The models of these specs. One that cannot be trained is named with its reason, and the rest goes on.

        `parents`: of a model, by its key. Raises: `ForecastError` when nothing could be trained.
        """
        models: list[TrainedModel] = []
        failed: list[tuple[ModelSpec, ForecastError]] = []
        waiting: dict[Future[Trained], tuple[ModelSpec, Split]] = {}
        for spec in specs:
            try:
                split = self._material.split(spec.horizon)
                arrays = self._material.arrays(spec.inputs)
            except ForecastError as error:
                failed.append((spec, error))
                continue
            waiting[self._pool.submit(spec, arrays.folder, split)] = spec, split
        for done, future in enumerate(as_completed(waiting), 1):
            spec, split = waiting[future]
            try:
                models.append(
                    self.keep(future.result(), split, (parents or {}).get(model_key(spec, self.interval), ()))
                )
                self._tell(text("{model} is trained", model=spec.name), done, len(waiting))
            except ForecastError as error:
                failed.append((spec, error))
        if not models and failed:
            raise failed[0][1]
        order = {model_key(spec, self.interval): at for at, spec in enumerate(specs)}
        models.sort(key=lambda each: order[each.key])
        notes = (*self._material.notes, *unteaching(self._material.refused))
        return TrainingView(self.interval, tuple(models), tuple(failed), notes)

    def keep(self, trained: Trained, split: Split, parents: tuple[str, ...] = ()) -> TrainedModel:
        """Put a finished model into the store; the files of its training before are removed."""
        said = trained.provenance
        key = model_key(said.spec, self.interval)
        with self._store.transaction() as tx:
            before = tx.models.get(key)
            model = StoredModel(
                key,
                said.spec.json(),
                parents or (before.parents if before else ()),
                before.born if before else self._now(),
                scores=flat_scores(said),
                trained_on=taught_until(self._material, split, said.spec.horizon),
                evaluated=before.evaluated if before else None,
                seconds=said.seconds,
                interval=self.interval,
                file=said.key,
            )
            tx.models.put(model)
        if before is not None and before.file not in ("", model.file):
            forget_files(self._pool.folder, before.file)
        return TrainedModel(key, said, trained.new)

    @property
    def interval(self) -> Interval:
        return self._material.interval


def unteaching(refused: Mapping[str, Text]) -> list[Text]:
    """Notes on the securities that no model can learn from."""
    notes = [text("{ticker} teaches nothing: {reason}", ticker=ticker, reason=why) for ticker, why in refused.items()]
    if len(notes) > SHOWN:
        notes[SHOWN:] = [text("more that teach nothing: {count}", count=len(notes) - SHOWN)]
    return notes


def taught_until(material: Material, split: Split, horizon: int) -> date:
    """The day of the last bar that had a part in the training: the return of the last window to validate on."""
    last = max(split.train[1], split.validation[1]) - 1 + horizon
    day: date = material.panel.times[min(last, len(material.panel.times) - 1)].astype("datetime64[D]").item()
    return day


def flat_scores(said: Provenance) -> dict[str, float]:
    """The figures of a training in one list: `test winrate`, `validation correlation`, `loss`..."""
    found: dict[str, float] = {"loss": said.loss}
    for part, scores in said.scores.items():
        rates: Mapping[str, Any] = scores.get("winrate_nonzero") or {}
        named = {
            "winrate": rates.get("rate"),
            "majority": rates.get("majority"),
            "mape": scores.get("mape"),
            "correlation": scores.get("correlation"),
        }
        found |= {f"{part} {name}": float(value) for name, value in named.items() if value is not None}
    if said.recalibration and "slope" in said.recalibration:
        found["slope"] = float(said.recalibration["slope"])
    return found


def forget_files(folder: Path, file: str) -> None:
    """Remove what a training left."""
    for suffix in (".safetensors", ".forecasts.npz", ".answers.npz"):
        with suppress(OSError):
            (folder / f"{file}{suffix}").unlink()


def report_of(tell: Tell, total: int) -> Callable[[Progress], None]:
    """Turns the progress of all trainings into one, of `STEPS` steps each."""
    done: dict[str, float] = {}

    def report(progress: Progress) -> None:
        done[progress.key] = progress.done
        doing = text("training, epoch {epoch} of {epochs}", epoch=progress.epoch, epochs=progress.epochs)
        tell(doing, int(STEPS * sum(done.values())), STEPS * total)

    return report
