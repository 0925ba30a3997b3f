"""A session of requests that says who it is, keeps its token to one host, and can be cut off in the middle."""

from __future__ import annotations

import re
import socket
import threading
import weakref
from contextlib import suppress
from typing import Any

import requests
import urllib3

from allocator import __version__
from allocator.core.errors import MarketError
from allocator.core.text import text

TOKEN = re.compile(r"[!-~]{1,8192}")  # what may stand in a header


def opened(token: str | None, connections: int, lines: Lines) -> requests.Session:
    """A session of so many connections, each of which `lines` can cut.

    The token goes by `auth`, so that .netrc cannot replace it and requests drops it on the way to another host. The
    environment is not looked at: who uses the session does so once for a host.
    Raises: `MarketError` when it cannot be a token; its text is not told.
    """
    session = requests.Session()
    session.headers["User-Agent"] = f"allocator/{__version__}"
    session.headers["Accept-Encoding"] = "gzip"
    session.max_redirects = 5
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(lines, pool_connections=4, pool_maxsize=max(10, connections)))
    if token is not None:
        if not TOKEN.fullmatch(token.strip()):
            raise MarketError(
                text("The token has characters that no token has."),
                text("Copy it anew, on one line and without quotes."),
            )
        session.auth = _Bearer(token.strip())
    return session


class Lines:
    """The open connections of a session. A thread that waits for an answer cannot be told to stop; its line can."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: weakref.WeakSet[Any] = weakref.WeakSet()

    def add(self, connection: object) -> None:
        with self._lock:
            self._open.add(connection)

    def cut(self) -> None:
        """End every wait for an answer: its reader finds the connection closed."""
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with suppress(OSError, AttributeError):  # gone meanwhile
                connection.sock.shutdown(socket.SHUT_RDWR)


class _Bearer(requests.auth.AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Adapter(requests.adapters.HTTPAdapter):
    """Connections that enter themselves among the lines; those through a proxy end by their time limits only."""

    def __init__(self, lines: Lines, **kwargs: Any) -> None:  # noqa: ANN401 -- the parent's
        self._lines = lines
        super().__init__(**kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().init_poolmanager(*args, **kwargs)
        lines = self._lines

        def watched(pool: Any) -> Any:  # noqa: ANN401 -- urllib3's classes, made anew
            class Connection(pool.ConnectionCls):  # type: ignore[misc]
                def connect(self) -> None:
                    super().connect()
                    lines.add(self)

            class Pool(pool):  # type: ignore[misc]
                ConnectionCls = Connection

            return Pool

        self.poolmanager.pool_classes_by_scheme = {
            "http": watched(urllib3.HTTPConnectionPool),
            "https": watched(urllib3.HTTPSConnectionPool),
        }
