"""Messages on a stream: the terminal of who runs the program, or the log of a service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TextIO

from allocator.core.text import text
from allocator.notify.channel import Delayed, Message
from allocator.notify.splitting import cleaned, one_line

LONGEST_SUBJECT = 200


class Console:
    """Writes to a stream, each message with the time of `now`."""

    name = "console"
    spacing_s = 0.0

    def __init__(self, stream: TextIO, *, now: Callable[[], datetime]) -> None:
        self._stream, self._now = stream, now

    def split(self, message: Message) -> Sequence[Message]:
        return (Message(one_line(message.subject, LONGEST_SUBJECT), cleaned(message.body)),)

    def send(self, part: Message, key: str, *, again: bool) -> None:  # noqa: ARG002 -- who reads it sees the double
        lines = [f"{self._now():%Y-%m-%d %H:%M} {part.subject}", *part.body.splitlines()]
        try:
            self._stream.write("\n    ".join(lines) + "\n")
            self._stream.flush()
        except (OSError, ValueError) as error:  # ValueError: closed
            raise Delayed(text("The console cannot be written to.")) from error

    def close(self) -> None:
        """The stream is another's."""
