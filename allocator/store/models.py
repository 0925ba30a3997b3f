"""Models, every judgement of one, and what they forecast together."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from allocator.core.bars import Floats, Interval
from allocator.core.errors import StoreError
from allocator.core.text import Text, text
from allocator.store.link import Link, Row
from allocator.store.schema import ARRAYS, FORECASTS, MODELS, TRIALS, VIEWS
from allocator.store.sentences import read, written

LARGEST = 2**28  # bytes of an array: 5,000 securities with each other


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A network. `key` names it however often it is trained again; `file`, its weights of the last time ("": none).

    `spec_json` is all that makes it; `trained_on` the day of the last bar that taught it, None before the first
    training; `evaluated` the day of its last judgement, `scores` what came of it; `seconds` its last training took.
    """

    key: str
    spec_json: str
    parents: tuple[str, ...]
    born: datetime
    alive: bool = True
    scores: Mapping[str, float] = field(default_factory=dict)
    trained_on: date | None = None
    evaluated: date | None = None
    seconds: float = 0.0
    interval: Interval = Interval.DAY
    file: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """One judgement of a model: on `day`, by the `test_days` before it. `file`: its forecasts of them, or ""."""

    model: str
    day: date
    test_days: int
    scores: Mapping[str, float]
    file: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class StoredViews:
    """What each of M models said of the N securities of a forecast, a year's simple returns as fractions.

    `mean` (M, N), NaN where a model is silent; `deviation` (M, N) of the return, NaN of models that give a point only;
    `aversion` (M,): the weight of variance against return that each model was bred with.
    """

    mean: Floats
    deviation: Floats
    aversion: Floats


@dataclass(frozen=True, slots=True, eq=False)
class StoredForecast:
    """What the models said together of N securities, a year's simple returns as fractions; NaN is unknown.

    `mean`, `deviation`, `lower`, `upper`, `agreement` (N,), `covariance` (N, N). `as_of`: the last bar that was seen,
    Moscow wall clock. `verdict` in one sentence; `shrink` 0..1: how much of the scores to keep. `details`: the rest.
    `views`: of `models`, in their order; None of a forecast that an older program made. `holdings`: a digest of those
    of the portfolio that it was made for, None when it was made for none.
    """

    as_of: datetime
    made: datetime
    interval: Interval
    horizon: int
    tickers: tuple[str, ...]
    mean: Floats
    deviation: Floats
    lower: Floats
    upper: Floats
    agreement: Floats
    covariance: Floats
    models: tuple[str, ...]
    verdict: Text
    shrink: float
    details: Mapping[str, Any] = field(default_factory=dict)
    views: StoredViews | None = None
    holdings: str | None = None


