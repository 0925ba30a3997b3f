"""How a worker process begins. It has a module of its own: no other is to be loaded before what it says."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from importlib import import_module
from multiprocessing.connection import Connection

QUIET = "allocator.forecast.quiet"  # one thread in linear algebra, said before numpy is loaded


def begin(leash: Connection, preload: Sequence[str]) -> None:
    """No answer to Ctrl+C (the supervisor decides), no life without the supervisor, and modules loaded once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with, args=(leash,), daemon=True).start()
    for name in (QUIET, *preload):
        import_module(name)


def _exit_with(leash: Connection) -> None:
    try:
        leash.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)
