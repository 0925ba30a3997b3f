"""The application: pages, their JSON, static files, and what guards them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from allocator import __version__
from allocator.web import failures
from allocator.web.door import Door
from allocator.web.guard import Guard
from allocator.web.sessions import Sessions
from allocator.web.site import Site
from allocator.web.throttle import Throttle

OLD = "pydantic.v1"
STATIC = Path(__file__).parent / "static"
PAGES = (
    "health",
    "stream",
    "login",
    "looks",
    "portfolio",
    "accounts",
    "accounts_api",
    "dividends",
    "rebalance",
    "rebalance_api",
    "backtest",
    "backtest_api",
    "forecast",
    "optimization",
    "models",
    "data",
    "settings",
    "api_docs",
)
"""Modules of this room, each with a `router`."""


class Application(FastAPI):
    """The pages behind their guard, which sees every request first and every answer last."""

    def __init__(self, site: Site, door: Door) -> None:
        super().__init__(
            title="allocator", version=__version__, openapi_url="/api/openapi.json", docs_url=None, redoc_url=None
        )
        self.state.site, self.state.door = site, door
        self.state.sessions, self.state.throttle = Sessions(), Throttle()

    def build_middleware_stack(self) -> ASGIApp:
        return Guard(super().build_middleware_stack(), self.state.door, self.state.sessions)


def create_app(site: Site, door: Door | None = None) -> FastAPI:
    """All pages over this site, at this door. The documents of OpenAPI are at /api/openapi.json."""
    app = Application(site, door or Door())
    failures.install(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    with _no_old_models():
        for name in PAGES:
            app.include_router(import_module(f"allocator.web.{name}").router)
    return app


@contextmanager
def _no_old_models() -> Iterator[None]:
    """None of our fields is a model of pydantic 1, which FastAPI loads, for a fifth of a second, to ask of each.

    Here it is not there, which FastAPI takes for a no.
    """
    if OLD in sys.modules:
        yield
        return
    sys.modules[OLD] = None  # type: ignore[assignment]  # so the language says that a module cannot be imported
    try:
        yield
    finally:
        del sys.modules[OLD]
