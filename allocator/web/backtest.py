"""Backtests: what strategies would have made; begun here, made in a process of their own, kept with their reports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from allocator.app import runs as cases
from allocator.app.desk import Gone
from allocator.app.runs import Runs
from allocator.app.runs_files import CHART, RESULTS, Run, Stage
from allocator.app.runs_starter import forecast_part, starter
from allocator.core.errors import AllocatorError
from allocator.core.text import text
from allocator.report.backtest_style import themed
from allocator.report.catalogue import render
from allocator.web.answering import kept, wants_part
from allocator.web.freshness import of_market
from allocator.web.headers import REPORT
from allocator.web.keeping import kept_page
from allocator.web.look import Look
from allocator.web.rebalance_documents import said_of
from allocator.web.site import Site, TheSite
from allocator.web.templating import page

router = APIRouter()

LARGEST_INI = 2**18  # characters
KINDS = {
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "png": "image/png",
    "ini": "text/plain; charset=utf-8",
}
STAGES = {
    Stage.WAITING: (text("waiting"), "warn"),
    Stage.RUNNING: (text("running"), "warn"),
    Stage.DONE: (text("done"), "good"),
    Stage.FAILED: (text("failed"), "bad"),
    Stage.STOPPED: (text("stopped"), "quiet"),
    Stage.CUT: (text("cut short"), "bad"),
}

Ini = Annotated[str, Form(max_length=LARGEST_INI)]


def runs_of(site: Site) -> Runs:
    """The runs of this server, which hears of each of them as of its own jobs."""

    def told(run: Run) -> None:
        state = run.state
        said = {"title": state.title, "doing": state.doing, "done": state.done, "total": state.total}
        site.live.job(f"backtest {run.name}", said, over=state.stage.over)
        if state.doing is None:
            site.live.changed(["backtest"])

    return site.remembered.get("runs", None, lambda: Runs(site.folder, site.place, site.now, told=told))


def listing(
    request: Request, site: Site, ini: str, *, status: int = 200, error: AllocatorError | None = None
) -> Response:
    """The list, and the editor with this text."""
    values = _listed(site, runs_of(site).all(), ini, Look.of(request).lang, error)
    return page(request, "backtest.html", values, status=status)


def _listed(
    site: Site, runs: Sequence[Run], ini: str, lang: str, error: AllocatorError | None = None
) -> dict[str, object]:
    return {
        "runs": runs,
        "stages": STAGES,
        "ini": ini,
        "more": forecast_part(partial(render, lang=lang)),
        "checked": said_of(cases.check(ini, site.store), lang),
        "lines": error.lines if error else None,
    }


@router.get("/backtest", include_in_schema=False)
def backtests(request: Request, site: TheSite, of: str | None = None) -> Response:
    """All runs, and a text to begin another with: that `of` a run, else a first one."""
    if of is not None:
        return listing(request, site, runs_of(site).shelf.text_of(of))
    lang, runs = Look.of(request).lang, tuple(runs_of(site).all())
    return kept_page(
        request, site, "backtest.html", lambda: _listed(site, runs, _first(site, lang), lang), besides=runs
    )


@router.post("/backtest/check", include_in_schema=False)
def check(request: Request, site: TheSite, ini: Ini = "") -> Response:
    """What is wrong with the text, while it is typed."""
    ini = ini.replace("\r\n", "\n")
    if not wants_part(request):
        return listing(request, site, ini)
    checked = said_of(cases.check(ini, site.store), Look.of(request).lang)
    return page(request, "rebalance_findings.html", {"checked": checked})


@router.post("/backtest", include_in_schema=False)
def begin(request: Request, site: TheSite, ini: Ini = "") -> Response:
    """Begin a run, and show how it goes."""
    ini = ini.replace("\r\n", "\n")
    try:
        run = runs_of(site).begin(ini)
    except AllocatorError as error:
        return listing(request, site, ini, status=error.http_status, error=error)
    return RedirectResponse(run.path, 303)


@router.get("/backtest/{name}", include_in_schema=False)
def one(request: Request, site: TheSite, name: str) -> Response:
    """How a run goes, or what came of it."""
    runs = runs_of(site)
    run = runs.get(name)
    chart = _chart(runs, name, Look.of(request).lang) if run.state.stage is Stage.DONE else None
    values = {"run": run, "stages": STAGES, "chart": chart, "ini": runs.shelf.text_of(name), **_elapsed(site, run)}
    return page(request, "backtest_run.html", values)


@router.get("/backtest/{name}/progress", include_in_schema=False)
def progress(request: Request, site: TheSite, name: str) -> Response:
    """How far it is; at its end the whole page is wanted."""
    run = runs_of(site).get(name)
    if run.state.stage.over:
        return Response(status_code=200, headers={"HX-Refresh": "true"})
    return page(request, "backtest_progress.html", {"run": run, "stages": STAGES, **_elapsed(site, run)})


@router.post("/backtest/{name}/stop", include_in_schema=False)
def stop(site: TheSite, name: str) -> Response:
    """End it before its end."""
    return RedirectResponse(runs_of(site).stop(name).path, 303)


@router.post("/backtest/{name}/delete", include_in_schema=False)
def delete(site: TheSite, name: str) -> Response:
    """Forget it, with all its files."""
    runs_of(site).remove(name)
    site.live.changed(["backtest"])
    return RedirectResponse("/backtest", 303)


@router.get("/backtest/{name}/report", include_in_schema=False)
def report(request: Request, site: TheSite, name: str) -> Response:
    """The report for the frame of its page, under a policy of its own: it carries its style, and no script runs."""
    theme = Look.of(request).theme
    content = runs_of(site).shelf.read(name, f"page.{Look.of(request).lang}.html").decode()
    return HTMLResponse(themed(content, theme), headers={"Content-Security-Policy": REPORT})


@router.get("/backtest/{name}/files/{file}", include_in_schema=False)
def files(request: Request, site: TheSite, name: str, file: str) -> Response:
    """What came of it, to keep."""
    return file_of(site, name, file, Look.of(request).lang)


def file_of(site: Site, name: str, file: str, lang: str) -> Response:
    """A file by the name under which a reader keeps it, in this language where there are two. Raises: `Gone`."""
    found = [each for each, said in RESULTS.items() if said == file]
    mine = next((each for each in found if f".{lang}." in each), found[0] if found else None)
    if mine is None:
        raise Gone(text("There is no such file of a backtest."), None)
    return kept(runs_of(site).shelf.read(name, mine), file, KINDS[file.rpartition(".")[2]])


def _first(site: Site, lang: str) -> str:
    """A text to begin with; the span of all bars is looked up once for as long as they are the same."""
    with site.store.reading() as tx:
        stamp = of_market(tx, site.now()), tx.accounts.policy().version
    return site.remembered.get(f"backtest {lang}", stamp, lambda: starter(site.store, partial(render, lang=lang)))


def _chart(runs: Runs, name: str, lang: str) -> dict[str, Any]:
    """The lines of a run; a benchmark that is no ticker is called in the reader's words."""
    found: dict[str, Any] = json.loads(runs.shelf.read(name, CHART))
    own = {"equal weights": text("equal weights"), "cash": text("cash")}
    if found.pop("benchmark", False):
        *names, last = found["labels"]
        found["labels"] = [*names, render(own.get(last, last), lang)]
    return found


def _elapsed(site: Site, run: Run) -> dict[str, object]:
    """How long it has taken, as hours, minutes and seconds."""
    began, ended = run.state.began, run.state.ended
    if began is None:
        return {"elapsed": None}
    seconds = max(0, round(((ended or site.now()) - began).total_seconds()))
    return {"elapsed": f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"}
