"""Ctrl-C and SIGTERM end the program quietly at whatever moment they come, with the codes that shells give: 130, 143.

While modules load, the process leaves at once: nothing is open yet, and an exception in the middle of an import may be
swallowed, or come out as another. From then on a stop is a `KeyboardInterrupt`, which lets go of what is open.
"""

from __future__ import annotations

import os
import sys

try:
    import signal
    from collections.abc import Callable
    from types import FrameType
except KeyboardInterrupt:  # this import takes milliseconds, and no handler is there yet
    os._exit(130)

STOPS = (signal.SIGINT, signal.SIGTERM)


class Stopped(KeyboardInterrupt):
    """Somebody asked the program to end; `code` is its exit code then."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self.code = code


def leave_at_once() -> None:
    """From here on a stop ends the process where it is."""
    _handle(_leave)


def stop_politely() -> None:
    """From here on a stop is an exception, `Stopped`."""
    sys.unraisablehook = _repeat
    _handle(_stop)


def code_of(error: BaseException) -> int | None:
    """The exit code where a stop is behind the error, whatever it was made into on its way; None where none is."""
    seen: list[BaseException] = []
    while error not in seen:
        if isinstance(error, KeyboardInterrupt):
            return error.code if isinstance(error, Stopped) else _code(signal.SIGINT)
        seen.append(error)
        error = error.__cause__ or error.__context__ or error
    return None


def _handle(handler: Callable[[int, FrameType | None], None]) -> None:
    for number in STOPS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and background jobs of scripts have it
            signal.signal(number, handler)


def _leave(number: int, _: FrameType | None) -> None:
    os._exit(_code(number))


def _stop(number: int, _: FrameType | None) -> None:
    raise Stopped(_code(number))


def _repeat(lost: sys.UnraisableHookArgs) -> None:
    """A stop that fell where Python drops exceptions, as between two lines of an import, comes again in a moment."""
    if not isinstance(lost.exc_value, Stopped):
        sys.__unraisablehook__(lost)
        return
    import threading  # noqa: PLC0415 -- loaded long since, but not when this module is

    threading.Timer(0.02, _send, (lost.exc_value.code - 128,)).start()


def _send(number: int) -> None:
    if os.name == "posix":
        os.kill(os.getpid(), number)  # to the main thread, which wakes
    else:
        signal.raise_signal(number)


def _code(number: int) -> int:
    return 128 + number
