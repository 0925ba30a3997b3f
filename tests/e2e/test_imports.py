"""What a run loads: libraries that take long are there only for those who use them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from shell import INI, PATIENCE_S, ROOT, environment, write

HEAVY = {
    *("numpy", "pulp", "highspy", "requests", "urllib3", "tabulate", "matplotlib", "yfinance", "pandas"),
    *("sqlalchemy", "alembic", "piqp", "scipy", "torch", "talib", "sklearn"),
}
AUTO = "[forecast]\nfallback = equal\n"


def loaded(folder: Path, *words: str) -> set[str]:
    """The heavy libraries that a run of these words imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "allocator", *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    return HEAVY & names


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["init", "--help"]])
def test_help_loads_no_library(words: list[str], tmp_path: Path) -> None:
    """Help is there at once: nothing but click is loaded for it."""
    assert set() == loaded(tmp_path, *words)


def test_quotes_from_a_file_need_no_network(tmp_path: Path) -> None:
    """A rebalance on a file of quotes loads neither a client of HTTP nor what draws pictures."""
    write(tmp_path)
    assert {"numpy", "tabulate"} <= loaded(tmp_path, "p.ini") <= {"numpy", "tabulate", "pulp", "highspy"}
    assert "tabulate" not in loaded(tmp_path, "p.ini", "--json")


def test_shares_by_forecast_load_what_reads_one(tmp_path: Path) -> None:
    """An `auto` asset needs the store and the optimiser, and nothing of what makes forecasts; others need neither."""
    write(tmp_path, INI.replace("SBER = 50%", "SBER = auto") + AUTO)
    found = loaded(tmp_path, "p.ini", "--json", "--store", "store.db")
    assert {"sqlalchemy", "piqp"} <= found
    assert not {"torch", "talib", "sklearn", "pandas", "matplotlib", "requests"} & found
    write(tmp_path, INI + AUTO)
    assert not {"sqlalchemy", "piqp", "scipy"} & loaded(tmp_path, "p.ini", "--json", "--store", "store.db")


def test_a_sample_of_this_repository(tmp_path: Path) -> None:
    """So does the sample that `make run` shows."""
    assert not {"requests", "matplotlib", "yfinance", "pandas"} & loaded(tmp_path, str(ROOT / "samples" / "moex.ini"))
