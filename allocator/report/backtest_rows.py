"""The rows of a backtest's report, in cvxportfolio's order, and each figure as a person reads it.

What is printed adds up: money is rounded to the hundredth once, profit is the difference of what is printed, and costs
are the sum of their printed parts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from allocator.backtest.metrics import FORMULAS
from allocator.backtest.result import Run
from allocator.core.text import Text, text
from allocator.report import numbers
from allocator.report.catalogue import render

Value = int | float | np.datetime64
HUNDREDTH, THOUSANDTH = Decimal("0.01"), Decimal("0.001")
BASIS_POINT = Decimal("0.0001")
UNKNOWN = "-"


@dataclass(frozen=True, slots=True)
class Line:
    """A row: `key` as JSON and CSV name it, and how the figure is written: a key of `WRITTEN`."""

    key: str
    title: Text
    kind: str


PERIOD = (
    Line("universe", text("Universe size"), "count"),
    Line("initial_time", text("Initial timestamp"), "time"),
    Line("final_time", text("Final timestamp"), "time"),
    Line("periods", text("Number of periods"), "count"),
    Line("periods_a_year", text("Periods a year"), "count"),
)
MONEY = (
    Line("initial_value", text("Initial value, ₽"), "money"),
    Line("final_value", text("Final value, ₽"), "money"),
    Line("profit", text("Profit, ₽"), "profit"),
)
RETURNS = (
    Line("average_return", text("Average return, annualised"), "percent"),
    Line("volatility", text("Volatility, annualised"), "percent"),
    Line("average_excess_return", text("Average excess return, annualised"), "percent"),
    Line("average_active_return", text("Average active return, annualised"), "percent"),
    Line("excess_volatility", text("Excess volatility, annualised"), "percent"),
    Line("active_volatility", text("Active volatility, annualised"), "percent"),
)
GROWTH = (
    Line("average_growth_rate", text("Average growth rate, annualised"), "percent"),
    Line("average_excess_growth_rate", text("Average excess growth rate, annualised"), "percent"),
    Line("average_active_growth_rate", text("Average active growth rate, annualised"), "percent"),
)
COSTS = (
    Line("average_fees", text("Average commission"), "points"),
    Line("greatest_fees", text("Maximum commission"), "points"),
    Line("average_spread", text("Average half spread"), "points"),
    Line("greatest_spread", text("Maximum half spread"), "points"),
    Line("average_impact", text("Average impact"), "points"),
    Line("greatest_impact", text("Maximum impact"), "points"),
    Line("average_cost", text("Average of all costs"), "all points"),
    Line("greatest_cost", text("Maximum of all costs"), "points"),
    Line("paid_fees", text("Commission paid, ₽"), "money"),
    Line("paid_spread", text("Half spread paid, ₽"), "money"),
    Line("paid_impact", text("Impact paid, ₽"), "money"),
    Line("total_cost", text("All costs paid, ₽"), "all money"),
)
RATIOS = (
    Line("sharpe_ratio", text("Sharpe ratio"), "ratio"),
    Line("information_ratio", text("Information ratio"), "ratio"),
)
RISK = (
    Line("average_drawdown", text("Average drawdown"), "percent"),
    Line("deepest_drawdown", text("Minimum drawdown"), "percent"),
    Line("average_leverage", text("Average leverage"), "percent"),
    Line("greatest_leverage", text("Maximum leverage"), "percent"),
    Line("average_turnover", text("Average turnover"), "percent"),
    Line("greatest_turnover", text("Maximum turnover"), "percent"),
)
TIMES = (
    Line("average_policy_s", text("Average policy time"), "seconds"),
    Line("average_simulator_s", text("Average simulator time"), "seconds"),
    Line("average_market_data_s", text("of which market data"), "seconds"),
    Line("average_result_s", text("of which result"), "seconds"),
    Line("total_s", text("Total time"), "seconds"),
)
GROUPS: tuple[tuple[Text, tuple[Line, ...]], ...] = (
    (text("Period"), PERIOD),
    (text("Money"), MONEY),
    (text("Returns"), RETURNS),
    (text("Growth"), GROWTH),
    (text("Costs of a period"), COSTS),
    (text("Ratios"), RATIOS),
    (text("Drawdown, leverage and turnover"), RISK),
    (text("Computing time"), TIMES),
)
LINES = {line.key: line for _, lines in GROUPS for line in lines}
OVERVIEW = (
    "final_value",
    "average_return",
    "volatility",
    "sharpe_ratio",
    "deepest_drawdown",
    "average_turnover",
    "total_cost",
)
PAID: Mapping[str, Text] = {
    "paid_fees": text("sum of the fees, in roubles"),
    "paid_spread": text("sum of half the spread of all deals, in roubles"),
    "paid_impact": text("sum of the impact of all deals, in roubles"),
}


def formula(line: Line) -> Text:
    """How the figure is worked out, and over what time."""
    return FORMULAS[line.key] if line.key in FORMULAS else PAID[line.key]


def value(run: Run, key: str) -> Value:
    """The figure with all its digits: a field of `Metrics`, or what was paid of one kind, in roubles."""
    if key in PAID:
        return float(getattr(run.path, key.removeprefix("paid_")).sum())
    found: Value = getattr(run.metrics, key)
    return found


def known(found: Value) -> bool:
    """Whether there is such a figure: no NaN, no infinity, no time that is none."""
    return not np.isnat(found) if isinstance(found, np.datetime64) else math.isfinite(found)


def said(run: Run, line: Line, lang: str = "en") -> str:
    """The figure as it is printed, with its unit; "-" where there is none."""
    found = value(run, line.key)
    if not known(found):
        return UNKNOWN
    return moment(found) if isinstance(found, np.datetime64) else render(WRITTEN[line.kind](run, found), lang)


def _profit(run: Run, _: float) -> str:
    return numbers.money(_cents(run.metrics.final_value) - _cents(run.metrics.initial_value))


def _all_money(run: Run, _: float) -> str:
    return numbers.money(sum((_cents(float(value(run, key))) for key in PAID), start=Decimal(0)))


def _all_points(run: Run, _: float) -> Text:
    parts = run.metrics.average_fees, run.metrics.average_spread, run.metrics.average_impact
    return _points(sum(map(_basis_points, parts), start=Decimal(0)))


def duration(seconds: float) -> Text:
    """Three digits of seconds, thousandths or millionths of them."""
    if seconds >= 1:
        return text("{time} s", time=_three(seconds))
    if seconds >= 1e-3:
        return text("{time} ms", time=_three(seconds * 1e3))
    return text("{time} µs", time=f"{seconds * 1e6:.0f}")


def _three(found: float) -> str:
    return f"{found:#.3g}".removesuffix(".") if found < 1000 else f"{found:.0f}"


def moment(time: np.datetime64) -> str:
    """A bar's time to the minute, or only its day where the bars are of days."""
    minutes = str(time.astype("datetime64[m]")).replace("T", " ")
    return minutes.removesuffix(" 00:00")


def _basis_points(share: float) -> Decimal:
    return _signless(_decimal(share) / BASIS_POINT, THOUSANDTH)


def _points(found: Decimal) -> Text:
    return text("{points} bp", points=found)


def _cents(money: float) -> Decimal:
    return numbers.cents(_decimal(money))


def _decimal(found: float) -> Decimal:
    return Decimal(repr(float(found)))


def _signless(found: Decimal, step: Decimal) -> Decimal:
    """To the nearest step; zero has no sign."""
    return found.quantize(step) + 0


# By kind of `Line`: how its figure is written.
WRITTEN: Mapping[str, Callable[[Run, float], Text | str]] = {
    "count": lambda _, found: numbers.grouped(str(found)),
    "money": lambda _, found: numbers.money(_decimal(found)),
    "profit": _profit,
    "all money": _all_money,
    "percent": lambda _, found: f"{_signless(_decimal(found) * 100, HUNDREDTH)}%",
    "points": lambda _, found: _points(_basis_points(found)),
    "all points": _all_points,
    "ratio": lambda _, found: str(_signless(_decimal(found), HUNDREDTH)),
    "seconds": lambda _, found: duration(found),
}
