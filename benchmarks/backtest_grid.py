"""The grid of settings: how long it takes beside `backtest_many`, and what memory it needs."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from allocator.app.backtesting_told import Told
from allocator.app.backtesting_trials import Batch, Trials
from allocator.config.backtest_file import ForecastPlan
from benchmarks.backtest_world import World, expected, rules

LAMBDAS = (0.0, 1.0, 5.0, 10.0, 12.0, 25.0, 35.0, 45.0, 50.0)  # the paper's
GAMMAS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
WORKERS = 2
PAGE = 4096
EVERY_S = 0.02  # a look at the memory


def batch(world: World) -> Batch:
    """All cells: forecasts of their own for each λ, which change slowly."""
    rng = np.random.default_rng(len(world.times))
    means = {lam: expected(rng, *world.mean.shape, 0.9) for lam in LAMBDAS}
    told = Told(means, np.zeros(1, dtype=np.int64), world.covariance[None], dict.fromkeys(LAMBDAS, ()))
    plan = ForecastPlan(lambdas=LAMBDAS, aversions=GAMMAS)
    return Batch(world.market, rules(), plan, told, LAMBDAS[0], GAMMAS)


def ours(grid: Batch) -> float:
    """Seconds of the whole grid as the command spreads it, its processes' start and its files included."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        walks = Trials(Path(folder), "benchmark", WORKERS, lambda *_: None).run(grid)
        taken = time.perf_counter() - began
    assert len(walks) == len(LAMBDAS) * len(GAMMAS), len(walks)
    return taken


def peak(grid: Batch) -> int:
    """Most bytes that this process and all below it held at once, pages that they share counted in each."""
    found, done = [0], threading.Event()

    def look() -> None:
        while not done.wait(EVERY_S):
            found.append(held())

    looking = threading.Thread(target=look)
    looking.start()
    ours(grid)
    done.set()
    looking.join()
    return max(found)


def held() -> int:
    """Resident bytes of this process and its descendants, by /proc."""
    parents, pages = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            pages[int(folder.name)] = int((folder / "statm").read_text().split()[1])
        except OSError:  # it has ended meanwhile
            continue
    ours = {_me()}
    while more := {each for each, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return PAGE * sum(pages.get(each, 0) for each in ours)


def _me() -> int:
    return int(Path("/proc/self").resolve().name)
