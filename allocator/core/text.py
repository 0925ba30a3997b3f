"""Sentences for a person, kept apart from their language until they are shown.

A room that has something to say builds a `Text` from an English template and its values. The English
form is `str(text)`; the one catalogue of other languages lives in `allocator.report.catalogue`, which
looks the template up and fills the same values in. So an error can be raised deep inside `optimize` or
`config` and still reach its reader in the language that they asked for at the command line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter

_NUMBER = re.compile(r"[-+−]?(?P<whole>[0-9]{1,3}(?:[\s_,][0-9]{3})+|[0-9]+)(?P<fraction>\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Text:
    """An English `str.format` template and the values that fill it; a value may itself be a `Text`.

    Words that follow a number stand in place of a format, by their forms: `{count} {count:day|days}` in English,
    `{count} {count:день|дня|дней}` in Russian.
    """

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
        return _FILLING.vformat(template, (), values) if "|" in template else template.format(**values)


def text(template: str, /, **values: object) -> Text:
    """A `Text`, written the short way: `text("{ticker} is unknown", ticker="SBRE")`."""
    return Text(template, values)


def inflected(count: object, forms: Sequence[str]) -> str:
    """The form of a word that goes with a number, which may be written out, its thousands parted: "1 021".

    Two forms are English: one, any other. Three are Russian: 1, 21, 31 and so on; 2 to 4, 22 to 24 and so on, and
    fractions; any other. What is no number takes the last form.
    """
    found = _NUMBER.fullmatch(str(count))
    if found is None:
        return forms[-1]
    whole, fraction = re.sub(r"\D", "", found["whole"]), found["fraction"]
    if len(forms) == len(("one", "other")):
        return forms[0] if whole == "1" and fraction is None else forms[-1]
    if fraction is not None:
        return forms[1]
    if whole[-2:-1] == "1" or whole[-1] not in "1234":
        return forms[-1]
    return forms[0] if whole[-1] == "1" else forms[1]


class _Filling(Formatter):
    """`str.format` that knows forms of words."""

    def format_field(self, value: object, format_spec: str) -> str:
        return inflected(value, format_spec.split("|")) if "|" in format_spec else format(value, format_spec)


_FILLING = _Filling()
