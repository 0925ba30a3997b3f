"""The choices of look: language, theme, amounts hidden."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from allocator.web.look import YEAR_S
from allocator.web.returns import back_to

router = APIRouter()


@router.post("/look", include_in_schema=False)
def choose(
    request: Request,
    back: Annotated[str, Form()] = "/",
    lang: Annotated[Literal["en", "ru"] | None, Form()] = None,
    theme: Annotated[Literal["system", "light", "dark"] | None, Form()] = None,
    discreet: Annotated[Literal["yes", "no"] | None, Form()] = None,
) -> RedirectResponse:
    """Keep what was chosen in cookies, and show the page anew."""
    answer = back_to(back)
    secure = request.app.state.door.https or request.url.scheme == "https"
    for name, value in {"lang": lang, "theme": theme, "discreet": discreet}.items():
        if value is not None:
            answer.set_cookie(name, value, max_age=YEAR_S, secure=secure, httponly=True, samesite="strict")
    return answer
