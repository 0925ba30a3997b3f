"""Backtests on given forecasts beside cvxportfolio and CVXPY: `python -m benchmarks.backtest [--quick]`.

A seeded market, long only, a fee of 0.02%, a risk aversion of 5, deals at the close, the same forecasts and covariance
for all. Our runs and the peer's come in turn, so that a busy machine weighs on both: the median of each counts. Before
a run everyone has the market in its own tables; what is timed is the whole backtest, its policy and solver set up anew.

cvxportfolio runs as it is installed: its default solver, and linear algebra in as many threads as there are cores,
which slows it down where matrices are small. So it is measured a second time in one thread; the bars are asked of both.

Every metric is held to cvxportfolio's to 1e-9 by `tests/unit/backtest/test_backtest_cvxportfolio.py`.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import backtest_grid
from benchmarks.backtest_world import NEWS, World, world
from benchmarks.measure import Bar, machine, say
from benchmarks.page import table, write_part

if TYPE_CHECKING:
    from benchmarks.backtest_peers import Outcome, Peer

SIZES = (20, 42)
SPEED_BAR, GRID_BAR, MEMORY_BAR = 40.0, 80.0, 2 * 2**30
CVXPY_BAR, PEER_BAR = 1e-6, 1e-4
OURS_A_TURN = 5  # our runs before and after each of the peer's
HOURS = 2200  # of a year
PEERS = ("cvxportfolio, as installed", "cvxportfolio, one thread")


def threads(peer: str) -> Any:
    """In which a peer's linear algebra has that many threads."""
    if peer == PEERS[0]:
        return nullcontext()
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 -- it comes with the peer's packages

    return threadpool_limits(1)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


