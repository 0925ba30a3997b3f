"""Accounts and targets as JSON, read and edited: what is typed are words of the portfolio file, so no digit is lost."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from allocator.app.accounts import Bookkeeper, NotEmptyError
from allocator.app.accounts_edit import AccountEdit, Editor
from allocator.core.text import text
from allocator.report.account_page import account_view_document, accounts_view_document
from allocator.web.accounts import all_of, view_of
from allocator.web.answering import json_of
from allocator.web.asked import AskedModel
from allocator.web.site import TheSite

router = APIRouter(prefix="/api")

Words = Annotated[str, Field(max_length=60)]
ByTicker = Annotated[dict[str, Words], Field(default_factory=dict, max_length=10_000)]


class NewAccount(AskedModel):
    """An account to create, without securities."""

    name: Annotated[str, Field(max_length=200)]
    cash: Words = ""


class Edit(AskedModel):
    """What changes in an account; what is left out stays. A security that the account lacks is added by its units."""

    version: Annotated[int, Field(ge=0, description="that of the account when it was read")]
    cash: Words | None = None
    withdraw: Words | None = None
    commission: Annotated[Words | None, Field(description="2, 0.05% or 2 + 0.05%")] = None
    units: ByTicker
    commissions: Annotated[ByTicker, Field(description="of one security; empty: that of the account")]
    trade: Annotated[ByTicker, Field(description="TRADE, BUY, SELL or KEEP")]
    lots: Annotated[ByTicker, Field(description="units in a lot; empty: the exchange's")]


class Targets(AskedModel):
    """What is wanted of all accounts; what is left out stays, an empty target is wanted no more."""

    version: Annotated[int, Field(ge=0, description="that of the policy when it was read")]
    targets: Annotated[ByTicker, Field(description="60%, 250 or auto")]
    cash: Annotated[Words | None, Field(description="money or a percentage; empty for none")] = None


@router.get("/accounts", summary="All accounts with their values, and what is wanted of them together")
def accounts(site: TheSite) -> Response:
    return json_of(accounts_view_document(all_of(site)))


@router.post("/accounts", summary="Create an account", status_code=201)
def create(site: TheSite, account: NewAccount) -> Response:
    made = Editor(site.store, site.now).create(account.name, account.cash)
    site.changed("accounts")
    return json_of(account_view_document(view_of(site, made.name)), status=201)


@router.get("/accounts/{name}", summary="One account: holdings, values, newest trades")
def account(site: TheSite, name: str) -> Response:
    return json_of(account_view_document(view_of(site, name)))


@router.put("/accounts/{name}", summary="Change an account, of the version that was read")
def save(site: TheSite, name: str, edit: Edit) -> Response:
    Editor(site.store, site.now).save(
        name,
        edit.version,
        AccountEdit(edit.cash, edit.withdraw, edit.commission, edit.units, edit.commissions, edit.trade, edit.lots),
    )
    site.changed("accounts")
    return json_of(account_view_document(view_of(site, name)))


@router.delete("/accounts/{name}", summary="Remove an account; the log of its trades is kept", status_code=204)
def remove(
    site: TheSite,
    name: str,
    version: Annotated[int, Query(ge=0)],
    *,
    force: Annotated[bool, Query(description="also with what it holds")] = False,
) -> Response:
    try:
        Bookkeeper(site.store, site.now).remove(name, version, force=force)
    except NotEmptyError as error:
        raise NotEmptyError(
            error.message, text("Keep what it has first: GET /accounts/NAME/export; then repeat with force=true.")
        ) from None
    site.changed("accounts")
    return Response(status_code=204)


@router.put("/targets", summary="Set what is wanted of all accounts together")
def want(site: TheSite, targets: Targets) -> Response:
    Editor(site.store, site.now).want(targets.version, targets.targets, targets.cash)
    site.changed("policy")
    return json_of(accounts_view_document(all_of(site)))
