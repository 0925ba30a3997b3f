"""What a backtest was asked for, and what it found, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from allocator.app.backtesting_ground import Ground
from allocator.backtest.metrics import Metrics
from allocator.backtest.result import Grid, Run
from allocator.config.backtest_file import BacktestFile
from allocator.config.backtest_file_values import BENCHMARK_EQUAL
from allocator.core.bars import Interval
from allocator.core.errors import ForecastError
from allocator.core.text import Text, text

SEED = 20_240_521  # of the bootstrap: the same backtest, the same verdict
PROVEN = 0.05  # the p-value below which a difference is more than luck
SHOWN = 12  # tickers by name

EXECUTIONS = {
    "next open": text("at the next open"),
    "next close": text("at the next close"),
    "close": text("at the close of the decision"),
}

Pair = tuple[Text, Text]


def settings_of(plan: BacktestFile, ground: Ground) -> tuple[Pair, ...]:
    """What and value, in the order of the file."""
    return tuple(_settings(plan, ground))


def _settings(plan: BacktestFile, ground: Ground) -> Iterator[Pair]:
    tickers = ground.market.tickers
    bars = text("days") if plan.interval is Interval.DAY else text("hours")
    if plan.hours is not None:
        bars = text("hours that begin from {first} to {last} o'clock", first=plan.hours[0], last=plan.hours[1])
    yield text("Bars"), bars
    if ground.tuning is not None:
        yield text("Tuning period"), _span(ground, *ground.tuning)
    yield text("Test period"), _span(ground, *ground.test)
    named = ", ".join(tickers[:SHOWN])
    more = len(tickers) - SHOWN
    yield (
        text("Securities"),
        text("{tickers} and {more} more", tickers=named, more=more) if more > 0 else text("{ticker}", ticker=named),
    )
    costs = text(
        "fee {fee}% and {fixed} a deal, spread {spread}%, impact {impact}",
        fee=f"{100 * plan.fee:g}",
        fixed=f"{plan.fixed_fee:g}",
        spread=f"{100 * plan.spread:g}",
        impact=f"{plan.impact:g}",
    )
    yield text("Costs"), costs
    lots = text("whole lots") if plan.lots else text("any part of a unit")
    yield text("Deals"), text("{when}, {lots}", when=EXECUTIONS[plan.execution], lots=lots)
    for each in plan.strategies:
        dealt = plan.dealing(each)
        if dealt != plan.dealing():
            said = text(
                "fee {fee}%, spread {spread}%, {when}",
                fee=f"{100 * dealt.fee:g}",
                spread=f"{100 * dealt.spread:g}",
                when=EXECUTIONS[dealt.execution],
            )
            yield text("Deals of {strategy}", strategy=each.name), said
    rate = plan.cash_rate
    earned = (
        text("by {file}", file=rate.name) if isinstance(rate, Path) else text("{rate}% a year", rate=f"{100 * rate:g}")
    )
    yield text("Cash earns"), earned
    named_benchmark = {None: text("cash"), BENCHMARK_EQUAL: text("equal weights")}
    yield text("Benchmark"), named_benchmark.get(plan.benchmark) or text("{ticker}", ticker=plan.benchmark)


def _span(ground: Ground, start: int, stop: int) -> Text:
    days = ground.market.times.astype("datetime64[D]")
    return text("{since} to {till}, {bars} {bars:bar|bars}", since=days[start], till=days[stop], bars=stop - start + 1)


def verdict_of(runs: Sequence[Run], yardstick: Run | None, best: str | None, grid: Grid | None) -> Text:
    """Whether the forecasts were worth their costs; without any, which strategy did best and what that proves.

    A strategy beats equal weights when it earned more after costs by more than chance gives (block bootstrap of the
    difference of returns).
    """
    if best is None or yardstick is None:
        return _of_plain(runs)
    run = next(each for each in runs if each.name == best)
    values = {
        "name": run.name,
        "mine": _yearly(run.metrics),
        "other": yardstick.name if any(yardstick is each for each in runs) else text("equal weights"),
        "theirs": _yearly(yardstick.metrics),
    }
    if not run.path.deals.any():
        return text(
            "{name} made no deal: it earned what cash did, {mine} a year, compounded; {other} earned {theirs}.",
            **values,
        )
    if run.metrics.average_growth_rate <= yardstick.metrics.average_growth_rate:
        return text("{name} does not beat {other} after costs: {mine} against {theirs} a year, compounded.", **values)
    p = _chance(run, yardstick)
    if p is None or p >= PROVEN:
        return text(
            "{name} earned more than {other} after costs, {mine} against {theirs} a year compounded, which may be luck "
            "(p = {p}).",
            p="?" if p is None else f"{p:.2f}",
            **values,
        )
    if grid is not None and grid.deflated is not None and grid.deflated.probability <= 1 - PROVEN:
        return text(
            "{name} beats {other} after costs: {mine} against {theirs} a year, compounded (p = {p}); on the "
            "tuning period it did no better than the best of {trials} worthless {trials:setting|settings} "
            "might.",
            p=f"{p:.3f}",
            trials=grid.trials,
            **values,
        )
    return text(
        "{name} beats {other} after costs: {mine} against {theirs} a year, compounded (p = {p}).",
        p=f"{p:.3f}",
        **values,
    )


def _of_plain(runs: Sequence[Run]) -> Text:
    best = max(runs, key=lambda run: run.metrics.average_growth_rate)
    if len(runs) == 1:
        return text(
            "After costs {name}: {rate} a year, compounded. What earned in the past need not earn again.",
            name=best.name,
            rate=_yearly(best.metrics),
        )
    return text(
        "After costs {name} grew most: {rate} a year, compounded. The past of a few strategies proves little of the "
        "future.",
        name=best.name,
        rate=_yearly(best.metrics),
    )


def _yearly(metrics: Metrics) -> str:
    return f"{100 * np.expm1(metrics.average_growth_rate):.1f}%"


def _chance(run: Run, other: Run) -> float | None:
    """How often chance alone gives such a lead or a larger one; None for a run too short to say."""
    from allocator.forecast.evaluation import block_mean  # noqa: PLC0415 -- a second that plain strategies save

    periods = min(run.path.periods, other.path.periods)
    lead = run.path.returns[:periods] - other.path.returns[:periods]
    try:
        return block_mean(lead, rng=np.random.default_rng(SEED)).p
    except ForecastError:
        return None
