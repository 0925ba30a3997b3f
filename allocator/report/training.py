"""Trainings as text and JSON: a row for each model, what could not be trained, and what to type next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from allocator.core.bars import Interval
from allocator.core.errors import ForecastError
from allocator.core.text import Text, text
from allocator.forecast.spec import ModelSpec
from allocator.forecast.training import Provenance
from allocator.report import numbers
from allocator.report.catalogue import render
from allocator.report.document import Json
from allocator.report.forecast import INTERVALS, finite
from allocator.report.layout import ruled

DEAD_SHOWN = 5


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model of the store and how it was made. Not `new`: it was there already, finished on the same bars."""

    key: str
    provenance: Provenance
    new: bool = True


@dataclass(frozen=True, slots=True)
class TrainingView:
    """The answer of `allocator train`: what was trained, what could not be and why, and what to type `then`."""

    interval: Interval
    models: tuple[TrainedModel, ...]
    failed: tuple[tuple[ModelSpec, ForecastError], ...] = ()
    notes: tuple[Text, ...] = ()
    then: str = "allocator forecast"


def training_text(view: TrainingView, *, lang: str = "en", quiet: bool = False) -> str:
    """A row for each model, and what could not be trained; unless `quiet` also what to know of it and what to do."""
    lines = [_table(view, lang), ""] if view.models else []
    said = [*([] if quiet else _meaning(view)), *_failures(view), *([] if quiet else _after(view))]
    return "\n".join([*lines, *(render(line, lang) for line in said)]).rstrip("\n")


def _table(view: TrainingView, lang: str) -> str:
    headings = [
        text("Model"),
        text("Network"),
        text("Inputs"),
        text("Horizon"),
        text("Windows"),
        text("Epochs"),
        text("Loss"),
        text("Winrate"),
        text("Majority"),
        text("Seconds"),
    ]
    made = [each.provenance for each in view.models]
    columns = [
        [f"{each.key[:8]}{'' if each.new else ' *'}" for each in view.models],
        [each.spec.name for each in made],
        [each.spec.inputs.value for each in made],
        numbers.right([str(each.spec.horizon) for each in made]),
        numbers.right([numbers.grouped(str(each.windows)) for each in made]),
        numbers.right([f"{each.best}/{len(each.history)}" for each in made]),
        numbers.right([f"{each.loss:.4f}" for each in made]),
        numbers.right([_rate(each, "rate") for each in made]),
        numbers.right([_rate(each, "majority") for each in made]),
        numbers.right([f"{each.seconds:.1f}" for each in made]),
    ]
    return ruled([render(heading, lang) for heading in headings], columns)


def _rate(said: Provenance, name: str) -> str:
    rate = ((said.scores.get("test") or {}).get("winrate_nonzero") or {}).get(name)
    return "" if rate is None else f"{100 * rate:.1f}%"


def _meaning(view: TrainingView) -> Iterator[Text]:
    new = sum(each.new for each in view.models)
    yield text(
        "Bars: {interval}. Trained now: {new}; finished before: {old}.",
        new=new,
        old=len(view.models) - new,
        interval=INTERVALS[view.interval],
    )
    if new < len(view.models):
        yield text("* was finished on the same bars before: there was nothing to train.")
    if view.models:
        yield text(
            "Epochs: the best of those that there were. Loss is to be compared among models of one network only. "
            "Winrate is of bars that no training saw; beside it is that of always naming the more frequent direction."
        )


def _failures(view: TrainingView) -> Iterator[Text]:
    for spec, error in view.failed:
        yield text("{model} was not trained: {reason}", model=f"{spec.name} {spec.inputs.value}", reason=error.message)


def _after(view: TrainingView) -> Iterator[Text]:
    for note in (*_dead(view), *view.notes):
        yield text("Note: {note}", note=note)
    if view.models:
        yield text("Next: {command}", command=view.then)


def _dead(view: TrainingView) -> Iterator[Text]:
    """Features that told a model nothing, once for all models of the same."""
    for names in dict.fromkeys(each.provenance.dead for each in view.models):
        if names:
            shown = ", ".join(names[:DEAD_SHOWN]) + (" ..." if len(names) > DEAD_SHOWN else "")
            yield text(
                "features that never change on the bars trained on, {count}: {names}", count=len(names), names=shown
            )


def training_document(view: TrainingView, *, lang: str = "en") -> dict[str, Json]:
    """The object of `allocator train --json`."""
    return {
        "interval": view.interval.value,
        "models": [
            {
                "key": each.key,
                "file": each.provenance.key,
                "new": each.new,
                "network": each.provenance.spec.name,
                "inputs": each.provenance.spec.inputs.value,
                "horizon": each.provenance.spec.horizon,
                "seed": each.provenance.spec.seed,
                "windows": each.provenance.windows,
                "epochs": len(each.provenance.history),
                "best_epoch": each.provenance.best,
                "loss": finite(each.provenance.loss),
                "seconds": each.provenance.seconds,
                "scores": dict(each.provenance.scores),
            }
            for each in view.models
        ],
        "failed": [
            {
                "network": spec.name,
                "inputs": spec.inputs.value,
                "horizon": spec.horizon,
                "seed": spec.seed,
                "reason": render(error.message, lang),
            }
            for spec, error in view.failed
        ],
        "notes": [render(note, lang) for note in view.notes],
    }
