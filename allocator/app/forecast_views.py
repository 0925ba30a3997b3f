"""What models say, as tables of one shape: rows that judge them, and the row that is acted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from allocator.core.bars import Floats, Interval
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.ensemble import Views
from allocator.forecast.evaluation import Verdict, honesty, naive_forecasts
from allocator.forecast.features import Features
from allocator.forecast.recalibration import Recalibration
from allocator.forecast.spec import ModelSpec
from allocator.forecast.training import Forecasts, Provenance
from allocator.store import StoredViews

LATEST = {Interval.DAY: 1, Interval.HOUR: 14}  # bars of which a security's last one may be the newest: a session


class Source(Protocol):
    """`app.forecast_material.Arrays`."""

    @property
    def features(self) -> Features: ...


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """One model: (R, N) expected returns over the horizon, recalibrated, and deviations; NaN where it is silent."""

    key: str
    spec: ModelSpec
    others: tuple[str, ...]
    mean: Floats
    deviation: Floats

    @classmethod
    def of(cls, key: str, said: Provenance, forecasts: Forecasts, first: int, shape: tuple[int, int]) -> Self:
        """From row `first` to the end of a panel of (T, N).

        Raises: `ForecastError` when the model was never recalibrated: what it says is no expected return.
        """
        line = said.recalibration
        if line is None:
            raise ForecastError(
                text("it was trained without enough bars to recalibrate it"), text("Train it on a longer history.")
            )
        known = {"slope_error": np.inf} | dict(line)
        fitted = Recalibration(
            known["slope"], known["intercept"], known["raw_slope"], known["slope_error"], int(known["hours"])
        )
        mean = np.full((shape[0] - first, shape[1]), np.nan)
        deviation = mean.copy()
        at = forecasts.t - first, forecasts.n
        mean[at] = fitted.apply(forecasts.mean)
        deviation[at] = forecasts.deviation
        others = tuple(name.removeprefix("other:") for name in said.names if name.startswith("other:"))
        return cls(key, said.spec, others, mean, deviation)


@dataclass(frozen=True, slots=True, eq=False)
class Voices:
    """All models. Their rows, from `first` of the panel, are those that none has seen; `reference` has what came."""

    each: tuple[Voice, ...]
    first: int
    reference: Source

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(voice.key for voice in self.each)

    def past(self, columns: Sequence[int]) -> Floats:
        """(M, R, N) the forecasts of the rows to judge by."""
        return np.stack([voice.mean[:, columns] for voice in self.each])


def judged(voices: Voices, columns: Sequence[int], horizon: int, rng: np.random.Generator) -> Verdict:
    """The verdict on the median of the models, by the bars that none of them has seen."""
    features = voices.reference.features
    returns = features.returns(horizon).T[:, columns].astype(np.float64)
    naive = {name: table[voices.first :] for name, table in naive_forecasts(returns, horizon=horizon).items()}
    past = voices.past(columns)
    sigma = features.sigma.T[voices.first :, columns].astype(np.float64) * horizon**0.5
    return honesty(
        median(past),
        returns[voices.first :],
        naive,
        rng=rng,
        models=dict(zip(voices.keys, past, strict=True)),
        sigma=sigma,
        horizon=horizon,
    )


def spoken(voices: Voices, columns: Sequence[int], tickers: Sequence[str], interval: Interval) -> Views:
    """What each model says of each security at its newest bar."""
    latest = LATEST[interval]
    tables = (voices.past(columns), np.stack([voice.deviation[:, columns] for voice in voices.each]))
    mean = np.full((len(voices.each), len(columns)), np.nan)
    deviation = mean.copy()
    for back in range(1, min(latest, tables[0].shape[1]) + 1):
        silent = ~np.isfinite(mean)
        mean[silent] = tables[0][:, -back][silent]
        deviation[silent] = tables[1][:, -back][silent]
    return Views(voices.keys, tuple(tickers), mean, deviation)


def alone(voices: Voices, views: Views, tickers: Sequence[str], *, horizons: float) -> StoredViews:
    """What each model says of these tickers, as figures of a year, which has so many horizons; NaN is unknown."""
    columns = [views.tickers.index(ticker) for ticker in tickers]
    mean, deviation = views.mean[:, columns], views.deviation[:, columns]
    with np.errstate(invalid="ignore"):
        return StoredViews(
            np.where(np.isfinite(mean), mean * horizons, np.nan),
            np.where(np.isfinite(deviation) & (deviation > 0), deviation * np.sqrt(horizons), np.nan),
            np.array([voice.spec.risk_aversion for voice in voices.each]),
        )


def median(tables: Floats) -> Floats:
    """Of (M, ...) the median of what is known; NaN where nothing is."""
    known = np.isfinite(tables)
    some = known.any(axis=0)
    found = np.full(tables.shape[1:], np.nan)
    found[some] = np.nanmedian(np.where(known, tables, np.nan)[:, some], axis=0)
    return found
