"""`/healthz`: whether the store and the loop are well, for whoever watches over servers."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from allocator.app.loop.board import Last
from allocator.app.loop.health import Health, health
from allocator.store.events import Event
from allocator.web.site import TheSite

router = APIRouter()


@router.get(
    "/healthz",
    summary="Whether the store and the loop are well: 200 when they are, else 503",
    responses={503: {"description": "The store cannot be used, or the loop has died"}},
)
def healthz(site: TheSite) -> JSONResponse:
    found = health(site.store, site.settings, site.supervisor, site.now())
    return JSONResponse(document(found), 200 if found.well else 503, headers={"Cache-Control": "no-store"})


def document(found: Health) -> dict[str, Any]:
    """Times are ISO 8601; null is what is not known. No amounts, no names of what is held, no paths."""
    standing = found.standing
    loop = None
    if standing is not None:
        loop = {
            "alive": found.looping,
            "heartbeat": _moment(standing.beat),
            "running": [each.step for each in standing.running],
        }
    due = standing.due if standing is not None else {}
    return {
        "well": found.well,
        "now": _moment(found.now),
        "store": {"usable": found.trouble is None},
        "loop": loop,
        "steps": {name: {**_last(last), "due": _moment(due.get(name))} for name, last in found.steps.items()},
        "data": {"till": found.till and found.till.isoformat(), "days_old": found.days},
        "forecast": _moment(found.forecast),
        "models": found.models,
        "messages_waiting": found.waiting,
    }


def _last(last: Last) -> dict[str, Any]:
    return {"failing": last.failing, "success": _event(last.success), "failure": _event(last.failure)}


def _event(event: Event | None) -> dict[str, Any] | None:
    if event is None:
        return None
    return {"at": _moment(event.at), "seconds": round(event.seconds, 3), "outcome": event.outcome}


def _moment(moment: Any) -> str | None:  # noqa: ANN401 -- an aware time, or None
    return None if moment is None else moment.isoformat(timespec="seconds")
