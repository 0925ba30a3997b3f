"""A portfolio file and the files that it extends, laid over each other.

A key holds in the first file that has it: the one that was asked for, then the one it extends, and so on. Both
names of an option are one key.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from allocator.config.findings import BadValueError, Findings, Place, escaped
from allocator.config.ini import Entry, entries
from allocator.config.reading import Read, decoded, fetch
from allocator.config.tickers import ticker
from allocator.config.values import path as path_of
from allocator.config.words import PORTFOLIO, Words, did_you_mean, nearest
from allocator.core.text import Text, text

DEEPEST = 16

_RELATIVE = text("The path is relative to the file that it stands in.")

Known = tuple[str, str]
"""A section and a key of it: a ticker, or the option's first name."""


@dataclass(slots=True)
class Layer:
    """The known keys with their entries, in order of first mention, and the headers of the sections."""

    entries: dict[Known, Entry] = field(default_factory=dict)
    headers: dict[str, Place] = field(default_factory=dict)

    def extend(self, base: Layer) -> None:
        """Take over what the base says where this layer is silent."""
        for known, entry in base.entries.items():
            self.entries.setdefault(known, entry)
        for section, place in base.headers.items():
            self.headers.setdefault(section, place)


def layered(data: bytes | str, path: Path, read: Read, findings: Findings) -> Layer:
    """The file with all that it extends; mistakes of form become findings, at the file and line they stand in."""
    merged = Layer()
    for layer in _chain(data, path, read, findings):
        merged.extend(layer)
    return merged


def _chain(data: bytes | str, path: Path, read: Read, findings: Findings) -> Iterator[Layer]:
    seen: list[str] = []
    while True:
        seen.append(_identity(path))
        layer = one_layer(data, Place(path, depth=len(seen) - 1), findings)
        yield layer
        extends = layer.entries.pop(("file", "extends"), None)
        if extends is None or not extends.value:
            return
        path = path.parent / path_of(extends.value)
        try:
            data = _base(path, seen, read)
        except BadValueError as error:
            findings.add(
                extends.place, text("{path}: {what}", path=escaped(str(path)), what=error.what), error.hint or _RELATIVE
            )
            return


def _identity(path: Path) -> str:
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return str(path)


def _base(path: Path, seen: list[str], read: Read) -> bytes | str:
    data = fetch(path, read)  # first: who is let read nothing is told nothing of paths either
    if _identity(path) in seen:
        raise BadValueError(
            text("the files extend each other in a circle"), text("Let the last of them extend nothing.")
        )
    if len(seen) >= DEEPEST:
        raise BadValueError(text("{count} files extend one another; that is too many", count=DEEPEST))
    return data


def one_layer(data: bytes | str, file: Place, findings: Findings, words: Words = PORTFOLIO) -> Layer:
    """What one file says by itself; whatever its words do not allow becomes a finding."""
    layer, sections = Layer(), words.sections
    for entry in entries(decoded(data, file, findings), file, findings, words):
        if not entry.place.key:
            _open_section(entry.place, layer, findings, sections)
        elif entry.place.section in sections:
            _keep(entry, layer, findings, words)
    return layer


def _open_section(place: Place, layer: Layer, findings: Findings, sections: tuple[str, ...]) -> None:
    first = layer.headers.get(place.section)
    if place.section not in sections:
        findings.add(place, text("unknown section"), _sections(place.section, sections))
    elif first:
        findings.add(
            place, text("the section stands on line {line} already", line=first.line), text("Move its lines there.")
        )
    else:
        layer.headers[place.section] = place


def _sections(unknown: str, sections: tuple[str, ...]) -> Text:
    near = nearest(unknown, sections)
    if near:
        return text("Did you mean {word}?", word=f"[{near}]")
    return text("Sections are {names}.", names=", ".join(f"[{name}]" for name in sections))


def _keep(entry: Entry, layer: Layer, findings: Findings, words: Words) -> None:
    """Take an entry into the layer, unless its key is unknown, there already, or without a value."""
    place = entry.place
    try:
        name = _known(place.section, place.key, words)
    except BadValueError as error:
        findings.add(replace(place, key=words.repeated_key(place.key)), error.what, error.hint)
        return
    first = layer.entries.setdefault((place.section, name), entry)
    if first is not entry:
        findings.add(place, _twice(first.place, place), text("Keep one of the two lines."))
    elif not entry.value:
        findings.add(place, text("the value is missing"), words.expected(place.section, name))


def _twice(first: Place, second: Place) -> Text:
    if first.key.lower().split() == second.key.lower().split():
        return text("the key stands on line {line} already", line=first.line)
    return text("this is another name of {key} on line {line}", key=first.key, line=first.line)


def _known(section: str, raw: str, words: Words) -> str:
    """The ticker or the option's first name. Raises: `BadValueError` when the section has no such key."""
    if words.of_tickers(section):
        return ticker(raw)
    name = " ".join(raw.lower().split())
    key = words.key_of(section, name)
    if key:
        return key.name
    elsewhere = [where for where in words.sections_with(name) if where != section]
    if elsewhere:
        raise BadValueError(text("unknown key"), text("It belongs in [{section}].", section=elsewhere[0]))
    keys = words.names_in(section)
    known = text("Keys of [{section}] are {names}.", section=section, names=", ".join(keys))
    raise BadValueError(text("unknown key"), did_you_mean(name, keys, known))
