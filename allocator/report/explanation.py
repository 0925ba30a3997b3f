"""Why these deals, and why the portfolio comes no closer: as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from allocator.core.portfolio import ZERO
from allocator.core.text import text
from allocator.optimize import Explanation
from allocator.report import numbers
from allocator.report.auto import AutoShares, auto_document, auto_text
from allocator.report.catalogue import render
from allocator.report.document import Json
from allocator.report.layout import ruled


def explanation_text(explanation: Explanation, auto: AutoShares | None = None, *, lang: str = "en") -> str:
    """Two lists: what each deal brings and costs; what each constraint keeps the portfolio from.

    Before them, where there are `auto` assets, how their shares came about.
    """
    shares = [auto_text(auto, lang=lang), ""] if auto else []
    return "\n".join([*shares, *_trades(explanation, lang), "", *_limits(explanation, lang)])


def _trades(explanation: Explanation, lang: str) -> Iterator[str]:
    trades = explanation.trades
    if not trades:
        yield render(text("There is nothing to deal: no deal would bring the portfolio closer."), lang)
        return
    yield render(text("Why each deal: how much closer it brings the asset to its target, and what it costs."), lang)
    yield ""
    headings = [text("Asset"), text("Lots"), text("Deviation removed"), text("Cost")]
    removed = [numbers.cents(trade.deviation_removed) for trade in trades]
    costs = [numbers.cents(trade.cost) for trade in trades]
    names, lots = [trade.ticker for trade in trades], [f"{trade.lots:+,}".replace(",", " ") for trade in trades]
    if explanation.cash_removed is not None:
        names, lots = [*names, "Cash"], [*lots, ""]
        removed, costs = [*removed, numbers.cents(explanation.cash_removed)], [*costs, ZERO]
    columns = [
        [*names, render(text("Sum"), lang)],
        numbers.right([*lots, ""]),
        numbers.aligned([numbers.money(amount) for amount in (*removed, sum(removed, start=ZERO))]),
        numbers.aligned([numbers.money(amount) for amount in (*costs, sum(costs, start=ZERO))]),
    ]
    yield ruled([render(heading, lang) for heading in headings], columns)


def _limits(explanation: Explanation, lang: str) -> Iterator[str]:
    if not explanation.limits:
        yield render(text("No single constraint keeps the portfolio from being closer."), lang)
        return
    yield render(text("What keeps the portfolio from being closer, and by how much:"), lang)
    amounts = numbers.aligned([numbers.money(limit.deviation_saved) for limit in explanation.limits])
    for amount, limit in zip(amounts, explanation.limits, strict=True):
        yield f"  {amount}  {render(limit.constraint, lang)}"


def explanation_document(
    explanation: Explanation, auto: AutoShares | None = None, *, lang: str = "en"
) -> dict[str, Json]:
    """What `--explain --json` adds to the answer under `explanation`."""
    return {
        "trades": [
            {
                "asset": trade.ticker,
                "lots": trade.lots,
                "deviation_removed": trade.deviation_removed,
                "cost": trade.cost,
            }
            for trade in explanation.trades
        ],
        "cash_removed": explanation.cash_removed,
        "limits": [
            {"constraint": render(limit.constraint, lang), "deviation_saved": limit.deviation_saved}
            for limit in explanation.limits
        ],
        "auto": auto_document(auto) if auto else None,
    }
