"""A test of messages that nobody waits for: it is sent in a thread, and what came of it is there to be looked at."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from allocator.app.delivery import try_out
from allocator.config.message_settings import Messaging
from allocator.core.errors import AllocatorError
from allocator.core.moscow import MOSCOW
from allocator.core.text import Text, text
from allocator.notify import Channel, Message
from allocator.report.catalogue import render
from allocator.report.settings_view import Trial


class MessageTest:
    """Test messages on the channels of the settings, one at a time. For many threads; `now` is aware."""

    def __init__(
        self, messaging: Messaging, open_channel: Callable[[str], Channel], now: Callable[[], datetime]
    ) -> None:
        self._messaging, self._open_channel, self._now = messaging, open_channel, now
        self._lock = threading.Lock()
        self._state = Trial("none")

    @property
    def state(self) -> Trial:
        return self._state

    def begin(self) -> None:
        """Send one, unless one is on its way."""
        with self._lock:
            if self._state.state == "sending":
                return
            self._state = Trial("sending", self._now())
        threading.Thread(target=self._send, name="message test", daemon=True).start()

    def _send(self) -> None:
        at, lang = self._now(), self._messaging.messages.language
        shown = f"{at.astimezone(MOSCOW):%Y-%m-%d %H:%M:%S}"
        message = Message(
            render(text("A test of messages"), lang), render(text("Sent from the pages at {time}.", time=shown), lang)
        )
        done = Trial("done", at, error=text("It ended before its time; the log of the server tells more."))
        try:
            tried = try_out(self._messaging, self._open_channel, message, f"test {at.isoformat()}")
            done = Trial("done", at, tuple(tried))
        except AllocatorError as error:
            done = Trial("done", at, error=_reason(error))
        finally:
            self._state = done


def _reason(error: AllocatorError) -> Text:
    return error.message if error.hint is None else text("{what} {hint}", what=error.message, hint=error.hint)
