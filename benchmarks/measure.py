"""Runs, their medians and their verdicts, as Markdown."""

from __future__ import annotations

import importlib.metadata
import math
import os
import platform
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from allocator.core.errors import PlanError
from allocator.core.portfolio import Model
from allocator.optimize import Plan, Problem, solve
from allocator.optimize.plan import violations

BASIS_POINT = Decimal("0.0001")
PACKAGES = ("pulp", "highspy", "numpy", "pyportfolioopt", "cvxpy", "pyscipopt")


@dataclass(frozen=True)
class Run:
    """One problem solved by us. `plan` is None when there was none in time."""

    problem: Problem
    plan: Plan | None
    seconds: float
    limit_s: float

    @property
    def gap(self) -> float:
        return math.inf if self.plan is None else self.plan.gap

    @property
    def proven(self) -> bool:
        """To a basis point, by a plan that breaks nothing."""
        return (
            self.plan is not None
            and self.plan.gap <= float(BASIS_POINT)
            and not violations(self.problem, self.plan.lots)
        )

    @property
    def overrun_s(self) -> float:
        return self.seconds - self.limit_s

    @property
    def deviation_bp(self) -> float:
        """Σ deviation, or √Σ deviation², in basis points of W."""
        if self.plan is None:
            return math.inf
        total = self.plan.objective if self.problem.model is Model.LAD else self.plan.objective.sqrt()
        return float(total / self.problem.wealth / BASIS_POINT)


@dataclass(frozen=True)
class Bar:
    """One thing that we said we would reach, and whether we do."""

    what: str
    figure: str
    bar: str
    met: bool


@dataclass(frozen=True)
class Section:
    """One table of the results."""

    title: str
    text: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    bars: Sequence[Bar]


@dataclass
class Bench:
    """What all sections share: how much to do, and every run made so far (for the time limit's own bar)."""

    quick: bool
    runs: list[Run] = field(default_factory=list)

    def count(self, full: int) -> int:
        """How many instances to draw where the full benchmark draws `full`."""
        return max(3, full // 4) if self.quick else full

    @property
    def limit_s(self) -> float:
        """The default time limit; shorter when there is no time to wait for it."""
        return 5.0 if self.quick else 30.0

    def run(self, problem: Problem, *, gap: Decimal | None = BASIS_POINT, limit_s: float | None = None) -> Run:
        """Solve one problem; only solving is timed."""
        limit = self.limit_s if limit_s is None else limit_s
        started = time.perf_counter()
        try:
            plan = solve(problem, time_limit_s=limit, gap=gap)
        except PlanError:
            plan = None
        run = Run(problem, plan, time.perf_counter() - started, limit)
        self.runs.append(run)
        return run

    def run_all(self, problems: Iterable[Problem]) -> list[Run]:
        return [self.run(problem) for problem in problems]


def say(what: str) -> None:
    """Progress, for the person who waits."""
    print(what, file=sys.stderr, flush=True)


def seconds(value: float) -> str:
    if value < 0.1:
        return f"{value * 1000:.2g} ms" if value < 0.01 else f"{value * 1000:.0f} ms"
    return f"{value:.2f} s"


def median(runs: Sequence[Run]) -> float:
    return statistics.median(run.seconds for run in runs)


def worst(runs: Sequence[Run]) -> float:
    return max(run.seconds for run in runs)


def times(ours: float, theirs: float, *, at_least: bool = False) -> str:
    """How many times longer the peer took."""
    return f"{'≥ ' if at_least else ''}{theirs / ours:.3g}×"


def run_row(name: str, assets: int, runs: Sequence[Run]) -> list[str]:
    """The columns of `RUN_HEADER`."""
    proven = sum(run.proven for run in runs)
    gaps = [run.gap * 1e4 for run in runs]
    return [
        name,
        str(assets),
        f"{proven}/{len(runs)}",
        seconds(median(runs)),
        seconds(worst(runs)),
        f"{max(gaps):.2f}",
        f"{statistics.median(run.deviation_bp for run in runs):.1f}",
    ]


RUN_HEADER = ("problem", "assets", "proven", "median", "worst", "worst gap, bp", "median deviation, bp")


def time_bar(what: str, runs: Sequence[Run], *, median_s: float | None = None, worst_s: float | None = None) -> Bar:
    """The bar of a median and a worst time; either may be open."""
    asked = []
    if median_s is not None:
        asked.append(f"median < {median_s:g} s")
    if worst_s is not None:
        asked.append(f"worst < {worst_s:g} s")
    met = (median_s is None or median(runs) < median_s) and (worst_s is None or worst(runs) < worst_s)
    return Bar(what, f"median {seconds(median(runs))}, worst {seconds(worst(runs))}", ", ".join(asked), met)


def proven_bar(what: str, runs: Sequence[Run]) -> Bar:
    proven = sum(run.proven for run in runs)
    return Bar(what, f"{proven} of {len(runs)}", "every one proven to 1 bp", proven == len(runs))


def machine() -> list[str]:
    """What the figures were measured on: no names of hosts, no paths."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    cores = f"{os.cpu_count()} cores ({_processor()})"
    if hasattr(os, "getloadavg"):
        cores += f", load average {os.getloadavg()[2]:.1f} (1.0 is this benchmark alone)"
    return [f"{cores}, {system}", versions]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def markdown(sections: Sequence[Section], command: str) -> str:
    """The whole page."""
    bars = [bar for section in sections for bar in section.bars]
    lines = [
        "# What was measured",
        "",
        f"Repeat with `{command}` after `pip install -e .[bench]`.",
        "Every plan is checked against every constraint in exact decimals, outside the timing; instances are seeded",
        "(`benchmarks/instances.py`). A basis point, bp, is 0.01% of the portfolio's value W.",
        "",
        *(f"- {line}" for line in machine()),
        f"- bars met: {sum(bar.met for bar in bars)} of {len(bars)}",
        "",
    ]
    for section in sections:
        lines += [f"## {section.title}", "", section.text, ""]
        lines += _table(section.header, section.rows)
        if section.bars:
            verdicts = [[bar.what, bar.figure, bar.bar, "met" if bar.met else "**missed**"] for bar in section.bars]
            lines += _table(("bar", "our figure", "asked for", "verdict"), verdicts)
    return "\n".join(lines).rstrip() + "\n"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        "| " + " | ".join(header) + " |",
        "|" + "---|" * len(header),
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
    ]