class Bench:
    """The measurements, and what came of the bars."""

    def __init__(self, *, quick: bool) -> None:
        self.periods = 100 if quick else 500
        self.rounds = 1 if quick else 3
        self.grid_periods = 200 if quick else 1000
        self.small_grids = (20, 60) if quick else (100, 400)
        self.hours = HOURS // 10 if quick else HOURS
        self.bars: list[Bar] = []
        self.lines: list[str] = []

    def add(self, title: str, text: str, header: list[str], rows: list[list[str]]) -> None:
        self.lines += [f"### {title}", "", *([text, ""] if text else []), *table(header, rows)]

    def memory(self) -> None:
        """Before the peers are imported: their modules are not ours to answer for."""
        say("memory of a grid")
        grid = backtest_grid.batch(world(42, self.hours))
        most = backtest_grid.peak(grid)
        figure = f"{most / 2**20:.0f} MiB"
        what = f"{len(backtest_grid.LAMBDAS) * len(backtest_grid.GAMMAS)} cells of {self.hours:,} hours × 42 assets"
        self.bars.append(Bar(f"memory of {what}", figure, "< 2 GiB", most < MEMORY_BAR))
        text = f"The most that the command's process and its {backtest_grid.WORKERS} workers hold at once; shared pages"
        self.add("Memory", f"{text} count in each.", ["grid", "peak"], [[what, figure]])

    def speed(self) -> None:
        from benchmarks.backtest_peers import Peer  # noqa: PLC0415 -- seconds of imports, and not ours

        rows = []
        for size in SIZES:
            for news, persistence in NEWS.items():
                given = world(size, self.periods, persistence)
                rows += self._raced(given, Peer(given), f"{size} assets, forecasts {news}")
        text = (
            f"Whole backtests of {self.periods} periods, given forecasts and covariance, one process. Forecasts "
            '"anew each day" turn most of the portfolio over, "slowly" is a correlation of 0.9 from day to day. '
            f"Medians of {self.rounds} runs of the peer, and of {2 * OURS_A_TURN} of ours around each."
        )
        header = ["backtest", "ours, a period", "peer", "its period", "by the clock", "by processor time"]
        self.add("Speed", text, header, rows)

    def _raced(self, given: World, peer: Peer, name: str) -> list[list[str]]:
        say(f"speed: {name}")
        given.ours()
        mine: dict[str, list[tuple[float, float]]] = {each: [] for each in PEERS}
        theirs: dict[str, list[tuple[float, float]]] = {each: [] for each in PEERS}
        for _ in range(self.rounds):
            for each in PEERS:
                mine[each] += [timed(given.ours) for _ in range(OURS_A_TURN)]
                with threads(each):
                    theirs[each].append(timed(peer.run))
                mine[each] += [timed(given.ours) for _ in range(OURS_A_TURN)]
        rows = []
        for each in PEERS:
            ours_s, peer_s = (np.median(found[each], axis=0) for found in (mine, theirs))
            clock, processor = peer_s / ours_s
            ours_a_period, peer_a_period = ours_s[0] / given.periods, peer_s[0] / given.periods
            times = f"{ours_a_period * 1e3:.3f} ms", each, f"{peer_a_period * 1e3:.1f} ms"
            rows.append([name, *times, f"{clock:.0f}×", f"{processor:.0f}×"])
            figure = f"{clock:.1f}×, {ours_a_period * 1e3:.3f} ms a period"
            self.bars.append(Bar(f"{name}, {each}", figure, f"≥ {SPEED_BAR:.0f}×", bool(clock >= SPEED_BAR)))
        return rows

    def equality(self) -> None:
        from benchmarks.backtest_peers import TOLERANCES, Peer, by_cvxpy  # noqa: PLC0415

        rows = []
        for size in SIZES:
            for news, persistence in NEWS.items():
                name = f"{size} assets, forecasts {news}"
                say(f"equality: {name}")
                given = world(size, self.periods, persistence)
                peer = Peer(given)
                loop, matched, default = by_cvxpy(given), peer.run(matched=True), peer.run()
                for who, outcome, bar in (
                    ("CVXPY", loop, CVXPY_BAR),
                    ("cvxportfolio, matched", matched, PEER_BAR),
                    ("cvxportfolio, as installed", default, None),
                ):
                    rows.append([name, *self._compared(given, outcome, name, who, bar)])
        text = (
            f"The greatest difference on any of {self.periods} bars. CVXPY: a loop of one parametrised problem, "
            f"Clarabel at {TOLERANCES[0]:g} (where it stops short of that, at {TOLERANCES[-1]:g} at the worst). "
            "Matched: cvxportfolio with that solver and tolerance, and with costs paid out of cash that must not fall "
            "below zero; as installed it forgets the costs there, and its solver stops sooner."
        )
        header = ["backtest", "beside", "final value, ours", "values differ by", "weights differ by"]
        self.add("The same answer", text, header, rows)

    def _compared(self, given: World, outcome: Outcome, name: str, who: str, bar: float | None) -> list[str]:
        path = given.ours()
        after = path.weights[:-1] + path.deals / path.value[:-1, None]
        value = float(np.abs(outcome.value / path.value - 1).max())
        weights = float(np.abs(outcome.weights - after).max())
        if bar is not None:
            far = max(value, weights) if who == "CVXPY" else value
            what = "value and weights" if who == "CVXPY" else "value"
            self.bars.append(Bar(f"{name}: {what} beside {who}", f"{far:.1e}", f"≤ {bar:g}", far <= bar))
        return [who, f"{path.value[-1]:,.2f}", f"{value:.1e}", f"{weights:.1e}"]

    def grid(self) -> None:
        from benchmarks.backtest_peers import Peer  # noqa: PLC0415

        given = world(42, self.grid_periods, NEWS["slowly"])
        whole = backtest_grid.batch(given)
        cells = len(backtest_grid.LAMBDAS) * len(backtest_grid.GAMMAS)
        some = [whole.told.means[lam] for lam in backtest_grid.LAMBDAS[3:5]]
        gammas = backtest_grid.GAMMAS[2:6:3]
        few = len(some) * len(gammas)
        mine, rows = [], []
        theirs: dict[str, list[float]] = {each: [] for each in PEERS}
        for periods in self.small_grids:
            cut = given.cut(periods)
            peer = Peer(cut)
            means = [each[: len(cut.times)] for each in some]
            for each in PEERS:
                say(f"grid: {each}, {few} cells of {periods} periods")
                with threads(each):
                    theirs[each].append(timed(lambda: peer.grid(means, gammas, backtest_grid.WORKERS))[0])  # noqa: B023
                mine.append(backtest_grid.ours(whole))
        taken = statistics.median(mine)
        short, long = self.small_grids
        for each, (less, more) in theirs.items():
            a_period = (more - less) / (few * (long - short))
            guess = more + a_period * (cells * self.grid_periods - few * long)
            ratio = guess / taken
            rows.append([each, f"{less:.1f} s, {more:.1f} s", f"{guess:.0f} s", f"{taken:.2f} s", f"{ratio:.0f}×"])
            figure = f"{ratio:.0f}×, {taken:.2f} s"
            what = f"grid of {cells} cells, 42 assets × {self.grid_periods:,} periods, {each}"
            self.bars.append(Bar(what, figure, f"≥ {GRID_BAR:.0f}×", ratio >= GRID_BAR))
        text = (
            f"{backtest_grid.WORKERS} processes for everyone. Ours as the command spreads it, the start of its "
            f"processes and its files of results included. `backtest_many` is extrapolated: {few} cells of {short} "
            f"and of {long} periods were run, what a period more takes is taken times all periods of all {cells} "
            "cells, and what its processes and policies need to begin with is counted but once."
        )
        header = ["peer", f"{few} cells", "the whole grid, extrapolated", "ours, measured", "ratio"]
        self.add(f"Grid 9 × 7, 42 assets × {self.grid_periods:,} periods", text, header, rows)


