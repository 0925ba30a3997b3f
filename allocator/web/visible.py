"""Text whose order on the screen is that of its letters."""

from __future__ import annotations

import re

from markupsafe import Markup

_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")  # embeddings, overrides and isolates of bidirectional text
INSTEAD = "\N{REPLACEMENT CHARACTER}"


def visible(value: object) -> object:
    """What a template puts out, without characters that turn the order of what follows: "RBES" stays no "SBER".

    They are invisible, and a name with one may pass for another name. Marks of direction, which turn nothing, stay.
    """
    if not isinstance(value, str) or value.isascii() or not _TURNS.search(value):
        return value
    shown = _TURNS.sub(INSTEAD, value)
    return Markup(shown) if isinstance(value, Markup) else shown  # noqa: S704 -- it was markup before
