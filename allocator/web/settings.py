"""Settings: accounts, exclusions, messages, look, and what the file of settings says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from allocator.app import wire
from allocator.app.accounts import Bookkeeper, NotEmptyError
from allocator.app.accounts_edit import Editor
from allocator.app.message_test import MessageTest
from allocator.app.settings_view import settings_view
from allocator.core.errors import AllocatorError
from allocator.core.text import text
from allocator.report.settings_view import exclusions_document, settings_document, trial_document
from allocator.web.answering import json_of
from allocator.web.failures import Lines
from allocator.web.keeping import kept_page
from allocator.web.look import Look
from allocator.web.site import Site, TheSite
from allocator.web.templating import page

router = APIRouter()
PAGE = "/settings"


@router.get(PAGE, include_in_schema=False)
def settings(request: Request, site: TheSite) -> HTMLResponse:
    return _page(request, site)


@router.post(f"{PAGE}/accounts", include_in_schema=False)
def create(request: Request, site: TheSite, name: Annotated[str, Form()] = "") -> Response:
    """A new account, empty."""
    try:
        Editor(site.store, site.now).create(name)
    except AllocatorError as error:
        return _page(request, site, error, "accounts", name)
    site.changed("accounts")
    return _back("accounts")


@router.post(f"{PAGE}/accounts/remove", include_in_schema=False)
def remove(request: Request, site: TheSite, name: Annotated[str, Form()], version: Annotated[int, Form()]) -> Response:
    """An empty account goes."""
    try:
        Bookkeeper(site.store, site.now).remove(name, version)
    except NotEmptyError as error:
        told = NotEmptyError(error.message, text("Remove it on its own page, where it can be saved first."))
        return _page(request, site, told, "accounts")
    except AllocatorError as error:
        return _page(request, site, error, "accounts")
    site.changed("accounts")
    return _back("accounts")


@router.post(f"{PAGE}/exclusions", include_in_schema=False)
def exclude(
    request: Request,
    site: TheSite,
    ticker: Annotated[str, Form()] = "",
    allow: Annotated[str, Form()] = "",
) -> Response:
    """Forbid `ticker`, or permit `allow` again. Others' exclusions stay, whatever this page has shown."""
    try:
        Bookkeeper(site.store, site.now).exclude([(allow or ticker).strip()], undo=bool(allow))
    except AllocatorError as error:
        return _page(request, site, error, "exclusions", ticker)
    site.changed("policy")
    return _back("exclusions")


@router.post(f"{PAGE}/test", include_in_schema=False)
def begin_test(request: Request, site: TheSite) -> Response:
    """Send a test message; the page shows what came of it."""
    _message_test(site).begin()
    if request.headers.get("hx-request") == "true":
        return _test_part(request, site)
    return _back("messages")


@router.get(f"{PAGE}/test", include_in_schema=False)
def test_part(request: Request, site: TheSite) -> HTMLResponse:
    """What became of the test message, as a piece of the page."""
    return _test_part(request, site)


@router.get("/api/settings", summary="Accounts, exclusions, messages and the file of settings")
def api_settings(request: Request, site: TheSite) -> Response:
    view = settings_view(site.store, site.settings)
    return json_of(settings_document(view, lang=Look.of(request).lang))


@router.get("/api/settings/test", summary="What became of the test message")
def api_test(request: Request, site: TheSite) -> Response:
    return json_of(trial_document(_message_test(site).state, lang=Look.of(request).lang))


@router.post("/api/settings/test", summary="Send a test message on every channel", status_code=202)
def api_begin_test(request: Request, site: TheSite) -> Response:
    _message_test(site).begin()
    return json_of(trial_document(_message_test(site).state, lang=Look.of(request).lang), status=202)


@router.put("/api/exclusions/{ticker}", summary="Forbid purchases of a security on all accounts")
def api_exclude(site: TheSite, ticker: str) -> Response:
    return _excluded(site, ticker)


@router.delete("/api/exclusions/{ticker}", summary="Allow purchases of a security again")
def api_allow(site: TheSite, ticker: str) -> Response:
    return _excluded(site, ticker, undo=True)


def _excluded(site: Site, ticker: str, *, undo: bool = False) -> Response:
    Bookkeeper(site.store, site.now).exclude([ticker], undo=undo)
    site.changed("policy")
    with site.store.reading() as tx:
        return json_of(exclusions_document(tx.accounts.policy().exclude))


def _page(
    request: Request, site: Site, error: AllocatorError | None = None, part: str = "", typed: str = ""
) -> HTMLResponse:
    """The page; with what was refused, in which part of it, and what was typed there."""
    lines: Lines = error.lines if error else ()
    test = _message_test(site).state

    def values() -> dict[str, Any]:
        view = settings_view(site.store, site.settings)
        return {"view": view, "test": test, "lines": lines, "part": part, "typed": typed}

    if error:
        return page(request, "settings.html", values(), status=error.http_status)
    return kept_page(request, site, "settings.html", values, (test, _state_of(site.settings.path)))


def _state_of(file: Path | None) -> tuple[int, int] | None:
    """Another one after the file was written; None while there is none."""
    try:
        found = file.stat() if file else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size) if found else None


def _test_part(request: Request, site: Site) -> HTMLResponse:
    return page(request, "settings_test.html", {"test": _message_test(site).state})


def _back(part: str) -> RedirectResponse:
    return RedirectResponse(f"{PAGE}#{part}", 303)


def _message_test(site: Site) -> MessageTest:
    """One of it for a server."""

    def made() -> MessageTest:
        return MessageTest(
            site.settings.messaging, lambda name: wire.channel(name, site.settings, console=sys.stderr), site.now
        )

    return site.remembered.get("message test", 0, made)
