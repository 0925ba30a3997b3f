"""The border: whatever happens inside comes out as one of the listed exit codes and a line a person can read."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence

import click

from allocator.cli import stops
from allocator.cli import talk as talking
from allocator.cli.commands import parse
from allocator.core.errors import AllocatorError
from allocator.core.text import text

DONE, INTERNAL, USAGE = 0, 1, 2
DEBUG_VARIABLE = "ALLOCATOR_DEBUG"


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 to 6, 130 or 143; tracebacks only with $ALLOCATOR_DEBUG."""
    talking.never_fail_to_encode()
    talk = talking.Talk(lang=talking.language())
    if args is None and not sys.warnoptions and not os.environ.get(DEBUG_VARIABLE):
        warnings.simplefilter("ignore")  # a library's remarks to programmers are no talk for an investor
    try:
        return parse(sys.argv[1:] if args is None else args, talk)
    except AllocatorError as error:
        talk.report(error)
        return stops.code_of(error) or error.exit_code
    except click.UsageError as error:
        return _usage(error)
    except (click.Abort, KeyboardInterrupt, EOFError) as error:
        return _stopped(talk, stops.code_of(error))
    except Exception as error:  # the border: nobody above can say it better
        if code := stops.code_of(error):
            return _stopped(talk, code)
        if os.environ.get(DEBUG_VARIABLE):
            raise
        talk.report(_internal(error))
        return INTERNAL


def _stopped(talk: talking.Talk, code: int | None) -> int:
    """By a signal with its code, or for want of answers to what was asked."""
    error = AllocatorError(text("Stopped before the end."))
    try:
        talk.report(error)
    except Exception:  # noqa: BLE001 -- the catalogue does not load among modules that were stopped half-way
        talking.complain(f"allocator: {error}")
    return code or INTERNAL


def _usage(error: click.UsageError) -> int:
    """Click's message in this program's shape: one line, and the next thing to type."""
    command = error.ctx.command_path if error.ctx else "allocator"
    command = command.replace("allocator rebalance", "allocator")
    talking.complain(f"allocator: {talking.sentence(error.format_message())} Try '{command} -h'.")
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