class Models:
    """The table of models."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def all(self, *, alive: bool = True) -> list[StoredModel]:
        """The oldest first; with `alive=False` those that were given up too."""
        found = sa.select(MODELS).where(MODELS.c.alive.is_(True)) if alive else sa.select(MODELS)
        models = [self._model(row) for row in self._link.rows(found)]
        return sorted(models, key=lambda each: (each.born.isoformat(), each.key))

    def stamp(self) -> tuple[object, ...]:
        """Another one after any training: how many there are and live, their newest days, the seconds of all."""
        row = self._link.one(
            sa.select(
                sa.func.count(),
                sa.func.count().filter(MODELS.c.alive.is_(True)),
                sa.func.max(MODELS.c.evaluated),
                sa.func.max(MODELS.c.trained_on),
                sa.func.sum(MODELS.c.seconds),
            )
        )
        return tuple(row) if row else ()

    def get(self, key: str) -> StoredModel | None:
        row = self._link.one(sa.select(MODELS).where(MODELS.c.key == key))
        return self._model(row) if row else None

    def put(self, model: StoredModel) -> None:
        """Add, or replace by key."""
        row = {
            "key": model.key,
            "interval_h": model.interval,
            "spec": model.spec_json,
            "parents": json.dumps(model.parents),
            "born": model.born,
            "alive": model.alive,
            "scores": _numbers(model.scores),
            "trained_on": model.trained_on,
            "evaluated": model.evaluated,
            "seconds": float(model.seconds),
            "file": model.file,
        }
        self._link.upsert(MODELS, [row])

    def delete(self, key: str) -> None:
        """It forecasts no more; that it was tried is not forgotten."""
        self._link.run(sa.update(MODELS).where(MODELS.c.key == key).values(alive=False))

    def _model(self, row: Row) -> StoredModel:
        with _whole(self._link, text("model {key}", key=row.key)):
            return StoredModel(
                row.key,
                row.spec,
                tuple(_listed(row.parents)),
                row.born,
                row.alive,
                _scores(row.scores),
                row.trained_on,
                row.evaluated,
                row.seconds,
                row.interval_h,
                row.file,
            )


class Trials:
    """The table of judgements. Nothing leaves it: the best of many must be believed less."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def put(self, trial: Trial) -> None:
        """Add, or replace the judgement of that model by as many days on the same day."""
        row = {
            "model": trial.model,
            "day": trial.day,
            "test_days": trial.test_days,
            "scores": _numbers(trial.scores),
            "file": trial.file,
        }
        self._link.upsert(TRIALS, [row])

    def all(self) -> list[Trial]:
        """By day and model."""
        rows = self._link.rows(sa.select(TRIALS).order_by(TRIALS.c.day, TRIALS.c.test_days))
        return sorted(map(self._trial, rows), key=lambda each: (each.day, each.model, each.test_days))

    def of(self, model: str) -> list[Trial]:
        """Those of one model, by day."""
        rows = self._link.rows(
            sa.select(TRIALS).where(TRIALS.c.model == model).order_by(TRIALS.c.day, TRIALS.c.test_days)
        )
        return list(map(self._trial, rows))

    def count(self) -> int:
        """How many different models were ever judged."""
        row = self._link.one(sa.select(sa.func.count(sa.distinct(TRIALS.c.model))))
        return int(row[0]) if row else 0

    def _trial(self, row: Row) -> Trial:
        with _whole(self._link, text("judgement of {key}", key=row.model)):
            return Trial(row.model, row.day, row.test_days, _scores(row.scores), row.file)


