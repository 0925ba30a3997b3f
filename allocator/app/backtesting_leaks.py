"""Whether the strategies of a file look ahead: what comes after a bar is changed, and nothing before may move.

Of a strategy on forecasts three things are held to it: the features that its network sees, the risk and the interest
that its optimiser is told, and its decisions. Its models are what they are: each ends before the bars that it
forecasts, which its split says and a training refuses otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from allocator.app.backtesting import Backtester, Prepared
from allocator.app.backtesting_forecasts import most_traded, risk_of
from allocator.app.backtesting_ground import Ground
from allocator.app.backtesting_strategies import on_forecasts, plain
from allocator.backtest.leaks import LeakCheck, find_leaks, find_table_leaks
from allocator.backtest.market import Market
from allocator.backtest.seen import Strategy
from allocator.config.backtest_file import ForecastPlan, StrategyPlan
from allocator.core.bars import Floats
from allocator.core.panel import Panel
from allocator.core.text import Text, text
from allocator.forecast.spec import Inputs

SEED = 7
ROWS = 6  # of decisions, after which the future is changed
FEATURE_ROWS = 3  # features take seconds to make
AHEAD = 20  # bars of the changed future: one is enough to see, and to change more is slow
PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True)
class LeakReport:
    """A line for each thing that was looked at."""

    lines: tuple[Text, ...]
    clean: bool

    @property
    def exit_code(self) -> int:
        return 0 if self.clean else 1


def leaks_of(backtester: Backtester) -> LeakReport:
    """All strategies of the file, looked at on the test period. Raises: as `Backtester.run`."""
    ground = backtester.ground()
    prepared = backtester.prepared(ground)
    lines, clean = [], True
    for plan in backtester.plan.strategies:
        make: Callable[[Ground], Strategy]
        if plan.forecast is None:
            make = _plain(plan)
        else:
            make = _on_forecasts(plan, plan.forecast, prepared)
            found = _of_features(plan.forecast, ground)
            clean &= found.clean
            lines.append(_said(text("features of {strategy}", strategy=plan.name), found, ground.market))
        for found in _of_decisions(make, ground, backtester, plan):
            if not found.clean:
                break
        else:
            found = LeakCheck(_rows(ground, ROWS), ())
        clean &= found.clean
        lines.append(_said(plan.name, found, ground.market))
    return LeakReport(tuple(lines), clean)


def panel_like(panel: Panel, market: Market, other: Market) -> Panel:
    """The panel of another market of the same first bars and securities: its prices moved as that one's did."""
    rows = len(other.times)
    with np.errstate(invalid="ignore", divide="ignore"):
        price = other.close / market.close[:rows]
        turnover = np.where(market.turnover[:rows] > 0, other.turnover / market.turnover[:rows], 1.0)
    fields: dict[str, Floats] = {
        name: table[:rows] * (price if name in PRICES else turnover) for name, table in panel.fields.items()
    }
    return replace(panel, times=other.times, fields=fields, valid=panel.valid[:rows])


def _said(what: Text | str, found: LeakCheck, market: Market) -> Text:
    return text("{what}: {finding}", what=what, finding=found.verdict(market))


def _rows(ground: Ground, count: int) -> tuple[int, ...]:
    start, stop = ground.test
    return tuple(np.unique(np.linspace(start, stop - 1, count).astype(int)).tolist())


def _of_decisions(
    make: Callable[[Ground], Strategy], ground: Ground, backtester: Backtester, plan: StrategyPlan
) -> Iterator[LeakCheck]:
    """A check after each of some rows, on the market up to a little later."""
    generator = np.random.default_rng(SEED)
    for row in _rows(ground, ROWS):
        near = _until(ground.market, min(row + AHEAD, len(ground.market.times)))

        def made(market: Market) -> Strategy:
            return make(replace(ground, market=market, panel=panel_like(ground.panel, ground.market, market)))

        rules = backtester.rules(ground.test[0], min(ground.test[1], len(near.times) - 1), plan)
        yield find_leaks(made, near, rules, generator, rows=[row])


def _plain(plan: StrategyPlan) -> Callable[[Ground], Strategy]:
    return lambda ground: plain(plan, ground.market.tickers, ground.names)


def _on_forecasts(
    plan: StrategyPlan, forecast: ForecastPlan, prepared: dict[str, Prepared]
) -> Callable[[Ground], Strategy]:
    """The strategy with its forecasts as they are and everything else made anew from a market."""
    chosen = prepared[plan.name]
    lam, aversion = chosen.cell

    def make(ground: Ground) -> Strategy:
        rows, covariances = risk_of(ground.panel, ground.test[0], len(ground.market.times), forecast)
        means = {lam: chosen.told.means[lam][: len(ground.market.times)]}
        told = replace(chosen.told, means=means, rows=rows, covariances=covariances)
        return on_forecasts(plan.name, forecast, told, ground.market, lam=lam, aversion=aversion)

    return make


def _of_features(plan: ForecastPlan, ground: Ground) -> LeakCheck:
    """What the network sees of each bar."""
    from allocator.forecast.features.building import build  # noqa: PLC0415 -- TA-Lib

    inputs = Inputs(plan.inputs)
    others = most_traded(ground.panel, (ground.tuning or ground.test)[0]) if inputs is Inputs.OTHERS else ()
    if inputs is Inputs.CONTEXT:  # what surrounds the bars is not made from them; the bars' own features are
        inputs = Inputs.TA57

    def table(market: Market) -> Floats:
        made = build(panel_like(ground.panel, ground.market, market), inputs, others=others)
        seen = np.concatenate([made.values, made.sigma[:, :, None], made.ready[:, :, None]], axis=2)
        return np.asarray(seen.transpose(1, 0, 2), dtype=np.float64)

    return find_table_leaks(table, ground.market, np.random.default_rng(SEED), _rows(ground, FEATURE_ROWS))


def _until(market: Market, stop: int) -> Market:
    """The market's first bars."""
    return replace(
        market,
        times=market.times[:stop],
        open=market.open[:stop],
        close=market.close[:stop],
        turnover=market.turnover[:stop],
        ratio=market.ratio[:stop],
        dividend=market.dividend[:stop],
        cash_return=market.cash_return[:stop],
        benchmark=None,
        benchmark_name="",
    )
