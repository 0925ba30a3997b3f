"""What to buy and sell: the kept advice, with the deals of each account, ready for a broker."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from allocator.app.advice_kept import FACT, compared, kept_advice, parsed
from allocator.app.advice_view import AdviceView, advice_document, advice_view, failure, missing, orders
from allocator.app.loop.events import AdviceAsked
from allocator.core.errors import ForecastError, UsageError
from allocator.core.text import text
from allocator.report.accounts_split import printable
from allocator.store import Transaction
from allocator.web.answering import json_of, kept
from allocator.web.keeping import kept_page
from allocator.web.look import Look
from allocator.web.parts import part
from allocator.web.site import Site, TheSite

router = APIRouter()

Asked = Annotated[str, Query(max_length=40)]  # which advice was there when another one was asked for
Whose = Annotated[str | None, Query(description="Of this account alone.", max_length=100)]


def seen(site: Site, tx: Transaction) -> tuple[Hashable, AdviceView | None]:
    """The view, worked out once for each advice and what has changed since, and the stamp of both."""
    source = tx.facts.get(FACT)
    advice = site.remembered.get("advice", source, lambda: parsed(source))
    if advice is None:
        return None, None
    now = compared(tx, advice)
    at = (source, now.changed)
    return at, site.remembered.get("optimization", at, lambda: advice_view(now))


@router.get("/optimization", include_in_schema=False)
def optimization(request: Request, site: TheSite, asked: Asked = "") -> HTMLResponse:
    def values() -> dict[str, object]:
        with site.store.reading() as tx:
            at, view = seen(site, tx)
            known = {
                "view": view,
                "split": printable(view.advice.split) if view else None,
                "missing": None if view else missing(tx),
                "failure": failure(tx, view.advice if view else None),
                "waiting": asked == _named(view),
                "loop_runs": site.supervisor is not None,
            }
        listed = part(request, site, "optimization_securities.html", at, {"view": view}) if view else None
        return {**known, "securities": listed}

    return kept_page(request, site, "optimization.html", values)


@router.post("/optimization/again", include_in_schema=False)
def again(site: TheSite) -> RedirectResponse:
    """Have it worked out at the prices of now. Raises: `UsageError` when nobody is there to do it."""
    if site.supervisor is None:
        raise UsageError(
            text("The loop does not run: nobody works advice out."), text("Type in a terminal: allocator recommend")
        )
    with site.store.reading() as tx:
        there = _named(seen(site, tx)[1])
    site.supervisor.poke(AdviceAsked())
    return RedirectResponse(f"/optimization?asked={there}", 303)


def _named(view: AdviceView | None) -> str:
    """What an address calls the advice that is there: while it is the same, another one is waited for."""
    return f"{view.advice.made.timestamp():.6f}" if view else "none"


@router.get("/optimization/orders.csv", include_in_schema=False)
def orders_csv(site: TheSite, account: Whose = None) -> Response:
    with site.store.reading() as tx:
        advice = kept_advice(tx)
    if advice is None:
        raise ForecastError(text("There is no advice yet."), text("Type in a terminal: allocator recommend"))
    if account is not None and account not in {each.account for each in advice.split.accounts}:
        raise UsageError(text("The advice knows no account {account}.", account=account), None)
    return kept(orders(advice, account), "orders.csv", "text/csv; charset=utf-8")


@router.get("/api/optimization", summary="What to buy and sell, by account")
def optimization_json(request: Request, site: TheSite) -> Response:
    """`advice` is null while there is none; money is exact. `outdated`: what it was worked out from has changed."""
    with site.store.reading() as tx:
        _, view = seen(site, tx)
    return json_of(advice_document(view, Look.of(request).lang))


@router.get("/api/optimization/orders.csv", summary="The deals as CSV", response_class=Response)
def orders_api(site: TheSite, account: Whose = None) -> Response:
    """A row for each deal, sales first; 409 while there is no advice."""
    return orders_csv(site, account)
