"""The colours of the style sheet, in both themes, as WCAG 2.2 measures them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import allocator

SHEET = (Path(allocator.__file__).parent / "web" / "static" / "style.css").read_text(encoding="utf-8")
COLOURS = {
    name: pair for name, *pair in re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", SHEET)
}
THEMES = {"light": 0, "dark": 1}
GROUNDS = ("page", "panel", "panel-2", "tint")
WORDS, SHAPES = 4.5, 3.0  # success criteria 1.4.3 and 1.4.11, level AA


def luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour, 0..1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def too_faint(over: tuple[str, ...], names: tuple[str, ...], theme: str, least: float) -> dict[str, float]:
    found = {
        f"{name} on {ground}": contrast(COLOURS[name][THEMES[theme]], COLOURS[ground][THEMES[theme]])
        for ground in over
        for name in names
    }
    return {pair: round(ratio, 2) for pair, ratio in found.items() if ratio < least}


def test_the_measure_is_right():
    """Black on white is 21:1, and #767676 on white is the palest grey that passes."""
    assert 21 == pytest.approx(contrast("#000000", "#ffffff"))
    assert 4.54 == pytest.approx(contrast("#767676", "#ffffff"), abs=0.005)


@pytest.mark.parametrize("theme", THEMES)
def test_words_can_be_read(theme: str):
    """Every colour of words on every ground: 4.5:1 at least."""
    assert {} == too_faint(GROUNDS, ("text", "text-2", "accent", "good", "bad", "warn"), theme, WORDS)
    assert {} == too_faint(("accent",), ("accent-text",), theme, WORDS)


@pytest.mark.parametrize("theme", THEMES)
def test_shapes_can_be_seen(theme: str):
    """Lines of charts, edges of controls and the ring of focus: 3:1 at least."""
    series = tuple(name for name in COLOURS if name.startswith("series-"))
    assert 5 == len(series)
    assert {} == too_faint(("page", "panel"), (*series, "edge", "focus"), theme, SHAPES)
