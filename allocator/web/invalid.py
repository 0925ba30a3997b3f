"""What pydantic found in a request, in words: which field, by its path, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from allocator.config.findings import shown
from allocator.core.text import Text, text

MOST = 10
"""Mistakes that are told at once: a body of nonsense has thousands."""

WHERE = frozenset({"body", "query", "path", "header", "cookie"})


def lines(errors: Iterable[Mapping[str, Any]]) -> list[tuple[Text, Text | None]]:
    """Each mistake once, with its hint, in the order of pydantic's `errors()`."""
    found: dict[str, tuple[Text, Text | None]] = {}
    for error in errors:
        if len(found) == MOST:
            break
        line = _line(error)
        found.setdefault(str(line[0]), line)
    return list(found.values())


def _line(error: Mapping[str, Any]) -> tuple[Text, Text | None]:
    kind, loc = str(error["type"]), tuple(error["loc"])
    if kind == "json_invalid":
        place, reason = loc[-1], shown(str(error.get("ctx", {}).get("error", "")))
        return text("The body is no JSON: {reason}, at character {place}.", reason=reason, place=place), None
    path = ".".join(shown(str(each)) for each in (loc[1:] if loc[:1] and loc[0] in WHERE else loc))
    if not path:
        return (
            text("The body is no object of JSON."),
            text("Send an object of fields, with the header Content-Type: application/json"),
        )
    return text("{field}: {what}.", field=path, what=_what(kind, error.get("ctx", {}))), _hint(kind)


def _what(kind: str, limits: Mapping[str, Any]) -> Text:
    if kind in _SAID:
        return _SAID[kind]
    for limit, said in _LIMITS.items():
        if limit in limits:
            return said(str(limits[limit]))
    return text("this cannot be read")


def _hint(kind: str) -> Text:
    if kind == "extra_forbidden":
        return text("Look at its spelling: /api/openapi.json names the fields.")
    return text("Correct it and try again.")


_WHOLE, _TRUTH = text("a whole number is needed"), text("true or false is needed")
_SAID: Mapping[str, Text] = {
    "missing": text("it is missing"),
    "extra_forbidden": text("there is no such field"),
    "string_type": text("a text in quotation marks is needed"),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": text("this number is too large"),
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "dict_type": text("an object of fields is needed"),
    "model_attributes_type": text("an object of fields is needed"),
    "date_parsing": text("a day such as 2026-07-18 is needed"),
    "date_from_datetime_parsing": text("a day such as 2026-07-18 is needed"),
}
_LIMITS: Mapping[str, Callable[[str], Text]] = {
    "expected": lambda words: text("one of {words} is needed", words=words),
    "max_length": lambda count: text("at most {count} are taken", count=count),
    "min_length": lambda count: text("at least {count} are needed", count=count),
    "ge": lambda limit: text("it is at least {limit}", limit=limit),
    "gt": lambda limit: text("it is above {limit}", limit=limit),
    "le": lambda limit: text("it is at most {limit}", limit=limit),
    "lt": lambda limit: text("it is below {limit}", limit=limit),
}
