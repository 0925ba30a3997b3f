"""`allocator universe` as a person runs it, on a store of a file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from shell import one_line, run

from allocator.core.bars import Bars, Interval
from allocator.core.instrument import Instrument, Kind
from allocator.store import open_store

CLEAN: dict[str, str | None] = {"ALLOCATOR_STORE": None, "ALLOCATOR_CONFIG": None}
SETTINGS = "[universe]\nminimum history = 20\nholding days = 5\nexclude = UGLY\n"
PORTFOLIO = "[have]\nPOOR = 100\n[want]\nGOOD = 100%\n[cash]\nhave = 1000\n"


def bars(turnover: float) -> Bars:
    days = 30
    begin = np.busday_offset("2024-01-15", np.arange(days), roll="forward").astype("datetime64[s]")
    price = np.full(days, 12.5)
    return Bars(begin, price, price, price, price, np.full(days, turnover / 12.5), np.full(days, turnover))


def stored(path: Path, papers: Sequence[tuple[str, Bars]]) -> Path:
    with open_store(str(path)) as store, store.transaction() as transaction:
        transaction.instruments.put(
            [Instrument(ticker, Kind.SHARE, "TQBR", name=f"{ticker} PLC") for ticker, _ in papers]
        )
        for ticker, some in papers:
            transaction.bars.put(ticker, Interval.DAY, some)
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    """Good, poor, ugly, and one that is young."""
    papers = [("GOOD", bars(9e6)), ("POOR", bars(100.0)), ("UGLY", bars(9e6)), ("YOUNG", bars(9e6)[11:])]
    return stored(tmp_path_factory.mktemp("store") / "store.db", papers)


@pytest.fixture
def folder(tmp_path, store) -> Path:
    """Settings that name the store, and a portfolio."""
    (tmp_path / "allocator.ini").write_text(f"[store]\nurl = {store}\n{SETTINGS}", encoding="utf-8")
    (tmp_path / "my.ini").write_text(PORTFOLIO, encoding="utf-8")
    return tmp_path


def test_the_table_says_what_qualifies_and_what_is_held(folder):
    """By settings found in the place that a person keeps them, for the portfolio of a file."""
    done = run("universe", "--config", "allocator.ini", "--portfolio", "my.ini", cwd=folder, env=CLEAN)
    assert (0, "") == (done.returncode, done.stderr)
    rows = [line.split() for line in done.stdout.splitlines()[2:4]]
    assert ["GOOD", "GOOD", "PLC", "share", "30", "9", "000", "000", "qualifies"] == rows[0]
    assert ["POOR", "POOR", "PLC", "share", "30", "100", "HELD,", "though"] == rows[1][:8]
    assert "Qualify: 1 of 4." in done.stdout
    assert "more than 1 250.00 RUB (largest position 1 250.00, cash 1 000.00)" in done.stdout
    assert "Left out: 2;" in done.stdout


def test_all_shows_the_reasons(folder):
    """Of those that are left out."""
    done = run("universe", "--config", "allocator.ini", "--cash", "1000", "--all", cwd=folder, env=CLEAN)
    assert 0 == done.returncode
    assert "out: you excluded it" in done.stdout
    assert "19 daily bars of 20" in done.stdout
    assert "Left out" not in done.stdout


def test_json_is_for_programs(folder):
    """One object on stdout, its warnings on stderr too."""
    done = run("universe", "--config", "allocator.ini", "--portfolio", "my.ini", "--json", cwd=folder, env=CLEAN)
    found = json.loads(done.stdout)
    assert ["GOOD"] == found["qualified"]
    assert ["GOOD", "POOR"] == found["kept"]
    assert {"GOOD": "in", "POOR": "held", "UGLY": "out", "YOUNG": "out"} == {
        each["ticker"]: each["status"] for each in found["securities"]
    }
    assert done.stderr.startswith("POOR is held, but does not qualify: ")


def test_the_keys_of_json_are_documented(folder):
    """In docs/universe.md, each of them."""
    done = run("universe", "--config", "allocator.ini", "--json", cwd=folder, env=CLEAN)
    guide = (Path(__file__).parents[2] / "docs" / "universe.md").read_text(encoding="utf-8")
    found = json.loads(done.stdout)
    keys = {*found, *found["rules"], *found["size"], *found["securities"][0]}
    assert set() == {key for key in keys if f"`{key}`" not in guide}


def test_the_store_is_the_most_explicit_one(folder, tmp_path):
    """--store over $ALLOCATOR_STORE over the settings."""
    one, other = stored(tmp_path / "one.db", [("ONE", bars(1.0))]), stored(tmp_path / "two.db", [("TWO", bars(1.0))])
    words = ["universe", "--config", "allocator.ini", "--json"]
    env = {**CLEAN, "ALLOCATOR_STORE": str(one)}
    assert ["TWO"] == json.loads(run(*words, "--store", other, cwd=folder, env=env).stdout)["kept"]
    assert ["ONE"] == json.loads(run(*words, cwd=folder, env=env).stdout)["kept"]
    assert ["GOOD", "POOR"] == json.loads(run(*words, cwd=folder, env=CLEAN).stdout)["kept"]


def test_without_a_store_it_says_how_to_get_one(tmp_path):
    """And makes none."""
    done = run("universe", "--store", "gone/store.db", cwd=tmp_path, env=CLEAN)
    assert (1, "") == (done.returncode, done.stdout)
    assert one_line(done.stderr)
    assert "allocator refresh" in done.stderr
    assert not (tmp_path / "gone").exists()


def test_an_empty_store_says_how_to_fill_it(tmp_path):
    """There is one, but no bar in it."""
    stored(tmp_path / "store.db", [])
    done = run("universe", "--store", "store.db", cwd=tmp_path, env=CLEAN)
    assert (1, "") == (done.returncode, done.stdout)
    assert "there are no daily bars yet. Type: allocator refresh" in done.stderr
    assert one_line(done.stderr)


def test_mistakes_of_the_settings_come_all_at_once(tmp_path):
    """A line for each, and exit code 3; a secret among them is not repeated."""
    (tmp_path / "a.ini").write_text("[stor]\nurl = x\n[algopack]\ntoken = s3cr3t\n", encoding="utf-8")
    done = run("universe", cwd=tmp_path, env={**CLEAN, "ALLOCATOR_CONFIG": "a.ini"})
    assert 3 == done.returncode
    first, second = done.stderr.splitlines()
    assert "allocator: a.ini:1: [stor]: unknown section. Did you mean [store]?" == first
    assert second.startswith("allocator: a.ini:4: [algopack] token: a secret does not stand in the file itself")
    assert "s3cr3t" not in done.stderr


@pytest.mark.parametrize(
    ("code", "said", "words"),
    [
        (2, "--cash: -5 is negative", ["--cash", "-5"]),
        (2, "--position: 5% is not a number", ["--position", "5%"]),
        (3, "gone.ini: there is no such file", ["--portfolio", "gone.ini"]),
        (3, "gone.ini: there is no such file", ["--config", "gone.ini"]),
        (1, "no such kind of store", ["--store", "mysql://host/db"]),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(code, said, words, tmp_path):
    """With the exit code of its kind."""
    done = run("universe", *words, cwd=tmp_path, env=CLEAN)
    assert (code, "") == (done.returncode, done.stdout)
    assert said in done.stderr
    assert one_line(done.stderr)


def test_it_only_reads(folder, store):
    """The store is the same to the last byte."""
    before = store.read_bytes()
    run("universe", "--config", "allocator.ini", "--portfolio", "my.ini", cwd=folder, env=CLEAN)
    assert before == store.read_bytes()
    with sqlite3.connect(store) as database:
        assert ("ok",) == database.execute("PRAGMA integrity_check").fetchone()
    database.close()
