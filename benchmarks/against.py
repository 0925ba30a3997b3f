"""Our plans beside those of others, on the same inputs in the same run."""

from __future__ import annotations

import importlib
import math
import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from allocator.core.errors import Infeasible
from allocator.core.portfolio import Model
from allocator.optimize import Plan, Problem, pose, solve
from benchmarks.instances import PERCENT, PLAIN, TOGETHER, problems, purchase
from benchmarks.measure import Bar, Bench, Run, Section, median, say, seconds, times
from benchmarks.miqp import solve_exactly
from benchmarks.naive import Rival, solve_naively
from benchmarks.peers import greedy_portfolio, lp_portfolio

BRUTE_FORCE = Path(__file__).parent.parent / "tests" / "unit" / "optimize"
SMALL_PROBLEMS = 500


def naive(bench: Bench) -> Section:
    """The two half-planes."""
    limit = 3.0 if bench.quick else 10.0
    rows = []
    for assets in (10, 30, 50, 250):
        for feature in (PLAIN, TOGETHER):
            say(f"the naive model, {assets} assets, {feature.name}")
            drawn = problems(2 if bench.quick else 4, assets, feature)
            ours = [bench.run(problem) for problem in drawn]
            theirs = [solve_naively(problem, limit, gap_bp=1.0) for problem in drawn]
            stopped = sum(rival.seconds >= limit for rival in theirs)
            middle = statistics.median(rival.seconds for rival in theirs)
            rows.append(
                [
                    feature.name,
                    str(assets),
                    seconds(median(ours)),
                    seconds(middle),
                    f"{stopped}/{len(theirs)}",
                    times(median(ours), middle, at_least=2 * stopped >= len(theirs)),
                    f"{statistics.median(run.deviation_bp for run in ours):.1f}",
                    _deviations(drawn, theirs),
                ]
            )
    return Section(
        "The naive model",
        "|value − ideal| as two half-planes, the same problems through PuLP and HiGHS, one thread, to the same gap of "
        f"a basis point, with a limit of {limit:g} s.",
        ("problem", "assets", "ours", "naive", "at the limit", "ratio", "our deviation, bp", "naive deviation, bp"),
        rows,
        [],
    )


def _deviations(drawn: list[Problem], rivals: list[Rival]) -> str:
    found = [rival.deviation_bp(problem) for problem, rival in zip(drawn, rivals, strict=True)]
    known = [deviation for deviation in found if deviation is not None]
    return f"{statistics.median(known):.1f}" if len(known) == len(found) else f"no plan in {len(found) - len(known)}"


def exact_squares(bench: Bench) -> Section:
    """LSAPPROX beside the true least-squares optimum."""
    limit = 10.0 if bench.quick else 60.0
    rows = []
    apart = 0.0
    proofs = total = 0
    for assets in (10, 20, 50):
        for feature in (PLAIN, PERCENT, TOGETHER):
            say(f"SCIP, {assets} assets, {feature.name}")
            drawn = problems(bench.count(12), assets, feature, Model.LSAPPROX)
            ours = [bench.run(problem) for problem in drawn]
            theirs = [solve_exactly(problem, limit) for problem in drawn]
            proven = [_proved(problem, rival) for problem, rival in zip(drawn, theirs, strict=True)]
            # Below the true optimum is SCIP's bound: a distance from it is never flattering.
            distances = [
                max(0.0, run.deviation_bp - rival.bound) / math.sqrt(run.problem.scored_rows)
                for run, rival in zip(ours, theirs, strict=True)
            ]
            middle = statistics.median(rival.seconds for rival in theirs)
            rows.append(
                [
                    feature.name,
                    str(assets),
                    seconds(median(ours)),
                    seconds(middle),
                    times(median(ours), middle),
                    f"{sum(proven)}/{len(proven)}",
                    f"{max(distances):.4f}",
                ]
            )
            apart = max(apart, *distances)
            proofs, total = proofs + sum(proven), total + len(proven)
    return Section(
        "LSAPPROX beside an exact solver",
        "SCIP solves the mixed-integer quadratic program itself. The distance is of the roots of the mean square, from "
        "SCIP's proven bound to our plan, in basis points of W.",
        ("problem", "assets", "ours", "SCIP", "ratio", "proven by SCIP", "most above the optimum, bp"),
        rows,
        [
            Bar(
                "10, 20 and 50 assets",
                f"{apart:.4f} bp above ({proofs} of {total} proven by SCIP)",
                "within 1 bp of the true optimum",
                apart <= 1,
            )
        ],
    )


def _proved(problem: Problem, rival: Rival) -> bool:
    """SCIP's plan and its bound meet within a hundredth of a basis point."""
    if rival.objective is None:
        return False
    return float(rival.objective.sqrt() / problem.wealth) * 1e4 - rival.bound < 0.01


