"""What selection never saw, looked at on purpose: the elders on the days held out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import fields
from pathlib import Path

import numpy as np

from allocator.app.evolving_ground import Ground
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.evaluation.blocks import block_mean
from allocator.forecast.evolution.record import Record, common, record
from allocator.forecast.training import Forecasts, ends, provenance
from allocator.report.evolution import Held
from allocator.store import StoredModel

Ask = Callable[[Path, Path, Iterable[int]], Future[Forecasts]]


def on_holdout(ground: Ground, models: Sequence[StoredModel], folder: Path, ask: Ask, *, looks: int) -> Held:
    """The mean over these models of their losses and returns, bar by bar, on the days that no choice saw.

    A model that has meanwhile been trained on those days is left out.
    Raises: `ForecastError` when none is left, or the days are too few.
    """
    start, stop = ground.ranges(0).holdout
    asked = []
    for model in models:
        weights = folder / f"{model.file}.safetensors"
        said = provenance(weights)
        arrays = ground.arrays(said.spec.inputs)
        if said.data != arrays.features.digest or said.split.validation[1] - 1 + said.spec.horizon >= start:
            continue
        places = ends(arrays.features, said.spec.window, (start, stop)).tolist()
        asked.append((model, said, arrays, ask(weights, arrays.folder, places)))
    records: list[Record] = []
    for model, said, arrays, future in asked:
        before = Forecasts.open(folder / f"{model.file}.forecasts.npz").within(*said.split.validation)
        whole = _joined(before, future.result())
        made = record(
            whole, (start, stop), said.split.validation, arrays.features.times, arrays.features.tickers,
            ground.risk(start), horizon=said.spec.horizon, aversion=said.spec.risk_aversion,
        )  # fmt: skip
        records.append(made)
    if not records:
        raise ForecastError(
            text("No elder is left that has not been trained on the days held out."), text("Type: allocator evolve")
        )
    times, horizon = common(records), ground.space.horizon
    loss = np.mean([each.at(times).loss for each in records], axis=0)
    excess = np.mean([each.at(times).excess for each in records], axis=0)
    rng = np.random.default_rng(0)
    worse = block_mean(-loss, horizon=horizon, rng=rng)
    richer = block_mean(excess, horizon=horizon, rng=rng)
    a_year = ground.bars_a_year / horizon
    return Held(len(times), -worse.value, worse.p, richer.value * a_year, richer.p, looks)


def _joined(one: Forecasts, other: Forecasts) -> Forecasts:
    return Forecasts(*(np.concatenate([getattr(one, each.name), getattr(other, each.name)]) for each in fields(one)))
