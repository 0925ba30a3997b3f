"""The data: how far it reaches, what is in doubt, splits; the journal of runs; the log of the loop."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from allocator.app.data import DataDesk
from allocator.app.data_view import (
    event_document,
    events,
    journal,
    note_document,
    overview,
    overview_document,
    run_document,
    stamp,
)
from allocator.core.bars import Interval
from allocator.core.text import Text
from allocator.report.data_status import DataStatus, status_document
from allocator.report.document import Json
from allocator.web.answering import json_of, wants_part
from allocator.web.keeping import kept_page
from allocator.web.look import Look
from allocator.web.parts import part
from allocator.web.site import Site, TheSite
from allocator.web.slowly import Answer, Slowly, slowly
from allocator.web.templating import page

router = APIRouter()

Outcome = Literal["done", "failed", "skipped", "stopped"]
ATickers = Annotated[str, Form(max_length=40)]
ADay = Annotated[date | None, Form()]
ARun = Annotated[int | None, Query(description="Number of a run whose notes are wanted.", ge=0)]
AStep = Annotated[str | None, Query(description="Events of this step alone.", max_length=40)]
AnOutcome = Annotated[Outcome | None, Query(description="Events that ended so.")]
ACount = Annotated[int, Form(ge=1, le=1_000_000_000)]


def desk(site: Site) -> DataDesk:
    return DataDesk(site.store, site.now, site.settings.dividends.tax)


def counted(site: Site) -> Answer[DataStatus]:
    """How far the bars reach, which takes a sweep over all of them: at most one at a time, and nobody waits for it."""
    with site.store.reading() as tx:
        at = stamp(tx)
    question: Slowly[DataStatus] = slowly(site, "data")
    return question.ask(at, desk(site).status)


@router.get("/data", include_in_schema=False)
def data(request: Request, site: TheSite) -> HTMLResponse:
    return shown(request, site)


def shown(request: Request, site: Site, said: tuple[Text, ...] = ()) -> HTMLResponse:
    status = counted(site)

    def values() -> dict[str, object]:
        with site.store.reading() as tx:
            view = overview(tx)
        known = {"view": view, "status": status.value, "fresh": status.fresh, "said": said, "part": "data"}
        return {**known, "loop_runs": site.supervisor is not None}

    return page(request, "data.html", values()) if said else kept_page(request, site, "data.html", values, status)


@router.post("/data/accept", include_in_schema=False)
def accept(
    request: Request, site: TheSite, ticker: ATickers, interval: Annotated[Interval, Form()], day: ADay = None
) -> Response:
    """Believe the exchange about a bar, or about a whole history. Raises: as `DataDesk.accept`."""
    return _done(request, site, desk(site).accept(ticker, day, [interval]))


@router.post("/data/split", include_in_schema=False)
def split(
    request: Request,
    site: TheSite,
    ticker: ATickers,
    day: Annotated[date, Form()],
    before: ACount,
    after: ACount,
) -> Response:
    """Declare a split. Raises: as `DataDesk.declare_split`."""
    return _done(request, site, desk(site).declare_split(ticker.strip().upper(), day, before, after))


@router.post("/data/split/remove", include_in_schema=False)
def remove_split(request: Request, site: TheSite, ticker: ATickers, day: Annotated[date, Form()]) -> Response:
    """Forget a split. Raises: as `DataDesk.remove_split`."""
    return _done(request, site, desk(site).remove_split(ticker, day))


def _done(request: Request, site: Site, said: list[Text]) -> Response:
    """What came of it: beside the page anew for htmx, in the journal for who has no scripts."""
    site.live.changed(("data",))
    return shown(request, site, tuple(said)) if wants_part(request) else RedirectResponse("/data", 303)


@router.get("/data/journal", include_in_schema=False)
def journal_page(request: Request, site: TheSite, run: ARun = None) -> HTMLResponse:
    with site.store.reading() as tx:
        view = journal(tx, run)
    return page(request, "journal.html", {"view": view, "part": "journal"})


@router.get("/data/events", include_in_schema=False)
def events_page(request: Request, site: TheSite, step: AStep = None, outcome: str = "") -> HTMLResponse:
    with site.store.reading() as tx:
        view = events(tx, step or None, outcome or None)
    ends = [view.events[at].id for at in (0, -1)] if view.events else []
    log = part(request, site, "events_log.html", (view.step, view.outcome, *ends), {"view": view})
    known = {"view": view, "log": log, "part": "events", "loop_runs": site.supervisor is not None}
    return page(request, "events.html", known)


@router.get("/api/data", summary="What the store holds, and what is in doubt")
def data_json(request: Request, site: TheSite) -> Response:
    """`coverage` is null while the bars are being counted for the first time; `fresh`: nothing has changed since."""
    lang = Look.of(request).lang
    status = counted(site)
    with site.store.reading() as tx:
        found = overview_document(overview(tx), lang)
    coverage = None if status.value is None else status_document(status.value, lang=lang)
    return json_of({"coverage": coverage, "fresh": status.fresh, **found})


@router.get("/api/data/journal", summary="Past runs")
def journal_json(request: Request, site: TheSite, run: ARun = None) -> Response:
    """The newest first; with `run` the notes of that one."""
    lang = Look.of(request).lang
    with site.store.reading() as tx:
        view = journal(tx, run)
    runs: list[Json] = [run_document(each, lang) for each in view.runs]
    notes: list[Json] = [note_document(each, lang) for each in view.notes]
    return json_of({"runs": runs, "notes": notes} if view.chosen else {"runs": runs})


@router.get("/api/data/events", summary="What the loop did")
def events_json(request: Request, site: TheSite, step: AStep = None, outcome: AnOutcome = None) -> Response:
    """The newest first."""
    lang = Look.of(request).lang
    with site.store.reading() as tx:
        found: list[Json] = [event_document(each, lang) for each in events(tx, step, outcome).events]
    return json_of({"events": found})
