"""The shell's commands: parse, call one use case, print, exit. `main` is the installed command."""

from __future__ import annotations

from allocator.cli import stops


def main(args: list[str] | None = None) -> int:
    """The command; with `args` as a function, which leaves signals to its caller."""
    if args is not None:
        return _run(args)
    stops.leave_at_once()
    try:
        return _run(None)
    except KeyboardInterrupt as stop:  # one more, while the first is being told of
        return stops.code_of(stop) or 1
    finally:
        stops.leave_at_once()  # Python still ends threads and modules


def _run(args: list[str] | None) -> int:
    from allocator.cli.entry import main as run  # noqa: PLC0415 -- a stop during this is what `main` is for

    if args is None:
        stops.stop_politely()
    return run(args)


__all__ = ["main"]
