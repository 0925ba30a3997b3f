"""The guard at the door: no request reaches a page before it has passed, and no answer leaves without its headers.

Pure ASGI, so that streams stream. What it keeps out, and what not: `docs/web-safety.md`.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from allocator.core.text import text
from allocator.web import csrf
from allocator.web.bodies import LARGEST, Body
from allocator.web.door import Door
from allocator.web.failures import SAID, answer
from allocator.web.headers import protect

YEAR_S = 365 * 24 * 3600
MOST_FIELDS = 10_000
COOKIELESS = ("/static/", "/healthz")
"""What every browser gets alike."""

AGAIN = text("Load the page anew and repeat it.")
STRANGE = text("This request does not come from a page of this server.")


class Guard:
    """Host, origin, token and size of a request; headers of the answer."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:  # there are no web sockets here
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit, brought = self._visit(scope)
        cookie = None if brought or scope["path"].startswith(COOKIELESS) else self._cookie(scope, visit)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                protect(headers, scope["path"])
                if cookie is not None:
                    headers.append("Set-Cookie", cookie)
            await send(message)

        if not self._admitted(scope):
            cookie = None
            await _STRANGE_HOST(scope, receive, guarded)
            return
        scope.setdefault("state", {})["csrf"] = csrf.token(self._door.key, visit)
        body = Body(receive)
        refused = await self._refused(scope, body)
        await (refused or self._app)(scope, body.receive, guarded)

    def _visit(self, scope: Scope) -> tuple[str, bool]:
        """The browser's visit, and whether it brought it along."""
        brought = cookie_parser(Headers(scope=scope).get("cookie", "")).get(self._cookie_name)
        return (brought, True) if brought is not None and csrf.is_visit(brought) else (csrf.new_visit(), False)

    @property
    def _cookie_name(self) -> str:
        return f"visit_{self._door.port}"  # cookies do not know ports apart

    def _cookie(self, scope: Scope, visit: str) -> str:
        secure = "; Secure" if self._door.https or scope.get("scheme") == "https" else ""
        return f"{self._cookie_name}={visit}; HttpOnly; Max-Age={YEAR_S}; Path=/; SameSite=Strict{secure}"

    def _admitted(self, scope: Scope) -> bool:
        hosts = Headers(scope=scope).getlist("host")
        return len(hosts) == 1 and self._door.admits(hosts[0])

    async def _refused(self, scope: Scope, body: Body) -> Response | None:
        """The answer to a request that goes no further."""
        request = Request(scope)
        try:
            _refuse_long(request)
            if scope["method"] in csrf.SAFE:
                return None
            if csrf.from_elsewhere(request.headers):
                return answer(request, 403, [(STRANGE, AGAIN)])
            expected = request.state.csrf
            given = request.headers.get(csrf.HEADER) or await _field(request, body)
        except HTTPException as error:
            return answer(request, error.status_code, [(SAID[error.status_code], None)], error.headers)
        if csrf.same(given, expected):
            return None
        return answer(request, 403, [(text("This page is out of date: it was opened too long ago."), AGAIN)])


_STRANGE_HOST = PlainTextResponse(
    "This server answers to other names: [serve] names in the settings lists those that it has besides localhost.\n",
    421,
)


def _refuse_long(request: Request) -> None:
    """By what it says of itself: one that says nonsense gets no further than the server's own parser."""
    said = request.headers.get("content-length", "0")
    if said.isascii() and said.isdigit() and int(said) > LARGEST:
        raise HTTPException(413, headers={"Connection": "close"})


async def _field(request: Request, body: Body) -> str | None:
    """The token that a form carries. Only forms are looked into: a script says it in a header."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        raw = await body.keep()
        try:
            fields = parse_qsl(raw.decode("latin-1"), max_num_fields=MOST_FIELDS)
        except ValueError:
            raise HTTPException(400) from None
        return next((value for name, value in fields if name == csrf.FIELD), None)
    if kind == "multipart/form-data":
        await body.keep()
        return await _of_parts(request, body)
    return None


async def _of_parts(request: Request, body: Body) -> str | None:
    kept = body.kept()
    copy = Request(request.scope, kept)
    try:
        async with copy.form(max_files=10, max_fields=1000, max_part_size=LARGEST) as form:
            given = form.get(csrf.FIELD)
    except (HTTPException, MultiPartException, KeyError, ValueError):
        raise HTTPException(400) from None
    return given if isinstance(given, str) else None
