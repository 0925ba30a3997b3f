"""The shell's commands: parse, call one use case, print, exit. `main` is the installed command."""

from allocator.cli.entry import main

__all__ = ["main"]
