"""The strategies of a backtest's file as those of the room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from allocator.app.backtesting_told import Told
from allocator.backtest.forecasts import ForecastTable
from allocator.backtest.market import Market
from allocator.backtest.seen import Strategy
from allocator.backtest.strategies import (
    Bands,
    BuyAndHold,
    Calendar,
    EqualWeight,
    FixedTargets,
    MarketWeight,
    Momentum,
    Period,
    Rebalancing,
)
from allocator.config.backtest_file import ForecastPlan, StrategyPlan
from allocator.config.backtest_file_values import Rebalance
from allocator.core.bars import Floats
from allocator.core.errors import ConfigError
from allocator.core.text import text

if TYPE_CHECKING:  # a solver, which strategies without forecasts do without
    from allocator.optimize.single_period import Limits

RATE_BARS = 21  # over which what cash earns is averaged: one bar may be a weekend long


def plain(plan: StrategyPlan, tickers: Sequence[str], names: Mapping[str, str]) -> Strategy:
    """A strategy that needs no forecast; `names` as in `Ground`. Raises: `ConfigError` for a target not traded."""
    when = rebalancing(plan.rebalance)
    weights = None if plan.targets is None else weights_of(plan, tickers, names)
    match plan.kind:
        case "targets":
            assert weights is not None
            return FixedTargets(weights, when, plan.name)
        case "equal":
            return EqualWeight(when, plan.name)
        case "market":
            return MarketWeight(window=plan.lookback, rebalance=when, name=plan.name)
        case "hold":
            return BuyAndHold(weights, plan.name)
        case "momentum":
            return Momentum(plan.lookback, plan.top, rebalance=when, name=plan.name)
    raise ValueError(plan.kind)


def weights_of(plan: StrategyPlan, tickers: Sequence[str], names: Mapping[str, str]) -> Floats:
    """(N,) the targets of a strategy. Raises: `ConfigError` for one that is not traded here."""
    found = np.zeros(len(tickers))
    column = {ticker: at for at, ticker in enumerate(tickers)}
    for ticker, share in (plan.targets or {}).items():
        at = column.get(names.get(ticker, ticker))
        if at is None:
            raise ConfigError(
                text("[strategy {name}]: {ticker} of its targets is not traded here.", name=plan.name, ticker=ticker),
                text("Add it to tickers in [backtest], or leave that line out."),
            )
        found[at] += share
    return found


def rebalancing(rule: Rebalance) -> Rebalancing:
    """The rule in the room's words."""
    if rule.band is not None:
        return Bands(rule.band)
    if rule.bars is not None:
        return Calendar(rule.bars)
    period: Period = rule.period  # type: ignore[assignment]  # the file's reader knows these words alone
    return Calendar(period)


def on_forecasts(name: str, plan: ForecastPlan, told: Told, market: Market, *, lam: float, aversion: float) -> Strategy:
    """The single-period optimiser on the forecasts of one λ."""
    from allocator.backtest.single_period_strategy import SinglePeriodStrategy  # noqa: PLC0415 -- a solver

    return SinglePeriodStrategy(
        table(plan, told.means[lam], told, market), aversion, limits=limits(plan, market), every=plan.step, name=name
    )


def table(plan: ForecastPlan, mean: Floats, told: Told, market: Market) -> ForecastTable:
    """The forecasts as the room reads them; cash is expected to earn the mean of its last bars over the horizon."""
    earned = np.cumsum(np.r_[0.0, market.cash_return])
    rows = np.arange(1, len(earned))
    since = np.maximum(rows - RATE_BARS, 0)
    usual = (earned[rows] - earned[since]) / (rows - since)
    return ForecastTable(mean, told.covariances, told.rows, plan.horizon * usual)


def limits(plan: ForecastPlan, market: Market) -> Limits:
    """What the file permits."""
    from allocator.optimize.single_period import Limits  # noqa: PLC0415

    return Limits(upper=np.full(len(market.tickers), plan.cap), minimum_deal=plan.minimum_deal)
