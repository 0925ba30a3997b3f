"""How securities move together: correlations of daily total returns, shrunk, and their deviations over a year.

What is done where returns are missing (the exchange was closed, the paper was not traded or not yet listed):

1. Only the last `history` rows count. A security of which fewer than half of them are known is left out by name.
2. Each security's returns are standardised by the mean and deviation of its own known returns.
3. An unknown return then counts as its mean, zero: no surprise. Each column is scaled so that its variance is one
   again. The matrix is one of products, so it is a correlation matrix however the holes lie (pairwise correlations
   need not be); a pair with holes on the same days has its plain correlation, other holes draw it towards zero.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from allocator.core.bars import Floats
from allocator.core.errors import ForecastError
from allocator.core.text import Text, text
from allocator.forecast.libraries import library

HISTORY = 360  # rows
LEAST_ROWS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Risk:
    """(N, N) correlations and (N,) deviations over a year of simple returns, as fractions.

    `shrinkage` in 0..1: how far the correlations were drawn to the target. `rows`: of returns behind them.
    `left_out`: securities without enough of them, each with its reason.
    """

    tickers: tuple[str, ...]
    correlation: Floats
    deviation: Floats
    shrinkage: float
    rows: int
    left_out: Mapping[str, Text] = field(default_factory=dict)


def estimate_risk(
    returns: Floats, tickers: Sequence[str], *, rows_a_year: float, history: int = HISTORY, target: str = "identity"
) -> Risk:
    """From (T, N) simple total returns per row (day), NaN where there is none.

    Shrunk as Ledoit & Wolf say, towards no correlation ("identity": A well-conditioned estimator for large-dimensional
    covariance matrices, 2004, by scikit-learn) or one correlation for all ("constant": Honey, I Shrunk the Sample
    Covariance Matrix, 2004).

    Raises: `ForecastError` for less than 30 rows, or when no security is left.
    """
    recent = np.asarray(returns, dtype=np.float64)[-history:]
    if recent.ndim != 2 or recent.shape[1] != len(tickers) or target not in ("identity", "constant"):
        raise ValueError(recent.shape, len(tickers), target)
    rows = len(recent)
    if rows < LEAST_ROWS:
        raise ForecastError(
            text(
                "{rows} rows of returns are too few for a covariance; {least} are needed.", rows=rows, least=LEAST_ROWS
            ),
            text("Load a longer history: allocator refresh"),
        )
    known = np.isfinite(recent)
    left_out = _left_out(recent, known, tickers)
    kept = np.array([ticker not in left_out for ticker in tickers])
    if not kept.any():
        ticker, reason = next(iter(left_out.items()))
        raise ForecastError(text("No security has a covariance; {ticker}: {reason}.", ticker=ticker, reason=reason))
    recent, known = recent[:, kept], known[:, kept]
    count = known.sum(axis=0)
    mean = np.where(known, recent, 0.0).sum(axis=0) / count
    centred = np.where(known, recent - mean, 0.0)
    squares = (centred**2).sum(axis=0)
    z = centred * np.sqrt(rows / squares)  # (T, N), each column's mean square is one
    sample = z.T @ z / rows
    correlation, shrinkage = _to_identity(z, sample) if target == "identity" else _to_constant(z, sample)
    np.fill_diagonal(correlation, 1.0)
    deviation = np.sqrt(squares / (count - 1) * rows_a_year)
    names = tuple(ticker for ticker in tickers if ticker not in left_out)
    return Risk(names, correlation, deviation, shrinkage, rows, left_out)


def _left_out(returns: Floats, known: np.ndarray, tickers: Sequence[str]) -> dict[str, Text]:
    found: dict[str, Text] = {}
    least = -(-len(returns) // 2)
    for n, ticker in enumerate(tickers):
        column = returns[known[:, n], n]
        if len(column) < least:
            found[ticker] = text(
                "{known} daily returns are known of the last {rows}, {least} are needed",
                known=len(column),
                rows=len(returns),
                least=least,
            )
        elif np.ptp(column) <= 1e-12:
            found[ticker] = text("its returns never change")
    return found


def _to_identity(z: Floats, sample: Floats) -> tuple[Floats, float]:
    if z.shape[1] == 1:
        return sample, 0.0
    shrinkage = float(library("sklearn.covariance").ledoit_wolf_shrinkage(z, assume_centered=True))
    return (1 - shrinkage) * sample, shrinkage


def _to_constant(z: Floats, sample: Floats) -> tuple[Floats, float]:
    """Their appendix B for standardised columns; `spread` is π̂, `aligned` ρ̂ and `distance` γ̂ there."""
    rows, count = z.shape
    if count < 3:
        return sample, 0.0  # two securities have one correlation, which is the target
    mean = (sample.sum() - count) / (count * (count - 1))
    prior = np.full((count, count), mean)
    np.fill_diagonal(prior, 1.0)
    squares = z**2
    pi = squares.T @ squares / rows - sample**2
    theta = (z**3).T @ z / rows - sample  # of the variance of i with the covariance of i and j; variances are one
    np.fill_diagonal(theta, 0.0)
    aligned = float(np.trace(pi)) + mean * float(theta.sum())
    distance = float(((sample - prior) ** 2).sum())
    if distance <= 0:
        return sample, 0.0
    shrinkage = min(1.0, max(0.0, (float(pi.sum()) - aligned) / distance / rows))
    if not math.isfinite(shrinkage):
        raise ForecastError(text("The covariance is not a number: a return is too large."))
    return shrinkage * prior + (1 - shrinkage) * sample, shrinkage
