"""Recommendations as text, JSON and CSV: how far the forecast can be believed, then what to deal."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from allocator.core.bars import Interval
from allocator.core.quote import Quotes
from allocator.core.text import Text, text
from allocator.optimize import Plan, Status
from allocator.optimize.problem import exact
from allocator.optimize.recommendation import Recommendations
from allocator.report import numbers
from allocator.report.catalogue import render
from allocator.report.document import Json
from allocator.report.layout import ruled
from allocator.report.summary import source

LONGEST_NAME = 20


class Action(Enum):
    """What is recommended of a security. `RAISE_CASH`: a sale that nothing but the lack of cash asks for."""

    NONE = "none"
    BUY = "buy"
    SELL = "sell"
    FREE_CASH = "free cash"
    RAISE_CASH = "raise cash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One security. `weight`: share of wealth now.

    `gradient`, `lower`, `upper`: utility a year for each unit of weight; the bounds are net of the costs of a purchase
    and of a sale, infinite where there are none. `lots` and `units` signed, buy > 0 > sell; `price` of the side that is
    dealt; `money` before fees.
    """

    ticker: str
    name: str
    weight: float
    gradient: float
    lower: float
    upper: float
    action: Action
    lots: int
    units: Decimal
    price: Decimal
    money: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationView:
    """The answer of `allocator recommend`.

    `sentence`: the verdict on the forecast. `recommended` has positions in `tickers`; `rows` are sorted by themselves.
    `plan`: None when nothing is to be dealt. `outdated`: whether the holdings differ from those that the forecast was
    made for; None when it was made for none; `again` is the command that makes one for these. `kept`: of the forecast,
    0..1. `aversion`: None for each model's own.
    """

    rows: tuple[Advice, ...]
    sentence: Text
    recommended: Recommendations
    tickers: tuple[str, ...]
    plan: Plan | None
    quotes: Quotes
    outdated: bool | None
    again: str
    interval: Interval
    as_of: datetime
    made: datetime
    kept: float
    aversion: float | None
    horizon: int
    bars_ahead: int
    models: int
    witnesses: float
    notes: tuple[Text, ...] = ()


def recommendation_text(view: RecommendationView, *, lang: str = "en", quiet: bool = False) -> str:
    """The verdict, what to do, the table, and what to know of it; with `quiet` the table and warnings alone."""
    lines = warnings(view) if quiet else [view.sentence, *headline(view), *warnings(view)]
    below = [] if quiet else list(_summary(view))
    parts = (
        "\n".join(render(line, lang) for line in lines),
        _table(view, lang),
        "\n".join(render(line, lang) for line in below),
    )
    return "\n\n".join(part for part in parts if part)


def headline(view: RecommendationView) -> list[Text]:
    """What to do, in a sentence or two."""
    rule = view.recommended
    said = []
    if rule.breakeven is None:
        said.append(text("No exchange is proven to pay for its costs: the portfolio may stay as it is."))
    if rule.buys:
        said.append(text("Buy: {tickers}.", tickers=", ".join(view.tickers[at] for at in rule.buys)))
    if rule.sells:
        said.append(text("Sell: {tickers}.", tickers=", ".join(view.tickers[at] for at in rule.sells)))
    if rule.spare is not None:
        said.append(
            text("For free cash, the greatest lower bound is that of {ticker}.", ticker=view.tickers[rule.spare])
        )
    elif rule.to_cash and not rule.buys:
        said.append(text("Nothing is proven to be better than cash."))
    return said


def warnings(view: RecommendationView) -> list[Text]:
    """What a reader of any form should not miss."""
    said = []
    if view.outdated:
        said.append(
            text("OUTDATED: the holdings have changed since the forecast was made. Type: {command}", command=view.again)
        )
    if view.plan is not None and view.plan.status is Status.FEASIBLE:
        said.append(text("TIME LIMIT: the lots are the best found, not proven to be the nearest."))
    return said


ACTIONS = {
    Action.BUY: text("buy"),
    Action.SELL: text("sell"),
    Action.FREE_CASH: text("free cash"),
    Action.RAISE_CASH: text("raise cash"),
}


def _table(view: RecommendationView, lang: str) -> str:
    rows = view.rows
    headings = [
        text("Ticker"),
        text("Name"),
        text("Weight"),
        text("Gradient"),
        text("Lower"),
        text("Upper"),
        text("Action"),
        text("Lots"),
        text("Money"),
    ]
    names = [row.name[:LONGEST_NAME] for row in rows]
    width = max(map(len, names), default=0)
    actions = [render(ACTIONS[row.action], lang) if row.action in ACTIONS else "" for row in rows]
    longest = max(map(len, actions), default=0)
    columns = [
        [row.ticker for row in rows],
        [name.ljust(width) for name in names],
        numbers.right([f"{100 * row.weight:.1f}%" if row.weight else "" for row in rows]),
        numbers.right([_percent(row.gradient) for row in rows]),
        numbers.right([_percent(row.lower) for row in rows]),
        numbers.right([_percent(row.upper) for row in rows]),
        [action.ljust(longest) for action in actions],
        numbers.right([f"{row.lots:+d}" if row.lots else "" for row in rows]),
        numbers.right([numbers.money(row.money) if row.lots else "" for row in rows]),
    ]
    return ruled([render(heading, lang) for heading in headings], columns)


