"""The forecast: what the models say of each security, of all that is held, and how far they can be believed."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from allocator.app.outlook_view import outlook, stamp
from allocator.core.moscow import MOSCOW
from allocator.report.outlook import Outlook, in_order, outlook_document
from allocator.web.answering import json_of
from allocator.web.keeping import kept_page
from allocator.web.look import Look
from allocator.web.parts import part
from allocator.web.site import Site, TheSite

router = APIRouter()

Column = Literal["ticker", "weight", "mean", "kept", "deviation", "lower", "upper", "beta", "agreement"]
By = Annotated[Column, Query(description="The column to sort by; what is not known stands at the end.")]
Down = Annotated[bool, Query(description="The largest first.")]


def seen(site: Site) -> tuple[Hashable, Outlook | None]:
    """The view, worked out once for each state of the store, and the stamp of that state."""
    interval, today = site.settings.forecast.interval, site.now().astimezone(MOSCOW).date()
    with site.store.reading() as tx:
        at = stamp(tx, interval, today)
        return at, site.remembered.get("forecast", at, lambda: outlook(tx, interval, today, site.store.name))


@router.get("/forecast", include_in_schema=False)
def forecast(request: Request, site: TheSite, by: By = "mean", down: Down = True) -> HTMLResponse:
    def values() -> dict[str, object]:
        at, view = seen(site)
        securities = None
        if view is not None:
            known = {"view": view, "lines": in_order(view.lines, by, down=down), "by": by, "down": down}
            securities = part(request, site, "forecast_securities.html", at, known, f"{by} {down}")
        return {"view": view, "securities": securities, "loop_runs": site.supervisor is not None}

    return kept_page(request, site, "forecast.html", values)


@router.get("/api/forecast", summary="The newest forecast, and what is held by it")
def forecast_json(request: Request, site: TheSite) -> Response:
    """`forecast` is null while there is none. Figures are of a year, shares are fractions; null is unknown."""
    return json_of(outlook_document(seen(site)[1], lang=Look.of(request).lang))
