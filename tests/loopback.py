"""A server of the tests, in threads of this process for as long as a context lasts."""

from __future__ import annotations

import socketserver
import threading
from types import TracebackType
from typing import Self


class Loopback:
    """Serves with threads that are no reason to stay; a client that is killed is what some tests are about."""

    def __init__(self, server: type[socketserver.TCPServer], handler: type[socketserver.BaseRequestHandler]) -> None:
        class Quiet(server):  # type: ignore[misc, valid-type]
            daemon_threads = True

            def handle_error(self, *_: object) -> None: ...

        self.server = Quiet(("127.0.0.1", 0), handler)
        self.server.owner = self
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def closing_down(self) -> None:
        """What must happen before the server can end."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.closing_down()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()
