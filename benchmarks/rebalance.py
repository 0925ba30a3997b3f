"""Every claim about rebalancing, measured beside its peer: `python -m benchmarks.rebalance [--quick] [SECTION ...]`.

The whole of it takes some twenty minutes and writes its part of `benchmarks/RESULTS.md`. With `--quick` (fewer
instances, two minutes) or with the names of some sections it goes to stdout instead: a piece is not the result.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from benchmarks.against import brute_force, exact_squares, naive, purchases
from benchmarks.instances import PLAIN, TOGETHER, problems
from benchmarks.measure import Bench, Section, markdown, say
from benchmarks.page import RESULTS, write_part
from benchmarks.processes import processes
from benchmarks.solving import limits, options, plain, squares

SECTIONS: dict[str, Callable[[Bench], Section]] = {
    "plain": plain,
    "options": options,
    "squares": squares,
    "exact": exact_squares,
    "brute": brute_force,
    "purchases": purchases,
    "naive": naive,
    "processes": processes,
    "limits": limits,  # last: it judges the runs of all the others
}


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rebalance", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer instances, shorter limits; print only")
    parser.add_argument("section", nargs="*", help="only these: " + ", ".join(SECTIONS))
    arguments = parser.parse_args()
    for name in arguments.section:
        if name not in SECTIONS:
            parser.error(f"no section {name!r}; there are {', '.join(SECTIONS)}")
    started = time.perf_counter()
    _warm_up()
    bench = Bench(quick=arguments.quick)
    chosen = [SECTIONS[name] for name in SECTIONS if not arguments.section or name in arguments.section]
    command = "python -m benchmarks.rebalance" + " --quick" * arguments.quick
    page = markdown([section(bench) for section in chosen], " ".join([command, *arguments.section]))
    say(f"{time.perf_counter() - started:.0f} s in all")
    if arguments.quick or arguments.section:
        print(page)
    else:
        write_part("rebalance", page)
        say(f"written to {RESULTS.name}")


def _warm_up() -> None:
    """Imports and first calls stay out of every figure, ours and the peers'."""
    from benchmarks.instances import purchase  # noqa: PLC0415
    from benchmarks.peers import greedy_portfolio, lp_portfolio  # noqa: PLC0415

    bench = Bench(quick=True)
    for features in (PLAIN, TOGETHER):
        bench.run(problems(1, 10, features)[0])
    small = purchase(0, 5, 100_000)
    greedy_portfolio(small)
    for solver in (None, "HIGHS"):
        lp_portfolio(solver)(small)


if __name__ == "__main__":
    main()
