"""The newest forecast held against what the accounts hold, at the last closes of the store."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from allocator.app.accounts_portfolio import of_all
from allocator.app.advice_kept import Basis
from allocator.app.auto_forecast import stale
from allocator.app.closes import closes_of
from allocator.app.forecast_storing import forecast_of, holdings_of
from allocator.core.bars import Floats, Interval
from allocator.core.portfolio import ZERO, Portfolio, without_board
from allocator.core.text import Text, text
from allocator.forecast.ensemble import Forecast
from allocator.optimize.problem import exact
from allocator.report.outlook import Expected, Outlook, Whole
from allocator.store import StoredForecast, Transaction

RECENT = timedelta(days=30)  # of which days closes are looked for first; a paper that rests has older ones


def stamp(tx: Transaction, interval: Interval, today: date) -> Hashable:
    """Another one whenever the view would be another one: accounts, targets, the forecast, the store's bars, today."""
    last = tx.journal.runs(1)
    return Basis.of(tx, interval), tuple((run.id, run.ended) for run in last), today


def outlook(tx: Transaction, interval: Interval, today: date, name: str) -> Outlook | None:
    """The newest forecast of bars of an interval; None while there is none. `name`: of the store.

    Raises: `ForecastError` for one that is damaged; `StoreError`.
    """
    stored = tx.forecasts.last(interval)
    if stored is None:
        return None
    made = forecast_of(stored)
    portfolio = of_all(tx.accounts.all(), tx.accounts.policy(), Path(name))
    weights, cash, priced, notes = _weights(tx, portfolio, made, today)
    names = {each.ticker: each.name for each in tx.instruments.all()}
    trouble = stale(made, portfolio.forecast.maximum_age, today)
    return Outlook(
        as_of=stored.as_of,
        made=stored.made,
        interval=stored.interval,
        bars_ahead=stored.horizon,
        verdict=stored.verdict,
        beats=None if made.verdict is None or not made.verdict.judged else made.verdict.beats,
        shrink=made.shrink,
        confidence=made.confidence,
        models=made.models,
        witnesses=made.witnesses,
        lines=_lines(made, weights, names),
        whole=_whole(made, weights, cash),
        left_out=tuple(sorted(made.left_out.items(), key=lambda each: each[0])),
        old=None if trouble is None else trouble.message,
        for_holdings=_for_holdings(stored, portfolio),
        priced=priced,
        notes=tuple(notes),
    )


def _weights(
    tx: Transaction, portfolio: Portfolio, made: Forecast, today: date
) -> tuple[Floats, float, date | None, list[Text]]:
    """(N,) shares of all that is held and has a price, that of cash, the day of the newest price, and notes."""
    held = [each for each in portfolio.assets if each.have]
    closes = closes_of(tx, [each.ticker for each in held], today - RECENT, today)
    values, days, unpriced = dict.fromkeys(made.tickers, ZERO), [], []
    with exact():
        total = cash = portfolio.cash.have - portfolio.cash.withdraw
        for each in held:
            price = closes.price(each.ticker)
            if price is None:
                unpriced.append(each.ticker)
                continue
            value = each.have * price.close
            total += value
            days.append(price.day)
            head = closes.heads[without_board(each.ticker)][0]
            if head in values:
                values[head] += value
    notes = []
    if unpriced:
        notes.append(text("Without a price in the store, and so in no sum: {tickers}.", tickers=", ".join(unpriced)))
    if total <= 0:
        return np.zeros(len(made.tickers)), 0.0, None, notes
    weights = np.array([float(values[ticker]) / float(total) for ticker in made.tickers])
    return weights, float(cash) / float(total), max(days, default=None), notes


def _whole(made: Forecast, weights: Floats, cash: float) -> Whole | None:
    held = weights > 0
    if not held.any() or not np.isfinite(made.mean[held]).all():
        return None
    risk = made.covariance[np.ix_(held, held)]
    variance = float(weights[held] @ risk @ weights[held])
    if not math.isfinite(variance):
        return None
    mean = float(weights[held] @ made.mean[held])
    kept = float(weights[held] @ made.toward(0.0).mean[held])
    return Whole(mean, kept, math.sqrt(max(variance, 0.0)), float(weights.sum()), cash)


def _lines(made: Forecast, weights: Floats, names: Mapping[str, str | None]) -> tuple[Expected, ...]:
    """The highest expected return first."""
    held = weights > 0
    beta = np.full(len(weights), np.nan)
    if held.any():
        moved = made.covariance[:, held] @ weights[held]
        variance = float(weights[held] @ moved[held])
        if variance > 0:
            beta = moved / variance
    kept = made.toward(0.0).mean
    columns = (made.mean, kept, made.deviation, made.lower, made.upper, beta, made.agreement)
    lines = [
        Expected(ticker, names.get(ticker), float(weights[n]), *(_known(column[n]) for column in columns))
        for n, ticker in enumerate(made.tickers)
    ]
    return tuple(sorted(lines, key=lambda line: (line.mean is None, -(line.mean or 0.0), line.ticker)))


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _for_holdings(stored: StoredForecast, portfolio: Portfolio) -> bool | None:
    return None if stored.holdings is None else stored.holdings == holdings_of(portfolio)
