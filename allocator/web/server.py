"""The server of the pages: one process, one port, until it is told to stop."""

from __future__ import annotations

import errno
import gc
import socket
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI

from allocator.app import wire
from allocator.app.dividend_desk import Desk
from allocator.app.loop.crier import Crier
from allocator.app.loop.events import StepEnded
from allocator.app.loop.live import Live
from allocator.app.loop.place import Place
from allocator.app.loop.supervisor import Supervisor
from allocator.app.rebalance import Rebalancer
from allocator.config.settings import Settings
from allocator.core.errors import UsageError
from allocator.core.moscow import MOSCOW
from allocator.core.text import Text, text
from allocator.store import Store
from allocator.store.backup_folder import place_of
from allocator.web.app import create_app
from allocator.web.door import door_of
from allocator.web.protocol import Protocol
from allocator.web.site import Site

GRACE_S = 2  # for answers that are on their way when it is to end
BACKLOG = 128
Say = Callable[[Text], None]


def serve(store: Store, settings: Settings, place: Place, *, say: Say, loop: bool = True) -> None:
    """Serve at the settings' address until Ctrl-C or SIGTERM, with the loop or without.

    Raises: `UsageError` for an address or port that cannot be had, or that others reach without a password;
    `ConfigError` for a password that is not where the settings say.
    """
    address = settings.serve.host, settings.serve.port
    door = door_of(settings.serve, _folder(store))
    listening = bind(*address)
    Desk.of(store, settings.dividends.backups, _now).prepare()  # a new store knows the dividends that ship with us
    live = Live()
    supervisor = Supervisor(store, settings, place, live=live, now=_now) if loop else None
    try:
        app = create_app(site_of(store, settings, place, live, supervisor), door)
        server = Server(app, live)
        gc.freeze()
        gc.enable()
        if supervisor is not None:
            supervisor.events.subscribe(StepEnded, Crier(say).ended)
            supervisor.start()
        say(text("Pages: {url} (Ctrl-C ends it)", url=url_of(*address)))
        server.run_until_stopped(listening)
    finally:
        live.close()
        if supervisor is not None:
            supervisor.stop()
        listening.close()


def site_of(store: Store, settings: Settings, place: Place, live: Live, supervisor: Supervisor | None) -> Site:
    """What the pages stand on, for real."""

    def rebalancer() -> Rebalancer:
        return wire.rebalancer(store_url=place.store, config_file=place.config, proxy=settings.refresh.proxy)

    return Site(store, settings, _now, rebalancer, _folder(store), supervisor, live=live, place=place)


def bind(host: str, port: int) -> socket.socket:
    """Raises: `UsageError` when the address is none of this machine's, or the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, for asyncio switches off the delay of small packets only where it sees that it is TCP: 40 ms of each page.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise _refused(host, port, error) from error
    return listening


def url_of(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


class Server(uvicorn.Server):
    """Ends at the first signal, also when pages are open that listen for ever."""

    def __init__(self, app: FastAPI, live: Live) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Protocol,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_S,
                lifespan="off",
                proxy_headers=False,
            )
        )
        self._live = live

    def run_until_stopped(self, listening: socket.socket) -> None:
        """Until Ctrl-C or SIGTERM, which are a good end."""
        try:
            self.run(sockets=[listening])
        except KeyboardInterrupt:
            return

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._live.close()


def _folder(store: Store) -> Path:
    """Where the server keeps files of its own: beside the store."""
    return Path(place_of(store.name)[0]).parent


def _refused(host: str, port: int, error: OSError) -> UsageError:
    if error.errno == errno.EADDRINUSE:
        return UsageError(
            text("Port {port} of {host} is taken.", port=str(port), host=host),
            text("Another allocator serve may be running; or type another: --port {port}", port=str(port % 65535 + 1)),
        )
    if error.errno in {errno.EACCES, errno.EPERM}:
        return UsageError(
            text("Port {port} is not for everybody.", port=str(port)), text("Type one from 1024: --port 5000")
        )
    reason = error.strerror or str(error)
    return UsageError(
        text("{host} cannot be listened on: {reason}.", host=host, reason=reason), text("Type --host 127.0.0.1.")
    )


def _now() -> datetime:
    return datetime.now(MOSCOW)
