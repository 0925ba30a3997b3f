"""Frozen values as JSON and back, for what the store keeps as one fact: dataclasses of plain parts, nothing else."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from allocator.core.text import Text
from allocator.store.sentences import read, written

T = TypeVar("T")


def packed(value: object) -> str:
    """The value as one line of JSON: every digit of a decimal, sentences still to be translated."""
    return json.dumps(_plain(value), separators=(",", ":"))


def unpacked(kind: type[T], source: str) -> T:
    """The value that was packed, of this dataclass; a field that was not there yet takes its default.

    Raises: `ValueError` for what is no such value, as when another version of the program packed it.
    """
    try:
        return cast("T", _restored(kind, json.loads(source)))
    except (LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise ValueError(source[:80]) from error


def _plain(value: object) -> object:  # noqa: PLR0911 -- one line per kind
    match value:
        case Text():
            columns = written(value)
            return [columns["template"], columns["field_values"]]
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case Enum():
            return value.value
        case tuple():
            return [_plain(each) for each in value]
    if not is_dataclass(value):
        raise TypeError(type(value))
    return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}


def _restored(kind: Any, value: Any) -> object:  # noqa: ANN401, PLR0911 -- a type as annotations name it; JSON
    if get_origin(kind) in {Union, UnionType}:
        other = next(each for each in get_args(kind) if each is not type(None))
        return None if value is None else _restored(other, value)
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind), value)
    if kind is Text:
        template, values = value
        sentence = read(template, values)
        str(sentence)  # a sentence that lacks a field is damage, and not for whoever prints it to find
        return sentence
    if is_dataclass(kind):
        hints = _hints(cast("type", kind))
        return cast("Any", kind)(
            **{name: _restored(hint, value[name]) for name, hint in hints.items() if name in value}
        )
    if kind in {datetime, date}:
        return kind.fromisoformat(value)
    if kind is Decimal or issubclass(kind, Enum):
        return kind(value)
    if type(value) is not kind and not (kind is float and type(value) is int):
        raise TypeError(value)
    return kind(value)


def _tuple(parts: tuple[Any, ...], value: object) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise TypeError(value)
    if parts[-1] is Ellipsis:
        return tuple(_restored(parts[0], each) for each in value)
    return tuple(_restored(part, each) for part, each in zip(parts, value, strict=True))


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
