"""HTTP as uvicorn speaks it, except that a request which breaks off in the middle disturbs no answer."""

from __future__ import annotations

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class Protocol(H11Protocol):
    """Who sends what is no HTTP is hung up on, and whatever works on an answer to it hears that nobody listens.

    Without it the answer of a page would follow that of the server, which is no HTTP either: an error in the log.
    """

    def send_400_response(self, msg: str) -> None:
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            super().send_400_response(msg)
        else:  # an answer is on its way already
            self.transport.close()
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
