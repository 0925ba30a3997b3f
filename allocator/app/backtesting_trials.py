"""The grid of settings on the tuning period: each cell once, in any process, and kept by all that made it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, as_completed
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

import allocator
from allocator.app.backtesting_strategies import on_forecasts
from allocator.app.backtesting_told import Tell, Told
from allocator.backtest.market import Market
from allocator.backtest.path import Path as Walk
from allocator.backtest.simulator import Rules, Simulator
from allocator.config.backtest_file import ForecastPlan
from allocator.core.text import text

FORMAT = 2  # of a cell, and of the rules that made it
KEPT = ("times", "value", "cash", "fees", "spread", "impact", "cash_returns")
PRELOADED = ("allocator.app.backtesting_trials", "allocator.optimize.single_period")

Cell = tuple[float, float]  # λ and risk aversion


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Cells of one λ, to be run together; plain values, as they cross the border of a machine."""

    market: Market
    rules: Rules
    plan: ForecastPlan
    told: Told
    lam: float
    aversions: tuple[float, ...]


def tried(batch: Batch) -> list[Walk]:
    """The walk of each risk aversion, without its weights and deals."""
    simulator = Simulator(batch.market)
    return [
        _slim(
            simulator.run(
                on_forecasts(
                    f"{batch.lam:g}, {aversion:g}",
                    batch.plan,
                    batch.told,
                    batch.market,
                    lam=batch.lam,
                    aversion=aversion,
                ),
                batch.rules,
            )
        )
        for aversion in batch.aversions
    ]


@dataclass(frozen=True, slots=True)
class Trials:
    """The grid of one strategy. `cache` has a file for each cell; `market` is the digest of the market."""

    cache: Path
    market: str
    workers: int | str | None
    tell: Tell

    def run(self, batch: Batch) -> list[Walk]:
        """The walks of all cells of `batch.plan`, λ by λ; the batch's own λ and aversions do not matter.

        What the cache has is taken from there, the rest is spread over workers. Raises: `AllocatorError` of a worker.
        """
        plan = batch.plan
        names = {cell: self._name(batch, cell) for cell in cells_of(plan)}
        found = {cell: walk for cell, name in names.items() if (walk := _opened(self._path(name))) is not None}
        missing = [cell for cell in names if cell not in found]
        for cell, walk in self._walked(batch, missing):
            _save(self._path(names[cell]), walk)
            found[cell] = walk
            self.tell(text("trying settings"), len(found), len(names))
        return [found[cell] for cell in names]

    def _walked(self, batch: Batch, missing: Sequence[Cell]) -> Iterator[tuple[Cell, Walk]]:
        """Each missing cell, as soon as it is there."""
        if len(missing) < 2 or self.workers == 1:
            for lam, aversion in missing:
                yield (lam, aversion), tried(_of(batch, lam, (aversion,)))[0]
            return
        from allocator.app.spreading import executor  # noqa: PLC0415 -- what trains, for a thing that only counts

        with executor(self.workers, preload=PRELOADED) as spread:
            waiting: dict[Future[list[Walk]], Sequence[Cell]] = {}
            for cells in batches(missing):
                part = _of(batch, cells[0][0], tuple(aversion for _, aversion in cells))
                waiting[spread.submit(tried, part)] = cells
            for future in as_completed(waiting):
                yield from zip(waiting.pop(future), future.result(), strict=True)

    def _path(self, name: str) -> Path:
        return self.cache / "trials" / f"{name}.npz"

    def _name(self, batch: Batch, cell: Cell) -> str:
        """20 hexadecimal digits that name a cell by all that made it."""
        lam, aversion = cell
        rules, told = batch.rules, batch.told
        said = {
            "format": [FORMAT, allocator.__version__],
            "market": self.market,
            "costs": repr(rules.costs),
            "rules": [rules.cash, rules.lots, rules.execution, rules.start, rules.stop],
            "plan": [batch.plan.horizon, batch.plan.minimum_deal, batch.plan.cap, batch.plan.step],
            "aversion": aversion,
        }
        digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
        for table in (told.means[lam], told.rows, told.covariances):
            digest.update(np.ascontiguousarray(table).tobytes())
        return digest.hexdigest()[:20]


def cells_of(plan: ForecastPlan) -> list[Cell]:
    """All cells of a grid, λ by λ."""
    return [(lam, aversion) for lam in plan.lambdas for aversion in plan.aversions]


def batches(cells: Sequence[Cell], most: int = 4) -> list[list[Cell]]:
    """The cells of each λ in parts of some: large enough to be worth a market's journey, small enough to go round."""
    found: list[list[Cell]] = []
    for cell in cells:
        if found and found[-1][0][0] == cell[0] and len(found[-1]) < most:
            found[-1].append(cell)
        else:
            found.append([cell])
    return found


def _of(batch: Batch, lam: float, aversions: tuple[float, ...]) -> Batch:
    """A part of the grid with what it needs alone."""
    told = replace(batch.told, means={lam: batch.told.means[lam]}, keys={}, notes=())
    return replace(batch, told=told, lam=lam, aversions=aversions)


def _slim(walk: Walk) -> Walk:
    return replace(
        walk,
        tickers=(),
        weights=np.zeros((len(walk.value), 0)),
        deals=np.zeros((walk.periods, 0)),
        benchmark_returns=None,
        events=(),
    )


def _save(path: Path, walk: Walk) -> None:
    from allocator.forecast.training.files import write_arrays  # noqa: PLC0415

    write_arrays(path, {name: getattr(walk, name) for name in KEPT} | {"name": np.array(walk.name)})


def _opened(path: Path) -> Walk | None:
    """What an earlier run left of a cell, if it is whole."""
    from allocator.forecast.training.files import read_arrays  # noqa: PLC0415

    kept: dict[str, Any] | None = read_arrays(path, [*KEPT, "name"])
    if kept is None:
        return None
    periods = len(kept["fees"])
    rest = {
        "name": str(kept["name"]),
        "tickers": (),
        "weights": np.zeros((periods + 1, 0)),
        "deals": np.zeros((periods, 0)),
        "benchmark_returns": None,
        "policy_s": np.zeros(periods),
    }
    known = {each.name for each in fields(Walk)}
    return Walk(**{field: value for field, value in (kept | rest).items() if field in known})
