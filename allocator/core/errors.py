"""The error tree: everything that this program refuses to do, and why.

::

    AllocatorError                  exit 1   HTTP 500   an internal fault
    +-- UsageError                  exit 2   HTTP 400   the command line asks for the impossible
    +-- ConfigError                 exit 3   HTTP 422   the portfolio or settings file
    +-- MarketError                 exit 4   HTTP 502   the exchange, its data, or the network
    +-- StoreError                  exit 1   HTTP 503   what we remember
    |   +-- ConflictError           exit 1   HTTP 409   somebody else has changed it meanwhile
    |   +-- DamagedError            exit 1   HTTP 503   the file is broken
    +-- PlanError                   exit 5   HTTP 409   the optimiser
    |   +-- Infeasible              exit 5   HTTP 409   no plan satisfies the constraints
    |   +-- TimeLimit               exit 6   HTTP 504   out of time; carries the best plan so far, if any
    +-- ForecastError               exit 1   HTTP 409
    +-- ClusterError                exit 1   HTTP 502   the machines that work is spread over (`training.ray_errors`)
    +-- NotifyError                 exit 1   HTTP 502

Each names the culprit in `message` (file:line, ticker, constraint) and says in `hint` what to type next.
Foreign exceptions (requests, PuLP, click) are mapped to this tree in the one room that meets them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from allocator.core.text import Text


class AllocatorError(Exception):
    """What went wrong, with whom, and what to do about it."""

    exit_code = 1
    http_status = 500

    def __init__(self, message: Text | str, hint: Text | str | None = None) -> None:
        self.message = message if isinstance(message, Text) else Text("{message}", {"message": message})
        self.hint = hint if isinstance(hint, Text) or hint is None else Text("{message}", {"message": hint})
        super().__init__(str(self))

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else str(self.message)

    @property
    def lines(self) -> Sequence[tuple[Text, Text | None]]:
        """Each finding as (message, hint); one for most errors, many for a file with several mistakes."""
        return ((self.message, self.hint),)


class UsageError(AllocatorError):
    """The command line asks for something that cannot be done."""

    exit_code = 2
    http_status = 400


class ConfigError(AllocatorError):
    """A portfolio or settings file says something wrong; all findings of a file come together."""

    exit_code = 3
    http_status = 422

    def __init__(
        self, message: Text | str, hint: Text | str | None = None, *, others: Iterable[ConfigError] = ()
    ) -> None:
        self.others = tuple(others)
        super().__init__(message, hint)

    @property
    def lines(self) -> Sequence[tuple[Text, Text | None]]:
        return (*super().lines, *(pair for error in self.others for pair in error.lines))


class MarketError(AllocatorError):
    """The exchange, its data or the way to it failed."""

    exit_code = 4
    http_status = 502


class StoreError(AllocatorError):
    """The local store cannot be read or written."""

    http_status = 503


class ConflictError(StoreError):
    """An edit of what somebody else has changed since it was read."""

    http_status = 409


class DamagedError(StoreError):
    """The store's file is broken: it does not mend by itself."""


class PlanError(AllocatorError):
    """The optimiser has no plan to give."""

    exit_code = 5
    http_status = 409


class Infeasible(PlanError):  # noqa: N818 -- the field's word for it
    """No plan satisfies the constraints; the message names the one that cannot hold."""


class TimeLimit(PlanError):  # noqa: N818 -- the field's word for it
    """Time ran out before any plan was found."""

    exit_code = 6
    http_status = 504


class ForecastError(AllocatorError):
    """Forecasts are missing, stale or cannot be made."""

    http_status = 409


class NotifyError(AllocatorError):
    """A message could not be delivered."""

    http_status = 502
