"""The guard at the door: no request reaches a page before it has passed, and no answer leaves without its headers.

Pure ASGI, so that streams stream. What it keeps out, and what not: `docs/web-safety.md`.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from allocator.core.text import text
from allocator.report.catalogue import render
from allocator.web import csrf
from allocator.web.bodies import LARGEST, Body
from allocator.web.door import Door
from allocator.web.failures import SAID, answer
from allocator.web.headers import protect
from allocator.web.look import Look
from allocator.web.returns import sign_in_path
from allocator.web.sessions import Sessions, cookie_of, new_cookie

YEAR_S = 365 * 24 * 3600
MOST_FIELDS = 10_000
FILES = "/static/"
OPEN = frozenset({"/login", "/api/session", "/healthz"})
"""What is shown to who is not signed in, besides `FILES`."""

AGAIN = text("Load the page anew and repeat it.")


class Guard:
    """Host, origin, password, token and size of a request; headers of the answer.

    Pages find in `request.state`: `csrf`, the token of their forms; `visit`, the browser; `signed_in`, whether it knows
    the password (False where there is none).
    """

    def __init__(self, app: ASGIApp, door: Door, sessions: Sessions) -> None:
        self._app, self._door, self._sessions = app, door, sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:  # there are no web sockets here
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        cookies: list[str] = []

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                protect(headers, scope["path"])
                for cookie in cookies:
                    headers.append("Set-Cookie", cookie)
            await send(message)

        if not self._admitted(scope):
            await _unknown_host(Request(scope))(scope, receive, guarded)
            return
        if self._know(scope):
            visit, scheme = scope["state"]["visit"], scope.get("scheme", "http")
            cookies.append(new_cookie("visit", visit, self._door, scheme, YEAR_S))
        body = Body(receive)
        refused = await self._refused(scope, body)
        await (refused or self._app)(scope, body.receive, guarded)

    def _admitted(self, scope: Scope) -> bool:
        hosts = Headers(scope=scope).getlist("host")
        return len(hosts) == 1 and self._door.admits(hosts[0])

    def _know(self, scope: Scope) -> bool:
        """Note whose request it is; whether the browser is to be given a new name."""
        brought = cookie_of(Headers(scope=scope).get("cookie", ""), "visit", self._door)
        visit = brought if brought is not None and csrf.is_visit(brought) else csrf.new_visit()
        state = scope.setdefault("state", {})
        state["visit"], state["csrf"] = visit, csrf.token(self._door.key, visit)
        state["signed_in"] = self._door.password is not None and self._sessions.holds(visit)
        return visit != brought and not scope["path"].startswith((FILES, "/healthz"))

    async def _refused(self, scope: Scope, body: Body) -> Response | None:
        """The answer to a request that goes no further."""
        request = Request(scope)
        changes = scope["method"] not in csrf.SAFE
        try:
            _refuse_long(request)
            if csrf.is_fetched_by_others(request.headers) or (changes and csrf.from_elsewhere(request.headers)):
                return answer(request, 403, [(text("This request does not come from a page of this server."), AGAIN)])
            if self._door.password is not None and not request.state.signed_in and not _is_open(scope["path"]):
                return _sign_in_first(request)
            if not changes:
                return None
            given = request.headers.get(csrf.HEADER) or await _field(request, body)
            if csrf.same(given, request.state.csrf):
                await body.keep()  # pages wait for no slow reader, and get nothing in parts
                return None
        except HTTPException as error:
            return answer(request, error.status_code, [(SAID[error.status_code], None)], error.headers)
        return answer(request, 403, [(text("This page was opened too long ago, or by another browser."), AGAIN)])


def _is_open(path: str) -> bool:
    return path in OPEN or path.startswith(FILES)


def _unknown_host(request: Request) -> Response:
    """Words alone: a page of ours would be of the stranger's origin."""
    said = text("This server answers to other names: localhost, and [serve] names of the settings.")
    return PlainTextResponse(f"{render(said, Look.of(request).lang)}\n", 421)


def _sign_in_first(request: Request) -> Response:
    """To the page of the password, in the way in which the answer was expected."""
    path, query = request.url.path, request.url.query
    lines = [(text("This needs the password."), text("Sign in: {path}", path="/login"))]
    if path.startswith("/api/"):
        return answer(request, 401, lines, {"WWW-Authenticate": 'Session realm="allocator", login="/api/session"'})
    if request.headers.get("hx-request") == "true":
        return Response(status_code=204, headers={"HX-Redirect": "/login"})
    if request.method == "GET":
        return RedirectResponse(sign_in_path(f"{path}?{query}" if query else path), 303)
    return RedirectResponse("/login", 303)


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
    copy = Request(request.scope, body.kept())
    try:
        async with copy.form(max_files=10, max_fields=1000, max_part_size=LARGEST) as form:
            given = form.get(csrf.FIELD)
    except (HTTPException, MultiPartException, KeyError, ValueError):
        raise HTTPException(400) from None
    return given if isinstance(given, str) else None
