"""`allocator experiment paper` as a person runs it, on made-up hours and the smallest of grids."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from shell import PATIENCE_S, one_line, popen, run

pytest.importorskip("torch", reason="the extra `forecast` is not installed")
pytest.importorskip("talib", reason="the extra `forecast` is not installed")

SMALLEST = ("--iterations", "1", "--networks", "tsmixer", "--inputs", "univariate", "--workers", "1")
PAGE = "# Results\n\n<!-- experiment paper: begin -->\n<!-- experiment paper: end -->\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Three random walks from July 2021 to February 2022."""
    path = tmp_path_factory.mktemp("experiment")
    days = np.arange(np.datetime64("2021-07-01"), np.datetime64("2022-02-25"))
    days = days[np.is_busday(days)]
    begin = (days[:, None] + np.array([np.timedelta64(hour, "h") for hour in range(10, 19)])).ravel()
    rng = np.random.default_rng(5)
    lines = ["ticker,begin,open,high,low,close,volume"]
    for ticker in ("AAA", "BBB", "CCC"):
        close = 100 * np.exp(np.cumsum(rng.normal(0, 0.005, len(begin))))
        opened = np.r_[100, close[:-1]]
        for at, when in enumerate(begin.astype("datetime64[s]")):
            low, high = sorted((opened[at], close[at]))
            lines.append(f"{ticker},{when},{opened[at]},{high},{low},{close[at]},{1000 + at}")
    (path / "hours.csv.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    return path


def paper(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return run("experiment", "paper", "--data", "hours.csv.gz", *words, cwd=folder)


@pytest.mark.slow
def test_it_trains_then_only_shows(folder):
    """The first run trains its cells; the second takes them from the cache, draws them and puts them into a page."""
    words = (*SMALLEST, "--lambdas", "0,50", "--cache", "cache")
    first = paper(folder, *words, "--json")
    assert 0 == first.returncode, first.stderr
    cells = json.loads(first.stdout)["cells"]
    assert {0.0, 50.0} == {cell["lam"] for cell in cells}
    assert "2 of 2: iteration 1, tsmixer, univariate" in first.stderr

    (folder / "page.md").write_text(PAGE, encoding="utf-8")
    again = paper(folder, *words, "--workers", "0", "--markdown", "page.md", "--plot", "figure.png")
    assert (0, "") == (again.returncode, again.stderr)
    assert "TSMixer" in again.stdout
    assert "21.00" in again.stdout
    assert "| TSMixer |" in (folder / "page.md").read_text(encoding="utf-8")
    assert b"\x89PNG" == (folder / "figure.png").read_bytes()[:4]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM to catch on Windows")
def test_it_goes_on_after_it_was_stopped(folder):
    """Stopped after the first cell, it ends in one line, keeps that cell, and trains the others the next time."""
    words = (*SMALLEST, "--lambdas", "0,10,25,50", "--cache", "stopped")
    process = popen("experiment", "paper", "--data", "hours.csv.gz", *words, cwd=folder, stderr=subprocess.PIPE)
    deadline = time.monotonic() + PATIENCE_S
    while not list(folder.glob("stopped/cells/*.json")) and time.monotonic() < deadline:
        assert None is process.poll()
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGTERM)
    process.communicate(timeout=PATIENCE_S)
    assert 143 == process.returncode
    kept = {path.name: path.read_bytes() for path in folder.glob("stopped/cells/*.json")}
    assert 1 <= len(kept) < 4
    done = paper(folder, *words, "--json")
    assert 0 == done.returncode, done.stderr
    assert 4 == len(json.loads(done.stdout)["cells"])
    assert kept == {name: (folder / "stopped" / "cells" / name).read_bytes() for name in kept}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "needs hourly bars"),
        (("--data", "hours.csv.gz", "--iterations", "7"), "7 are no iterations"),
        (("--data", "hours.csv.gz", "--iterations", "one"), "not numbers"),
        (("--data", "hours.csv.gz", "--inputs", "context"), "context are no inputs"),
        (("--data", "hours.csv.gz", "--markdown", "hours.csv.gz"), "cannot be read"),
        (("--data", "hours.csv.gz", "--plot", "no/where.png"), "no"),
    ],
)
def test_what_cannot_be_is_refused_at_once(folder, words, said):
    """In one line, as a mistake of the command line."""
    done = run("experiment", "paper", *words, cwd=folder)
    assert 2 == done.returncode
    assert one_line(done.stderr)
    assert said in done.stderr


def test_nothing_trained_yet_is_told_with_what_trains_it(folder):
    """Nothing is drawn either, and that is said."""
    words = (*SMALLEST, "--workers", "0", "--cache", "nothing", "--plot", "nothing.png")
    done = run("experiment", "paper", "--data", "hours.csv.gz", *words, cwd=folder)
    assert 0 == done.returncode, done.stderr
    assert done.stdout.startswith("Not trained yet: 9 cells. The same command without --workers 0 trains them.")
    assert "nothing.png is not drawn: no cell is trained yet." == done.stderr.strip()
    assert not (folder / "nothing.png").exists()


def test_years_that_are_not_there(folder):
    """The second iteration judges on 2023: with such data it says which years it needs."""
    done = run("experiment", "paper", "--data", "hours.csv.gz", "--iterations", "2", "--cache", "none", cwd=folder)
    assert 1 == done.returncode
    assert one_line(done.stderr)
    assert "2023" in done.stderr
