"""What children do in tests of the loop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from allocator.core.errors import ConfigError, StoreError
from allocator.core.text import text


def add(tell: Any, one: int, other: int) -> int:
    for done in range(3):
        tell(text("adding"), done, 3)
        time.sleep(0.12)
    return one + other


def environment(tell: Any) -> dict[str, Any]:
    print("this is no answer")
    return {
        "nice": os.nice(0) if hasattr(os, "nice") else None,
        "threads": os.environ["OMP_NUM_THREADS"],
        "modules": sorted(sys.modules),
    }


def refuse(tell: Any) -> None:
    raise ConfigError(text("{what} is wrong", what="x"), text("correct it"), others=[ConfigError("y", "z")])


def stumble(tell: Any) -> None:
    raise ValueError("first line\nsecond")


def vanish(tell: Any) -> None:
    os._exit(3)


def killed(tell: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def unspeakable(tell: Any) -> object:
    return lambda: None


class SpecialError(StoreError):
    """One that cannot be made again from its message."""

    def __init__(self, one: int, other: int) -> None:
        super().__init__(text("special {one}", one=one), text("do {other}", other=other))


def special(tell: Any) -> None:
    raise SpecialError(1, 2)


def wait(tell: Any, file: Path) -> None:
    """Say in a file who waits, with a grandchild beside it."""
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    _say(file, f"{os.getpid()} {other.pid}")
    try:
        time.sleep(600)
    except KeyboardInterrupt:
        _say(file.with_suffix(".end"), "politely")
        raise


def stubborn(tell: Any, file: Path) -> None:
    """One that does not listen."""
    while True:
        try:
            _say(file, str(os.getpid()))
            time.sleep(600)
        except KeyboardInterrupt:
            continue


def large(tell: Any, size: int) -> bytes:
    return b"x" * size


def _say(file: Path, words: str) -> None:
    part = file.with_suffix(".part")
    part.write_text(words)
    part.replace(file)


def loading(tell: Any, file: Path) -> None:
    """A library that calls itself broken when it is told to end while it loads, and hears it where none can be told."""

    class Heard:
        def __del__(self) -> None:
            raise KeyboardInterrupt

    _say(file, str(os.getpid()))
    try:
        time.sleep(600)
    except KeyboardInterrupt as error:
        Heard()
        raise ImportError("the C extensions failed") from error
