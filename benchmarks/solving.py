"""How long solving takes, and whether it ends with a proof: the bars without a peer in them."""

from __future__ import annotations

from allocator.core.portfolio import Model
from allocator.optimize import Problem
from benchmarks.instances import ALL_CASH, DEALS, FIXED, PERCENT, PLAIN, TOGETHER, Features, problems
from benchmarks.measure import (
    RUN_HEADER,
    Bar,
    Bench,
    Run,
    Section,
    proven_bar,
    run_row,
    say,
    time_bar,
)

FULL = {10: 24, 50: 24, 100: 24, 250: 24, 1_000: 12}  # instances by number of assets


def solve_grid(
    bench: Bench, sizes: tuple[int, ...], features: tuple[Features, ...], model: Model
) -> dict[tuple[int, Features], list[Run]]:
    """Runs by size and features."""
    grid = {}
    for assets in sizes:
        for feature in features:
            say(f"{model.value}, {assets} assets, {feature.name}")
            grid[assets, feature] = bench.run_all(problems(bench.count(FULL[assets]), assets, feature, model))
    return grid


def rows_of_grid(grid: dict[tuple[int, Features], list[Run]]) -> list[list[str]]:
    return [run_row(feature.name, assets, runs) for (assets, feature), runs in grid.items()]


def plain(bench: Bench) -> Section:
    """LAD without fees or with percent fees."""
    grid = solve_grid(bench, (10, 50, 100, 250, 1_000), (PLAIN, PERCENT), Model.LAD)
    of_size = {assets: grid[assets, PLAIN] + grid[assets, PERCENT] for assets in (10, 50, 100, 250, 1_000)}
    to_250 = [run for assets, runs in of_size.items() if assets <= 250 for run in runs]
    return Section(
        "LAD without fees or with % fees",
        "US-like and MOEX-like portfolios of 1e5 to 1e8, to a gap of one basis point.",
        RUN_HEADER,
        rows_of_grid(grid),
        [
            proven_bar("10 to 250 assets", to_250),
            time_bar("50 assets", of_size[50], median_s=0.05),
            time_bar("250 assets", of_size[250], median_s=0.15),
            time_bar("10 to 250 assets", to_250, worst_s=2),
            time_bar("1,000 assets", of_size[1_000], median_s=1),
        ],
    )


def options(bench: Bench) -> Section:
    """LAD with what makes it hard."""
    features = (FIXED, DEALS, ALL_CASH, TOGETHER)
    grid = solve_grid(bench, (10, 50, 100, 250), features, Model.LAD)
    bars = []
    for feature in features:
        fifty, many = grid[50, feature], grid[250, feature]
        bars += [
            proven_bar(f"50 assets, {feature.name}", fifty),
            time_bar(f"50 assets, {feature.name}", fifty, median_s=0.3, worst_s=3),
            time_bar(f"250 assets, {feature.name}", many, median_s=3),
            _stopped_bar(f"250 assets, {feature.name}", many),
        ]
    return Section(
        "LAD with fixed fees, max deals, use all cash, all together",
        "Max deals is a fifth of the assets; all together has both kinds of fee. The same portfolios as above.",
        RUN_HEADER,
        rows_of_grid(grid),
        bars,
    )


def _stopped_bar(what: str, runs: list[Run]) -> Bar:
    """Those that are not proven ended at the time limit with a plan and its gap."""
    open_runs = [run for run in runs if not run.proven]
    gaps = ", ".join(f"{run.gap * 1e4:.1f} bp" for run in open_runs)
    return Bar(
        what,
        f"{len(runs) - len(open_runs)} of {len(runs)} proven" + (f"; left open: {gaps}" if gaps else ""),
        "a plan with its gap at the limit",
        all(run.plan is not None and run.overrun_s <= 1 for run in open_runs),
    )


def squares(bench: Bench) -> Section:
    """LSAPPROX, plain and with every option."""
    grid = solve_grid(bench, (50, 250), (PLAIN, TOGETHER), Model.LSAPPROX)
    return Section(
        "LSAPPROX",
        "The deviation is √Σ deviation², the gap (√objective − √bound)/W, both stricter than roots of the mean by "
        "√rows.",
        RUN_HEADER,
        rows_of_grid(grid),
        [
            time_bar("50 assets, plain", grid[50, PLAIN], median_s=0.1),
            time_bar("250 assets, plain", grid[250, PLAIN], median_s=0.3),
            time_bar("50 assets, all options", grid[50, TOGETHER], median_s=1.5),
            time_bar("250 assets, all options", grid[250, TOGETHER], median_s=6),
            proven_bar("50 assets", grid[50, PLAIN] + grid[50, TOGETHER]),
            proven_bar("250 assets", grid[250, PLAIN] + grid[250, TOGETHER]),
        ],
    )


def limits(bench: Bench) -> Section:
    """Time limits too short to finish in, asked for exact plans; and every run that was made before."""
    before = len(bench.runs)
    rows = []
    for limit_s in (0.2, 1.0, 3.0)[: 2 if bench.quick else 3]:
        for model in (Model.LAD, Model.LSAPPROX):
            for assets in (250, 1_000):
                say(f"a limit of {limit_s:g} s, {model.value}, {assets} assets")
                runs = [bench.run(p, gap=None, limit_s=limit_s) for p in _hard(bench, assets, model)]
                rows.append(
                    [
                        f"{limit_s:g} s",
                        model.value,
                        str(assets),
                        str(sum(run.seconds >= limit_s for run in runs)),
                        f"{max(run.overrun_s for run in runs):+.2f} s",
                        f"{max(run.gap for run in runs) * 1e4:.2f}",
                    ]
                )
    over = max(run.overrun_s for run in bench.runs)
    return Section(
        "The time limit",
        f"All options together, an exact plan asked for, under limits too short for it; the bar counts the {before} "
        "runs of the other sections too.",
        ("limit", "model", "assets", "runs that reached it", "most over it", "worst gap, bp"),
        rows,
        [Bar("every run", f"{max(0.0, over):.2f} s over", "never above the limit by more than 1 s", over <= 1)],
    )


def _hard(bench: Bench, assets: int, model: Model) -> list[Problem]:
    return problems(bench.count(6), assets, TOGETHER, model)
