"""The grammar of an INI file: lines to entries that know where they stand.

The standard `configparser` does the reading, with interpolation off. But it keeps no line numbers, stops at the
first duplicate and at a key before any section, and takes an indented line for more of the value above. So each
line is handed to it unindented and with its number in front (`7 SBER = 10`, `[3 have]`), which makes every name
unique and every place known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from configparser import RawConfigParser
from dataclasses import dataclass, replace

from allocator.config.findings import Findings, Place
from allocator.config.words import PORTFOLIO, Words
from allocator.core.text import text

LONGEST_LINE = 1000

_HEADER = re.compile(r"\[[^]]*\](?:\s+;.*|\s*)")
_SPACES = re.compile(r"\s+")  # in a key: the parser's expression takes quadratic time over a run of them


@dataclass(frozen=True, slots=True)
class Entry:
    """`key = value` as written; a section's header is an entry without a key."""

    place: Place
    value: str = ""


class _Parser(RawConfigParser):
    def __init__(self) -> None:
        super().__init__(
            delimiters=("=",),
            comment_prefixes=(),  # such lines are left out before they are numbered
            inline_comment_prefixes=(";",),
            allow_no_value=True,  # an error of ours, which does not stop the reading
            empty_lines_in_values=False,
            interpolation=None,
        )

    def optionxform(self, optionstr: str) -> str:
        """A key as it is written, for errors to repeat; who looks it up folds its case."""
        return optionstr


def entries(content: str, file: Place, findings: Findings, words: Words = PORTFOLIO) -> Iterator[Entry]:
    """Every header and `key = value` of a file's text, in order; sections in lower case, single-spaced.

    Lines that are neither become findings, whose hints use `words`. What follows a broken header has
    `place.section` "".
    """
    parser = _Parser()
    parser.read_file(_numbered(content.split("\n"), file, findings, words))
    for header in parser.sections():
        line, _, name = header.partition(" ")
        place = replace(file, line=int(line), section=" ".join(name.lower().split()))
        if place.section:
            yield Entry(place)
        for key, value in parser.items(header):
            entry = _entry(key, value, place, findings, words)
            if entry:
                yield entry


def _numbered(lines: Iterable[str], file: Place, findings: Findings, words: Words) -> Iterator[str]:
    yield "[0 ]"  # takes the keys before any section
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if not stripped or stripped.startswith((";", "#")):
            continue
        if len(stripped) > LONGEST_LINE:
            findings.add(
                replace(file, line=number), text("the line has more than {count} characters", count=LONGEST_LINE)
            )
        elif not stripped.startswith("["):
            key, equals, value = stripped.partition("=")
            yield f"{number} {_SPACES.sub(' ', key)}{equals}{value}"
        elif _HEADER.fullmatch(stripped) and stripped[1:].lstrip()[0] != "]":
            yield f"[{number} {stripped[1:]}"
        else:
            yield f"[{number} ]"
            findings.add(
                replace(file, line=number),
                text("the name of a section stands between brackets, alone on its line"),
                text("Write a section such as [{section}].", section=words.keys[0].section),
            )


def _entry(numbered: str, value: str | None, header: Place, findings: Findings, words: Words) -> Entry | None:
    """The entry of a numbered key, unless its line has no form or no section."""
    line, _, key = numbered.partition(" ")
    place = replace(header, line=int(line), key=key.strip())
    if value is None:
        place = replace(place, key=words.repeated_line(place.key))
        findings.add(place, text("there is no = sign"), text("Write key = value."))
    elif not place.key:
        findings.add(place, text("there is nothing before the = sign"), text("Write key = value."))
    elif not header.line:
        section = words.keys[0].section
        findings.add(
            replace(place, key=words.repeated_line(place.key)),
            text("the line stands before any section"),
            text("Write a section such as [{section}] above it.", section=section),
        )
    else:
        return Entry(place, value)
    return None
