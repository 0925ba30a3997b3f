"""From models' forecasts to the one that is acted on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from allocator.core.bars import Floats
from allocator.core.errors import ForecastError
from allocator.core.text import Text, text
from allocator.forecast.ensemble.forecast import Forecast
from allocator.forecast.ensemble.risk import Risk
from allocator.forecast.ensemble.spread import dependence, effective_models, median_bounds
from allocator.forecast.evaluation import Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """What M models say of N securities over the horizon: simple returns as fractions, recalibrated (`recalibration`).

    `mean` (M, N): NaN where a model does not forecast. `deviation` (M, N): of the return, NaN from models that give a
    point only. What is infinite, or a deviation that is not positive, counts as NaN.
    """

    models: tuple[str, ...]
    tickers: tuple[str, ...]
    mean: Floats
    deviation: Floats

    def __post_init__(self) -> None:
        shape = (len(self.models), len(self.tickers))
        if self.mean.shape != shape or self.deviation.shape != shape:
            raise ValueError(shape, self.mean.shape, self.deviation.shape)


def combine(
    views: Views,
    risk: Risk,
    *,
    horizon: int,
    bars_a_year: float,
    as_of: datetime,
    rng: np.random.Generator,
    past: Floats | None = None,
    verdict: Verdict | None = None,
    confidence: float = 0.95,
) -> Forecast:
    """Medians over the models, in figures of a year.

    k = bars_a_year / horizon: means are multiplied by k, deviations by √k. A security's deviation is the median of the
    models that give one, else that of its own daily returns (`risk`); the covariance has the correlations of `risk`.
    `past` (M, ...): what the same models forecast before, best of the bars that they were tested on; it says how alike
    they are. Without it this night's forecasts say so, one of each security.

    Raises: `ForecastError` when no security has both a forecast and a risk.
    """
    place = {ticker: n for n, ticker in enumerate(views.tickers)}
    said = np.where(np.isfinite(views.mean), views.mean, np.nan)
    spoken = set(np.flatnonzero(np.isfinite(said).any(axis=0)))
    left_out = {ticker: reason for ticker, reason in risk.left_out.items() if ticker in place}
    left_out |= {
        ticker: text("there is no risk for it") for ticker in place if ticker not in {*risk.tickers, *left_out}
    }
    silent = text("no model forecasts it")
    left_out |= {ticker: silent for ticker, n in place.items() if n not in spoken}
    tickers = tuple(ticker for ticker in risk.tickers if ticker in place and ticker not in left_out)
    if not tickers:
        raise _nothing(left_out)
    columns = [place[ticker] for ticker in tickers]
    rows = [risk.tickers.index(ticker) for ticker in tickers]
    k = bars_a_year / horizon
    means = said[:, columns] * k
    rho = dependence(means if past is None else past)
    median = np.nanmedian(means, axis=0)
    lower, upper = median_bounds(means, rho, rng=rng, confidence=confidence)
    lower = np.maximum(lower, np.minimum(median, -1.0))  # nobody loses more than all
    deviation = _deviations(views.deviation[:, columns] * math.sqrt(k), risk.deviation[rows])
    speaking = int(np.isfinite(means).any(axis=1).sum())
    return Forecast(
        tickers,
        median,
        deviation,
        lower,
        upper,
        _agreement(means, median),
        deviation[:, None] * risk.correlation[np.ix_(rows, rows)] * deviation,
        horizon,
        as_of,
        speaking,
        rho,
        effective_models(speaking, rho),
        confidence,
        left_out,
        verdict,
    )


def _deviations(given: Floats, fallback: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        good = np.where(np.isfinite(given) & (given > 0), given, np.nan)
    any_given = np.isfinite(good).any(axis=0)
    result = fallback.copy()
    result[any_given] = np.nanmedian(good[:, any_given], axis=0)
    return result


def _agreement(means: Floats, median: Floats) -> Floats:
    known = np.isfinite(means)
    same = known & (np.sign(np.nan_to_num(means)) == np.sign(median))
    share: Floats = same.sum(axis=0) / known.sum(axis=0)
    return share


def _nothing(left_out: dict[str, Text]) -> ForecastError:
    if not left_out:
        return ForecastError(text("There is no security to forecast."))
    ticker, reason = next(iter(left_out.items()))
    return ForecastError(
        text("No security has a forecast; {ticker}: {reason}.", ticker=ticker, reason=reason),
        text("Train models: allocator train"),
    )
