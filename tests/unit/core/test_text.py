"""Sentences within sentences."""

from __future__ import annotations

import pytest

from allocator.core.text import text


@pytest.mark.parametrize(
    ("expected", "outer", "inner"),
    [
        ("It failed: the disk is full. Go on.", "It failed: {why}. Go on.", "the disk is full."),
        ("step 1: the disk is full; 3 live", "step 1: {why}; 3 live", "the disk is full."),
        ("It failed: the disk is full.", "It failed: {why}", "the disk is full."),
        ("It failed: the disk is full.", "It failed: {why}.", "the disk is full"),
        ("(the disk is full)", "({why})", "the disk is full."),
    ],
)
def test_one_full_stop_is_enough(expected: str, outer: str, inner: str):
    """A sentence loses its stop where the one around it goes on with a mark of its own, and only there."""
    assert expected == str(text(outer, why=text(inner)))


def test_what_is_no_sentence_keeps_its_dots():
    """A file's name, a number: values that are not `Text` are printed as they are."""
    assert "Read a.: done" == str(text("Read {path}: done", path="a."))
