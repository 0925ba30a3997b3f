"""Mistakes of a portfolio file, gathered so that one run reports them all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from allocator.config.words import SECTIONS
from allocator.core.errors import ConfigError
from allocator.core.text import Text, text

MOST = 50
"""More findings than this tell a reader nothing new, and looking for near words takes time."""

LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a portfolio file; `depth` counts the files that extend this one."""

    file: Path
    line: int = 0  # 0: the file as a whole
    section: str = ""
    key: str = ""
    depth: int = 0

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        section = f": [{shown(self.section)}]" if self.section else ""
        key = f"{'' if section else ':'} {shown(self.key)}" if self.key else ""
        return escaped(str(self.file)) + line + section + key


class BadValueError(ValueError):
    """A value that does not say what it should; `hint` is what to write instead, None: what its key expects."""

    def __init__(self, what: Text, hint: Text | None = None) -> None:
        super().__init__(str(what))
        self.what = what
        self.hint = hint


class Findings:
    """The mistakes found so far, each at its place."""

    def __init__(self) -> None:
        self._found: list[tuple[Place, ConfigError]] = []

    def add(self, place: Place, what: Text, hint: Text | None = None) -> None:
        """Note a mistake. Raises: `ConfigError` with all of them once there are too many to read."""
        self._found.append((place, ConfigError(text("{place}: {what}.", place=str(place), what=what), hint)))
        if len(self._found) >= MOST:
            self.raise_any()

    def __bool__(self) -> bool:
        return bool(self._found)

    def touch(self, *sections: str) -> bool:
        """Whether a mistake spoils what can be concluded from these sections.

        One in these does, and one that no known section holds or that a base file is missing for.
        """
        harmless = {*SECTIONS} - {*sections, "file"}
        return any(place.section not in harmless for place, _ in self._found)

    def raise_any(self) -> None:
        """Raises: `ConfigError` with every mistake in the order of files and lines, if there is any."""
        if not self._found:
            return
        errors = [error for _, error in sorted(self._found, key=lambda found: (found[0].depth, found[0].line))]
        if len(errors) >= MOST:
            errors.append(ConfigError(text("There may be more mistakes: reading stopped after {count}.", count=MOST)))
        first, *others = errors
        raise ConfigError(first.message, first.hint, others=others)


def shown(value: str) -> str:
    """Text of the user's as an error may repeat it: on one line, without invisible characters, not too long."""
    return escaped(value if len(value) <= LONGEST_SHOWN else value[: LONGEST_SHOWN - 1] + "…")


def escaped(value: str) -> str:
    """The same text with each character that cannot be seen written as its code."""
    return "".join(
        character if character.isprintable() else " " if character.isspace() else f"\\u{ord(character):04x}"
        for character in value
    )
