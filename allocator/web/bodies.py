"""How much of a request is taken, and how long is waited for it."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

LARGEST = 4 * 2**20
"""Bytes of a body: a year of an exchange's quotes in CSV, or a hundred portfolio files."""
SLOWEST_S = 30.0
"""That a whole body may take."""


class Body:
    """The receiving end of a request, with its limits; `receive` stands for it in the application.

    Its methods raise `HTTPException`: 413 for too much, 408 for too slow.
    """

    def __init__(self, receive: Receive, *, largest: int = LARGEST, slowest_s: float = SLOWEST_S) -> None:
        self._receive, self._left, self._slowest_s = receive, largest, slowest_s
        self._kept: list[Message] = []
        self._whole = False
        self._till: float | None = None

    async def receive(self) -> Message:
        if self._kept:
            return self._kept.pop(0)
        return await self._next()

    async def keep(self) -> bytes:
        """The whole body, which the application will receive all the same, in one piece."""
        if self._kept:
            return bytes(self._kept[0]["body"])
        body = bytearray()
        while not self._whole:
            message = await self._next()
            if message["type"] != "http.request":  # the sender has gone away in the middle
                raise HTTPException(400)
            body += message.get("body", b"")
        self._kept.append({"type": "http.request", "body": bytes(body), "more_body": False})
        return bytes(body)

    def kept(self) -> Receive:
        """What was kept, once more, for who only looks."""
        again = list(self._kept)

        async def receive() -> Message:
            return again.pop(0)

        return receive

    async def _next(self) -> Message:
        if self._whole:  # what comes now is that the reader is gone, whenever that is
            return await self._receive()
        loop = asyncio.get_running_loop()
        if self._till is None:
            self._till = loop.time() + self._slowest_s
        try:
            async with asyncio.timeout_at(self._till):
                message = await self._receive()
        except TimeoutError:
            self._whole = True
            raise HTTPException(408, headers={"Connection": "close"}) from None
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self._whole = True
            raise HTTPException(413, headers={"Connection": "close"})
        self._whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message
