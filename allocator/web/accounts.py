"""Accounts with brokers, one page for each, and what is wanted of all: shown, and edited in place.

A form says what it showed (`was.FIELD`) beside what was typed: only what a person changed is an edit. Where somebody
else was faster, the page shows what is there now and keeps what was typed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from allocator.app.accounts import Bookkeeper, DifferentWishesError, NotEmptyError, Whose, known
from allocator.app.accounts_edit import AccountEdit, Editor, FormError, uploaded
from allocator.app.accounts_file import fee
from allocator.app.accounts_view import account_view, accounts_view, prices, traded
from allocator.app.closes import Closes
from allocator.core.accounts import NEW
from allocator.core.errors import AllocatorError, ConflictError, UsageError
from allocator.core.portfolio import Permission
from allocator.core.text import Text, text
from allocator.report import numbers
from allocator.report.account_page import AccountsView, AccountView
from allocator.report.catalogue import render
from allocator.store import Transaction
from allocator.web.forms import Sent, TheForm
from allocator.web.freshness import of_accounts, of_market, today
from allocator.web.keeping import kept_page
from allocator.web.look import Look
from allocator.web.site import Site, TheSite
from allocator.web.templating import page
from allocator.web.wishes import wanted_by

router = APIRouter()

Edits = Literal["add", "drop", "rename", "remove", "import"]

WHOSE: Mapping[str, Whose | None] = {"file": "file", "store": "store"}


@router.get("/accounts", include_in_schema=False)
def accounts(request: Request, site: TheSite) -> HTMLResponse:
    return kept_page(request, site, "accounts.html", lambda: _all_values(request, site, all_of(site)))


@router.post("/accounts", include_in_schema=False)
def create(request: Request, site: TheSite, form: TheForm) -> Response:
    """A new account, empty or of a portfolio file."""
    try:
        if form.file is None:
            name = Editor(site.store, site.now).create(form.get("name"), form.get("cash")).name
            site.changed("accounts")
        else:
            name = form.get("name").strip() or Path(form.file[0].replace("\\", "/")).stem
            _take_in(site, form, name, NEW)
    except AllocatorError as error:
        return _all_page(request, site, error, form, about="new")
    return _to(name.strip())


@router.post("/targets", include_in_schema=False)
def want(request: Request, site: TheSite, form: TheForm) -> Response:
    """The targets of all accounts."""
    asked = _changed(form, "want")
    cash = form.get("cash") if form.get("cash") != form.get("was.cash") else None
    new = form.get("new.ticker"), form.get("new.want")
    try:
        Editor(site.store, site.now).want(form.version(), asked, cash, new)
    except AllocatorError as error:
        return _all_page(request, site, error, form, about="targets")
    site.changed("policy")
    return RedirectResponse("/accounts?saved=targets#targets", 303)


@router.get("/portfolio.ini", include_in_schema=False)
def export_all(request: Request, site: TheSite) -> Response:
    """All accounts as one portfolio file."""
    return _file(request, site, None, "portfolio.ini")


@router.get("/accounts/{name}", include_in_schema=False)
def account(request: Request, site: TheSite, name: str) -> HTMLResponse:
    return kept_page(request, site, "account.html", lambda: _one_values(request, site, view_of(site, name)))


@router.post("/accounts/{name}", include_in_schema=False)
def save(request: Request, site: TheSite, name: str, form: TheForm) -> Response:
    """Cash, fees, units and terms, all that the form changed at once."""
    edit = AccountEdit(
        **{each: form.get(each) for each in ("cash", "withdraw", "fee") if form.get(each) != form.get(f"was.{each}")},
        units=_changed(form, "units"),
        fees=_changed(form, "fee"),
        permissions=_changed(form, "trade"),
        lots=_changed(form, "lot"),
    )
    try:
        Editor(site.store, site.now).save(name, form.version(), edit)
    except AllocatorError as error:
        return _one_page(request, site, name, error, form)
    return _edited(site, name)


@router.post("/accounts/{name}/add", include_in_schema=False)
def add(request: Request, site: TheSite, name: str, form: TheForm) -> Response:
    try:
        Editor(site.store, site.now).add(name, form.version(), form.get("ticker"), form.get("new.units"))
    except AllocatorError as error:
        return _one_page(request, site, name, error, form, about="add")
    return _edited(site, name)


@router.post("/accounts/{name}/drop", include_in_schema=False)
def drop(request: Request, site: TheSite, name: str, form: TheForm) -> Response:
    """Take a security out of which nothing is held."""
    ticker = form.get("drop")
    try:
        with site.store.reading() as transaction:
            if known(transaction, name).holding(ticker).units:
                raise UsageError(
                    text("Account {account} holds {ticker}.", account=name, ticker=ticker),
                    text("Write 0 units first, and save."),
                )
        Editor(site.store, site.now).drop(name, form.version(), ticker)
    except AllocatorError as error:
        return _one_page(request, site, name, error)
    return _edited(site, name)


@router.post("/accounts/{name}/rename", include_in_schema=False)
def rename(request: Request, site: TheSite, name: str, form: TheForm) -> Response:
    try:
        renamed = Editor(site.store, site.now).rename(name, form.version(), form.get("name"))
    except AllocatorError as error:
        return _one_page(request, site, name, error, form, about="rename")
    return _edited(site, renamed.name)


@router.post("/accounts/{name}/remove", include_in_schema=False)
def remove(request: Request, site: TheSite, name: str, form: TheForm) -> Response:
    """The whole account; one that holds something only when that is said."""
    try:
        Bookkeeper(site.store, site.now).remove(name, form.version(), force=form.get("sure") == "yes")
    except ConflictError as error:
        return _one_page(request, site, name, error, about="remove")
    except NotEmptyError as error:
        hint = text("Save it as a portfolio file first; then say that all of it may go.")
        return _one_page(request, site, name, NotEmptyError(error.message, hint), about="remove")
    site.changed("accounts")
    return RedirectResponse("/accounts", 303)


@router.post("/accounts/{name}/import", include_in_schema=False)
def replace_by(request: Request, site: TheSite, name: str, form: TheForm) -> Response:
    """Make the account what a portfolio file says."""
    try:
        if form.file is None:
            raise UsageError(text("No file was chosen."), text("Choose a portfolio file: it ends in .ini"))
        _take_in(site, form, name, form.version())
    except AllocatorError as error:
        return _one_page(request, site, name, error, form, about="import")
    return _to(name)


@router.get("/accounts/{name}/export", include_in_schema=False)
def export(request: Request, site: TheSite, name: str) -> Response:
    """The account with the targets of all, as a portfolio file."""
    return _file(request, site, name, f"{name}.ini")


@router.get("/accounts/{name}/{edit}", include_in_schema=False)
def again(name: str, edit: Edits) -> RedirectResponse:  # noqa: ARG001 -- it only limits the addresses
    """Where a refused edit has left the browser, looked at anew: the account."""
    return _to(name)


@router.get("/targets", include_in_schema=False)
def targets_again() -> RedirectResponse:
    return RedirectResponse("/accounts#targets", 303)


def view_of(site: Site, name: str) -> AccountView:
    """One account as it is now. Raises: `UsageError` for an unknown name."""
    with site.store.reading() as transaction:
        known(transaction, name)  # only what is there is remembered
        stamp = of_accounts(transaction, site.now())
        make = partial(account_view, transaction, name)
        return site.remembered.get(f"account {name}", stamp, lambda: make(_prices(site, transaction)))


def all_of(site: Site) -> AccountsView:
    """All accounts as they are now."""
    with site.store.reading() as transaction:
        stamp = of_accounts(transaction, site.now())
        make = partial(accounts_view, transaction)
        return site.remembered.get("accounts", stamp, lambda: make(_prices(site, transaction)))


def _prices(site: Site, transaction: Transaction) -> Closes:
    """Read once for the pages of all accounts."""
    stamp = of_accounts(transaction, site.now())
    return site.remembered.get("closes of accounts", stamp, lambda: prices(transaction, today(site.now())))


def _known_tickers(site: Site) -> list[tuple[str, str]]:
    """Securities that are traded, with their names, for a list to choose from."""
    with site.store.reading() as transaction:
        stamp = of_market(transaction, site.now())
        return site.remembered.get("tickers", stamp, lambda: traded(transaction))


def _one_page(
    request: Request, site: Site, name: str, error: AllocatorError, form: Sent | None = None, about: str = ""
) -> HTMLResponse:
    """After an edit that was refused: what is there now, and what was typed."""
    values = _one_values(request, site, view_of(site, name), error, form, about)
    return page(request, "account.html", values, status=error.http_status)


def _one_values(
    request: Request,
    site: Site,
    view: AccountView,
    error: AllocatorError | None = None,
    form: Sent | None = None,
    about: str = "",
) -> dict[str, Any]:
    values = {
        "view": view,
        "share": all_of(site).share(view),
        "permissions": [each.value for each in Permission],
        "tickers": _known_tickers(site),
        "saved": request.query_params.get("saved") == str(view.account.version),
        **_shared(request, error, form, about),
    }
    touched = [*values["mistakes"], *values["typed"]]
    return {**values, "terms_open": any(each.startswith(("trade.", "fee.", "lot.")) for each in touched)}


def _all_page(
    request: Request, site: Site, error: AllocatorError, form: Sent | None = None, about: str = ""
) -> HTMLResponse:
    values = _all_values(request, site, all_of(site), error, form, about)
    return page(request, "accounts.html", values, status=error.http_status)


def _all_values(
    request: Request,
    site: Site,
    view: AccountsView,
    error: AllocatorError | None = None,
    form: Sent | None = None,
    about: str = "",
) -> dict[str, Any]:
    return {
        "view": view,
        "tickers": _known_tickers(site),
        "saved": request.query_params.get("saved") == "targets",
        **_shared(request, error, form, about),
    }


def _shared(request: Request, error: AllocatorError | None, form: Sent | None, about: str) -> dict[str, Any]:
    """What both pages know: mistakes by field, what was typed and is not there yet, and in which form that was."""
    mistakes = {place: message for place, message, _ in error.mistakes} if isinstance(error, FormError) else {}
    return {
        "error": error,
        "conflict": isinstance(error, ConflictError),
        "whose": isinstance(error, DifferentWishesError),
        "about": about,
        "mistakes": mistakes,
        "typed": dict(_typed(form)) if form else {},
        "fee": fee,
        "plain": numbers.plain,
        "wanted": partial(wanted_by, Look.of(request)),
    }


def _typed(form: Sent) -> Iterator[tuple[str, str]]:
    """What a person changed."""
    for field, raw in form.fields.items():
        if not field.startswith("was.") and form.fields.get(f"was.{field}") != raw:
            yield field, raw


def _changed(form: Sent, prefix: str) -> dict[str, str]:
    was = form.of(f"was.{prefix}")
    return {key: raw for key, raw in form.of(prefix).items() if was.get(key) != raw}


def _take_in(site: Site, form: Sent, name: str, version: int) -> None:
    """A portfolio file that was sent. Raises: as `Bookkeeper.take_in`."""
    assert form.file is not None
    with site.store.reading() as transaction:
        policy = transaction.accounts.policy()
    portfolio = uploaded(form.file[1], form.file[0], policy)
    books = Bookkeeper(site.store, site.now)
    try:
        list(books.take_in(portfolio, name, WHOSE.get(form.get("targets")), version))
    except DifferentWishesError as error:
        raise DifferentWishesError(
            error.message, text("Say below whose targets count, and choose the file again.")
        ) from None
    site.changed("accounts")
    site.changed("policy")


def _file(request: Request, site: Site, name: str | None, file: str) -> Response:
    lang = Look.of(request).lang

    def say(said: Text) -> str:
        return render(said, lang)

    content = Bookkeeper(site.store, site.now).content(name, Path(file), say)
    ascii_name = file.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_").replace("\\", "_")
    disposition = f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(file, safe='')}"
    return Response(content, headers={"Content-Disposition": disposition}, media_type="text/plain; charset=utf-8")


def _edited(site: Site, name: str) -> RedirectResponse:
    site.changed("accounts")
    with site.store.reading() as transaction:
        return _to(name, f"?saved={known(transaction, name).version}")


def _to(name: str, rest: str = "") -> RedirectResponse:
    return RedirectResponse(f"/accounts/{quote(name, safe='')}{rest}", 303)
