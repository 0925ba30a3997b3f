"""Sentences for a person, kept apart from their language until they are shown.

A room that has something to say builds a `Text` from an English template and its values. The English
form is `str(text)`; the one catalogue of other languages lives in `allocator.report.catalogue`, which
looks the template up and fills the same values in. So an error can be raised deep inside `optimize` or
`config` and still reach its reader in the language that they asked for at the command line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Text:
    """An English `str.format` template and the values that fill it; a value may itself be a `Text`."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.render(lambda template: template)

    def render(self, translate: Callable[[str], str]) -> str:
        """The sentence with each template passed through `translate` (identity gives English).

        A sentence within another loses its full stop where the outer one goes on with a mark of its own.
        """
        template = translate(self.template)
        values = dict(self.values)
        for name, value in self.values.items():
            if isinstance(value, Text):
                said = value.render(translate)
                marked = said.endswith(".") and re.search(rf"\{{{name}\}}[.,;:)]", template)
                values[name] = said[:-1] if marked else said
        return template.format(**values)


def text(template: str, /, **values: object) -> Text:
    """A `Text`, written the short way: `text("{ticker} is unknown", ticker="SBRE")`."""
    return Text(template, values)
