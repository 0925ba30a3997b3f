"""What the dataclasses of hyper-parameters share: a meaning and bounds for each number, checks, JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any, ClassVar, Self, TypeVar, cast, get_type_hints

from allocator.core.errors import ForecastError
from allocator.core.text import text

Value = TypeVar("Value")


def knob(default: Value, low: float, high: float, meaning: str) -> Value:
    """A number of a dataclass of hyper-parameters: its default, closed bounds, and what it does."""
    return field(default=default, metadata={"low": low, "high": high, "meaning": meaning})


@dataclass(frozen=True)
class Knobs:
    """A frozen dataclass whose numbers are checked against the bounds of their `knob`s.

    Raises: `ForecastError` that names the field, the value and what to write instead.
    """

    section: ClassVar[str] = "model"

    def __post_init__(self) -> None:
        types = get_type_hints(type(self))
        for each in fields(self):
            kind, value = types[each.name], getattr(self, each.name)
            if kind is float and isinstance(value, int) and not isinstance(value, bool):
                value = float(value)  # 5 and 5.0 are one model and have one digest
                object.__setattr__(self, each.name, value)
            if kind in {int, float, bool}:
                _check(self.section, each.name, value, kind, each.metadata)

    def plain(self) -> dict[str, Any]:
        """The values as JSON types, enums by their value, nested dataclasses as objects."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Self:
        """The inverse of `plain`; a missing name has its default, an unknown one is refused."""
        known = {each.name for each in fields(cls)}
        for name in values:
            if name not in known:
                raise ForecastError(
                    text("{section}: there is no {name}.", section=cls.section, name=name),
                    text("Write one of {names}.", names=", ".join(sorted(known))),
                )
        return cls(**cast("dict[str, Any]", dict(values)))


def _plain(value: object) -> object:
    if isinstance(value, Knobs):
        return value.plain()
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def _check(section: str, name: str, value: object, kind: type, bounds: Mapping[str, float]) -> None:
    right = type(value) is kind and (kind is not float or math.isfinite(cast("float", value)))
    if right and bounds:
        right = bounds["low"] <= cast("float", value) <= bounds["high"]
    if right:
        return
    found = text("{section}: {name} = {value!r} cannot be.", section=section, name=name, value=value)
    if kind is bool:
        raise ForecastError(found, text("Write true or false."))
    low, high = bounds["low"], bounds["high"]
    if kind is int:
        raise ForecastError(found, text("Write a whole number from {low} to {high}.", low=low, high=high))
    raise ForecastError(found, text("Write a number from {low} to {high}.", low=low, high=high))


Member = TypeVar("Member", bound=Enum)


def member(section: str, name: str, kind: type[Member], value: object) -> Member:
    """The member of an enum, given as itself or by its value. Raises: `ForecastError` that lists the values."""
    try:
        return kind(value)
    except ValueError:
        raise ForecastError(
            text("{section}: {name} = {value!r} cannot be.", section=section, name=name, value=value),
            text("Write one of {names}.", names=", ".join(str(each.value) for each in kind)),
        ) from None
