"""The grid at work: what is in the cache is taken from there, the rest is trained, and each cell is kept at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, as_completed
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from allocator.core.bars import Bars
from allocator.core.errors import AllocatorError, ForecastError
from allocator.core.text import Text, text
from allocator.forecast.experiment.grid import ITERATIONS, Cell, Grid, Scale
from allocator.forecast.experiment.materials import Arrays, arrays, panel
from allocator.forecast.experiment.results import Result, judged, opened
from allocator.forecast.metrics import Winrate
from allocator.forecast.spec import Inputs
from allocator.forecast.training.pool import Backend
from allocator.forecast.training.results import Trained
from allocator.forecast.training.weights import key

Tell = Callable[[Text, int, int], None]  # what is being done, cells trained, cells to train; 0, 0 before that


@dataclass(frozen=True, slots=True)
class Market:
    """What an iteration was run on, and what the opposite of the last move scores there by the rows of each inputs."""

    tickers: tuple[str, ...]
    rows: int  # hours
    since: date  # of the first of them
    till: date  # of the last
    reversal: Mapping[Inputs, Winrate]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that is known of a grid. `missing` cells were not trained, `failed` ones could not be."""

    grid: Grid
    scale: Scale
    markets: Mapping[int, Market]
    results: tuple[Result, ...]
    missing: tuple[Cell, ...] = ()
    failed: tuple[tuple[Cell, AllocatorError], ...] = ()


def run(
    grid: Grid, scale: Scale, histories: Mapping[str, Bars], cache: Path, backend: Backend | None, tell: Tell
) -> Outcome:
    """Run the cells of a grid that the cache lacks; without a backend only say what the cache has.

    Stopped at any moment (Ctrl+C, kill), it goes on where it was: cells are kept when they are finished, trainings
    after each epoch. Raises: `ForecastError` for data that are too short, or a full disk.
    """
    prepared, markets = _prepared(grid, scale, histories, cache, tell)
    results, missing = [], []
    for cell in grid.cells():
        place = prepared[cell.iteration, cell.inputs.value]
        found = opened(cache / "cells", key(scale.spec(cell), place.digest, place.split))
        if found is None:
            missing.append(cell)
        else:
            results.append(found)
    known = Outcome(grid, scale, markets, tuple(results), tuple(missing))
    return known if backend is None else _trained(known, prepared, cache, backend, tell)


def _prepared(
    grid: Grid, scale: Scale, histories: Mapping[str, Bars], cache: Path, tell: Tell
) -> tuple[dict[tuple[int, str], Arrays], dict[int, Market]]:
    prepared: dict[tuple[int, str], Arrays] = {}
    markets = {}
    for number in grid.iterations:
        bars = panel(histories, ITERATIONS[number], scale)
        for inputs in grid.inputs:
            tell(text("features {inputs} of iteration {number}", inputs=inputs.value, number=number), 0, 0)
            prepared[number, inputs.value] = arrays(bars, inputs, ITERATIONS[number], scale, cache)
        reversal = {inputs: prepared[number, inputs.value].reversal for inputs in grid.inputs}
        since, till = bars.times[[0, -1]].astype("datetime64[D]").tolist()
        markets[number] = Market(bars.tickers, len(bars.times), since, till, reversal)
    return prepared, markets


def _trained(
    known: Outcome, prepared: Mapping[tuple[int, str], Arrays], cache: Path, backend: Backend, tell: Tell
) -> Outcome:
    """The same with the missing cells trained."""
    trained, failed, total = list[Result](), [], len(known.missing)  # what is in the cache tells nothing of the pace
    waiting: dict[Future[Trained], Cell] = {}
    for cell in known.missing:
        place = prepared[cell.iteration, cell.inputs.value]
        waiting[backend.submit(known.scale.spec(cell), place.folder, place.split)] = cell
    tell(text("training"), 0, total)
    for future in as_completed(waiting):
        cell = waiting[future]
        try:
            model = future.result()
            result = judged(cell, model)
        except ForecastError as error:
            failed.append((cell, error))
            tell(text("{cell}: failed", cell=named(cell)), len(trained) + len(failed), total)
            continue
        result.save(cache / "cells")
        model.forecasts.unlink(missing_ok=True)  # megabytes that are in the result by the hour
        trained.append(result)
        tell(named(cell), len(trained) + len(failed), total)
    return replace(known, results=(*known.results, *trained), missing=(), failed=tuple(failed))


def named(cell: Cell) -> Text:
    """A cell in words."""
    return text(
        "iteration {iteration}, {network}, {inputs}, λ = {lam}, seed {seed}",
        iteration=cell.iteration,
        network=cell.network.value,
        inputs=cell.inputs.value,
        lam=f"{cell.lam:g}",
        seed=cell.seed,
    )