class Forecasts:
    """The table of forecasts."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def put(self, forecast: StoredForecast) -> None:
        """Add one. Raises: `ValueError` when an array has another shape than the tickers."""
        count = len(forecast.tickers)
        arrays = {name: np.asarray(getattr(forecast, name), dtype=np.float64) for name in ARRAYS}
        for name, array in arrays.items():
            if array.shape != _shape(name, count):
                raise ValueError(name, array.shape, count)
        views = _views_of(forecast)
        for name, array in views.items():
            if array.shape != _shape(name, count, len(forecast.models)):
                raise ValueError(name, array.shape, count)
        row = {
            "as_of": forecast.as_of,
            "made": forecast.made,
            "interval_h": forecast.interval,
            "horizon": forecast.horizon,
            "tickers": json.dumps(forecast.tickers),
            **{name: _packed(array) for name, array in arrays.items()},
            "models": json.dumps(forecast.models),
            **written(forecast.verdict),
            "shrink": float(forecast.shrink),
            "details": json.dumps(dict(forecast.details)),
            **{name: _packed(array) for name, array in views.items()},
            "holdings": forecast.holdings,
        }
        self._link.run(sa.insert(FORECASTS), row)

    def last(self, interval: Interval | None = None) -> StoredForecast | None:
        """The one that was made last, of bars of an interval; None without any. Raises: `StoreError` if damaged."""
        found = sa.select(FORECASTS).order_by(FORECASTS.c.id.desc()).limit(1)
        with _whole(self._link, text("newest forecast")):  # days and sentences of its row are read with it
            row = self._link.one(found if interval is None else found.where(FORECASTS.c.interval_h == interval))
        return self._forecast(row) if row else None

    def newest(self, interval: Interval | None = None) -> tuple[int, datetime] | None:
        """Number and last bar of what `last` reads, without reading it: who has seen this one need not look again."""
        found = sa.select(FORECASTS.c.id, FORECASTS.c.as_of).order_by(FORECASTS.c.id.desc()).limit(1)
        row = self._link.one(found if interval is None else found.where(FORECASTS.c.interval_h == interval))
        return (int(row.id), row.as_of) if row else None

    def all(self, interval: Interval | None = None) -> list[datetime]:
        """Of which bars there are forecasts, in the order in which they were made."""
        found = sa.select(FORECASTS.c.as_of).order_by(FORECASTS.c.id)
        rows = self._link.rows(found if interval is None else found.where(FORECASTS.c.interval_h == interval))
        return [row.as_of for row in rows]

    def _forecast(self, row: Row) -> StoredForecast:
        with _whole(self._link, text("forecast of {time}", time=row.as_of.isoformat(" "))):
            tickers = tuple(_listed(row.tickers))
            details = json.loads(row.details)
            if not isinstance(details, dict):
                raise TypeError(details)
            arrays: dict[str, Any] = {
                name: _unpacked(getattr(row, name), _shape(name, len(tickers))) for name in ARRAYS
            }
            models = tuple(_listed(row.models))
            verdict = read(row.template, row.field_values)
            str(verdict)  # a sentence that lacks a field is damage, and not for whoever prints it to find
            return StoredForecast(
                as_of=row.as_of,
                made=row.made,
                interval=row.interval_h,
                horizon=row.horizon,
                tickers=tickers,
                **arrays,
                models=models,
                verdict=verdict,
                shrink=float(row.shrink),
                details=details,
                views=_views(row, len(models), len(tickers)),
                holdings=row.holdings,
            )


@contextmanager
def _whole(link: Link, what: Text) -> Iterator[None]:
    """What cannot be read inside becomes a `StoreError` that names it."""
    try:
        yield
    except (ValueError, TypeError, KeyError, EOFError, IndexError, AttributeError) as error:
        raise StoreError(
            text("{name}: what is stored of the {what} is damaged.", name=link.address.name, what=what),
            text("Make it again: allocator train, then allocator forecast."),
        ) from error


def _shape(name: str, count: int, models: int = 0) -> tuple[int, ...]:
    shapes = {
        "covariance": (count, count),
        "view_mean": (models, count),
        "view_deviation": (models, count),
        "view_aversion": (models,),
    }
    return shapes.get(name, (count,))


def _views_of(forecast: StoredForecast) -> dict[str, Floats]:
    """The columns of `VIEWS`; none of a forecast without them."""
    if forecast.views is None:
        return {}
    views = forecast.views
    return {
        name: np.asarray(array, dtype=np.float64)
        for name, array in zip(VIEWS, (views.mean, views.deviation, views.aversion), strict=True)
    }


def _views(row: Row, models: int, count: int) -> StoredViews | None:
    if row.view_mean is None:
        return None
    return StoredViews(*(_unpacked(getattr(row, name), _shape(name, count, models)) for name in VIEWS))


def _packed(array: Floats) -> bytes:
    """The array as a .npy file: it says its own type and shape."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def _unpacked(content: bytes, shape: tuple[int, ...]) -> Floats:
    """Raises: `ValueError` for what is no .npy of floats of this shape; nothing in it is ever run."""
    if len(content) > LARGEST:
        raise ValueError(len(content))
    array: Floats = np.load(io.BytesIO(content), allow_pickle=False)
    if array.shape != shape or array.dtype != np.float64:
        raise ValueError(array.shape, array.dtype)
    return array


def _numbers(values: Mapping[str, float]) -> str:
    """JSON with the words NaN and Infinity, which Python reads back."""
    return json.dumps({name: float(value) for name, value in values.items()})


def _scores(source: str) -> dict[str, float]:
    return {str(name): float(value) for name, value in json.loads(source).items()}


def _listed(source: str) -> list[str]:
    found = json.loads(source)
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise TypeError(found)
    return found
