"""The other end of `Child`: reads an order, calls what it names, and says what came of it."""

from __future__ import annotations

import os
import pickle
import signal
import struct
import sys
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import IO, Any

from allocator.core.errors import AllocatorError
from allocator.core.text import Text, text

NICE = 10  # steps of lower priority: the pages are served first
RARE_S = 0.1  # between two words on progress
_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Order:
    """What to call, `module:function`, with what; and where modules are found."""

    call: str
    arguments: tuple[object, ...]
    path: list[str]


@dataclass(frozen=True, slots=True)
class Said:
    """A word of the child: progress, or when `over` its result or error."""

    progress: tuple[Text, int, int] = (Text(""), 0, 0)
    over: bool = False
    result: Any = None
    error: AllocatorError | None = None


def write_frame(stream: IO[bytes], said: object) -> None:
    """A pickle with its length before it, in one write."""
    _send(stream, pickle.dumps(said))


def read_frame(stream: IO[bytes]) -> Any:  # noqa: ANN401 -- whatever was written
    """Raises: `EOFError` at the end of the stream, also within a frame."""
    length = _LENGTH.unpack(_exactly(stream, _LENGTH.size))[0]
    return pickle.loads(_exactly(stream, length))  # noqa: S301 -- from this program's own process


def main() -> None:
    """Serve one order, or end without a word when told to before there is an answer."""
    with suppress(KeyboardInterrupt):
        ender = _Ender()
        _be_quiet(int(sys.argv[1]), ender)
        _serve(ender)
    os._exit(0)  # what threads and processes the work has left are of no use any more


def _serve(ender: _Ender) -> None:
    """Standard output is for words alone: what others print goes to standard error."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    orders = sys.stdin.buffer
    order: Order = read_frame(orders)
    sys.path[:] = order.path
    threading.Thread(target=_end_with, args=(orders,), daemon=True).start()
    said = _done(order, _Teller(out), ender)
    with suppress(OSError):
        _send(out, _pickled(said))
    sys.stderr.flush()


class _Teller:
    """Passes progress on, not more often than anybody can read."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out, self._lock, self._last = out, threading.Lock(), 0.0

    def __call__(self, doing: Text, done: int = 0, total: int = 0) -> None:
        with self._lock:
            if time.monotonic() - self._last < RARE_S and done != total:
                return
            self._last = time.monotonic()
            with suppress(OSError, pickle.PicklingError):
                write_frame(self._out, Said((doing, done, total)))


def _done(order: Order, tell: _Teller, ender: _Ender) -> Said:
    try:
        module, _, name = order.call.partition(":")
        return Said(over=True, result=getattr(import_module(module), name)(tell, *order.arguments))
    except AllocatorError as error:
        return Said(over=True, error=error)
    except KeyboardInterrupt:
        return Said(over=True, error=AllocatorError(text("This was stopped before its end.")))
    except Exception as error:  # noqa: BLE001 -- the border of the process
        if not ender.told:  # libraries that are told so while they load say that they are broken
            traceback.print_exc()
        first = (str(error).splitlines() or [""])[0]
        return Said(
            over=True,
            error=AllocatorError(text("internal error: {kind}: {message}", kind=type(error).__name__, message=first)),
        )


def _pickled(said: Said) -> bytes:
    """What cannot travel (values of a foreign kind) is told in words."""
    try:
        frame = pickle.dumps(said)
        pickle.loads(frame)  # noqa: S301 -- an error that cannot be made again over there
    except Exception as error:  # noqa: BLE001
        told = said.error
        if told is None:
            told = AllocatorError(text("The answer cannot be handed over: {reason}.", reason=str(error)))
        plain = AllocatorError(str(told.message), None if told.hint is None else str(told.hint))
        return pickle.dumps(Said(over=True, error=plain))
    return frame


class _Ender:
    """Turns a request to end into `KeyboardInterrupt`, and remembers it."""

    def __init__(self) -> None:
        self.told = False

    def __call__(self, *_: object) -> None:
        self.told = True
        sys.unraisablehook = _ignore  # that it was heard where nothing can be raised is of no interest to anybody
        raise KeyboardInterrupt


def _ignore(_: object) -> None:
    """Say nothing."""


def _be_quiet(nice: int, ender: _Ender) -> None:
    """Lower priority; Ctrl+C is the supervisor's; a request to end is `KeyboardInterrupt`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, ender)
    if hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(nice)


def _end_with(leash: IO[bytes]) -> None:
    """No life without the supervisor: it holds the other end, which the system closes when it is gone."""
    with suppress(OSError, ValueError):
        leash.read(1)
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)  # with all that was started here; the group is this process's own
    os._exit(1)


def _send(stream: IO[bytes], content: bytes) -> None:
    view = memoryview(_LENGTH.pack(len(content)) + content)
    while view:
        view = view[stream.write(view) :]
    stream.flush()


def _exactly(stream: IO[bytes], count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        part = stream.read(count - len(parts))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


if __name__ == "__main__":  # by its own name, under which the other end knows what it sends
    import_module("allocator.app.loop.child_process").main()
