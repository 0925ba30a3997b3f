"""The shell's commands: parse, call one use case, print, exit. `main` is the installed command."""

from __future__ import annotations

import sys
from collections.abc import Sequence

STOPPED = 1


def main(args: Sequence[str] | None = None) -> int:
    """The command; Ctrl-C while its parts are still being imported ends it as quietly as later."""
    try:
        from allocator.cli.entry import main as run  # noqa: PLC0415 -- within reach of the `except`

        return run(args)
    except KeyboardInterrupt:
        sys.stderr.write("allocator: Stopped before the end.\n")
        return STOPPED


__all__ = ["main"]
