"""`allocator serve`: the pages and the loop, until told to stop."""

from __future__ import annotations

import gc
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from allocator.app import wire
from allocator.app.loop.place import Place
from allocator.cli.talk import Talk
from allocator.config.findings import BadValueError
from allocator.config.serve_settings import host as read_host
from allocator.config.settings import Settings
from allocator.core.errors import UsageError
from allocator.core.text import text

NEEDED = {"fastapi": "fastapi", "jinja2": "jinja2", "python_multipart": "python-multipart", "uvicorn": "uvicorn"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command."""

    host: str | None
    port: int | None
    no_loop: bool
    store: str | None
    config_file: Path | None


def run(talk: Talk, asked: Asked) -> int:
    """Serve until Ctrl-C or SIGTERM. Raises: `UsageError` for what cannot be listened on; `StoreError`."""
    need_web()
    gc.disable()  # all that loads stays to the end: `serve` has it collected no more, and begins collecting
    from allocator.web.server import serve  # noqa: PLC0415 -- FastAPI

    settings = _settings(asked)
    with wire.store(asked.store, settings) as store:
        place = Place(asked.store, asked.config_file)
        serve(store, settings, place, say=talk.remark, loop=not asked.no_loop)
    return 0


def need_web() -> None:
    """Raises: `UsageError` when what shows pages is not installed."""
    missing = [name for module, name in NEEDED.items() if find_spec(module) is None]
    if missing:
        raise UsageError(
            text("The pages need {library}, which is not installed.", library=", ".join(missing)),
            text(
                "With the Python that runs allocator: python -m pip install {libraries}",
                libraries=" ".join(NEEDED.values()),
            ),
        )


def _settings(asked: Asked) -> Settings:
    """The settings with what the command line says over them."""
    settings = wire.settings(asked.config_file)
    try:
        host = settings.serve.host if asked.host is None else read_host(asked.host)
    except BadValueError as error:
        raise UsageError(text("--host: {what}", what=error.what), text("Type --host 127.0.0.1.")) from error
    return replace(settings, serve=replace(settings.serve, host=host, port=asked.port or settings.serve.port))
