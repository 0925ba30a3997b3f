"""Options that are right one by one, and together ask for nothing that can be done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from allocator.core.errors import ForecastError, UsageError
from allocator.core.text import text


def refuse_together(*pairs: tuple[object, str, str]) -> None:
    """Each pair: whether both options were given, and what they are called. Raises: `UsageError` for the first."""
    for both, one, other in pairs:
        if both:
            raise UsageError(text("{one} and {other} do not go together.", one=one, other=other))


@contextmanager
def of_the_command_line() -> Iterator[None]:
    """A model that cannot be, when it was the command line that described it. Raises: `UsageError`."""
    try:
        yield
    except ForecastError as error:
        raise UsageError(error.message, error.hint) from error
