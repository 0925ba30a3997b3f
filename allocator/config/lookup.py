"""Reading the values of a file's keys, each of its own kind; what cannot be read becomes a finding."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from allocator.config.findings import BadValueError, Findings, Place
from allocator.config.ini import Entry
from allocator.config.layers import Layer
from allocator.config.words import Words

T = TypeVar("T")


class Lookup:
    """The entries of a file, read one key at a time."""

    def __init__(self, layer: Layer, findings: Findings, words: Words) -> None:
        self._entries = layer.entries
        self._headers = layer.headers
        self._findings = findings
        self._words = words

    def option(self, section: str, name: str, read: Callable[[str], T], default: T) -> T:
        """The value of a key; the default without one, or with one that is a finding now."""
        entry = self._entries.get((section, name))
        value = self.read((section, name), entry, read) if entry else None
        return default if value is None else value

    def place(self, section: str, name: str) -> Place | None:
        """Where a key stands; None for one that the file does not have."""
        entry = self._entries.get((section, name))
        return entry.place if entry else None

    def read(self, known: tuple[str, str], entry: Entry, read: Callable[[str], T]) -> T | None:
        if not entry.value:
            return None  # found missing already
        try:
            return read(entry.value)
        except BadValueError as error:
            self._findings.add(entry.place, error.what, error.hint or self._words.expected(*known))
            return None
