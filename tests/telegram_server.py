"""Telegram on the loopback: the Bot API over real HTTP, with the moods of the real one.

    with TelegramServer() as server:
        os.environ["ALLOCATOR_TELEGRAM_URL"] = server.url

It takes messages as the API does: a bad token is 404 or 401, an unknown chat 400, an empty or too long text 400
(counted in UTF-16 code units), a span of an entity beyond the text 400. `faults` make the next requests go wrong.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from loopback import Loopback

TOKEN = "123456789:AAF-s3cr3t_for-tests_only"
CHAT = "4242"
LONGEST = 4096
LONGEST_WAIT_S = 30.0  # that a hanging answer hangs, before a test is surely broken

Fault = Callable[["Handler", dict[str, Any]], None]


class TelegramServer(Loopback):
    """`taken`: the messages that arrived, in their order; `asked`: how many requests came."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.faults: deque[Fault] = deque()
        self.asked = 0
        self.closing = threading.Event()
        self.arrived = threading.Condition()
        super().__init__(ThreadingHTTPServer, Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def texts(self) -> list[str]:
        return [str(message["text"]) for message in self.taken]

    def take(self, message: dict[str, Any]) -> int:
        with self.arrived:
            self.taken.append(message)
            self.arrived.notify_all()
            return len(self.taken)

    def wait_for(self, count: int) -> bool:
        """Whether so many messages arrived, in a time after which a test is surely broken."""
        with self.arrived:
            return self.arrived.wait_for(lambda: len(self.taken) >= count, LONGEST_WAIT_S)

    def closing_down(self) -> None:
        self.closing.set()


class Handler(BaseHTTPRequestHandler):
    """One connection to the server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        server = self.telegram
        server.asked += 1
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if server.faults:
            server.faults.popleft()(self, body)
            return
        found = re.fullmatch("/bot([^/]+)/sendMessage", self.path)
        if not found:
            self.refuse(404, "Not Found")
        elif found[1] != TOKEN:
            self.refuse(401, "Unauthorized")
        elif body.get("chat_id") != CHAT:
            self.refuse(400, "Bad Request: chat not found")
        elif wrong := wrong_text(body):
            self.refuse(400, f"Bad Request: {wrong}")
        else:
            self.accept(body)

    def accept(self, body: dict[str, Any]) -> None:
        number = self.telegram.take(body)
        self.answer(200, {"ok": True, "result": {"message_id": number, "text": body["text"]}})

    def refuse(self, status: int, said: str, **parameters: Any) -> None:
        answer: dict[str, Any] = {"ok": False, "error_code": status, "description": said}
        self.answer(status, answer | ({"parameters": parameters} if parameters else {}))

    def answer(self, status: int, content: object, headers: dict[str, str] | None = None) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(data)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def reset(self) -> None:
        """Break the connection off as a failing network does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    @property
    def telegram(self) -> TelegramServer:
        return self.server.owner  # type: ignore[attr-defined, no-any-return]

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""

    def finish(self) -> None:
        with suppress(OSError, ValueError):  # reset
            super().finish()


def wrong_text(body: dict[str, Any]) -> str | None:
    """Why Telegram would not take the text."""
    words = body.get("text")
    length = len(words.encode("utf-16-le")) // 2 if isinstance(words, str) else 0
    if not length or not words.strip():
        return "message text is empty"
    if length > LONGEST:
        return "message is too long"
    if "parse_mode" in body:
        return "can't parse entities"  # this server has no parser: plain text needs none
    if any(span["offset"] < 0 or span["length"] < 1 or span["offset"] + span["length"] > length
           for span in body.get("entities", ())):  # fmt: skip
        return "entity is out of the text"
    return None


# --- faults


def too_many(seconds: float) -> Fault:
    """429, as Telegram says it."""
    return lambda handler, _: handler.refuse(
        429, f"Too Many Requests: retry after {seconds}", retry_after=seconds
    )  # fmt: skip


def status(code: int, said: str = "?", **parameters: Any) -> Fault:
    return lambda handler, _: handler.refuse(code, said, **parameters)


def raw(code: int, content: bytes, headers: dict[str, str] | None = None) -> Fault:
    """Anything, of any status."""
    return lambda handler, _: handler.answer(code, content, headers)


def hang(handler: Handler, _: dict[str, Any]) -> None:
    """No answer until the test is over."""
    handler.telegram.closing.wait(LONGEST_WAIT_S)


def drip(handler: Handler, _: dict[str, Any]) -> None:
    """A first piece of the answer, and no other until the test is over."""
    handler.send_response(200)
    handler.send_header("Content-Length", "500")
    handler.end_headers()
    handler.wfile.write(b'{"ok"')
    handler.wfile.flush()
    hang(handler, _)


def reset(handler: Handler, _: dict[str, Any]) -> None:
    """The connection breaks before the message is taken."""
    handler.reset()


def taken_and_lost(handler: Handler, body: dict[str, Any]) -> None:
    """The message is taken, and the connection breaks in the middle of the answer."""
    handler.telegram.take(body)
    handler.send_response(200)
    handler.send_header("Content-Length", "500")
    handler.end_headers()
    handler.wfile.write(b'{"ok": tr')
    handler.wfile.flush()
    handler.reset()


def taken_and_hung(handler: Handler, body: dict[str, Any]) -> None:
    """The message is taken, and no answer comes."""
    handler.telegram.take(body)
    handler.telegram.closing.wait(LONGEST_WAIT_S)
