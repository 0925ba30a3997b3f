"""A forecast as text, JSON, CSV and a picture; a training as text and JSON."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import numpy as np
import pytest

from allocator.core.bars import Interval
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.ensemble import Forecast
from allocator.forecast.spec import Architecture, ModelSpec
from allocator.forecast.training import Provenance, Split
from allocator.report import dumps
from allocator.report.forecast import (
    ForecastView,
    TrainedModel,
    TrainingView,
    forecast_csv,
    forecast_document,
    forecast_picture,
    forecast_text,
    training_document,
    training_text,
)


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


def trained(**changed: object) -> TrainedModel:
    split = Split((0, 10), (12, 20), (22, 30))
    scores = {"test": {"winrate_nonzero": {"rate": 0.512, "majority": 0.533}}}
    given = {
        "spec": ModelSpec(Architecture.LSTM),
        "data": "d",
        "names": ("close",),
        "split": split,
        "code": "1",
        "torch": "2",
        "precision": "float32",
        "windows": 12345,
        "seconds": 3.25,
        "best": 2,
        "history": ((2.0, 1.5), (1.0, 1.25), (0.9, 1.4)),
        "scores": scores,
    }
    return TrainedModel("f3f862c9aa", Provenance(**{**given, **changed}))  # type: ignore[arg-type]


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


def test_of_many_without_a_forecast_the_number_is_told():
    """Ten by name, and how many more."""
    found = forecast_text(view(left_out=12))
    assert 10 == found.count("has no forecast")
    assert "More without a forecast: 2; --json has the reasons." in found


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
        "ticker,held,mean,deviation,lower,upper,agreement,kept",
        "SBER,0,0.125,0.21,0.02,0.2,1.0,0.0",
        "GAZP,1,-0.041,0.3,,,0.6,0.0",
    ] == forecast_csv(view()).splitlines()


def test_the_picture_is_a_png():
    """With unknown bounds, too."""
    pytest.importorskip("matplotlib")
    assert forecast_picture(view(), lang="ru").startswith(b"\x89PNG")


def test_a_training_shows_its_winrate_beside_the_majority():
    """And what could not be trained, with the reason."""
    failed = (ModelSpec(Architecture.ENCODER), ForecastError(text("it diverged")))
    shown = training_text(TrainingView(Interval.DAY, (trained(),), (failed,)))
    lines = shown.splitlines()
    assert ["f3f862c9", "lstm", "ta57", "12", "345", "2/3", "1.2500", "51.2%", "53.3%", "3.2"] == lines[2].split()
    assert "encoder ta57 was not trained: it diverged" in lines
    assert "Next: allocator forecast" == lines[-1]


def test_dead_features_are_named_once():
    """Models of one kind share them; many are counted."""
    dead = tuple(f"f{n}" for n in range(7))
    shown = training_text(TrainingView(Interval.DAY, (trained(dead=dead), trained(dead=dead), trained())))
    said = "Note: features that never change on the bars trained on, 7: f0, f1, f2, f3, f4 ..."
    assert 1 == shown.count(said)
    assert 1 == shown.count("never change")


def test_what_comes_next_is_what_was_asked_for():
    """Of hours, of another horizon or store: the command goes on with the same."""
    view = TrainingView(Interval.HOUR, (trained(),), then="allocator forecast --interval hour")
    assert training_text(view).endswith("Next: allocator forecast --interval hour")


def test_the_json_of_a_training():
    """Each model by the key that the store knows it by."""
    found = json.loads(dumps(training_document(TrainingView(Interval.HOUR, (trained(scores={}),)))))
    (model,) = found["models"]
    assert ("hour", "f3f862c9aa", "lstm", 1.25, 2) == (
        found["interval"],
        model["key"],
        model["network"],
        model["loss"],
        model["best_epoch"],
    )


def test_nothing_trained_is_no_table():
    """Only the sentences."""
    assert training_text(TrainingView(Interval.DAY, ())).startswith("Trained: 0 (days).")
