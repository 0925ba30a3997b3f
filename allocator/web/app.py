"""The application: pages, their JSON, static files, and what guards them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from allocator import __version__
from allocator.web import failures
from allocator.web.site import Site

STATIC = Path(__file__).parent / "static"
PAGES = ("portfolio",)
"""Modules of this room, each with a `router`."""


def create_app(site: Site) -> FastAPI:
    """All pages over this site. The documents of OpenAPI are at /api/openapi.json."""
    app = FastAPI(
        title="allocator", version=__version__, openapi_url="/api/openapi.json", docs_url=None, redoc_url=None
    )
    app.state.site = site
    failures.install(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for name in PAGES:
        app.include_router(import_module(f"allocator.web.{name}").router)
    return app
