"""The portfolio: what is held with all brokers together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from allocator.app.portfolio_view import wealth
from allocator.core.text import text
from allocator.report.catalogue import render
from allocator.report.wealth import Point, Wealth, wealth_document
from allocator.web.answering import json_of
from allocator.web.freshness import of_income, today
from allocator.web.keeping import kept_page
from allocator.web.look import Look
from allocator.web.site import Site, TheSite
from allocator.web.wishes import wanted_by

router = APIRouter()

MOST_POINTS = 750  # of a chart: more than that no screen shows


@router.get("/", include_in_schema=False)
def portfolio(request: Request, site: TheSite) -> HTMLResponse:
    look = Look.of(request)

    def values() -> dict[str, Any]:
        found = wealth_of(site)
        return {
            "wealth": found,
            "chart": chart(found.history, look) if len(found.history) > 1 else None,
            "months": month_ends(found.history),
            "wanted": partial(wanted_by, look),
            "tax": site.settings.dividends.tax,
        }

    return kept_page(request, site, "portfolio.html", values)


@router.get("/api/portfolio", summary="Value, weights, gains and history of all accounts together")
def portfolio_json(request: Request, site: TheSite) -> Response:
    return json_of(wealth_document(wealth_of(site), lang=Look.of(request).lang))


def wealth_of(site: Site) -> Wealth:
    """As it is now, worked out once for as long as nothing changes."""
    with site.store.reading() as transaction:
        now, tax = site.now(), site.settings.dividends.tax
        stamp = of_income(transaction, now)
        return site.remembered.get("portfolio", stamp, lambda: wealth(transaction, today(now), tax))


def chart(history: Sequence[Point], look: Look) -> Mapping[str, Any]:
    """Two lines; for a discreet reader without amounts, in shares of the greatest."""
    step = max(1, -(-len(history) // MOST_POINTS))
    points = [*history[:-1:step], history[-1]]
    greatest = max(float(max(each.value, each.paid)) for each in history) or 1.0
    unit = greatest if look.discreet else 1.0
    noon = [datetime.combine(each.day, time(), UTC).timestamp() for each in points]
    return {
        "x": "time",
        "labels": [render(each, look.lang) for each in (text("Securities"), text("Brought in and paid for them"))],
        "data": [noon, [float(each.value) / unit for each in points], [float(each.paid) / unit for each in points]],
        "unit": "money",
        "hidden": look.discreet,
    }


def month_ends(history: Sequence[Point]) -> list[Point]:
    """The last point of each month, the newest first: what a table says of a chart."""
    last = {(each.day.year, each.day.month): each for each in history}
    return [*last.values()][::-1]
