"""What Ray runs on another machine first, and what comes back: a word, the machine, pickled content.

Nothing of this program is unpickled on either side before the versions are known to be the same.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import allocator
from allocator.core.text import text
from allocator.forecast.training.ray_errors import ClusterError

Answer = tuple[str, str, bytes]


def there() -> Callable[..., Answer]:
    """What runs on the other machine first. A function within a function, as Ray sends only such by their code."""

    def run(version: str, entry: str, sent: bytes, refs: dict[str, Any]) -> tuple[str, str, bytes]:
        import importlib  # noqa: PLC0415 -- by its code
        import pickle  # noqa: PLC0415
        import socket  # noqa: PLC0415

        machine = socket.gethostname()
        try:
            found = importlib.import_module("allocator").__version__
        except ImportError:
            return "missing", machine, b""
        if found != version:
            return "version", machine, pickle.dumps((found, version))
        try:
            module, _, name = entry.partition(":")
            done = getattr(importlib.import_module(module), name)(*pickle.loads(sent), refs)  # noqa: S301
            return "done", machine, pickle.dumps(done)
        except Exception as error:  # noqa: BLE001 -- it is told, in the words of its machine
            try:
                return "failed", machine, pickle.dumps(error)
            except Exception:  # noqa: BLE001 -- some errors cannot be pickled
                return "failed", machine, pickle.dumps(RuntimeError(repr(error)))

    return run


def opened(answer: Answer) -> Any:  # noqa: ANN401 -- whatever the function gave
    """What the function gave. Raises: what it raised; `ClusterError` when it was not run."""
    said, machine, content = answer
    if said == "done":
        return pickle.loads(content)  # noqa: S301 -- of the user's own machines
    raise _refusal(said, machine, content)


def _refusal(said: str, machine: str, content: bytes) -> BaseException:
    if said == "missing":
        return ClusterError(
            text("{machine}: this program is not installed there.", machine=machine),
            text("Install version {version} on every machine of Ray.", version=allocator.__version__),
        )
    with suppress(Exception):
        found = pickle.loads(content)  # noqa: S301 -- of the user's own machines
        if said == "version":
            return ClusterError(
                text("{machine} has version {found} of this program, and here is {version}.", machine=machine,
                     found=found[0], version=found[1]),
                text("Install version {version} on every machine of Ray.", version=found[1]),
            )  # fmt: skip
        if isinstance(found, BaseException):
            return found
    return ClusterError(text("{machine} gave an answer that cannot be read.", machine=machine))
