"""What goes wrong with Ray, in words."""

from __future__ import annotations

from allocator.core.errors import AllocatorError
from allocator.core.text import text
from allocator.core.workers import HERE, Workers


class ClusterError(AllocatorError):
    """Ray is not to be had: not installed, not there, of another version, or gone."""

    exit_code = 1
    http_status = 502


def unreachable(error: BaseException, workers: Workers) -> AllocatorError:
    """Why there is no connection, in words."""
    if isinstance(error, AllocatorError):
        return error
    if workers.address == HERE:
        return ClusterError(text("Ray cannot be started here: {reason}.", reason=last_line(error)))
    if "ersion mismatch" in str(error):
        return ClusterError(
            text("{address} has another version of Ray or of Python: {reason}.", address=workers.address,
                 reason=" ".join(str(error).split()).rstrip(".")),
            text("Install the same versions on every machine."),
        )  # fmt: skip
    return ClusterError(
        text("{address}: what answers there is not Ray's server of clients, or is not ready: {reason}.",
             address=workers.address, reason=last_line(error)),
        text("Its port is 10001 unless it was told another. If it asks for a token, that must be here, too."),
    )  # fmt: skip


def gone(error: BaseException, workers: Workers) -> AllocatorError:
    """Why a connection ended, in words."""
    if isinstance(error, AllocatorError):
        return error
    return ClusterError(
        text("{address}: the connection with Ray was lost: {reason}.", address=workers.address,
             reason=last_line(error)),
        text("The same command goes on where this one was."),
    )  # fmt: skip


def last_line(error: BaseException) -> str:
    """The last line of what an error says, which is where Ray has the reason."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__).rstrip(".")