SECTIONS: dict[str, Callable[[Bench], None]] = {
    "memory": Bench.memory,
    "speed": Bench.speed,
    "equality": Bench.equality,
    "grid": Bench.grid,
}


def head() -> list[str]:
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in ("numpy", "piqp", "cvxportfolio", "cvxpy", "clarabel", "osqp")
    )
    return [
        "## Backtests on given forecasts",
        "",
        "Repeat with `python -m benchmarks.backtest`. A seeded market, long only, a fee of 0.02%, a risk aversion of",
        "5, deals at the close; the same forecasts and covariance for all, our runs and the peers' in turn.",
        "cvxportfolio as installed has its default solver, and linear algebra in as many threads as there are cores,",
        "which slows it down where matrices are small; so it is measured in one thread too. Every metric is held to",
        "cvxportfolio's to 1e-9 by `tests/unit/backtest/test_backtest_cvxportfolio.py`.",
        "",
        f"- {machine()[0]}",
        f"- {versions}",
    ]


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backtest", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a fifth of the periods or less; print only")
    parser.add_argument("section", nargs="*", help="only these, printed only: " + ", ".join(SECTIONS))
    asked = parser.parse_args()
    for name in asked.section:
        if name not in SECTIONS:
            parser.error(f"no section {name!r}; there are {', '.join(SECTIONS)}")
    if hasattr(os, "getloadavg"):
        say(f"load average {os.getloadavg()[0]:.1f}")
    bench = Bench(quick=asked.quick)
    for name, section in SECTIONS.items():
        if not asked.section or name in asked.section:
            section(bench)
    verdicts = [[bar.what, bar.figure, bar.bar, "met" if bar.met else "**missed**"] for bar in bench.bars]
    met = f"- bars met: {sum(bar.met for bar in bench.bars)} of {len(bench.bars)}"
    page = "\n".join([*head(), met, "", *bench.lines, *table(["bar", "our figure", "asked for", "verdict"], verdicts)])
    print(page)
    if not asked.quick and not asked.section:
        write_part("backtest", page)


if __name__ == "__main__":
    main()
