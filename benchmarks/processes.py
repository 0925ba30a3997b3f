"""The whole command as a person waits for it: a new process from the shell to its last line."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.measure import Bar, Bench, Section, say, seconds, times

ROOT = Path(__file__).parent.parent
COMMANDS = (("allocator samples/moex.ini", 1.0), ("allocator --help", 0.25))


def processes(bench: Bench) -> Section:
    """Median of several runs, beside an interpreter that does nothing."""
    runs = 5 if bench.quick else 15
    say("whole processes")
    idle, _ = _timed([sys.executable, "-c", "pass"], runs)
    rows = [["python -c pass", seconds(idle), "", "1×"]]
    bars = []
    for command, bar in COMMANDS:
        middle, slowest = _timed([*_allocator(), *command.split()[1:]], runs)
        rows.append([command, seconds(middle), seconds(slowest), times(idle, middle)])
        bars.append(Bar(command, f"median {seconds(middle)}", f"under {bar:g} s", middle < bar))
    return Section(
        "Whole processes",
        f"Median of {runs} runs after one that is not counted; quotes from a file.",
        ("command", "median", "worst", "to an idle interpreter"),
        rows,
        bars,
    )


def _allocator() -> list[str]:
    script = Path(sys.executable).with_name("allocator")
    return [str(script)] if script.exists() else [sys.executable, "-m", "allocator"]


def _timed(command: list[str], runs: int) -> tuple[float, float]:
    """Median and worst seconds; infinite for a command that fails."""
    taken = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        taken.append(time.perf_counter() - started)
        if done.returncode:
            say(f"{' '.join(command[1:])} ended with {done.returncode}: {done.stderr.decode(errors='replace').strip()}")
            return float("inf"), float("inf")
    return statistics.median(taken[1:]), max(taken[1:])
