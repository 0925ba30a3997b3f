"""Sentences within sentences."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.text import inflected, text

DAYS = ("день", "дня", "дней")


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


def test_words_go_with_their_number():
    """A template names the forms of a word; the number chooses."""
    said = "{age} {age:day|days} old, {gap:.2f}"
    assert ("1 day old, 0.50", "5 days old, 0.50") == (str(text(said, age=1, gap=0.5)), str(text(said, age=5, gap=0.5)))
    assert "21 день" == text("{age} {age:day|days}", age=21).render(lambda _: "{age} {age:день|дня|дней}")


@pytest.mark.parametrize(
    ("expected", "numbers"),
    [
        ("день", (1, 21, 101, "1 021", "1\N{NO-BREAK SPACE}001", -1)),
        ("дня", (2, 3, 4, 22, 104, 0.5, "1.0", Decimal("2.50"))),
        ("дней", (0, 5, 10, 11, 12, 14, 19, 20, 111, "1 011", "5, 21", "nan", "?", "")),
    ],
)
def test_russian_has_three_forms(expected: str, numbers: tuple[object, ...]):
    """One, few with fractions, and many, whether the number comes as one or written out."""
    assert [expected] * len(numbers) == [inflected(number, DAYS) for number in numbers]


@given(st.integers(min_value=0, max_value=10**12))
def test_two_digits_decide(number: int):
    """The last two digits of a whole number choose its Russian form, however it is written; English has two."""
    assert inflected(number, DAYS) == inflected(number % 100, DAYS) == inflected(f"{number:,}".replace(",", " "), DAYS)
    assert ("day" if number == 1 else "days") == inflected(number, ("day", "days"))


@given(st.text())
def test_every_value_takes_a_form(value: str):
    """Whatever stands where a number should, a sentence is made."""
    assert inflected(value, DAYS) in DAYS
