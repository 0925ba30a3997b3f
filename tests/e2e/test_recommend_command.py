"""`allocator recommend` as a person runs it: a store with a forecast, quotes in a file, every form of answer."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from advising import with_accounts
from recommending import INI, NOW, filled, written
from shell import one_line, run

from allocator.app.advice import Advice, kept_advice
from allocator.core.moscow import MOSCOW
from allocator.store import open_store

CLEAN: dict[str, str | None] = {"ALLOCATOR_STORE": None, "ALLOCATOR_CONFIG": None, "ALLOCATOR_LANG": None}
SETTINGS = "[store]\nurl = store.db\n[universe]\nminimum history = 50\nholding days = 5\n"
AGE = (datetime.now(MOSCOW).date() - NOW.date()).days + 30  # the forecast is of a day that stays where it is


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a forecast, settings that name it, a portfolio and its quotes."""
    place = tmp_path_factory.mktemp("home")
    (place / "allocator.ini").write_text(SETTINGS, encoding="utf-8")
    filled(place / "store.db")
    written(place, f"{INI}maximum age = {AGE}\n")
    return place


def recommend(folder: Path, *words: str):
    return run("recommend", *words, "--config", "allocator.ini", cwd=folder, env=CLEAN)


def test_every_form_of_the_answer(folder: Path):
    """Text, JSON, CSV and Russian say the same: one is bought, the bad ones are sold, in whole lots."""
    done = recommend(folder, "p.ini")
    assert (0, "") == (done.returncode, done.stderr)
    assert "Buy: GOOD." in done.stdout
    assert done.stdout.startswith("The forecast beats the naive forecast")
    found = json.loads(recommend(folder, "p.ini", "--json").stdout)
    assert ["GOOD"] == found["buy"]
    assert {"BAD", "WORSE"} <= set(found["sell"])
    lots = {each["ticker"]: each["lots"] for each in found["securities"]}
    assert -100 == lots["WORSE"]
    assert found["plan"]["cash"]["result"] >= 0
    rows = recommend(folder, "p.ini", "--csv")
    assert rows.stdout.startswith("ticker,weight,gradient,")
    assert f"WORSE,{1 / 3}" in rows.stdout
    assert "Buy: GOOD." in rows.stderr
    assert recommend(folder, "p.ini", "--lang", "ru").stdout.splitlines()[1].startswith("Купить: GOOD.")
    assert recommend(folder, "p.ini", "--quiet").stdout.startswith("Ticker")


def test_the_risk_aversion_of_the_command_line(folder: Path):
    """A number, or that of each model."""
    given = json.loads(recommend(folder, "p.ini", "--json", "--risk-aversion", "3").stdout)
    models = json.loads(recommend(folder, "p.ini", "--json", "--risk-aversion", "models").stdout)
    assert (3, None) == (given["risk_aversion"], models["risk_aversion"])


@pytest.mark.parametrize(
    ("code", "words", "said"),
    [
        (2, ("p.ini", "--json", "--csv"), "--json and --csv do not go together"),
        (2, ("p.ini", "--risk-aversion", "some"), "neither a number from 0.01 to 10000 nor models"),
        (2, ("p.ini", "--risk-aversion", "nan"), "neither a number from 0.01 to 10000 nor models"),
        (2, (), "allocator accounts import FILE.ini"),
        (3, ("missing.ini",), "missing.ini"),
        (1, ("p.ini", "--interval", "hour"), "Type: allocator forecast --interval hour --portfolio p.ini"),
        (4, ("p.ini", "--quotes", "missing.csv"), "missing.csv"),
    ],
)
def test_what_cannot_be_is_refused(folder: Path, code: int, words: tuple[str, ...], said: str):
    """In one line, with the code of its kind."""
    done = recommend(folder, *words)
    assert (code, "") == (done.returncode, done.stdout)
    assert said in done.stderr
    assert one_line(done.stderr)


def test_an_old_forecast_is_refused(folder: Path):
    """By the file's own measure, which is a week."""
    (folder / "strict.ini").write_text(INI, encoding="utf-8")
    done = recommend(folder, "strict.ini")
    assert 1 == done.returncode
    assert "the forecast is of 2024-05-02" in done.stderr
    assert "allocator refresh" in done.stderr


def test_without_a_store_nothing_is_made(tmp_path: Path):
    """A misspelt path does not become an empty store."""
    written(tmp_path)
    before = sorted(tmp_path.iterdir())
    done = run("recommend", "p.ini", "--store", "nowhere.db", cwd=tmp_path, env=CLEAN)
    assert 1 == done.returncode
    assert "there is no store yet" in done.stderr
    assert before == sorted(tmp_path.iterdir())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with accounts, and settings that name it."""
    place = tmp_path_factory.mktemp("accounts")
    (place / "allocator.ini").write_text(SETTINGS, encoding="utf-8")
    with_accounts(place, age=AGE)
    return place


class TestAccounts:
    """Without a file the accounts of the store are what it is about."""

    def kept(self, home: Path) -> Advice | None:
        with open_store(str(home / "store.db")) as store, store.reading() as tx:
            return kept_advice(tx)

    def test_who_deals_in_what(self, home: Path):
        """The table of the whole, then the deals of each account and its cash."""
        done = recommend(home)
        assert (0, "") == (done.returncode, done.stderr)
        assert "Buy: GOOD." in done.stdout
        lines = [line.split() for line in done.stdout.splitlines()]
        (bad,) = (line for line in lines if line[:2] == ["IIS", "BAD"])
        assert "-40" in bad
        assert any(" ".join(line).startswith("Cash of Broker: 7 500.00 before") for line in lines)
        found = json.loads(recommend(home, "--json").stdout)
        assert ["IIS", "Broker"] == [each["name"] for each in found["accounts"]["accounts"]]
        planned = {each["ticker"]: each["lots"] for each in found["securities"] if each["lots"]}
        dealt = dict.fromkeys(planned, 0)
        for each in found["accounts"]["accounts"]:
            for deal in each["deals"]:
                dealt[deal["asset"]] += deal["lots"]
        assert planned == dealt
        assert recommend(home, "--csv").stdout.startswith("ticker,weight,gradient,")

    def test_the_pages_get_it(self, home: Path):
        """What was asked for in the usual way is kept, another question is not."""
        before = self.kept(home)
        assert 0 == recommend(home, "--risk-aversion", "3").returncode
        assert before == self.kept(home)
        assert 0 == recommend(home).returncode
        after = self.kept(home)
        assert after is not None
        assert before is None or before.made < after.made
        assert ("GOOD",) == after.buy
        assert 1.0 == after.aversion

    def test_a_forecast_for_the_accounts_needs_some(self, home: Path, tmp_path: Path):
        """And is not made for a file at once."""
        both = run("forecast", "--accounts", "--portfolio", "p.ini", "--config", "allocator.ini", cwd=home, env=CLEAN)
        assert 2 == both.returncode
        assert "--accounts and --portfolio do not go together" in both.stderr
        filled(tmp_path / "store.db")
        none = run("forecast", "--accounts", "--store", "store.db", cwd=tmp_path, env=CLEAN)
        assert 2 == none.returncode
        assert "There are no accounts in the store yet" in none.stderr
