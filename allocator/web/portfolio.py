"""The portfolio: what is held with all brokers together."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from allocator.web.site import TheSite
from allocator.web.templating import page

router = APIRouter()


@router.get("/", include_in_schema=False)
def portfolio(request: Request, site: TheSite) -> HTMLResponse:  # noqa: ARG001
    return page(request, "portfolio.html")
