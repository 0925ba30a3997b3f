"""Where workers leave how far they are, and the one who waits for them takes it from: only the newest of each."""

from __future__ import annotations

from typing import Any

Letters = dict[int, tuple[bytes, bytes | None]]  # by number of a task: progress, and a checkpoint if there is a new one


def box() -> type:
    """The class. Within a function, as Ray sends only such by their code."""

    class Box:
        def __init__(self) -> None:
            import asyncio  # noqa: PLC0415 -- by its code

            self.letters: dict[int, Any] = {}
            self.some = asyncio.Event()

        async def put(self, number: int, progress: bytes, checkpoint: bytes | None) -> None:
            _, before = self.letters.get(number, (b"", None))
            self.letters[number] = progress, before if checkpoint is None else checkpoint
            self.some.set()

        async def take(self, seconds: float) -> dict[int, Any]:
            """All there is, as soon as there is something; nothing after so many seconds."""
            import asyncio  # noqa: PLC0415
            import contextlib  # noqa: PLC0415

            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.some.wait(), seconds)
            self.some.clear()
            found, self.letters = self.letters, {}
            return found

    return Box
