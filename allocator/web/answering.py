"""Answers in two forms, and answers that take a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from fastapi import Request, Response

from allocator.app.desk import Desk
from allocator.report import dumps
from allocator.report.document import Json

T = TypeVar("T")

LOOK_S = 0.5


def json_of(value: Json, *, status: int = 200, name: str | None = None) -> Response:
    """Decimals digit by digit; with a `name`, a file to keep."""
    return (
        kept(dumps(value) + "\n", name, "application/json", status)
        if name
        else Response(dumps(value, indent=None), status, media_type="application/json")
    )


def kept(content: str | bytes, name: str, kind: str, status: int = 200) -> Response:
    """A file to keep: the browser saves it under this name, of ASCII, and shows nothing of it."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, status, headers, media_type=kind)


def wants_part(request: Request) -> bool:
    """Whether htmx asks for a piece of the page that it has."""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-boosted") != "true"


def reader_of(request: Request) -> str:
    """The same for all requests of one browser, and for nobody else's."""
    return str(request.state.csrf)


async def attended(request: Request, desk: Desk, work: Callable[[], T]) -> T:
    """What `work` returns, from a thread that no page waits for; at the desk it is stopped when the reader leaves."""
    task = asyncio.create_task(asyncio.to_thread(work))
    while not task.done():
        await asyncio.wait({task}, timeout=LOOK_S)
        if not task.done() and await request.is_disconnected():
            await asyncio.to_thread(desk.stop, reader_of(request))
            break
    return await task
