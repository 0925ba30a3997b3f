"""Rebalance: a portfolio file in an editor, checked while one types, and the best deals of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from allocator.app.desk import Desk
from allocator.app.draft import Draft, Source
from allocator.app.draft_saving import ALL, Origin, current, load, save
from allocator.app.loop.child import Stopped
from allocator.app.rebalance_page import Work, Works
from allocator.app.starter import Starter
from allocator.core.accounts import NEW
from allocator.core.errors import AllocatorError, ConflictError, MarketError, UsageError
from allocator.core.text import Text, text
from allocator.report import orders
from allocator.report.accounts_split import printable
from allocator.report.answer_view import answer_view, frontier_view, reasons_view
from allocator.report.auto import auto_text
from allocator.report.catalogue import render
from allocator.web.answering import attended, json_of, kept, reader_of, wants_part
from allocator.web.keeping import kept_page
from allocator.web.look import Look
from allocator.web.rebalance_documents import answer_document, said_of
from allocator.web.site import Site, TheSite
from allocator.web.templating import page

router = APIRouter()

SAMPLE, WHOLE, ONE = "sample", "all", "account:"  # what a text may be loaded of
LARGEST_INI, LARGEST_QUOTES = 2**18, 2**20  # characters

Ini = Annotated[str, Form(max_length=LARGEST_INI)]
Quotes = Annotated[str, Form(max_length=LARGEST_QUOTES)]


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it came: the draft, and where its text is from (None: it is nobody's)."""

    draft: Draft
    origin: Origin | None = None

    @property
    def loaded(self) -> str:
        """As the list of what can be loaded calls it."""
        if self.origin is None:
            return SAMPLE
        return WHOLE if self.origin.account == ALL else ONE + self.origin.account


def works_of(site: Site) -> Works:
    """The answers that are kept, and the desk where they are worked out."""
    return site.remembered.get("rebalance", None, lambda: Works(site.store, site.settings, site.now, Desk()))


def typed(
    ini: Ini = "",
    quotes: Quotes = "",
    source: Annotated[Source, Form()] = Source.TEXT,
    *,
    closes: Annotated[bool, Form()] = False,
    of: Annotated[str, Form(max_length=100)] = SAMPLE,
    version: Annotated[int, Form()] = NEW,
    policy: Annotated[int, Form()] = NEW,
) -> Typed:
    """What the form says. Lines end as in a file."""
    origin = None
    if of == WHOLE:
        origin = Origin(ALL, NEW, policy)
    elif of.startswith(ONE):
        origin = Origin(of.removeprefix(ONE), version, policy)
    return Typed(Draft(ini.replace("\r\n", "\n"), quotes, Source.CLOSES if closes else source), origin)


TypedForm = Annotated[Typed, Depends(typed)]


def loaded(site: Site, of: str | None, say: Callable[[Text], str]) -> Typed:
    """What the editor begins with: what was asked for, else all accounts, else a text to learn from.

    Raises: `UsageError` for an account that is not there.
    """
    if of is not None and of.startswith(ONE):
        found = load(site.store, of.removeprefix(ONE), say)
        return Typed(Draft(found.ini), found.origin)
    if of in {None, WHOLE}:
        try:
            found = load(site.store, ALL, say)
        except UsageError:  # nothing is held or wanted yet
            if of == WHOLE:
                raise
        else:
            return Typed(Draft(found.ini), found.origin)
    return Typed(Draft(Starter().content(say)))


def shown(
    request: Request, site: Site, form: Typed, *, status: int = 200, work: Work | None = None, **more: object
) -> Response:
    """The whole page."""
    return page(request, "rebalance.html", values_of(request, site, form, work) | more, status=status)


def values_of(request: Request, site: Site, form: Typed, work: Work | None = None) -> dict[str, Any]:
    """What the whole page shows."""
    with site.store.reading() as tx:
        accounts = [each.name for each in tx.accounts.all()]
    return {
        "form": form,
        "accounts": accounts,
        "checked": said_of(works_of(site).check(form.draft), Look.of(request).lang),
        "lines": None,
        "now_there": None,
        "name": form.origin.account if form.origin else "",
        "offer_closes": False,
        "saved": (),
        **answered(request, work),
    }


def answered(request: Request, work: Work | None) -> dict[str, Any]:
    """What the part with the answer shows."""
    if work is None:
        return {"work": None}
    lang = Look.of(request).lang
    auto = work.solved.answer.auto
    return {
        "work": work,
        "view": answer_view(work.solved.answer),
        "split": printable(work.solved.split) if work.solved.split else None,
        "reasons": reasons_view(work.reasons) if work.reasons else None,
        "auto": auto_text(auto, lang=lang) if auto else None,
        "frontier": frontier_view(work.frontier) if work.frontier else None,
    }


def refused(request: Request, site: Site, form: Typed, error: AllocatorError, work: Work | None = None) -> Response:
    """The page, or the part where the answer would be, with what is wrong; what was typed is kept."""
    status = 409 if isinstance(error, Stopped) else error.http_status  # nothing is broken: somebody wanted it so
    values = {"lines": error.lines, "offer_closes": isinstance(error, MarketError) and form.draft.source is Source.TEXT}
    if wants_part(request):
        return page(request, "rebalance_refused.html", values, status=status)
    return shown(request, site, form, status=status, work=work, **values)


