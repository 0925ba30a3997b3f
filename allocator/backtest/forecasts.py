"""Forecasts as a backtest reads them: what was expected on each row, and how sure that was."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Floats
from allocator.core.errors import ForecastError
from allocator.core.text import text


class View(NamedTuple):
    """What is expected until the horizon of the forecasts.

    `mean` (N,) simple return, NaN without a forecast; `covariance` (N, N), no NaN; `cash`: what cash earns meanwhile,
    None where nobody says.
    """

    mean: Floats
    covariance: Floats
    cash: float | None = None


class Forecasts(Protocol):
    """Answers with what was forecast at the close of a row, from nothing later; None where nothing was."""

    def at(self, row: int) -> View | None: ...


class ForecastTable:
    """Forecasts as tables: `mean` (T, N), NaN without one; `covariances` (K, N, N), the k-th from row `rows[k]` on.

    `cash` (T,): what cash is expected to earn over the horizon of the forecasts, None where nobody says.

    A security whose variance is NaN has no forecast while that covariance holds. A row without any, or before the first
    covariance, has none at all.

    Raises: `ForecastError` for shapes that do not fit, cash without a number on some row, rows that do not increase,
    infinite numbers, or a covariance that is NaN between securities of known variance, or not the same both ways.
    """

    __slots__ = ("_cash", "_mean", "_views", "_which")

    def __init__(
        self, mean: Floats, covariances: Floats, rows: NDArray[np.int64] | None = None, cash: Floats | None = None
    ) -> None:
        mean = np.array(mean, dtype=np.float64)
        covariances = np.asarray(covariances, dtype=np.float64)
        rows = np.zeros(1, dtype=np.int64) if rows is None and covariances.ndim == 2 else rows
        if covariances.ndim == 2:
            covariances = covariances[None]
        rows = np.arange(len(covariances)) if rows is None else np.asarray(rows)
        _check(mean, covariances, rows)
        if cash is not None and (np.shape(cash) != mean.shape[:1] or not np.isfinite(cash).all()):
            raise ForecastError(text("What cash is expected to earn is not a number for each bar."))
        which = np.searchsorted(rows, np.arange(len(mean)), side="right") - 1
        self._views = []
        for each, covariance in enumerate(covariances):
            unknown = np.isnan(covariance.diagonal())
            mean[np.ix_(which == each, unknown)] = np.nan
            self._views.append(_complete(covariance, unknown))
        which[np.isnan(mean).all(axis=1)] = -1
        self._mean, self._which, self._cash = mean, which.tolist(), None if cash is None else np.asarray(cash).tolist()

    def at(self, row: int) -> View | None:
        """Raises: `ForecastError` for a row outside of the tables."""
        if not 0 <= row < len(self._which):
            raise ForecastError(
                text(
                    "The forecasts have {rows} {rows:bar|bars}: bar {row} is not among them.",
                    rows=len(self._which),
                    row=row,
                )
            )
        which = self._which[row]
        if which < 0:
            return None
        return View(self._mean[row], self._views[which], None if self._cash is None else self._cash[row])


def _check(mean: Floats, covariances: Floats, rows: NDArray[np.int64]) -> None:
    if mean.ndim != 2 or covariances.shape[1:] != (mean.shape[1],) * 2 or rows.shape != covariances.shape[:1]:
        raise ForecastError(
            text(
                "Forecasts of shape {mean} do not fit covariances of shape {covariances} on {rows} rows.",
                mean=mean.shape,
                covariances=covariances.shape,
                rows=len(rows),
            )
        )
    if len(rows) and not (rows[1:] > rows[:-1]).all():
        raise ForecastError(text("The rows of covariances do not increase."))
    if np.isinf(mean).any():
        raise ForecastError(text("A forecast is infinite."))
    for each, covariance in enumerate(covariances):
        known = ~np.isnan(covariance.diagonal())
        block = covariance[np.ix_(known, known)]
        scale = np.abs(block).max(initial=0.0)
        if not np.isfinite(scale) or not (np.abs(block - block.T) <= 1e-9 * scale).all():
            raise ForecastError(
                text("The covariance of row {row} has gaps, or is not the same both ways.", row=int(rows[each]))
            )


def _complete(covariance: Floats, unknown: NDArray[np.bool_]) -> Floats:
    """With the securities that have no variance made independent, as risky as the riskiest: they are not bought."""
    if not unknown.any():
        return covariance
    found = covariance.copy()
    found[unknown] = 0.0
    found[:, unknown] = 0.0
    found[unknown, unknown] = found.diagonal().max()
    return found
