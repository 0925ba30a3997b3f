"""Options that are right one by one, and together describe nothing that can be trained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from allocator.core.errors import ForecastError, UsageError


@contextmanager
def of_the_command_line() -> Iterator[None]:
    """A model that cannot be, when it was the command line that described it. Raises: `UsageError`."""
    try:
        yield
    except ForecastError as error:
        raise UsageError(error.message, error.hint) from error
