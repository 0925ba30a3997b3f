"""Options that are right one by one, and together ask for nothing that can be done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from allocator.core.errors import ForecastError, UsageError
from allocator.core.text import text

if TYPE_CHECKING:  # --help knows no network
    from allocator.forecast.spec import Architecture


def refuse_together(*pairs: tuple[object, str, str]) -> None:
    """Each pair: whether both options were given, and what they are called. Raises: `UsageError` for the first."""
    for both, one, other in pairs:
        if both:
            raise UsageError(text("{one} and {other} do not go together.", one=one, other=other))


def network(word: str, among: Iterable[Architecture]) -> Architecture:
    """The network that is typed so: its words joined by hyphens. Raises: `UsageError` that lists those there are."""
    typed = {each.value.replace("_", "-"): each for each in among}
    try:
        return typed[word.replace("_", "-")]  # as it is printed, too
    except KeyError:
        raise UsageError(
            text("There is no network {name} here.", name=word), text("Write one of {names}.", names=", ".join(typed))
        ) from None


@contextmanager
def of_the_command_line() -> Iterator[None]:
    """A model that cannot be, when it was the command line that described it. Raises: `UsageError`."""
    try:
        yield
    except ForecastError as error:
        raise UsageError(error.message, error.hint) from error
