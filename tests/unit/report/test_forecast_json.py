"""docs/json.md names every key of what `train`, `forecast` and `evolve` print as JSON, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from allocator.core.bars import Interval
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.ensemble import Forecast
from allocator.forecast.evaluation import honesty, naive_forecasts
from allocator.forecast.evaluation.sharpe import Deflated
from allocator.forecast.spec import Architecture, ModelSpec
from allocator.forecast.training import Provenance, Split
from allocator.report.evolution import Best, EvolutionView, Held, Outcome, StepView, evolution_document
from allocator.report.forecast import (
    ForecastView,
    forecast_document,
    forecast_text,
)
from allocator.report.training import TrainedModel, TrainingView, training_document

PAGE = Path(__file__).parents[3] / "docs" / "json.md"
OPEN = {"versus", "left_out", "counts", "scores", "spec"}  # whose keys are data


def documented(command: str) -> set[str]:
    """The names in the first column of the command's table; `.b` after `a.b` or `a[].b` is of the same object."""
    section = PAGE.read_text(encoding="utf-8").split(f"## `allocator {command} --json`")[1].split("\n## ")[0]
    found: set[str] = set()
    for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE):
        head = ""
        for name in re.findall(r"`([^`]+)`", row):
            if name.startswith("."):
                found.add(head + name)
            else:
                head = name.rpartition(".")[0]
                found.add(name)
    return found


def flat(value: object, at: str = "") -> Iterator[str]:
    """The names of all leaves, and of objects that may be null."""
    if isinstance(value, dict) and at.rpartition(".")[2] not in OPEN:
        for key, inner in value.items():
            yield from flat(inner, f"{at}.{key}" if at else key)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield from flat(value[0], f"{at}[]")
    else:
        yield at


def forecast_view() -> ForecastView:
    rng = np.random.default_rng(0)
    returns = rng.normal(0, 0.02, (100, 2))
    verdict = honesty(returns + 0.01, returns, naive_forecasts(returns, horizon=1), rng=rng, horizon=1)
    two = np.array([0.1, -0.2])
    made = Forecast(
        ("A", "B"), two, np.abs(two), two - 0.1, two + 0.1, np.ones(2), np.eye(2), 5, datetime(2024, 5, 2), 2, 0.5, 1.5,
        0.95, {"C": text("no model forecasts it")}, verdict,
    )  # fmt: skip
    return ForecastView(
        forecast=made, interval=Interval.DAY, made=datetime(2024, 5, 3, tzinfo=UTC), sentence=verdict.sentence
    )


def evolution_view() -> EvolutionView:
    spec, day = ModelSpec(Architecture.LSTM), date(2024, 5, 2)
    return EvolutionView(
        Interval.DAY, 5, day, (StepView(0, "k", "lstm", "ta57", True, Outcome.ACCEPTED, None, 1, 0),), 1, 8,
        (Best("k", spec, {"evolution loss": 0.1}, 1, day),), 1.0, 40, (day, day), 1, {"accepted": 1}, 1,
        holdout=Held(60, 0.1, 0.2, 0.3, 0.4, 1), luck=Deflated(0.1, 0.2, 0.3, 0.4, 5.0, 60),
    )  # fmt: skip


def training_view() -> TrainingView:
    spec = ModelSpec(Architecture.LSTM)
    said = Provenance(
        spec, "d", ("close",), Split((0, 9), (10, 19), (20, 29)), "1", "2", "float32", 9, 1.0, 1, ((1, 1),)
    )
    return TrainingView(Interval.DAY, (TrainedModel("k", said),), ((spec, ForecastError(text("yes"))),))


@pytest.mark.parametrize(
    ("command", "document"),
    [
        ("train", training_document(training_view())),
        ("forecast", forecast_document(forecast_view())),
        ("evolve", evolution_document(evolution_view())),
    ],
)
def test_the_page_names_every_key(command: str, document: dict):
    """An object that may be null is named, too."""
    nullable = {"forecast": {"judgement"}, "evolve": {"holdout", "luck"}}.get(command, set())
    assert documented(command) == set(flat(document)) | nullable


def test_what_is_kept_is_the_forecasts_part():
    """Beside each figure stands what of it is acted on, in the table as in JSON; the share is the verdict's."""
    view = forecast_view()
    share = view.forecast.shrink
    assert 0 < share <= 1
    found = forecast_document(view)
    assert [0.1 * share, -0.2 * share] == pytest.approx([each["kept"] for each in found["securities"]])
    shown = forecast_text(view)
    assert f"Kept is what is acted on: {100 * share:.3g}% of the return that the models name." in shown
    assert f"{100 * 0.1 * share:+.1f}%" in shown.splitlines()[4]


def test_bounds_without_width_are_no_certainty():
    """Models that all found nothing agree; models that are one have no bounds at all."""
    view = forecast_view()
    assert "bounds have no width" not in forecast_text(view)
    made = view.forecast

    def shown(lower: np.ndarray, upper: np.ndarray) -> str:
        changed = {name: getattr(made, name) for name in made.__slots__} | {"lower": lower, "upper": upper}
        return forecast_text(
            ForecastView(forecast=Forecast(**changed), interval=view.interval, made=view.made, sentence=view.sentence)
        )

    assert "Where the bounds have no width all models say the same" in shown(made.mean, made.mean)
    unknown = np.full(2, np.nan)
    assert "There are no bounds, as one model alone has none" in shown(unknown, unknown)
