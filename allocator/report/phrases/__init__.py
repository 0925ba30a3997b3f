"""The Russian of each room's sentences, by their English templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules


def rooms() -> Iterator[Mapping[str, str]]:
    """The phrases of every module of this package, in the order of their names."""
    for module in iter_modules(__path__, f"{__name__}."):
        yield import_module(module.name).PHRASES
