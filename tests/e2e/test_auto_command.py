"""`auto` in `[want]` as a person uses it: a store with a forecast, quotes from a file, and the printed answer."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shell import one_line, run

from allocator.app.forecast_storing import stored_forecast
from allocator.core.bars import Bars, Interval
from allocator.core.instrument import Instrument, Kind
from allocator.core.moscow import MOSCOW
from allocator.core.text import text
from allocator.forecast.ensemble import Forecast
from allocator.forecast.evaluation import Verdict
from allocator.forecast.metrics import Winrate
from allocator.store import open_store

CLEAN: dict[str, str | None] = {"ALLOCATOR_STORE": None, "ALLOCATOR_CONFIG": None, "ALLOCATOR_LANG": None}
TICKERS = ("SBER", "LKOH", "GMKN")
PRICES = """ticker,bid,ask,lot
SBER,289.82,289.83,10
LKOH,7288,7288.5,1
GMKN,142.3,142.35,10
LQDT,1.3462,1.3463,1
"""
INI = """
[have]
SBER = 600
GMKN = 1234.5
[want]
SBER = auto
TQBR:LKOH = auto
GMKN = auto
LQDT = 20%
[cash]
have = 1 000 000
want = 5%
[options]
commission = 0.05%
provider = FILE prices.csv
"""


def forecast(day: datetime, shrink: float) -> Forecast:
    """By three models; the first paper is praised, and one more is left out."""
    deviation = np.array([0.25, 0.3, 0.35])
    correlation = np.full((3, 3), 0.4)
    np.fill_diagonal(correlation, 1.0)
    mean = np.array([0.4, 0.1, -0.1])
    verdict = Verdict({}, None, Winrate(*4 * (np.nan,), 0), np.nan, shrink, 20, 200, 30)
    return Forecast(
        TICKERS, mean, deviation, mean - 0.1, mean + 0.1, np.array([1.0, 2 / 3, 2 / 3]),
        deviation[:, None] * correlation * deviation, 5, day, 3, 0.5, 2.0, 0.95, {"NEW": text("no model forecasts it")},
        verdict,
    )  # fmt: skip


def filled(place: Path, *, shrink: float = 1.0, age: int = 1, interval: Interval = Interval.DAY) -> Path:
    """A store with bars of a hundred days, and a forecast whose last bar is some days old."""
    day = datetime.now(MOSCOW).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None) - timedelta(days=age)
    begin = np.arange(np.datetime64(day, "D") - 99, np.datetime64(day, "D") + 1).astype("datetime64[s]")
    price = np.full(100, 100.0)
    with open_store(str(place)) as store, store.transaction() as tx:
        tx.instruments.put([Instrument(ticker, Kind.SHARE, "TQBR") for ticker in TICKERS])
        for turnover, ticker in zip((5e9, 3e9, 2e9), TICKERS, strict=True):
            tx.bars.put(ticker, Interval.DAY, Bars(begin, *[price] * 5, np.full(100, turnover)))
        tx.forecasts.put(stored_forecast(forecast(day, shrink), interval, ("a", "b", "c"), datetime.now(MOSCOW)))
    return place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "prices.csv").write_text(PRICES, encoding="utf-8")
    (tmp_path / "p.ini").write_text(INI, encoding="utf-8")
    return tmp_path


@pytest.fixture
def home(folder: Path) -> Path:
    filled(folder / "store.db")
    return folder


def allocator(folder: Path, *words: str):
    return run(*words, cwd=folder, env=CLEAN)


def answer(folder: Path, *words: str) -> dict[str, Any]:
    done = allocator(folder, *words, "--json")
    assert 0 == done.returncode, done.stderr
    found: dict[str, Any] = json.loads(done.stdout, parse_float=Decimal, parse_int=Decimal)
    return found


def test_the_shares_add_up_and_the_plan_is_near_them(home: Path):
    """To the last digit: 75% for the three, 100% with what the file gives; ideals are shares of all there is."""
    found = answer(home, "p.ini", "--store", "store.db")
    rows = {row["asset"]: row for row in found["rows"]}
    autos = [row["target"]["auto"] for row in rows.values() if "auto" in row["target"]]
    assert (3, Decimal(75)) == (len(autos), sum(autos))
    assert {"percent": 20} == rows["LQDT"]["target"]
    assert found["wealth"] == sum(row["ideal"] for row in rows.values()) + found["cash"]["ideal"]
    for row in rows.values():
        assert row["ideal"] == found["wealth"] * next(iter(row["target"].values())) / 100
    assert rows["SBER"]["target"]["auto"] > rows["TQBR:LKOH"]["target"]["auto"] > rows["GMKN"]["target"]["auto"]
    assert "optimal" == found["status"]
    lots = sum(row["lot"] * row["ask"] for row in rows.values())
    assert found["objective"] <= lots + found["totals"]["commission"] + found["totals"]["spread"]


def column(shown: str, heading: str) -> list[str]:
    """The cells of one column of the printed table, by where the rule under the heading begins and ends."""
    lines = shown.splitlines()
    rules = [match.span() for match in re.finditer("-+", lines[1])]
    start, end = next(span for span in rules if lines[0][span[0] : span[1]].strip() == heading)
    rows = lines[2 : next(at for at, line in enumerate(lines) if not line)]
    return [line[start:end].strip() for line in rows if not line.startswith("-")]


def test_the_printed_table_adds_up(home: Path):
    """Targets to 100% but for two decimals; values of all rows to their printed sum."""
    shown = allocator(home, "p.ini", "--store", "store.db").stdout
    targets = [cell.removeprefix("auto ").removesuffix("%") for cell in column(shown, "Target") if cell]
    assert [True, True, True, False, False] == [cell.startswith("auto") for cell in column(shown, "Target") if cell]
    assert abs(sum(map(Decimal, targets)) - 100) <= Decimal("0.02")
    for heading in ("Source", "Result"):
        values = [re.match(r"[\d ]+\.\d\d", cell) for cell in column(shown, heading)]
        money = [Decimal(each[0].replace(" ", "")) for each in values if each]
        assert sum(money[:-1]) == money[-1]
    assert "Note: auto shares go by the forecast of " in shown
    assert "Note: The forecast cannot be judged" in shown


def test_explain_shows_forecast_risk_and_cost_of_each(home: Path):
    """As a table whose columns add up, and as JSON with all digits."""
    shown = allocator(home, "p.ini", "--store", "store.db", "--explain").stdout
    head = next(line for line in shown.splitlines() if "Forecast a year" in line)
    assert ["Held", "Target", "Agree", "Counted a year", "Deviation", "Of the risk", "Cost"] == re.findall(
        "Held|Target|Agree|Counted a year|Deviation|Of the risk|Cost", head
    )
    found = answer(home, "p.ini", "--store", "store.db", "--explain")["explanation"]["auto"]
    shares = found["shares"]
    assert ["SBER", "GMKN", "TQBR:LKOH"] == [each["asset"] for each in shares]
    assert [Decimal("0.4"), Decimal("-0.1"), Decimal("0.1")] == [each["mean"] for each in shares]
    assert Decimal(75) == sum(each["percent"] for each in shares)
    assert 1 == pytest.approx(float(sum(each["risk"] for each in shares)))
    assert all(each["cost"] > 0 for each in shares)
    assert (None, 3, 5, 1) == (
        found["fallback"],
        found["forecast"]["models"],
        found["forecast"]["horizon"],
        found["forecast"]["kept"],
    )


def test_a_forecast_without_merit_is_shrunk_to_the_market(home: Path):
    """One plain line says so, and the shares are those of turnover."""
    filled(home / "dull.db", shrink=0.0)
    ini = INI.replace("SBER = 600\nGMKN = 1234.5\n", "").replace("0.05%", "0")
    (home / "p.ini").write_text(ini, encoding="utf-8")
    found = answer(home, "p.ini", "--store", "dull.db")
    shares = [float(row["target"]["auto"]) for row in found["rows"][:3]]
    assert [37.5, 22.5, 15] == pytest.approx(shares, abs=0.7)
    assert any("auto shares are the market's, by turnover" in note for note in found["notes"])
    assert any("Scores are shrunk to the market" in note for note in found["notes"])


def test_without_a_store_there_is_an_error_that_says_what_to_type(folder: Path):
    """One line, the code of a forecast that is missing, and no store is made."""
    for words in (["p.ini"], ["check", "p.ini"], ["p.ini", "--frontier"]):
        done = allocator(folder, *words, "--store", "store.db")
        assert (1, "") == (done.returncode, done.stdout)
        assert one_line(done.stderr)
        assert "auto of SBER, GMKN, TQBR:LKOH needs a forecast" in done.stderr
        assert "allocator refresh" in done.stderr
        assert "fallback = EQUAL" in done.stderr
    assert ["p.ini", "prices.csv"] == sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("expected", "fallback"), [([25, 25, 25], "equal"), ([37.31, 37.69, 0], "keep")], ids=["equal", "keep"]
)
def test_a_fallback_needs_no_store(folder: Path, expected: list[float], fallback: str):
    """Equal shares, or the proportions of now; the reason is a note."""
    (folder / "p.ini").write_text(f"{INI}[forecast]\nfallback = {fallback}\n", encoding="utf-8")
    found = answer(folder, "p.ini", "--store", "store.db")
    rows = {row["asset"]: row for row in found["rows"]}
    shares = [float(rows[name]["target"]["auto"]) for name in ("SBER", "GMKN", "TQBR:LKOH")]
    assert expected == pytest.approx(shares, abs=0.01)
    assert any("for want of a forecast" in note and "there is no store yet" in note for note in found["notes"])
    assert not (folder / "store.db").exists()


def test_an_old_forecast_is_refused_or_replaced(folder: Path):
    """By the market's shares, which the same store knows."""
    filled(folder / "store.db", age=30)
    done = allocator(folder, "p.ini", "--store", "store.db")
    assert 1 == done.returncode
    assert "30 days old; [forecast] maximum age is 7. Type: allocator refresh, then: allocator forecast." in done.stderr
    (folder / "p.ini").write_text(f"{INI}[forecast]\nfallback = market\n", encoding="utf-8")
    rows = answer(folder, "p.ini", "--store", "store.db")["rows"]
    shares = {row["asset"]: row["target"].get("auto") for row in rows}
    assert {"SBER": Decimal("37.5"), "GMKN": 15, "TQBR:LKOH": Decimal("22.5"), "LQDT": None} == shares


