"""Rebalance for programs: the same use cases as the page, as JSON."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from allocator.app.draft import Draft, Source
from allocator.app.draft_saving import ALL, Origin, load, save
from allocator.app.rebalance_page import Work, Works
from allocator.core.accounts import NEW
from allocator.report.catalogue import render
from allocator.web.answering import attended, json_of, reader_of
from allocator.web.asked import AskedModel
from allocator.web.look import Look
from allocator.web.rebalance import LARGEST_INI, LARGEST_QUOTES, works_of
from allocator.web.rebalance_documents import answer_document, said_of
from allocator.web.site import TheSite

router = APIRouter(prefix="/api/rebalance", tags=["rebalance"])


class DraftIn(AskedModel):
    """A portfolio file that names no other file, and where its prices are."""

    ini: str = Field(max_length=LARGEST_INI, description="The text of a portfolio file.")
    quotes: str = Field("", max_length=LARGEST_QUOTES, description="CSV: ticker,bid,ask and, if known, last,lot,time.")
    source: Source = Field(Source.TEXT, description="As the text says, the store's last closes, or the table.")

    def draft(self) -> Draft:
        return Draft(self.ini, self.quotes, self.source)


class SolveIn(DraftIn):
    """What is to be worked out."""

    accounts: bool = Field(default=False, description="Give the deals out to the accounts of the store.")
    explain: bool = False
    frontier: bool = False


class SaveIn(AskedModel):
    """A text for the store. The versions are those that it was made from; 0: of what is not there yet."""

    ini: str = Field(max_length=LARGEST_INI)
    account: str = Field("", description="Its name; empty: the targets and options of all accounts.")
    version: int = NEW
    policy: int = NEW
    targets: bool = Field(default=False, description="With an account: its targets and options become those of all.")


class TextOut(BaseModel):
    """The text of an account, or of all as one, with the versions that it was made from."""

    ini: str
    account: str
    version: int
    policy: int


class MistakeOut(BaseModel):
    """One thing that is wrong; `line` null where it is of the whole."""

    line: int | None
    message: str
    hint: str | None


class CheckOut(BaseModel):
    """`words`: what the text asks for, once nothing is wrong."""

    sound: bool
    mistakes: list[MistakeOut]
    words: list[str]


class SavedOut(BaseModel):
    """The new versions, and what was done."""

    account: str
    version: int
    policy: int
    said: list[str]


@router.get("", summary="The text of an account, or of all accounts as one")
def text_of(
    request: Request, site: TheSite, account: Annotated[str, Query(description="Empty: all as one.")] = ALL
) -> TextOut:
    found = load(site.store, account, partial(render, lang=Look.of(request).lang))
    return TextOut(
        ini=found.ini, account=found.origin.account, version=found.origin.version, policy=found.origin.policy
    )


@router.put("", summary="Save a text as an account, or as the targets of all")
def put_text(request: Request, site: TheSite, body: SaveIn) -> SavedOut:
    origin = Origin(body.account, body.version, body.policy)
    origin, said = save(site.store, body.ini, origin, site.now(), targets=body.targets)
    site.changed("policy" if origin.account == ALL else "accounts")
    lang = Look.of(request).lang
    return SavedOut(
        account=origin.account,
        version=origin.version,
        policy=origin.policy,
        said=[render(each, lang) for each in said],
    )


@router.post("/check", summary="What is wrong with a text")
def check(request: Request, site: TheSite, body: DraftIn) -> CheckOut:
    said = said_of(works_of(site).check(body.draft()), Look.of(request).lang)
    return CheckOut.model_validate(said, from_attributes=True)


@router.post("", summary="The best deals", response_description="As `allocator FILE.ini --json`, docs/json.md; and id")
async def solve(request: Request, site: TheSite, body: SolveIn) -> Response:
    works, reader = works_of(site), reader_of(request)

    def work() -> Response:
        found = works.solve(reader, body.draft(), Origin() if body.accounts else None)
        found = _more(works, reader, found, explain=body.explain, frontier=body.frontier)
        return json_of(answer_document(found, Look.of(request).lang))

    return await attended(request, works.desk, work)


@router.get("/{name}", summary="An answer that is kept", response_description="As that of POST /api/rebalance")
async def again(
    request: Request, site: TheSite, name: str, *, explain: bool = False, frontier: bool = False
) -> Response:
    works, reader = works_of(site), reader_of(request)

    def work() -> Response:
        found = _more(works, reader, works.get(name), explain=explain, frontier=frontier)
        return json_of(answer_document(found, Look.of(request).lang))

    return await attended(request, works.desk, work)


def _more(works: Works, reader: str, found: Work, *, explain: bool, frontier: bool) -> Work:
    for show, wanted in (("reasons", explain), ("frontier", frontier)):
        if wanted:
            found = works.more(reader, found, show)
    return found
