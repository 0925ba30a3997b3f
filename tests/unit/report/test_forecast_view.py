"""A forecast as text, JSON and CSV."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from allocator.core.bars import Interval
from allocator.core.text import text
from allocator.forecast.ensemble import Forecast
from allocator.report import dumps
from allocator.report.forecast import ForecastView, forecast_csv, forecast_document, forecast_text


def view(left_out: int = 1, **changed: object) -> ForecastView:
    """Two securities, the second better; of the first the bounds are not known."""
    made = Forecast(
        tickers=("GAZP", "SBER"),
        mean=np.array([-0.041, 0.125]),
        deviation=np.array([0.3, 0.21]),
        lower=np.array([math.nan, 0.02]),
        upper=np.array([math.nan, 0.2]),
        agreement=np.array([0.6, 1.0]),
        covariance=np.diag([0.09, 0.0441]),
        horizon=5,
        as_of=datetime(2024, 5, 2),
        models=5,
        rho=0.5,
        witnesses=1.7,
        confidence=0.95,
        left_out={f"NEW{n}": text("there is no risk for it") for n in range(left_out)},
    )
    given = {
        "forecast": made,
        "interval": Interval.DAY,
        "made": datetime(2024, 5, 3, 1, tzinfo=UTC),
        "sentence": text("Nobody has judged this forecast."),
        "names": {"SBER": "Сбербанк"},
        "held": frozenset({"GAZP"}),
        "models": ("a", "b"),
    }
    return ForecastView(**{**given, **changed})  # type: ignore[arg-type]


def test_the_verdict_stands_first_and_the_best_on_top():
    """What is held is marked, what is not known is empty, what has no forecast is named."""
    lines = forecast_text(view()).splitlines()
    assert "Nobody has judged this forecast." == lines[0]
    assert ["Ticker", "Name", "Return a year", "Kept", "Deviation", "Lower", "Upper", "Agree"] == [
        word.strip() for word in lines[2].split("  ") if word.strip()
    ]
    assert ["SBER", "Сбербанк", "+12.5%", "+0.0%", "21.0%", "+2.0%", "+20.0%", "100%"] == lines[4].split()
    assert ["GAZP", "*", "-4.1%", "+0.0%", "30.0%", "60%"] == lines[5].split()
    assert "The newest bar is of 2024-05-02." in lines
    assert "* is in the portfolio." in lines
    assert "NEW0 has no forecast: there is no risk for it." in lines


def test_zero_has_no_minus():
    """However it came about."""
    made = replace(view().forecast, mean=np.array([-1e-5, -0.0]), lower=np.array([-1e-4, np.nan]))
    lines = forecast_text(view(forecast=made)).splitlines()
    assert "-" not in "".join(lines[4:6])
    assert ["GAZP", "*", "+0.0%", "+0.0%", "30.0%", "+0.0%"] == lines[5].split()[:6]


def test_quiet_is_the_verdict_and_the_table():
    """The verdict warns of what stands below it; nothing else is said."""
    shown = forecast_text(view(notes=(text("it rains"),)), quiet=True)
    assert forecast_text(view()).startswith(shown)
    assert "Nobody has judged this forecast." == shown.splitlines()[0]
    assert shown.splitlines()[-1].startswith("GAZP")


def test_without_any_name_there_is_no_column_of_names():
    """A store filled from files knows none."""
    lines = forecast_text(view(names={})).splitlines()
    assert ["Ticker", "Return", "a", "year", "Kept"] == lines[2].split()[:5]
    assert ["SBER", "+12.5%"] == lines[4].split()[:2]


def test_of_many_without_a_forecast_the_number_is_told():
    """Ten by name, and how many more."""
    found = forecast_text(view(left_out=12))
    assert 10 == found.count("has no forecast")
    assert "More without a forecast: 2; --json has the reasons." in found


def test_of_many_notes_of_one_kind_the_first_are_shown():
    """A folder of models that is gone is not a page of notes; those of other kinds are all there, and JSON has all."""
    notes = [text("model {key} is left out", key=n) for n in range(14)]
    shown = forecast_text(view(notes=(notes[0], text("it rains"), *notes[1:])))
    assert [
        *(f"Note: model {n} is left out" for n in range(5)),
        "Note: more like the last: 9; --json has them all",
    ] == [line for line in shown.splitlines() if "model " in line or "more like" in line]
    assert "Note: it rains" in shown
    assert 15 == len(forecast_document(view(notes=(*notes, text("it rains"))))["notes"])


def test_russian_is_russian():
    """No English sentence is left in the answer."""
    found = forecast_text(view(), lang="ru")
    assert found.startswith("Этот прогноз никто не оценивал.")
    assert not any(word in found for word in ("Models", "newest", "Return", "portfolio"))


def test_json_has_every_digit_and_null_for_what_is_unknown():
    """The order is that of the table."""
    found = json.loads(dumps(forecast_document(view())))
    assert ["SBER", "GAZP"] == [each["ticker"] for each in found["securities"]]
    assert (0.125, 0.02, True) == (
        found["securities"][0]["mean"],
        found["securities"][0]["lower"],
        found["securities"][1]["held"],
    )
    assert found["securities"][1]["lower"] is None
    assert found["beats_naive"] is None
    assert found["judgement"] is None
    assert {"NEW0": "there is no risk for it"} == found["left_out"]


def test_csv_is_for_programs():
    """Fractions, empty where unknown."""
    assert [
        "ticker,name,held,mean,deviation,lower,upper,agreement,kept",
        "SBER,Сбербанк,0,0.125,0.21,0.02,0.2,1.0,0.0",
        "GAZP,,1,-0.041,0.3,,,0.6,0.0",
    ] == forecast_csv(view()).splitlines()


def test_a_name_is_no_formula_of_a_spreadsheet():
    """Whatever the exchange or a file calls a security."""
    assert "SBER,'=1+1,0," in forecast_csv(view(names={"SBER": "=1+1"}))
