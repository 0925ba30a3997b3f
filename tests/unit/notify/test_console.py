"""Messages on a stream."""

from __future__ import annotations

import io
from datetime import datetime

import pytest

from allocator.core.moscow import MOSCOW
from allocator.notify import Delayed, Message
from allocator.notify.console import Console

NOW = datetime(2026, 11, 21, 9, 5, tzinfo=MOSCOW)


def test_a_message_is_one_line_with_others_under_it():
    """With the time, and without what could command a terminal."""
    stream = io.StringIO()
    console = Console(stream, now=lambda: NOW)
    (part,) = console.split(Message("Sub\nject\x1b[2J", "one\n\x9b31mtwo"))
    console.send(part, "key/0", again=False)
    assert "2026-11-21 09:05 Sub ject\ufffd[2J\n    one\n    \ufffd31mtwo\n" == stream.getvalue()


def test_a_closed_stream_delays_the_message():
    """It is not lost."""
    stream = io.StringIO()
    stream.close()
    with pytest.raises(Delayed, match="console cannot be written"):
        Console(stream, now=lambda: NOW).send(Message("a", "b"), "key/0", again=False)
