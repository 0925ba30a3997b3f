"""The table of words, and the guide that is held to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.config.words import KEYS, SECTIONS, TICKER, nearest

GUIDE = Path(__file__).parents[3] / "docs" / "portfolio-file.md"


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.section}-{key.name}")
def test_the_guide_knows_every_key(key):
    """Under the section's heading stands a row with the key, what it takes and its default."""
    guide = GUIDE.read_text(encoding="utf-8")
    heading, _, section = guide.partition(f"\n### `[{key.section}]`")
    names = " = ".join(f"`{name}`" for name in (key.name, key.other_name) if name)
    row = f"| {'ticker' if key.name == TICKER else names} | {key.value} | {key.default} |"
    assert heading != guide
    assert row in section.partition("\n### ")[0].splitlines()


def test_the_guide_knows_no_other_section():
    """A section that the reader refuses has no heading in the guide."""
    headings = [line for line in GUIDE.read_text(encoding="utf-8").splitlines() if line.startswith("### `[")]
    assert set(SECTIONS) == {line.partition("[")[2].partition("]")[0] for line in headings}


@pytest.mark.parametrize(
    ("expected", "word"),
    [("commission", "comission"), ("commission", "comm"), ("want", "wnat"), (None, "xyzzy"), (None, "c"), (None, "")],
)
def test_the_nearest_word_is_the_one_meant(expected, word):
    """A misspelt or shortened word has a neighbour, gibberish has none."""
    assert expected == nearest(word, ("have", "want", "commission"))


def test_a_very_long_word_has_no_neighbour():
    """Nobody misspells one word into a hundred letters, and looking would take time."""
    assert nearest("want" * 25, ["want" * 24]) is None
