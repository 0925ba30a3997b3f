"""A `Text` as two columns, its template and its values as JSON, so that it can still be translated when it is read."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from allocator.core.text import Text

# A value that JSON has no word for is an object of one key, its kind.
READERS: Mapping[str, Callable[[Any], object]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "decimal": Decimal,
    "fraction": Fraction,
    "float": float,
    "list": lambda items: [_read(item) for item in items],
    "text": lambda parts: Text(parts[0], _values(parts[1])),
}


def written(sentence: Text) -> dict[str, str]:
    """The columns `template` and `field_values`. A value of a kind that has no reader is kept as its words."""
    values = {name: _written(value) for name, value in sentence.values.items()}
    return {"template": storable(sentence.template), "field_values": json.dumps(values)}


def read(template: str, field_values: str) -> Text:
    return Text(template, _values(json.loads(field_values)))


def storable(words: str) -> str:
    """The words without what a database refuses: a NUL, half of a surrogate pair. Seen in answers of broken servers."""
    return words.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="backslashreplace").decode()


def _values(values: Mapping[str, object]) -> dict[str, object]:
    return {name: _read(value) for name, value in values.items()}


def _read(value: object) -> object:
    if isinstance(value, dict):
        ((kind, inner),) = value.items()
        return READERS[kind](inner)
    return value


def _written(value: object) -> object:  # noqa: PLR0911 -- one line per kind
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return float(value) if math.isfinite(value) else {"float": repr(float(value))}
        case datetime():
            return {"datetime": value.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case Decimal():
            return {"decimal": str(value)}
        case Fraction():
            return {"fraction": str(value)}
        case Text():
            return {"text": [value.template, {name: _written(each) for name, each in value.values.items()}]}
        case list() | tuple():
            return {"list": [_written(each) for each in value]}
    if callable(item := getattr(value, "item", None)):  # a scalar of numpy
        return _written(item())
    return str(value)