@router.get("/rebalance", include_in_schema=False)
def editor(request: Request, site: TheSite, of: str | None = None) -> Response:
    """The editor, with a text of the accounts or to learn from."""

    def values() -> dict[str, Any]:
        return values_of(request, site, loaded(site, of, partial(render, lang=Look.of(request).lang)))

    return kept_page(request, site, "rebalance.html", values)


@router.post("/rebalance/check", include_in_schema=False)
def check(request: Request, site: TheSite, form: TypedForm) -> Response:
    """What is wrong with the text, while it is typed."""
    checked = said_of(works_of(site).check(form.draft), Look.of(request).lang)
    if wants_part(request):
        return page(request, "rebalance_findings.html", {"checked": checked})
    return shown(request, site, form)


@router.post("/rebalance", include_in_schema=False)
async def compute(request: Request, site: TheSite, form: TypedForm) -> Response:
    """The best deals: worked out in a process of its own, and no longer than the reader waits."""
    works = works_of(site)
    work = partial(works.solve, reader_of(request), form.draft, form.origin)
    try:
        found = await attended(request, works.desk, work)
    except AllocatorError as error:
        return await run_in_threadpool(refused, request, site, form, error)
    if wants_part(request):
        return await run_in_threadpool(_new, request, found)
    return RedirectResponse(found.path, 303)


@router.post("/rebalance/stop", include_in_schema=False)
def stop(request: Request, site: TheSite) -> Response:
    """End what this reader waits for."""
    works_of(site).desk.stop(reader_of(request))
    return Response(status_code=204) if wants_part(request) else RedirectResponse("/rebalance", 303)


@router.post("/rebalance/open", include_in_schema=False)
def opened(request: Request, site: TheSite, ini: UploadFile, quotes: UploadFile | None = None) -> Response:
    """The editor with a file of the reader's own machine, and perhaps its quotes."""
    content = _decoded(ini.file.read())
    table = _decoded(quotes.file.read()) if quotes is not None else ""
    form = Typed(Draft(content[:LARGEST_INI].replace("\r\n", "\n"), table[:LARGEST_QUOTES]))
    return shown(request, site, form)


@router.post("/rebalance/portfolio.ini", include_in_schema=False)
def download(form: TypedForm) -> Response:
    """The text as a file."""
    return kept(form.draft.ini, "portfolio.ini", "text/plain; charset=utf-8")


@router.post("/rebalance/save", include_in_schema=False)
def put_back(
    request: Request,
    site: TheSite,
    form: TypedForm,
    name: Annotated[str, Form(max_length=200)] = "",
    targets: Annotated[bool, Form()] = False,
) -> Response:
    """Make the account, or the targets of all, what the text says."""
    origin = form.origin or Origin("", NEW, _policy_of(site))
    if form.loaded != WHOLE and name.strip() != origin.account:  # under another name it is another account, a new one
        origin = replace(origin, account=name.strip(), version=NEW)
    try:
        if form.loaded != WHOLE and not name.strip():
            raise UsageError(text("An account needs a name."), text("Write it beside the button."))
        origin, said = save(site.store, form.draft.ini, origin, site.now(), targets=targets)
    except ConflictError as error:
        there = current(site.store, origin, partial(render, lang=Look.of(request).lang))
        if there is not None:  # whoever saves now has seen it
            form = replace(form, origin=there.origin)
        return shown(
            request, site, form, status=error.http_status, lines=error.lines, now_there=there.ini if there else None
        )
    except AllocatorError as error:
        return shown(request, site, form, status=error.http_status, lines=error.lines, name=name)
    site.changed("policy" if origin.account == ALL else "accounts")
    if targets and origin.account != ALL:
        site.changed("policy")
    return shown(request, site, replace(form, origin=origin), saved=said)


@router.get("/rebalance/{name}", include_in_schema=False)
async def again(request: Request, site: TheSite, name: str, show: str = "") -> Response:
    """An answer that is kept; with `show`, the reasons or the frontier beside it."""
    works = works_of(site)
    found = works.get(name)
    form = Typed(found.draft, found.origin)
    try:
        found = await attended(request, works.desk, partial(works.more, reader_of(request), found, show))
    except AllocatorError as error:
        return await run_in_threadpool(refused, request, site, form, error, work=found)
    if wants_part(request):
        template = {"reasons": "rebalance_reasons.html", "frontier": "rebalance_frontier.html"}
        return await run_in_threadpool(_part, request, template.get(show, "rebalance_answer.html"), found)
    return await run_in_threadpool(shown, request, site, form, work=found)


@router.get("/rebalance/{name}/orders.csv", include_in_schema=False)
def orders_csv(site: TheSite, name: str) -> Response:
    """The deals, ready for a spreadsheet or a broker's importer."""
    return kept(orders(works_of(site).get(name).solved.answer.plan), "orders.csv", "text/csv; charset=utf-8")


@router.get("/rebalance/{name}/answer.json", include_in_schema=False)
def answer_json(request: Request, site: TheSite, name: str) -> Response:
    """All that is known of the answer."""
    return json_of(answer_document(works_of(site).get(name), Look.of(request).lang), name="answer.json")


def _part(request: Request, template: str, work: Work) -> Response:
    """A piece of the page about an answer."""
    return page(request, template, answered(request, work))


def _new(request: Request, work: Work) -> Response:
    """An answer beside its text; the address in the browser becomes that of the answer."""
    return page(request, "rebalance_answer.html", answered(request, work), headers={"HX-Push-Url": work.path})


def _policy_of(site: Site) -> int:
    with site.store.reading() as tx:
        return tx.accounts.policy().version


def _decoded(data: bytes) -> str:
    """A file as people have them."""
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace")
