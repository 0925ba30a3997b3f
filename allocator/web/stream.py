"""`/stream`: what happens, as it happens, to every open page (server-sent events).

Three kinds of events: `status`, the line of what the loop does; `changed`, names of pages that show other things now;
`job`, how far something is that a page has begun. An empty line every so often keeps the way open.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from allocator.app.loop.live import Live, Word
from allocator.core.text import Text, text
from allocator.report import dumps
from allocator.report.catalogue import render
from allocator.web.look import Look
from allocator.web.site import TheSite

HEARTBEAT_S = 15.0
AGAIN_MS = 3000  # after which a browser whose stream has ended comes again
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

router = APIRouter()


@router.get("/stream", include_in_schema=False)
async def stream(request: Request, site: TheSite) -> Response:
    """Until the browser leaves, the server ends, or the reader does not keep up."""
    if site.live.full:
        return Response(status_code=503, headers={"Retry-After": "30"})
    return StreamingResponse(_told(site.live, Look.of(request).lang), media_type="text/event-stream", headers=HEADERS)


async def _told(live: Live, lang: str) -> AsyncIterator[str]:
    """The events for one reader, who is there from its first word to its last."""
    news = asyncio.Event()
    running = asyncio.get_running_loop()
    reader = live.join(lambda: _wake(running, news))
    if reader is None:
        return
    try:
        yield f"retry: {AGAIN_MS}\n\n"
        while not reader.gone:
            for word in reader.take():
                yield event(word, lang)
            try:
                await asyncio.wait_for(news.wait(), HEARTBEAT_S)
            except TimeoutError:
                yield ": \n\n"
            news.clear()
    finally:
        live.leave(reader)


def event(word: Word, lang: str) -> str:
    """One event in the form of the protocol; JSON has no line ends to break it."""
    said = status_of(word.said, lang) if word.kind == "status" else plain(word.said, lang)
    return f"event: {word.kind}\ndata: {dumps(said, indent=None)}\n\n"


def status_of(said: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """The status line in a language: `text` is what is shown, `running` its parts for who wants them."""
    running = [plain(each, lang) | {"left": _seconds(each["left"])} for each in said.get("running", ())]
    parts = [render(_line(each), lang) for each in said.get("running", ())]
    note = said.get("note")
    return {"text": " · ".join(parts) if parts else render(note, lang) if note else "", "running": running}


def plain(said: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Sentences become words of a language."""
    return {name: render(value, lang) if isinstance(value, Text) else value for name, value in said.items()}


def _line(said: Mapping[str, Any]) -> Text:
    """What is being done, how far it is, and for how long it will go on."""
    line: Text = said["title"]
    if said["doing"] is not None:
        line = text("{title}: {doing}", title=line, doing=said["doing"])
    if said["total"]:
        line = text("{what}, {share}", what=line, share=f"{min(said['done'] / said['total'], 1):.0%}")
    if said["left"] is not None:
        line = text("{what}, {time} left", what=line, time=_clock(said["left"]))
    return line


def _clock(left: timedelta) -> str:
    minutes, seconds = divmod(round(left.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _seconds(left: timedelta | None) -> float | None:
    return None if left is None else round(left.total_seconds(), 1)


def _wake(running: asyncio.AbstractEventLoop, news: asyncio.Event) -> None:
    running.call_soon_threadsafe(news.set)
