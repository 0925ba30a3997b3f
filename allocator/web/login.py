"""Who one is: the token of a browser for clients of the API."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel

router = APIRouter()


class Session(BaseModel):
    """What a client needs to change something: this token in this header, and the cookies that came along."""

    csrf: str
    header: str = "X-CSRF-Token"


@router.get("/api/session", summary="The token that changes need")
def session(request: Request) -> Session:
    return Session(csrf=request.state.csrf)