def purchases(bench: Bench) -> Section:
    """A portfolio bought from cash, beside PyPortfolioOpt."""
    peers: dict[str, Callable[[Problem], Rival]] = {
        "lp_portfolio": lp_portfolio(None),
        "lp_portfolio, HiGHS": lp_portfolio("HIGHS"),
        "greedy_portfolio": greedy_portfolio,
    }
    rows, bars = [], []
    for assets, wealth in ((20, 100_000), (50, 100_000), (200, 1_000_000)):
        say(f"PyPortfolioOpt, {assets} assets")
        drawn = [purchase(seed, assets, wealth) for seed in range(bench.count(15))]
        ours = [bench.run(problem, gap=None) for problem in drawn]
        middle = median(ours)
        deviation = statistics.median(run.deviation_bp for run in ours)
        rows.append([str(assets), f"{wealth:,}", "ours", seconds(middle), "1×", f"{deviation:.2f}", ""])
        near = [bench.run(problem) for problem in drawn]
        near_bp = statistics.median(run.deviation_bp for run in near)
        near_s = median(near)
        rows.append(
            [str(assets), f"{wealth:,}", "ours to 1 bp", seconds(near_s), times(middle, near_s), f"{near_bp:.2f}", ""]
        )
        slowest_allowed, above_lp, above_greedy = math.inf, 0, 0
        for name, peer in peers.items():
            rivals = [peer(problem) for problem in drawn]
            theirs = statistics.median(rival.seconds for rival in rivals)
            worse = sum(_above(run, rival) for run, rival in zip(ours, rivals, strict=True))
            if name == "greedy_portfolio":
                above_greedy = worse
            else:
                above_lp, slowest_allowed = above_lp + worse, min(slowest_allowed, theirs)
            rows.append(
                [
                    str(assets),
                    f"{wealth:,}",
                    name,
                    seconds(theirs),
                    times(middle, theirs),
                    f"{statistics.median(r.deviation_bp(p) or 0.0 for p, r in zip(drawn, rivals, strict=True)):.2f}",
                    f"{len(drawn) - worse}/{len(drawn)}",
                ]
            )
        bars += [
            Bar(f"{assets} assets, deviation", f"above lp_portfolio in {above_lp}", "never above", above_lp == 0),
            Bar(
                f"{assets} assets, time",
                seconds(middle),
                f"below lp_portfolio's {seconds(slowest_allowed)}",
                middle < slowest_allowed,
            ),
            Bar(
                f"{assets} assets, greedy",
                f"above greedy_portfolio in {above_greedy}",
                "never above",
                above_greedy == 0,
            ),
        ]
    return Section(
        "Buying a portfolio from cash",
        "One price per asset, whole units, cash left scored as a deviation: the sum that `lp_portfolio` minimises. "
        "Of ours the first row counts, with the default gap: an exact plan. PyPortfolioOpt with the solver that CVXPY "
        "chooses, and with HiGHS; the faster counts.",
        ("assets", "W", "by", "median", "time to ours", "median deviation, bp", "ours not above"),
        rows,
        bars,
    )


def _above(run: Run, rival: Rival) -> bool:
    """Whether a rival's plan, if it is one, is better than ours; exactly."""
    if run.plan is None:
        return True
    return rival.objective is not None and not rival.broken and run.plan.objective > rival.objective


def brute_force(bench: Bench) -> Section:
    """The small problems of the tests."""
    sys.path.append(str(BRUTE_FORCE))
    instances, oracle = importlib.import_module("instances"), importlib.import_module("oracle")
    say("brute force")
    count = SMALL_PROBLEMS // 5 if bench.quick else SMALL_PROBLEMS
    equal = {Model.LAD: 0, Model.LSAPPROX: 0}
    asked = {Model.LAD: 0, Model.LSAPPROX: 0}
    ours, theirs = [], []
    for seed in range(count):
        instance = instances.draw(seed)
        model = instance.portfolio.options.model
        started = time.perf_counter()
        best = oracle.best(instance.portfolio, instance.quotes)
        theirs.append(time.perf_counter() - started)
        problem = pose(instance.portfolio, instance.quotes)
        started = time.perf_counter()
        plan = _plan(problem)
        ours.append(time.perf_counter() - started)
        asked[model] += 1
        equal[model] += _same(best, plan)
    return Section(
        "Small problems beside brute force",
        "Two to five assets, up to 20,000 plans each, every option; objective, cost and deals equal to those of trying "
        "every plan in exact fractions.",
        ("model", "problems", "equal"),
        [[model.value, str(asked[model]), str(equal[model])] for model in asked],
        [
            Bar(
                f"{count} problems",
                f"{sum(equal.values())} equal; median {seconds(statistics.median(ours))}, brute force "
                f"{seconds(statistics.median(theirs))}",
                "all equal, exactly",
                sum(equal.values()) == count,
            )
        ],
    )


def _plan(problem: Problem) -> Plan | None:
    try:
        return solve(problem, clock=lambda: 0.0)
    except Infeasible:
        return None


def _same(best: Any, plan: Plan | None) -> bool:
    if best is None or plan is None:
        return best is plan
    found: tuple[Decimal, Decimal, int] = (plan.objective, plan.cost, plan.deals)
    return found == (best.objective, best.cost, best.deals)
