"""What `auto` assets go by: the newest forecast of the store, or the reason why there is none to go by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from allocator.core.bars import Interval
from allocator.core.errors import AllocatorError, ForecastError
from allocator.core.portfolio import Auto, Fallback, Portfolio, without_board
from allocator.core.text import Text, text
from allocator.store import Store, Transaction, read_panel

if TYPE_CHECKING:
    from allocator.forecast.ensemble import Forecast

MARKET_SESSIONS = 60  # of which the median turnover is the size of a paper in the market
SPAN = timedelta(days=120)  # that surely holds them
BOOKED_AHEAD = 10  # days, at most: bars of a weekend or of holidays are of the session that follows


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """`forecast` None: there is none, and `trouble` says why. `verdict`: on it, in a sentence.

    `turnover`: roubles of a median day by ticker, of those that trade; empty where the store cannot be read.
    """

    forecast: Forecast | None = None
    verdict: Text | None = None
    interval: Interval = Interval.DAY
    turnover: Mapping[str, float] = field(default_factory=dict)
    trouble: AllocatorError | None = None


def read_outlook(store: Store, interval: Interval, tickers: Sequence[str]) -> Outlook:
    """The forecast that was made last of bars of this interval, and the turnover of these tickers.

    Raises: `StoreError`.
    """
    from allocator.app.forecast_storing import forecast_of  # noqa: PLC0415 -- ensembles

    with store.reading() as tx:
        stored = tx.forecasts.last(interval)
        turnover = _turnover(tx, tickers)
    if stored is None:
        return Outlook(interval=interval, turnover=turnover, trouble=_missing(store, interval))
    try:
        return Outlook(sound(forecast_of(stored)), stored.verdict, interval, turnover)
    except ForecastError as error:
        return Outlook(interval=interval, turnover=turnover, trouble=error)


def told(outlook: Outlook, portfolio: Portfolio) -> Iterator[Text]:
    """What goes with `auto` shares: which forecast it is, what it is worth, whom it lacks; or what stands in for it."""
    rules, forecast = portfolio.forecast, outlook.forecast
    if forecast is None:
        if outlook.trouble is not None and rules.fallback is not None:
            yield _stand_in(rules.fallback, outlook.trouble.message)
        return
    yield text(
        "auto shares go by the forecast of {day}, {horizon} {horizon:bar|bars} ahead; models: {models}",
        day=forecast.as_of.date(),
        horizon=forecast.horizon,
        models=forecast.models,
    )
    if rules.shrink is not None:
        yield text(
            "{kept}% of the forecast is kept, as [forecast] shrink says; by its verdict it would be {due}%",
            kept=f"{100 * float(rules.shrink):.3g}",
            due=f"{100 * forecast.shrink:.3g}",
        )
    elif outlook.verdict is not None:
        yield outlook.verdict
    if not rules.kept(forecast.shrink):
        yield text("auto shares are the market's, by turnover, as far as it pays to deal for that")
    for asset in portfolio.assets:
        if isinstance(asset.target, Auto) and (ticker := without_board(asset.ticker)) not in forecast.tickers:
            yield text(
                "{ticker} keeps the share that it has, for the forecast lacks it: {reason}",
                ticker=asset.ticker,
                reason=forecast.left_out.get(ticker, text("it was not among those that qualify")),
            )


def _stand_in(fallback: Fallback, reason: Text) -> Text:
    match fallback:
        case Fallback.EQUAL:
            return text("auto shares are equal, for want of a forecast: {reason}", reason=reason)
        case Fallback.MARKET:
            return text("auto shares are by turnover, for want of a forecast: {reason}", reason=reason)
    return text("auto shares are in the proportions of now, for want of a forecast: {reason}", reason=reason)


def _missing(store: Store, interval: Interval) -> ForecastError:
    if interval is Interval.HOUR:
        what = text("{name}: there is no forecast from hourly bars yet", name=store.name)
        return ForecastError(what, text("Type: allocator forecast --interval hour"))
    return ForecastError(text("{name}: there is no forecast yet", name=store.name), text("Type: allocator forecast"))


def sound(forecast: Forecast) -> Forecast:
    """Without the papers whose return or risk is no number: they count as left out."""
    kept = np.isfinite(forecast.mean) & (np.diag(forecast.covariance) > 0) & np.isfinite(np.diag(forecast.covariance))
    if kept.all():
        return forecast
    reason = text("its forecast is no number")
    lost = {ticker: reason for ticker, good in zip(forecast.tickers, kept, strict=True) if not good}
    return replace(
        forecast,
        tickers=tuple(ticker for ticker in forecast.tickers if ticker not in lost),
        covariance=forecast.covariance[np.ix_(kept, kept)],
        left_out={**forecast.left_out, **lost},
        **{name: getattr(forecast, name)[kept] for name in ("mean", "deviation", "lower", "upper", "agreement")},
    )


def stale(forecast: Forecast, most: int, today: date) -> ForecastError | None:
    """What is wrong with a forecast whose last bar is more than so many days ago, or yet to come; else None."""
    age = (today - forecast.as_of.date()).days
    if age < -BOOKED_AHEAD:
        return ForecastError(
            text("the forecast is of {day}, which is yet to come", day=forecast.as_of.date()),
            text("Put the clock of this machine right, or the bars of the store, then: allocator forecast."),
        )
    if age <= most:
        return None
    return ForecastError(
        text(
            "the forecast is of {day}, {age} {age:day|days} old; [forecast] maximum age is {most}",
            day=forecast.as_of.date(),
            age=age,
            most=most,
        ),
        text("Type: allocator refresh, then: allocator forecast."),
    )


def _turnover(tx: Transaction, tickers: Sequence[str]) -> dict[str, float]:
    """Days without a deal count as zero; papers without any bar, and those that did not trade of late, are left out."""
    known = [ticker for ticker in dict.fromkeys(tickers) if tx.instruments.get(ticker) is not None]
    last = [bars.days[-1] for ticker in known if len(bars := tx.bars.last(ticker, Interval.DAY, 1))]
    if not last:
        return {}
    newest: date = max(last).item()
    panel = read_panel(tx, ("value",), Interval.DAY, known, start=newest - SPAN)
    median = np.median(np.nan_to_num(panel["value"][-MARKET_SESSIONS:]), axis=0)
    return {ticker: float(value) for ticker, value in zip(panel.tickers, median, strict=True) if value > 0}
