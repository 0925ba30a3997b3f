"""The pages speak both languages: every sentence of every template is a literal that the catalogue translates."""

from __future__ import annotations

import string

from jinja2 import nodes
from template_words import calls, words

from allocator.report.catalogue import russian

RUSSIAN = russian()


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_templates_say_something():
    """The test finds what it is about."""
    assert "Hide amounts" in words()


def test_every_sentence_is_a_literal():
    """Only a sentence that stands in the template can be found by a translator."""
    assert [] == [at for at, call in calls() if len(call.args) != 1 or not isinstance(call.args[0], nodes.Const)]


def test_every_sentence_has_its_russian():
    """No sentence of a template is missing from the catalogue."""
    assert {} == {said: at for said, at in words().items() if said not in RUSSIAN}


def test_a_sentence_is_given_its_values():
    """All that it names and no other: a missing one is an error in front of the reader."""
    wrong = {
        at: sorted(fields(call.args[0].value) ^ {each.key for each in call.kwargs})
        for at, call in calls()
        if isinstance(call.args[0], nodes.Const) and fields(call.args[0].value) != {each.key for each in call.kwargs}
    }
    assert {} == wrong
