"""Limits of what a request may carry."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from allocator.web.bodies import Body


def receiving(messages: Iterable[dict[str, Any]]) -> Callable[[], Awaitable[dict[str, Any]]]:
    """What a server hands over; after the last message it waits for ever."""
    rest = iter(messages)

    async def receive() -> dict[str, Any]:
        for message in rest:
            return message
        await asyncio.Event().wait()
        raise AssertionError

    return receive


def part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_that_was_looked_at_arrives_whole() -> None:
    """The guard reads it, looks again, and the page gets every byte of it once."""

    async def story() -> None:
        body = Body(receiving([part(b"ab"), part(b"c", more=False)]))
        assert b"abc" == await body.keep()
        assert b"abc" == await body.keep()
        assert part(b"abc", more=False) == await body.kept()()
        assert part(b"abc", more=False) == await body.receive()

    asyncio.run(story())


def test_after_the_body_the_reader_may_listen_as_long_as_it_likes() -> None:
    """The limit of time is of the body: a stream that follows is not cut off by it."""

    async def story() -> None:
        body = Body(receiving([part(b"", more=False)]), slowest_s=0.01)
        await body.receive()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(body.receive(), 0.1)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("messages", "status"),
    [
        ([part(b"abc"), part(b"d", more=False)], 413),
        ([part(b"abcd", more=False)], 413),
        ([part(b"abc")], 408),
        ([], 408),
        ([part(b"a"), {"type": "http.disconnect"}], 400),
    ],
)
def test_what_is_too_much_or_too_slow_is_refused(messages: list[dict[str, Any]], status: int) -> None:
    """More than the limit in pieces or at once, a body that stops, and one whose sender goes away."""

    async def story() -> None:
        with pytest.raises(HTTPException) as caught:
            await Body(receiving(messages), largest=3, slowest_s=0.05).keep()
        assert status == caught.value.status_code

    asyncio.run(story())


def test_a_page_that_reads_by_itself_has_the_limits_too() -> None:
    """As the guard has them."""

    async def story() -> None:
        body = Body(receiving([part(b"abc"), part(b"d")]), largest=3)
        assert part(b"abc") == await body.receive()
        with pytest.raises(HTTPException):
            await body.receive()

    asyncio.run(story())
