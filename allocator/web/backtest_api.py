"""Backtests for programs: the same use cases as the page, as JSON."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from allocator.app import runs as cases
from allocator.app.runs_files import RESULTS, Figures, Run, Stage
from allocator.report.catalogue import render
from allocator.web.asked import AskedModel
from allocator.web.backtest import LARGEST_INI, file_of, runs_of
from allocator.web.look import Look
from allocator.web.rebalance_api import CheckOut
from allocator.web.rebalance_documents import said_of
from allocator.web.site import TheSite

router = APIRouter(prefix="/api/backtest", tags=["backtest"])


class BacktestIn(AskedModel):
    """The text of a backtest that names no other file: docs/backtest.md."""

    ini: str = Field(max_length=LARGEST_INI)


class ErrorOut(BaseModel):
    """A line of what went wrong."""

    message: str
    hint: str | None


class RunOut(BaseModel):
    """A run. `total` 0: not known yet. `files`: what can be had under /api/backtest/{name}/files/."""

    name: str
    title: str
    stage: Stage
    asked: datetime
    began: datetime | None
    ended: datetime | None
    doing: str | None
    done: int
    total: int
    verdict: str | None
    strategies: list[Figures]
    notes: list[str]
    errors: list[ErrorOut]
    files: list[str]


def run_out(run: Run, lang: str) -> RunOut:
    """In the words of a reader."""
    state = run.state
    return RunOut(
        name=run.name,
        title=state.title,
        stage=state.stage,
        asked=state.asked,
        began=state.began,
        ended=state.ended,
        doing=render(state.doing, lang) if state.doing else None,
        done=state.done,
        total=state.total,
        verdict=render(state.verdict, lang) if state.verdict else None,
        strategies=list(state.figures),
        notes=[render(each, lang) for each in state.notes],
        errors=[
            ErrorOut(message=render(each.message, lang), hint=render(each.hint, lang) if each.hint else None)
            for each in state.errors
        ],
        files=sorted({RESULTS[each] for each in run.files}),
    )


@router.get("", summary="All runs, the newest first")
def runs(request: Request, site: TheSite) -> list[RunOut]:
    return [run_out(each, Look.of(request).lang) for each in runs_of(site).all()]


@router.post("", summary="Begin a run", status_code=202)
def begin(request: Request, site: TheSite, body: BacktestIn) -> RunOut:
    return run_out(runs_of(site).begin(body.ini), Look.of(request).lang)


@router.post("/check", summary="What is wrong with a text")
def check(request: Request, site: TheSite, body: BacktestIn) -> CheckOut:
    said = said_of(cases.check(body.ini, site.store), Look.of(request).lang)
    return CheckOut.model_validate(said, from_attributes=True)


@router.get("/{name}", summary="A run")
def one(request: Request, site: TheSite, name: str) -> RunOut:
    return run_out(runs_of(site).get(name), Look.of(request).lang)


@router.post("/{name}/stop", summary="End a run before its end")
def stop(request: Request, site: TheSite, name: str) -> RunOut:
    return run_out(runs_of(site).stop(name), Look.of(request).lang)


@router.delete("/{name}", summary="Forget a run with all its files", status_code=204)
def delete(site: TheSite, name: str) -> None:
    runs_of(site).remove(name)
    site.live.changed(["backtest"])


@router.get("/{name}/files/{file}", summary="What came of a run", response_class=Response)
def files(request: Request, site: TheSite, name: str, file: str) -> Response:
    """`backtest.json` is that of `allocator backtest --json --series`, docs/json.md."""
    return file_of(site, name, file, Look.of(request).lang)
