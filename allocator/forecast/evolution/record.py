"""What a recipe did on the bars that it is judged by: one number a bar of each kind, never pooled pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import numpy as np

from allocator.core.bars import Floats, Times
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.ensemble.risk import Risk
from allocator.forecast.evolution.choosing import earned, held
from allocator.forecast.recalibration import recalibrate
from allocator.forecast.training.files import read_arrays, write_arrays
from allocator.forecast.training.results import Forecasts
from allocator.forecast.training.split import Range


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """(K,) bars at which forecasts were made, in order.

    `loss`: the mean over securities of ((r̂ - r)² - r²) / σ², below zero where the forecast beats "no change". What
    "no change" loses is taken off as it is most of the noise, and differs with the securities that a model sees.
    `net`: the return of the model's own portfolio over the horizon, after costs; `excess`: that above equal weights.
    """

    times: Times
    loss: Floats
    net: Floats
    excess: Floats

    def __len__(self) -> int:
        return len(self.times)

    def at(self, times: Times) -> Record:
        """At these times only, all of which must be there."""
        return Record(times, *(getattr(self, name)[np.searchsorted(self.times, times)] for name in VALUES))

    def save(self, path: Path) -> None:
        """Raises: `ForecastError` when it cannot be written."""
        write_arrays(path, {each.name: getattr(self, each.name) for each in fields(self)})

    @classmethod
    def open(cls, path: Path) -> Self:
        """Raises: `ForecastError` when it is not there or damaged."""
        found = read_arrays(path, [each.name for each in fields(cls)])
        if found is None:
            raise ForecastError(
                text("{path} has no record of a model that can be read.", path=path),
                text("Delete it: the model is judged anew."),
            )
        return cls(**found)


VALUES = ("loss", "net", "excess")


def common(records: Sequence[Record]) -> Times:
    """(K,) the times that all records have, in order."""
    times = records[0].times
    for each in records[1:]:
        times = np.intersect1d(times, each.times, assume_unique=True)
    return times


def record(
    forecasts: Forecasts,
    tested: Range,
    validation: Range,
    times: Times,
    tickers: Sequence[str],
    risk: Risk,
    *,
    horizon: int,
    aversion: float,
) -> Record:
    """The record of a trained model over the rows `tested`, of whose `forecasts` those of `validation` set the scale.

    `times` (T,) and `tickers` (N,) are those of its features, `risk` is what was known before the test. The scale is
    the slope of returns on forecasts over the validation range, cut to 0..1: what a network says is a quantile where
    λ > 0, and too loud anywhere. It is not shrunk as in `recalibration`: most recipes would be one there.

    Raises: `ForecastError` when no return of the range is known, or a forecast is no number.
    """
    before, tests = forecasts.within(*validation), forecasts.within(*tested)
    known = np.isfinite(tests.actual) & np.isfinite(tests.mean) & (tests.sigma > 0)
    if not known.any():
        raise ForecastError(text("Not one forecast of the test has a known return."))
    fitted = recalibrate(before.mean, before.actual, before.t, before.sigma, horizon=horizon)
    slope = min(max(fitted.raw_slope, 0.0), 1.0)
    level = float(np.mean(before.mean[np.isfinite(before.mean)]))
    start, stop = tested
    shape = (stop - start, len(tickers))
    mean, actual, sigma = (np.full(shape, np.nan) for _ in range(3))
    place = (tests.t[known] - start, tests.n[known])
    mean[place] = slope * (tests.mean[known] - level)
    actual[place], sigma[place] = tests.actual[known], tests.sigma[known]
    rows = np.flatnonzero(np.isfinite(mean).any(axis=1))
    net, excess = _invested(mean, actual, sigma, tickers, risk, horizon=horizon, aversion=aversion)
    with np.errstate(invalid="ignore"):
        gain = ((mean - actual) ** 2 - actual**2) / sigma**2
    loss = np.nanmean(gain[rows], axis=1)
    return Record(times[start:stop][rows], loss, net[rows], excess[rows])


def _invested(
    mean: Floats,
    actual: Floats,
    sigma: Floats,
    tickers: Sequence[str],
    risk: Risk,
    *,
    horizon: int,
    aversion: float,
) -> tuple[Floats, Floats]:
    """Of the securities whose risk is known."""
    place = {ticker: n for n, ticker in enumerate(tickers)}
    columns = [place[ticker] for ticker in risk.tickers if ticker in place]
    kept = [k for k, ticker in enumerate(risk.tickers) if ticker in place]
    correlation = risk.correlation[np.ix_(kept, kept)]
    weights = held(mean[:, columns], sigma[:, columns], correlation, aversion)
    return earned(weights, actual[:, columns], horizon=horizon)