def test_the_settings_say_which_store_and_which_bars(folder: Path):
    """`--config`, or its variable: a forecast of hours is one of hours."""
    filled(folder / "mine.db", interval=Interval.HOUR)
    (folder / "allocator.ini").write_text("[store]\nurl = mine.db\n[forecast]\ninterval = hour\n", encoding="utf-8")
    assert answer(folder, "p.ini", "--config", "allocator.ini")["rows"]
    done = allocator(folder, "p.ini", "--store", "mine.db")
    assert "mine.db: there is no forecast yet. Type: allocator forecast." in done.stderr


def test_check_tells_the_forecast(home: Path):
    """In both languages, and as JSON."""
    shown = allocator(home, "check", "p.ini", "--store", "store.db").stdout
    assert "in percent: 1, by forecast: 3, in units: 0, not wanted: 0" in shown
    assert "Note: auto shares go by the forecast of " in shown
    russian = allocator(home, "check", "p.ini", "--store", "store.db", "--lang", "ru").stdout
    assert "по прогнозу: 3" in russian
    assert "доли auto — по прогнозу за" in russian
    notes = json.loads(allocator(home, "check", "p.ini", "--store", "store.db", "--json").stdout)["notes"]
    assert any("go by the forecast" in note for note in notes)


def test_rules_may_stand_in_a_file_that_others_extend(home: Path):
    """One set of targets and rules for several portfolios; each its own holdings."""
    (home / "mine.ini").write_text(
        "[file]\nextends = p.ini\n[have]\nSBER = 0\n[forecast]\ncap = 26%\n", encoding="utf-8"
    )
    rows = answer(home, "mine.ini", "--store", "store.db")["rows"]
    assert 26 == max(row["target"].get("auto", 0) for row in rows)
    frontier = answer(home, "mine.ini", "--store", "store.db", "--frontier")["frontier"]
    assert 4 == frontier[-1]["max_deals"]
    russian = allocator(home, "mine.ini", "--store", "store.db", "--lang", "ru", "--explain").stdout
    assert "Доли активов auto, по прогнозу за" in russian


def test_a_damaged_forecast_is_told(home: Path):
    """What is stored of it cannot be read: an error that says what to type, or the fallback."""
    import sqlite3  # noqa: PLC0415

    with sqlite3.connect(home / "store.db") as link:
        link.execute("UPDATE forecasts SET covariance = x'00'")
    done = allocator(home, "p.ini", "--store", "store.db")
    assert 1 == done.returncode
    assert one_line(done.stderr)
    assert "is damaged" in done.stderr
    (home / "p.ini").write_text(f"{INI}[forecast]\nfallback = equal\n", encoding="utf-8")
    assert 0 == allocator(home, "p.ini", "--store", "store.db").returncode
