"""A forecast of the store: what says what cannot be is told, before anybody reckons with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from allocator.app.forecast_storing import forecast_of, stored_forecast
from allocator.core.bars import Interval
from allocator.core.errors import ForecastError
from allocator.forecast.ensemble import Forecast
from allocator.store import StoredForecast, StoredViews

COVARIANCE = np.array([[0.04, 0.01], [0.01, 0.09]])


def stored(**changed: Any) -> StoredForecast:
    made = Forecast(
        as_of=datetime(2024, 5, 2),
        horizon=5,
        tickers=("GAZP", "SBER"),
        mean=np.array([0.1, -0.1]),
        lower=np.array([0.0, -0.2]),
        upper=np.array([0.2, 0.0]),
        deviation=np.array([0.2, 0.3]),
        agreement=np.array([1.0, 1.0]),
        covariance=COVARIANCE,
        models=2,
        rho=0.5,
        witnesses=1.3,
        confidence=0.95,
        verdict=None,
    )
    views = StoredViews(np.zeros((2, 2)), np.full((2, 2), np.nan), np.ones(2))
    found = stored_forecast(made, Interval.DAY, ("a", "b"), datetime(2024, 5, 3, tzinfo=UTC), views=views)
    return replace(found, **changed)


def test_whole_forecast_comes_back() -> None:
    """As it was; a security without a variance is none that anything is wrong with."""
    lacking = np.array([[0.04, np.nan], [np.nan, np.nan]])
    assert np.array_equal(COVARIANCE, forecast_of(stored()).covariance)
    assert np.array_equal(lacking, forecast_of(stored(covariance=lacking)).covariance, equal_nan=True)


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        ("out of all bounds", {"horizon": 0}),
        ("out of all bounds", {"shrink": 1.5}),
        ("out of all bounds", {"shrink": float("nan")}),
        ("infinite numbers", {"mean": np.array([0.1, np.inf])}),
        ("infinite numbers", {"views": StoredViews(np.full((2, 2), np.inf), np.zeros((2, 2)), np.ones(2))}),
        ("negative ones", {"views": StoredViews(np.zeros((2, 2)), np.zeros((2, 2)), np.array([1.0, 0.0]))}),
        ("has gaps", {"covariance": np.array([[0.04, np.nan], [np.nan, 0.09]])}),
        ("not the same both ways", {"covariance": np.array([[0.04, 0.02], [0.01, 0.09]])}),
        ("not positive semidefinite", {"covariance": np.array([[0.04, 0.5], [0.5, 0.09]])}),
        ("not positive semidefinite", {"covariance": np.array([[0.04, 0.0], [0.0, -0.09]])}),
    ],
)
def test_what_cannot_be_is_told_with_what_to_type(what: str, changed: dict[str, Any]) -> None:
    """The sentence says what is wrong, and the hint how to make the forecast again."""
    with pytest.raises(ForecastError, match=rf"2024-05-02 .* is damaged: .*{what}.*allocator forecast"):
        forecast_of(stored(**changed))