def _percent(share: float) -> str:
    """A slope as `+12.3%`; nothing where it is not known."""
    return f"{numbers.figure(100 * share, 1)}%" if math.isfinite(share) else ""


def _summary(view: RecommendationView) -> Iterator[Text]:
    yield text(
        "Gradient: what one more unit of weight adds to a year's return less {aversion} × variance; "
        "{kept}% of the forecast is kept, {ahead} {ahead:bar|bars} ahead for {horizon} "
        "{horizon:day|days} of holding. Lower and Upper are its bounds with 95% for all at once, less "
        "and plus the costs of a deal.",
        aversion=text("each model's aversion") if view.aversion is None else f"{view.aversion:g}",
        kept=f"{100 * view.kept:.3g}",
        ahead=view.bars_ahead,
        horizon=view.horizon,
    )
    if view.recommended.breakeven is not None:
        yield text("Breakeven: {share}.", share=_percent(view.recommended.breakeven))
    plan = view.plan
    if plan is not None and plan.deals:
        yield text(
            "Deals: {deals}. Cost: {cost}. Cash: {before} before, {after} after.",
            deals=plan.deals,
            cost=numbers.money(plan.cost),
            before=numbers.money(plan.cash.before),
            after=numbers.money(numbers.cents_at_most(plan.cash.after)),
        )
    small = [row.ticker for row in view.rows if row.action is not Action.NONE and not row.lots]
    if small:
        yield text("Less than a lot, or than it costs: {tickers}.", tickers=", ".join(small))
    yield text(
        "Models: {models}, as good as {witnesses} independent {witnesses:one|ones}. The forecast is of {time}.",
        models=view.models,
        witnesses=f"{view.witnesses:.1f}",
        time=view.as_of.isoformat(" ", "minutes") if view.interval is Interval.HOUR else view.as_of.date().isoformat(),
    )
    yield source(view.quotes)
    for note in view.notes:
        yield text("Note: {note}", note=note)


def recommendation_document(view: RecommendationView, *, lang: str = "en") -> dict[str, Json]:
    """The object of `allocator recommend --json`. Shares are fractions, null is what is not known."""
    rule, plan = view.recommended, view.plan
    with exact():
        return {
            "verdict": render(view.sentence, lang),
            "kept": view.kept,
            "outdated": view.outdated,
            "buy": [view.tickers[at] for at in rule.buys],
            "sell": [view.tickers[at] for at in rule.sells],
            "from_cash": rule.from_cash,
            "to_cash": rule.to_cash,
            "free_cash": None if rule.spare is None else view.tickers[rule.spare],
            "breakeven": rule.breakeven,
            "interval": view.interval.value,
            "as_of": view.as_of.isoformat(),
            "made": view.made.isoformat(),
            "risk_aversion": view.aversion,
            "horizon": view.horizon,
            "bars_ahead": view.bars_ahead,
            "models": view.models,
            "witnesses": view.witnesses,
            "securities": [_security(row) for row in view.rows],
            "plan": None if plan is None else _plan(plan),
            "quotes": {
                "provider": view.quotes.provider,
                "time": view.quotes.time.isoformat() if view.quotes.time else None,
            },
            "notes": [render(note, lang) for note in view.notes],
        }


def _plan(plan: Plan) -> dict[str, Json]:
    return {
        "status": plan.status.value,
        "deals": plan.deals,
        "wealth": plan.problem.wealth,
        "commission": plan.commission,
        "spread": plan.spread,
        "cash": {"source": plan.cash.before, "result": plan.cash.after},
    }


def _security(row: Advice) -> dict[str, Json]:
    return {
        "ticker": row.ticker,
        "name": row.name or None,
        "weight": row.weight,
        "gradient": row.gradient,
        "lower": _known(row.lower),
        "upper": _known(row.upper),
        "action": row.action.value,
        "lots": row.lots,
        "units": row.units,
        "price": row.price,
        "money": row.money,
    }


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def recommendation_csv(view: RecommendationView) -> str:
    """A row for each security, the steepest first; fractions with every digit, empty where not known."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("ticker", "weight", "gradient", "lower", "upper", "action", "lots", "units", "price", "money"))
    for row in view.rows:
        rows.writerow(
            (
                row.ticker,
                row.weight,
                row.gradient,
                _known(row.lower),
                _known(row.upper),
                row.action.value,
                row.lots,
                numbers.plain(row.units),
                numbers.plain(row.price),
                numbers.plain(row.money),
            )
        )
    return out.getvalue()
