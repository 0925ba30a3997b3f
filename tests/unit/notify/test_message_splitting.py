"""Text in pieces: none too long, nothing lost, cut where a reader minds it least."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.notify.splitting import cleaned, one_line, pieces, units

WORDS = st.text(st.sampled_from("aя😀 \n\t"), max_size=60) | st.text(max_size=60)


@given(WORDS, st.integers(2, 20))
def test_pieces_fit_and_nothing_but_blanks_is_lost(words, limit):
    """Counted in UTF-16 code units; no piece is blank or has blanks around it."""
    clean = cleaned(words)
    found = pieces(clean, limit)
    assert all(0 < units(piece) <= limit and piece == piece.strip() for piece in found)
    assert "".join(clean.split()) == "".join("".join(found).split())


@given(WORDS)
def test_units_are_those_of_utf_16(words):
    """As an encoder counts them."""
    clean = cleaned(words)
    assert len(clean.encode("utf-16-le")) // 2 == units(clean)


@pytest.mark.parametrize(
    ("words", "limit", "expected"),
    [
        ("", 5, []),
        (" \n ", 5, []),
        ("12345", 5, ["12345"]),
        ("123456", 5, ["12345", "6"]),
        ("12\n34 5", 5, ["12", "34 5"]),
        ("12345\n6", 5, ["12345", "6"]),
        ("1 345 7", 5, ["1 345", "7"]),
        ("1 3 567", 5, ["1 3", "567"]),
        ("1\n\n\n\n\n2", 3, ["1", "2"]),
        ("😀😀😀", 5, ["😀😀", "😀"]),
        ("a😀😀", 4, ["a😀", "😀"]),
    ],
)
def test_a_piece_ends_at_a_line_else_at_a_space(words, limit, expected):
    """And within a word only where there is neither; never within a character."""
    assert expected == pieces(words, limit)


def test_a_long_list_is_cut_between_its_lines():
    """Each line is whole in one of the parts."""
    lines = [f"{number}: строка {'x' * (number % 70)}" for number in range(500)]
    found = pieces("\n".join(lines), 4096)
    assert len(found) > 1
    assert lines == [line for piece in found for line in piece.split("\n")]


def test_what_lies_to_the_eye_is_taken_out():
    """Controls, halves of pairs, and marks that turn the direction of writing."""
    assert "a\ufffdb\ufffd\ufffd\nc\td" == cleaned("a\0b\ud800\u202e\r\nc\td")
    assert "one line \ufffd" == one_line(" one\nline\t\x1b ", 20)
    assert "abcd…" == one_line("abcdefgh", 5)
