"""A training as text and JSON."""

from __future__ import annotations

import json

from allocator.core.bars import Interval
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.spec import Architecture, ModelSpec
from allocator.forecast.training import Provenance, Split
from allocator.report import dumps
from allocator.report.training import TrainedModel, TrainingView, training_document, training_text


def trained(*, new: bool = True, **changed: object) -> TrainedModel:
    split = Split((0, 10), (12, 20), (22, 30))
    scores = {"test": {"winrate_nonzero": {"rate": 0.512, "majority": 0.533}}}
    given = {
        "spec": ModelSpec(Architecture.LSTM, horizon=5),
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
    return TrainedModel("f3f862c9aa", Provenance(**{**given, **changed}), new)  # type: ignore[arg-type]


def test_a_training_shows_its_winrate_beside_the_majority():
    """And what could not be trained, with the reason."""
    failed = (ModelSpec(Architecture.ENCODER), ForecastError(text("it diverged")))
    shown = training_text(TrainingView(Interval.DAY, (trained(),), (failed,)))
    lines = shown.splitlines()
    assert ["f3f862c9", "lstm", "ta57", "5", "12", "345", "2/3", "1.2500", "51.2%", "53.3%", "3.2"] == lines[2].split()
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


def test_what_was_finished_before_is_told_from_what_was_trained():
    """Marked in the table, counted apart, and said to programs."""
    view = TrainingView(Interval.DAY, (trained(), trained(new=False), trained(new=False)))
    shown = training_text(view)
    assert ["f3f862c9", "*"] == shown.splitlines()[3].split()[:2]
    assert "Bars: days. Trained now: 1; finished before: 2." in shown
    assert "* was finished on the same bars before: there was nothing to train." in shown
    assert [True, False, False] == [each["new"] for each in training_document(view)["models"]]
    assert "*" not in training_text(TrainingView(Interval.DAY, (trained(),)))


def test_quiet_is_the_table_and_what_failed():
    """No explanation, no notes, no next command."""
    failed = (ModelSpec(Architecture.ENCODER), ForecastError(text("it diverged")))
    view = TrainingView(Interval.DAY, (trained(),), (failed,), (text("it rains"),))
    lines = training_text(view, quiet=True).splitlines()
    assert lines == [*training_text(view).splitlines()[:4], "encoder ta57 was not trained: it diverged"]
    assert 3 == len(training_text(TrainingView(Interval.DAY, (trained(),)), quiet=True).splitlines())


def test_nothing_trained_is_no_table():
    """Only the sentence."""
    assert "Bars: days. Trained now: 0; finished before: 0." == training_text(TrainingView(Interval.DAY, ()))
