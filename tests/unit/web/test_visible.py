"""Text that could pass for another text."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from allocator.web.templating import environment
from allocator.web.visible import visible


@pytest.mark.parametrize("turn", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_nothing_turns_the_order_of_letters(turn: str) -> None:
    """Each such character becomes a sign that something was there."""
    assert "\ufffdRBES" == visible(f"{turn}RBES")


def test_other_text_stays() -> None:
    """Letters of any language, marks of direction, what is no text."""
    for value in ("Счёт", "שלום", "a\u200fb", 5, None):
        assert value == visible(value)


def test_templates_show_nothing_else() -> None:
    """Whatever a template puts out has passed, and is escaped as before."""
    shown = environment().from_string("{{ a }}{{ b }}").render(a="\u202e<b>", b=Markup("<i>\u202e</i>"))
    assert "\ufffd&lt;b&gt;<i>\ufffd</i>" == shown
