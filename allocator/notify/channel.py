"""What every way to a person does, and the two ways in which it can fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from allocator.core.errors import NotifyError
from allocator.core.text import Text


@dataclass(frozen=True, slots=True)
class Message:
    """What one sending delivers: plain text, in the reader's language. `subject` is "" where a part only goes on."""

    subject: str
    body: str


class Refused(NotifyError):  # noqa: N818 -- what happened, not what went wrong in us
    """The server says no, and would say it again.

    `everything`: to every message, until the settings change; else to this one alone.
    """

    def __init__(self, message: Text, hint: Text | None = None, *, everything: bool = True) -> None:
        super().__init__(message, hint)
        self.everything = everything


class Delayed(NotifyError):  # noqa: N818
    """Not now. `after_s`: seconds that the server asks to wait, None when it said nothing.

    `doubtful`: the message was on its way when the answer got lost, so it may have arrived.
    """

    def __init__(
        self, message: Text, hint: Text | None = None, *, after_s: float | None = None, doubtful: bool = False
    ) -> None:
        super().__init__(message, hint)
        self.after_s = after_s
        self.doubtful = doubtful


class Channel(Protocol):
    """One way to one person. `spacing_s`: seconds that it wants between two sendings."""

    @property
    def name(self) -> str: ...

    @property
    def spacing_s(self) -> float: ...

    def split(self, message: Message) -> Sequence[Message]:
        """The parts, each of which one `send` delivers; the same ones for the same message."""
        ...

    def send(self, part: Message, key: str, *, again: bool) -> None:
        """Deliver a part. `key` is its own, whenever it is sent; `again`: it may have arrived before.

        Raises: `Refused`, `Delayed`.
        """
        ...

    def close(self) -> None: ...
