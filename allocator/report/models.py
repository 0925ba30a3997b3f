"""The population of models as pages show it, and the same as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from allocator.core.bars import Interval
from allocator.forecast.evaluation.sharpe import Deflated
from allocator.report.document import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A model of the store. `network` and `inputs` are None of one that another version of the program made.

    `rank`: 1 for the best elder, None of no elder. `judged`: how often by the evolution of its horizon.
    `scores`: figures of its last training and judgement by name; `seconds`: how long that training took.
    """

    key: str
    network: str | None
    inputs: str | None
    horizon: int | None
    window: int | None
    interval: Interval
    alive: bool
    born: datetime
    trained_on: date | None
    evaluated: date | None
    seconds: float
    parents: tuple[str, ...]
    scores: Mapping[str, float]
    rank: int | None = None
    judged: int = 0

    @property
    def short(self) -> str:
        return self.key[:8]


@dataclass(frozen=True, slots=True)
class Kin:
    """A model in the family tree, under its first parent. `between`: generations that are left out above it."""

    model: Known
    children: Sequence[Kin] = ()
    between: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How the evolution stands. `luck`: what is left of the best elder's Sharpe ratio after so many trials."""

    horizon: int
    steps: int
    radius: float
    test_days: int
    counts: Mapping[str, int]
    pending: int
    luck: Deflated | None
    a_year: float  # horizons in a year

    @property
    def sharpe(self) -> float | None:
        """Of a year, above equal weights."""
        return None if self.luck is None else self.luck.annual(self.a_year)

    @property
    def best_of_luck(self) -> float | None:
        """The ratio of a year that the best of so many worthless recipes would show."""
        return None if self.luck is None else self.luck.luck * self.a_year**0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Living models of one horizon, the best elders first, then the youngest; `tree`: these and who joins them.

    `aside`: living models of the same bars that forecasts do not ask: of other horizons, and those that cannot be read.
    `search`: None before the evolution of this horizon has begun. `tried`: how many recipes were ever judged, `known`:
    ever stored, both of all horizons.
    """

    interval: Interval
    horizon: int
    models: Sequence[Known]
    aside: Sequence[Known]
    tree: Sequence[Kin]
    search: Search | None
    tried: int
    known: int


@dataclass(frozen=True, slots=True)
class Judged:
    """One judgement of a model."""

    day: date
    test_days: int
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Biography:
    """One model: what makes it, every judgement, its kin. `spec` and `genes` are by name; the dead have no genes."""

    model: Known
    spec: Sequence[tuple[str, object]]
    genes: Sequence[tuple[str, float]]
    trials: Sequence[Judged]
    parents: Sequence[Known | str]
    children: Sequence[Known]


def population_document(view: Population) -> dict[str, Json]:
    """The object of /api/models."""
    search = view.search
    return {
        "interval": view.interval.value,
        "horizon": view.horizon,
        "tried": view.tried,
        "known": view.known,
        "search": None if search is None else {
            "horizon": search.horizon, "steps": search.steps, "radius": search.radius, "test_days": search.test_days,
            "counts": dict(search.counts), "pending": search.pending,
            "luck": None if search.luck is None else {
                "sharpe_a_year": search.sharpe, "luck_a_year": search.best_of_luck,
                "probability": search.luck.probability, "trials": search.luck.trials,
            },
        },
        "models": [known_document(each) for each in view.models],
        "aside": [known_document(each) for each in view.aside],
    }  # fmt: skip


def known_document(model: Known) -> dict[str, Json]:
    return {
        "key": model.key,
        "network": model.network,
        "inputs": model.inputs,
        "interval": model.interval.value,
        "horizon": model.horizon,
        "window": model.window,
        "alive": model.alive,
        "rank": model.rank,
        "judged": model.judged,
        "born": model.born.isoformat(),
        "trained_on": model.trained_on.isoformat() if model.trained_on else None,
        "evaluated": model.evaluated.isoformat() if model.evaluated else None,
        "seconds": model.seconds,
        "parents": list(model.parents),
        "scores": dict(model.scores),
    }


def biography_document(view: Biography) -> dict[str, Json]:
    """The object of /api/models/KEY."""
    return {
        **known_document(view.model),
        "spec": dict(_plain(view.spec)),
        "genes": dict(view.genes),
        "trials": [
            {"day": each.day.isoformat(), "test_days": each.test_days, "scores": dict(each.scores)}
            for each in view.trials
        ],
        "children": [each.key for each in view.children],
    }


def _plain(spec: Sequence[tuple[str, object]]) -> Iterator[tuple[str, Json]]:
    for name, value in spec:
        yield name, value if isinstance(value, bool | int | float | str) or value is None else str(value)
