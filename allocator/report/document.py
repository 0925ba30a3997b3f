"""The answer as JSON: the schema of `docs/json.md`, every figure with all its digits."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal

from allocator.core.portfolio import Money, Percent, Units
from allocator.optimize import CashRow, Plan, Row
from allocator.optimize.problem import exact
from allocator.report import numbers
from allocator.report.answer import Answer, marked
from allocator.report.catalogue import render

Json = None | bool | int | float | Decimal | str | Sequence["Json"] | Mapping[str, "Json"]


def document(answer: Answer, *, lang: str = "en") -> dict[str, Json]:
    """The object of `allocator FILE.ini --json`."""
    plan, problem = answer.plan, answer.plan.problem
    with exact():
        return {
            "status": plan.status.value,
            "gap": plan.gap,
            "model": problem.model.value,
            "objective": plan.objective,
            "wealth": problem.wealth,
            "deals": plan.deals,
            "quotes": _quotes(answer, lang),
            "rows": [_row(row, stale=marked(answer.quote(row.position.ticker))) for row in plan.rows],
            "cash": _cash(plan.cash, problem.cash_target),
            "totals": {
                "source": problem.wealth,
                "result": plan.wealth_after,
                "commission": plan.commission,
                "spread": plan.spread,
            },
            "deviation": _mean_deviation(plan),
            "notes": [render(note, lang) for note in answer.notes],
        }


def _quotes(answer: Answer, lang: str) -> dict[str, Json]:
    quotes = answer.quotes
    return {
        "provider": quotes.provider,
        "time": quotes.time.isoformat() if quotes.time else None,
        "notes": [render(note, lang) for note in (*answer.stand_ins, *quotes.notes)],
    }


def _row(row: Row, *, stale: bool) -> dict[str, Json]:
    position = row.position
    return {
        "asset": position.ticker,
        "bid": position.bid,
        "ask": position.ask,
        "lot": position.lot_size,
        "stale": stale,
        "source": {"value": row.value_before, "units": position.have, "share": row.share_before},
        "change": row.change,
        "result": {"value": row.value_after, "units": row.units_after, "share": row.share_after},
        "target": target(position.target),
        "ideal": position.ideal,
        "deviation": row.deviation_after,
        "buy": position.permission.may_buy,
        "sell": position.permission.may_sell,
        "commission": {"money": row.fee, "percent": (row.fee_share or Decimal(0)) * 100},
    }


def _cash(cash: CashRow, wanted: object) -> dict[str, Json]:
    return {
        "source": cash.before,
        "result": cash.after,
        "target": target(wanted),
        "ideal": cash.ideal,
        "deviation": cash.deviation_after,
    }


def target(wanted: object) -> dict[str, Json] | None:
    """A target by the name of its unit; None for cash that may be anything."""
    match wanted:
        case Units(units):
            return {"units": units}
        case Percent(percent, auto):
            return {"auto" if auto else "percent": percent}
        case Money(money):
            return {"money": money}
    return None


def _mean_deviation(plan: Plan) -> dict[str, Json]:
    return {"source": in_percent(plan.mean_deviation_before), "result": in_percent(plan.mean_deviation_after)}


def in_percent(fraction: Decimal | None) -> Decimal | None:
    """A share (0..1) as a percentage with twelve decimals: a mean has no last digit."""
    return None if fraction is None else (fraction * 100).quantize(Decimal("1e-12"))


def dumps(value: Json, *, indent: int | None = 2) -> str:
    """JSON text in ASCII, with decimals written digit by digit and never through a float.

    `indent` None puts it on one line. A float that is not finite becomes null: JSON has no word for it.
    """
    return "".join(_pieces(value, indent, 0))


def _pieces(value: Json, indent: int | None, depth: int) -> list[str]:
    match value:
        case Decimal():
            return [numbers.plain(value)]
        case float() if not math.isfinite(value):
            return ["null"]
        case Mapping():
            items = [[json.dumps(key), ": ", *_pieces(item, indent, depth + 1)] for key, item in value.items()]
            return _bracketed("{}", items, indent, depth)
        case str() | None | bool() | int() | float():
            return [json.dumps(value)]
    return _bracketed("[]", [_pieces(item, indent, depth + 1) for item in value], indent, depth)


def _bracketed(brackets: str, items: Sequence[Sequence[str]], indent: int | None, depth: int) -> list[str]:
    """Items between brackets: a line each while they hold others and an indent is asked for, else side by side."""
    short = indent is None or sum(len(piece) for item in items for piece in item) + depth * (indent or 0) < 100
    if short or not items:
        glue, edge, end = ", ", "", ""
    else:
        edge = "\n" + " " * (indent or 0) * (depth + 1)
        glue, end = "," + edge, "\n" + " " * (indent or 0) * depth
    joined = [piece for at, item in enumerate(items) for piece in ([glue] if at else []) + list(item)]
    return [brackets[0], edge, *joined, end, brackets[1]]
