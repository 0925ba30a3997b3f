from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

from template_words import words

import allocator
from allocator.core.text import text
from allocator.report import phrases
from allocator.report.catalogue import render, russian

SOURCE = Path(allocator.__file__).parent
RUSSIAN = russian()


def sentences() -> Iterator[tuple[str, ast.expr]]:
    """The first argument of every `text(...)` in the program, and where it stands."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "text":
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", node.args[0]


def values_in(template: str) -> list[tuple[str, str]]:
    """The values and their formats, without words that go with a number."""
    found = ((name, spec or "") for _, name, spec, _ in string.Formatter().parse(template) if name is not None)
    return sorted((name, spec) for name, spec in found if "|" not in spec)


def forms_in(template: str) -> set[int]:
    """How many forms the words have that go with a number."""
    return {len(spec.split("|")) for _, _, spec, _ in string.Formatter().parse(template) if spec and "|" in spec}


def test_every_sentence_is_a_literal() -> None:
    """Only a template that stands in the source can be found by a translator."""
    assert [] == [at for at, node in sentences() if not (isinstance(node, ast.Constant) and type(node.value) is str)]


def test_every_sentence_has_its_russian() -> None:
    """No template of the program is missing from the catalogue."""
    missing = {
        at: node.value for at, node in sentences() if isinstance(node, ast.Constant) and node.value not in RUSSIAN
    }
    assert {} == missing


def test_no_entry_is_left_over() -> None:
    """The catalogue translates nothing that the program no longer says."""
    said = {node.value for _, node in sentences() if isinstance(node, ast.Constant)}
    assert set() == set(RUSSIAN) - said - words().keys()


def test_rooms_agree() -> None:
    """A template that two rooms use is translated once, or in the same words."""
    seen: dict[str, str] = {}
    for room in phrases.rooms():
        assert {} == {template: said for template, said in room.items() if seen.get(template, said) != said}
        seen |= room


def test_values_are_the_same_in_both_languages() -> None:
    """A translation names the values of its template in the same formats, all of them, and no other."""
    assert {} == {english: russian for english, russian in RUSSIAN.items() if values_in(english) != values_in(russian)}


def test_sentences_inside_sentences_are_translated() -> None:
    """A value that is itself a sentence speaks the same language."""
    assert "Примечание: да" == render(text("Note: {note}", note=text("yes")), "ru")
    assert "Note: yes" == render(text("Note: {note}", note=text("yes")))


def test_words_have_the_forms_of_their_language():
    """A word that goes with a number has two forms in English and three in Russian."""
    assert [{2}, {3}] == [set().union(*map(forms_in, said)) for said in (RUSSIAN.keys(), RUSSIAN.values())]
    assert {} == {
        at: node.value for at, node in sentences() if isinstance(node, ast.Constant) and forms_in(node.value) - {2}
    }
