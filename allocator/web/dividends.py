"""Dividends: what was received and is expected, amounts that nobody knows yet, and what each source says of a paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import Field

from allocator.app.dividend_desk import Desk, asked_amount, asked_currency, asked_day, asked_ticker, known_ticker
from allocator.app.income import income, of_ticker
from allocator.core.errors import AllocatorError, ConflictError
from allocator.report.income import Income, OfTicker, Sum, income_document, of_ticker_document
from allocator.web.answering import json_of
from allocator.web.asked import AskedModel
from allocator.web.forms import Sent, TheForm
from allocator.web.freshness import of_income, today
from allocator.web.keeping import kept_page
from allocator.web.site import Site, TheSite
from allocator.web.templating import page

router = APIRouter()

ROUBLES = "RUB"
Version = Annotated[str | None, Query(description="`version` of the paper when it was read; without it any is changed")]


class Paid(AskedModel):
    """A dividend to put in."""

    amount: Annotated[str, Field(description="before tax, for one unit; 0: none is paid", max_length=60)]
    currency: Annotated[str, Field(description="ISO code", max_length=3)] = ROUBLES
    version: Annotated[str | None, Field(description="that of the paper when it was read", max_length=64)] = None


@dataclass(frozen=True, slots=True)
class Shown:
    """The income with its sums, worked out once; by year and month in roubles alone."""

    income: Income
    received: Mapping[str, Sum]
    expected: Mapping[str, Sum]
    years: Mapping[tuple[int, bool], Mapping[str, Sum]]
    months: Mapping[tuple[int, int, bool], Mapping[str, Sum]]

    @classmethod
    def of(cls, found: Income) -> Shown:
        return cls(found, found.received, found.expected, found.by_year, found.by_month)

    @property
    def rows(self) -> list[tuple[int, bool]]:
        """Years with roubles, the newest first, what is expected before what came."""
        return sorted((each for each, sums in self.years.items() if ROUBLES in sums), reverse=True)


@router.get("/dividends", include_in_schema=False)
def dividends(request: Request, site: TheSite) -> HTMLResponse:
    return kept_page(request, site, "dividends.html", lambda: {"shown": shown_of(site), **_shared()})


@router.post("/dividends", include_in_schema=False)
def find(request: Request, site: TheSite, form: TheForm) -> Response:
    """To the page of a ticker that was typed."""
    try:
        ticker = _of_ticker(site, form.get("ticker")).ticker
    except AllocatorError as error:
        return _all_page(request, site, error, form)
    return RedirectResponse(_path(ticker), 303)


@router.get("/dividends/{ticker}", include_in_schema=False)
def one(request: Request, site: TheSite, ticker: str) -> Response:
    with site.store.reading() as transaction:
        known = known_ticker(
            transaction, asked_ticker(ticker), transaction.renames.all()
        )  # only pages of these are kept
    if known != ticker:
        return RedirectResponse(_path(known), 303)
    return kept_page(request, site, "dividend.html", lambda: _one_values(site, known))


@router.post("/dividends/{ticker}", include_in_schema=False)
def add(request: Request, site: TheSite, ticker: str, form: TheForm) -> Response:
    """Put in an amount, or the right one."""
    try:
        desk, day = _desk(site), asked_day(form.get("day"))
        amount, currency = asked_amount(form.get("amount")), asked_currency(form.get("currency") or ROUBLES)
        list(desk.add(asked_ticker(ticker), day, amount, currency, form.get("version") or None))
    except AllocatorError as error:
        return _one_page(request, site, ticker, error, form)
    return _edited(site, form, ticker)


@router.post("/dividends/{ticker}/remove", include_in_schema=False)
def remove(request: Request, site: TheSite, ticker: str, form: TheForm) -> Response:
    """Take out what was typed, or overrule what was not."""
    try:
        list(_desk(site).remove(asked_ticker(ticker), asked_day(form.get("day")), form.get("version") or None))
    except AllocatorError as error:
        return _one_page(request, site, ticker, error)
    return _edited(site, form, ticker)


@router.get("/dividends/{ticker}/remove", include_in_schema=False)
def again(ticker: str) -> RedirectResponse:
    """Where a refused edit has left the browser, looked at anew."""
    return RedirectResponse(_path(ticker), 303)


@router.get("/api/dividends", summary="Dividends received and expected by the log of trades, and what is missing")
def dividends_json(site: TheSite) -> Response:
    return json_of(income_document(shown_of(site).income))


@router.get("/api/dividends/{ticker}", summary="What every source says of one paper, and the version of an edit")
def one_json(site: TheSite, ticker: str) -> Response:
    return json_of(of_ticker_document(_of_ticker(site, ticker)))


@router.put("/api/dividends/{ticker}/{day}", summary="Put in a dividend by hand, before every other source")
def add_json(
    site: TheSite,
    ticker: str,
    day: str,
    paid: Paid,
) -> Response:
    amount, currency = asked_amount(paid.amount), asked_currency(paid.currency)
    list(_desk(site).add(asked_ticker(ticker), asked_day(day), amount, currency, paid.version))
    site.changed("dividends")
    return one_json(site, ticker)


@router.delete("/api/dividends/{ticker}/{day}", summary="Take out what was typed, or overrule other sources by a 0")
def remove_json(site: TheSite, ticker: str, day: str, version: Version = None) -> Response:
    list(_desk(site).remove(asked_ticker(ticker), asked_day(day), version))
    site.changed("dividends")
    return one_json(site, ticker)


def shown_of(site: Site) -> Shown:
    """As it is now, worked out once for as long as nothing changes."""
    now, tax = site.now(), site.settings.dividends.tax
    with site.store.reading() as transaction:
        stamp = of_income(transaction, now)
        make = partial(income, transaction, today(now), tax)
        return site.remembered.get("dividends", stamp, lambda: Shown.of(make()))


def _of_ticker(site: Site, ticker: str) -> OfTicker:
    with site.store.reading() as transaction:
        return of_ticker(transaction, asked_ticker(ticker), today(site.now()))


def _desk(site: Site) -> Desk:
    return Desk.of(site.store, site.settings.dividends.backups, site.now)


def _all_page(request: Request, site: Site, error: AllocatorError, form: Sent) -> HTMLResponse:
    values = {"shown": shown_of(site), **_shared(error, form)}
    return page(request, "dividends.html", values, status=error.http_status)


def _one_page(
    request: Request, site: Site, ticker: str, error: AllocatorError, form: Sent | None = None
) -> HTMLResponse:
    """After an edit that was refused: what is there now, and what was typed."""
    return page(request, "dividend.html", _one_values(site, ticker, error, form), status=error.http_status)


def _one_values(
    site: Site, ticker: str, error: AllocatorError | None = None, form: Sent | None = None
) -> dict[str, Any]:
    """Raises: `UsageError` for an unknown ticker."""
    return {"shown": _of_ticker(site, ticker), "today": today(site.now()), **_shared(error, form)}


def _shared(error: AllocatorError | None = None, form: Sent | None = None) -> dict[str, Any]:
    return {
        "error": error,
        "conflict": isinstance(error, ConflictError),
        "about": "",
        "typed": dict(form.fields) if form else {},
    }


def _edited(site: Site, form: Sent, ticker: str) -> RedirectResponse:
    """Back to the list where the edit began there."""
    site.changed("dividends")
    return RedirectResponse("/dividends#missing" if form.get("back") == "list" else _path(ticker), 303)


def _path(ticker: str) -> str:
    return f"/dividends/{quote(ticker, safe='')}"
