"""A forecast as a row of the store, and back: for who only reads one, this loads nothing that makes one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from allocator.core.bars import Interval
from allocator.core.errors import ForecastError
from allocator.core.portfolio import Portfolio
from allocator.core.text import Text, text
from allocator.forecast.ensemble import Forecast
from allocator.store import StoredForecast, StoredViews

ROUNDING = 1e-6  # of the largest eigenvalue: as far below zero one may be that was zero before it was stored
AGAIN = text("Type: allocator forecast")


def forecast_of(stored: StoredForecast) -> Forecast:
    """The forecast that was stored, as the optimiser reads it.

    Raises: `ForecastError` when parts of it are missing, or say what cannot be.
    """
    wrong = _wrong(stored)
    if wrong is not None:
        raise ForecastError(
            text("The forecast of {time} in the store is damaged: {what}.", time=stored.as_of, what=wrong), AGAIN
        )
    names = ("mean", "deviation", "lower", "upper", "agreement", "covariance")
    try:
        values = dict(stored.details) | {name: np.zeros(0) for name in names}
        made = Forecast.of(values | {"tickers": stored.tickers})
    except (KeyError, TypeError, ValueError) as error:
        raise ForecastError(text("The forecast of {time} is of another version.", time=stored.as_of), AGAIN) from error
    return replace(made, **{name: getattr(stored, name) for name in names})


def _wrong(stored: StoredForecast) -> Text | None:
    """What no forecast can say, as when a disk or another program changed it; None when it holds together."""
    if stored.horizon < 1 or not 0 <= stored.shrink <= 1:
        return text("its horizon or what is kept of it is out of all bounds")
    views = () if stored.views is None else (stored.views.mean, stored.views.deviation, stored.views.aversion)
    told = (stored.mean, stored.deviation, stored.lower, stored.upper, stored.agreement, stored.covariance, *views)
    if any(np.isinf(each).any() for each in told) or (views and not (views[2] > 0).all()):
        return text("it has infinite numbers, or negative ones where none can be")
    known = np.isfinite(np.diag(stored.covariance))
    risk = stored.covariance[np.ix_(known, known)]
    most = float(np.abs(risk).max(initial=0.0))
    if not np.isfinite(most) or (np.abs(risk - risk.T) > ROUNDING * most).any():
        return text("its covariance has gaps, or is not the same both ways")
    if most and float(np.linalg.eigvalsh(risk / most)[0]) < -ROUNDING * len(risk):
        return text("its covariance is not positive semidefinite")
    return None


def holdings_of(portfolio: Portfolio) -> str:
    """A digest of what is held: the units of each asset and the money; wishes, fees and permissions do not count."""
    held = sorted(f"{each.ticker}={each.have.normalize():f}" for each in portfolio.assets if each.have)
    money = (portfolio.cash.have, portfolio.cash.withdraw)
    said = "\n".join([*held, *(f"{each.normalize():f}" for each in money)])
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def stored_forecast(
    made: Forecast,
    interval: Interval,
    keys: tuple[str, ...],
    now: datetime,
    *,
    views: StoredViews | None = None,
    portfolio: Portfolio | None = None,
) -> StoredForecast:
    """The row of the store for a forecast, with what each model said, and for which holdings it was made."""
    names = ("mean", "deviation", "lower", "upper", "agreement", "covariance")
    details = {name: value for name, value in made.plain().items() if name not in {*names, "tickers"}}
    arrays: dict[str, Any] = {name: getattr(made, name) for name in names}
    return StoredForecast(
        as_of=made.as_of,
        made=now,
        interval=interval,
        horizon=made.horizon,
        tickers=made.tickers,
        **arrays,
        models=keys,
        verdict=made.verdict.sentence if made.verdict else text("Nobody has judged this forecast."),
        shrink=made.shrink,
        details=_plain(details),
        views=views,
        holdings=None if portfolio is None else holdings_of(portfolio),
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 -- JSON
    """Numbers of numpy as Python's, and what JSON has no word for as its words."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
