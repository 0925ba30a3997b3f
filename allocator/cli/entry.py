"""The border: whatever happens inside comes out as one of the listed exit codes and a line a person can read."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Sequence

import click

from allocator.cli import talk as talking
from allocator.cli.commands import parse
from allocator.core.errors import AllocatorError
from allocator.core.text import text

DONE, INTERNAL, USAGE = 0, 1, 2
DEBUG_VARIABLE = "ALLOCATOR_DEBUG"


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code, 0 to 6; tracebacks only with $ALLOCATOR_DEBUG."""
    talking.never_fail_to_encode()
    talk = talking.Talk(lang=talking.language())
    if args is None and not sys.warnoptions and not os.environ.get(DEBUG_VARIABLE):
        warnings.simplefilter("ignore")  # a library's remarks to programmers are no talk for an investor
    try:
        _stop_on_sigterm()
        return parse(sys.argv[1:] if args is None else args, talk)
    except AllocatorError as error:
        talk.report(error)
        return error.exit_code
    except click.UsageError as error:
        return _usage(error)
    except (click.Abort, KeyboardInterrupt, EOFError):
        talk.report(AllocatorError(text("Stopped before the end.")))
        return INTERNAL
    except Exception as error:  # the border: nobody above can say it better
        if os.environ.get(DEBUG_VARIABLE):
            raise
        talk.report(_internal(error))
        return INTERNAL


def _usage(error: click.UsageError) -> int:
    """Click's message in this program's shape: one line, and the next thing to type."""
    command = error.ctx.command_path if error.ctx else "allocator"
    command = command.replace("allocator rebalance", "allocator")
    talking.complain(f"allocator: {error.format_message()} Try '{command} -h'.")
    return USAGE


def _internal(error: Exception) -> AllocatorError:
    if isinstance(error, OSError) and error.filename is None:
        # Click wrote its help, or the version, to a full disk or into a closed pipe.
        return AllocatorError(text("The answer cannot be written: {reason}.", reason=error.strerror or str(error)))
    first = (str(error).splitlines() or [""])[0]
    return AllocatorError(
        text("internal error: {kind}: {message}", kind=type(error).__name__, message=first),
        text("Set {variable}=1 to see where, and please report it.", variable=DEBUG_VARIABLE),
    )


def _stop_on_sigterm() -> None:
    """A polite request to end is what Ctrl-C is."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not in the main thread, where no signal arrives
        return
