"""`allocator forecast` as a whole process, with an ensemble of 30 trained on 250 securities of two years of days.

Each model is trained one epoch, which does not change what asking it takes. It is timed right after the training, then
after a day has come, as one does each night (the features are made anew, and each model is asked about the windows that
the day has changed), then again on the same bars, and last with all forgotten that any model ever said: each is asked
about all the days that it has not learnt from.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from allocator.core.bars import Bars, Interval
from allocator.core.instrument import Instrument, Kind
from allocator.store import open_store
from benchmarks.page import table

TICKERS, DAYS, MODELS = 250, 500, 30
BAR_S = 30.0
SETTINGS = "[store]\nurl = store.db\n[universe]\nminimum history = 300\n"


def measure(*, quick: bool) -> list[str]:
    """Lines of Markdown. Raises: `subprocess.CalledProcessError` with what the command said."""
    tickers, models = (40, 5) if quick else (TICKERS, MODELS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "allocator.ini").write_text(SETTINGS, encoding="utf-8")
        spent = []
        _fill(folder, range(tickers), DAYS - 1)
        _run(folder, "train", "--count", str(models), "--epochs", "1", "--quiet")
        for what in ("trained", "a day", "again", "forgotten"):
            if what == "a day":
                _fill(folder, range(tickers), DAYS)
            if what == "forgotten":
                _forget(folder)
            began = time.perf_counter()
            said = _run(folder, "forecast", "--json")
            spent.append(time.perf_counter() - began)
        document = json.loads(said)
    asked, found = len(document["models"]), len(document["securities"])
    assert (models, tickers) == (asked, found), (asked, found, document.get("notes"))
    row = [str(asked), str(found), *(f"{seconds:.1f} s" for seconds in spent), f"under {BAR_S:g} s"]
    return table(["models", "securities", "after training", "after a new day", "again", "all asked anew", "bar"], [row])


def _fill(folder: Path, numbers: range, days: int) -> None:
    """Random walks around a common one, their first `days`, in turnovers of 10 to 1,000 million roubles a day."""
    common = np.random.default_rng(0).normal(0, 0.01, DAYS)
    begin = np.busday_offset(np.datetime64("today"), np.arange(1 - DAYS, 1), roll="backward").astype("datetime64[s]")
    with open_store(str(folder / "store.db")) as store:
        for number in numbers:
            rng = np.random.default_rng(1 + number)
            close = 100 * np.exp(np.cumsum(common + rng.normal(0, 0.015, DAYS)))
            value = 10 ** rng.uniform(7, 9) * rng.lognormal(0, 0.5, DAYS)
            bars = Bars(begin, close * 0.999, close * 1.01, close * 0.99, close, np.round(value / close), value)
            with store.transaction() as tx:
                tx.instruments.put([Instrument(f"T{number:03}", Kind.SHARE, "TQBR")])
                tx.bars.put(f"T{number:03}", Interval.DAY, bars[:days])


def _forget(folder: Path) -> None:
    for kept in (folder / "models").glob("*.npz"):
        kept.unlink()


def _run(folder: Path, *words: str) -> str:
    root = str(Path(__file__).parents[1])
    settings = {key: value for key, value in os.environ.items() if not key.startswith("ALLOCATOR_")}
    done = subprocess.run(
        [sys.executable, "-m", "allocator", *words, "--config", "allocator.ini"],
        cwd=folder, env={**settings, "PYTHONPATH": root}, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return done.stdout


if __name__ == "__main__":
    print("\n".join(measure(quick="--quick" in sys.argv)))
