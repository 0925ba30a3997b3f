"""`allocator train` and `allocator forecast` as a person runs them, on a store of made-up days."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from shell import one_line, run

from allocator.core.bars import Bars, Interval
from allocator.core.instrument import Instrument, Kind
from allocator.store import open_store

CLEAN: dict[str, str | None] = {"ALLOCATOR_STORE": None, "ALLOCATOR_CONFIG": None, "ALLOCATOR_LANG": None}
SETTINGS = "[store]\nurl = store.db\n[universe]\nminimum history = 300\n[forecast]\nhorizon = 2\nworkers = 1\n"
TINY = ("--network", "tsmixer", "--inputs", "univariate", "--window", "8", "--epochs", "1")
extra = pytest.mark.skipif(os.name == "nt", reason="slow to start there")


def bars(seed: int, rows: int = 480) -> Bars:
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, rows)))
    begin = np.busday_offset("2024-01-12", np.arange(1 - rows, 1), roll="backward").astype("datetime64[s]")
    volume = np.full(rows, 1e4)
    return Bars(begin, close, close * 1.01, close * 0.99, close, volume, volume * close)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store, and settings that name it."""
    place = tmp_path_factory.mktemp("home")
    (place / "allocator.ini").write_text(SETTINGS, encoding="utf-8")
    with open_store(str(place / "store.db")) as store, store.transaction() as tx:
        tx.instruments.put([Instrument(ticker, Kind.SHARE, "TQBR") for ticker in ("AAA", "BBB")])
        for seed, ticker in enumerate(("AAA", "BBB")):
            tx.bars.put(ticker, Interval.DAY, bars(seed))
    return place


def allocator(folder: Path, *words: str):
    return run(*words, "--config", "allocator.ini", cwd=folder, env=CLEAN)


def test_a_forecast_without_models_says_what_to_type(folder: Path):
    """In one line, with the code of a forecast that cannot be made."""
    done = allocator(folder, "forecast")
    assert (1, "") == (done.returncode, done.stdout)
    assert one_line(done.stderr)
    assert "There are no models yet. Train some: allocator train --count 5 --interval day --horizon 2" in done.stderr


def test_without_a_store_nothing_is_made(tmp_path: Path):
    """A misspelt path does not become an empty store."""
    done = run("forecast", "--store", "nowhere.db", cwd=tmp_path, env=CLEAN)
    assert 1 == done.returncode
    assert "there is no store yet" in done.stderr
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("train", "--network", "gru"), "'gru' is not one of"),
        (("train", "--window", "1"), "2<=x<=4096"),
        (("forecast", "--json", "--csv"), "--json and --csv do not go together"),
        (("forecast", "--horizon", "0"), "1<=x<=1024"),
        (("forecast", "--plot", "missing/picture.png"), "cannot be written"),
    ],
)
def test_what_cannot_be_is_refused(folder: Path, words: tuple[str, ...], said: str):
    """With the code of a wrong command line."""
    done = allocator(folder, *words)
    assert 2 == done.returncode, done.stderr
    assert said in done.stderr


@extra
def test_from_bars_to_a_forecast(folder: Path):
    """Train, forecast, as a table, as JSON, as CSV, in Russian; the verdict stands first."""
    pytest.importorskip("torch", reason="the extra `forecast` is not installed")
    pytest.importorskip("talib", reason="the extra `forecast` is not installed")
    trained = allocator(folder, "train", *TINY, "--count", "2", "--json")
    assert (0, "1 of 2: tsmixer is trained\n2 of 2: tsmixer is trained\n") == (trained.returncode, trained.stderr)
    assert [0, 1] == [model["seed"] for model in json.loads(trained.stdout)["models"]]
    (folder / "my.ini").write_text("[have]\nBBB = 3\n[want]\nBBB = 100%\n", encoding="utf-8")
    shown = allocator(folder, "forecast", "--portfolio", "my.ini")
    assert 0 == shown.returncode, shown.stderr
    assert shown.stdout.startswith("The forecast ")
    assert "naive forecast" in shown.stdout.splitlines()[0]
    assert "BBB *" in shown.stdout
    found = json.loads(allocator(folder, "forecast", "--json").stdout)
    assert {"AAA", "BBB"} == {each["ticker"] for each in found["securities"]}
    assert isinstance(found["beats_naive"], bool)
    rows = allocator(folder, "forecast", "--csv")
    assert rows.stdout.startswith("ticker,name,held,mean,")
    assert "naive forecast" in rows.stderr
    quiet = allocator(folder, "forecast", "--csv", "-q")
    assert (rows.stdout, "") == (quiet.stdout, quiet.stderr)
    assert allocator(folder, "forecast", "--lang", "ru").stdout.startswith("Прогноз")
    again = allocator(folder, "train", "--again", "--lang", "en")
    assert 0 == again.returncode
    assert "Trained now: 0; finished before: 2." in again.stdout
    assert 2 == again.stdout.count(" *  tsmixer")


def hours(seed: int, days: int = 60, a_day: int = 10) -> Bars:
    """Hours of working days, their turnover not said, as in many files."""
    rng = np.random.default_rng(seed)
    day = np.busday_offset("2024-01-12", np.arange(1 - days, 1), roll="backward").astype("datetime64[s]")
    begin = (day[:, None] + (10 + np.arange(a_day)) * np.timedelta64(3600, "s")).ravel()
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.005, len(begin))))
    volume = np.full(len(begin), 1e3)
    return Bars(begin, close, close * 1.01, close * 0.99, close, volume, volume * np.nan)


@extra
def test_hours_from_bars_to_a_forecast(tmp_path: Path):
    """A store that has hours alone: train, evolve, forecast; each says how to go on with hours."""
    pytest.importorskip("torch", reason="the extra `forecast` is not installed")
    pytest.importorskip("talib", reason="the extra `forecast` is not installed")
    (tmp_path / "allocator.ini").write_text(SETTINGS.replace("300", "40"), encoding="utf-8")
    with open_store(str(tmp_path / "store.db")) as store, store.transaction() as tx:
        tx.instruments.put([Instrument(ticker, Kind.SHARE, "TQBR") for ticker in ("AAA", "BBB")])
        for seed, ticker in enumerate(("AAA", "BBB")):
            tx.bars.put(ticker, Interval.HOUR, hours(seed))
    trained = allocator(tmp_path, "train", *TINY, "--interval", "hour")
    assert 0 == trained.returncode, trained.stderr
    assert "Bars: hours. Trained now: 1; finished before: 0." in trained.stdout
    assert trained.stdout.rstrip().endswith("Next: allocator forecast --interval hour --config allocator.ini")
    bred = allocator(tmp_path, "evolve", "--interval", "hour", "--steps", "1", "--json")
    assert 0 == bred.returncode, bred.stderr
    assert ("hour", 1) == (json.loads(bred.stdout)["interval"], json.loads(bred.stdout)["steps_done"])
    shown = allocator(tmp_path, "forecast", "--interval", "hour", "--json")
    assert 0 == shown.returncode, shown.stderr
    found = json.loads(shown.stdout)
    assert {"AAA", "BBB"} == {each["ticker"] for each in found["securities"]} | found["left_out"].keys()
    assert "there are models for" not in shown.stderr
    assert 1 == allocator(tmp_path, "forecast").returncode
