"""The password's page, and the same for clients of the API."""

from __future__ import annotations

from threading import Semaphore
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from allocator.app.passwords import LONGEST, matches
from allocator.core.text import Text, text
from allocator.web.asked import AskedModel
from allocator.web.csrf import HEADER, new_visit, token
from allocator.web.door import Door
from allocator.web.failures import answer
from allocator.web.returns import HOME, back_to, ours
from allocator.web.sessions import LONGEST_S, Sessions, cookie_of, new_cookie
from allocator.web.templating import page
from allocator.web.throttle import Throttle, name_of_mark, network_of, new_mark

YEAR_S = 365 * 24 * 3600

router = APIRouter()
_at_once = Semaphore(2)  # a check takes tens of megabytes


class Session(BaseModel):
    """What a client needs to change something: this token in this header, and the cookies that came along."""

    csrf: str
    header: str = HEADER
    password_needed: bool
    signed_in: bool


class Password(AskedModel):
    """What a client signs in with."""

    password: str


@router.get("/login", include_in_schema=False)
def login(request: Request, next: str = HOME) -> Response:  # noqa: A002 -- the name in the address
    """The page that asks for the password, where there is one to ask for."""
    if _door(request).password is None or request.state.signed_in:
        return back_to(next)
    return page(request, "login.html", {"next": ours(next), "wrong": None})


@router.post("/login", include_in_schema=False)
def sign_in(
    request: Request,
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = HOME,  # noqa: A002
) -> Response:
    """On to what was wanted; else the page again, with what was wrong."""
    if _door(request).password is None:
        return back_to(next)
    wrong, headers = _try(request, password)
    if wrong is None:
        return _welcome(request, back_to(next))[0]
    status = 429 if headers else 403
    return page(request, "login.html", {"next": ours(next), "wrong": wrong}, status=status, headers=headers)


@router.post("/logout", include_in_schema=False)
def sign_out(request: Request) -> Response:
    """Nothing of this browser's is signed in any more."""
    return _farewell(request, RedirectResponse("/login" if _door(request).password else HOME, 303))


@router.get("/api/session", summary="The token that changes need")
def session(request: Request) -> Session:
    return _session(request, request.state.csrf, signed_in=request.state.signed_in)


@router.post("/api/session", summary="Sign in", response_model=Session)
def begin_session(request: Request, response: Response, given: Password) -> Session | Response:
    if _door(request).password is None:
        return session(request)
    wrong, headers = _try(request, given.password)
    if wrong is not None:
        return answer(request, 429 if headers else 403, [(wrong, None)], headers)
    _, visit = _welcome(request, response)
    return _session(request, token(_door(request).key, visit), signed_in=True)


@router.delete("/api/session", summary="Sign out", status_code=204)
def end_session(request: Request) -> Response:
    return _farewell(request, Response(status_code=204))


def _try(request: Request, password: str) -> tuple[Text | None, dict[str, str]]:
    """What is wrong, with headers when it is too early to tell; None for the right password."""
    door, throttle = _door(request), _throttle(request)
    assert door.password is not None
    mark = name_of_mark(door.password, cookie_of(request.headers.get("cookie", ""), "known", door))
    who = mark or network_of(request.client.host if request.client else "")
    wait = throttle.begin(who, marked=mark is not None)
    if wait > 0:
        seconds = int(wait) + 1
        told = text("Too many wrong passwords: try again in {count} {count:second|seconds}.", count=seconds)
        return told, {"Retry-After": str(seconds)}
    with _at_once:
        right = len(password) <= LONGEST and matches(password, door.password)
    if not right:
        return text("This is not the password."), {}
    throttle.succeeded(who, marked=mark is not None)
    return None, {}


def _welcome(request: Request, response: Response) -> tuple[Response, str]:
    """A session of a new name, and a mark by which this browser is known when others guess."""
    door = _door(request)
    assert door.password is not None
    sessions = _sessions(request)
    sessions.end(request.state.visit)
    visit = sessions.begin()
    _give(request, response, "visit", visit, LONGEST_S)
    _give(request, response, "known", new_mark(door.password), YEAR_S)
    return response, visit


def _farewell(request: Request, response: Response) -> Response:
    _sessions(request).end(request.state.visit)
    _give(request, response, "visit", new_visit(), YEAR_S)
    return response


def _give(request: Request, response: Response, name: str, value: str, age_s: int) -> None:
    response.headers.append("Set-Cookie", new_cookie(name, value, _door(request), request.url.scheme, age_s))


def _session(request: Request, csrf: str, *, signed_in: bool) -> Session:
    return Session(csrf=csrf, password_needed=_door(request).password is not None, signed_in=signed_in)


def _door(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


def _sessions(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.sessions
    return sessions


def _throttle(request: Request) -> Throttle:
    throttle: Throttle = request.app.state.throttle
    return throttle
