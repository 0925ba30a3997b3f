"""Sentences survive the database, ready to be translated."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.text import Text, text
from allocator.store.sentences import read, storable, written

PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.dates(),
    st.datetimes(),
    st.decimals(allow_nan=False),
    st.fractions(),
)
VALUES = st.dictionaries(st.text(min_size=1), PLAIN, max_size=3)
TEXTS = st.recursive(
    st.builds(Text, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), VALUES),
    lambda inner: st.builds(Text, st.just("{a}"), st.fixed_dictionaries({"a": inner})),
    max_leaves=3,
)


@given(TEXTS)
def test_sentence_comes_back_with_values_of_their_kinds(sentence: Text) -> None:
    """A template and its values, also sentences within sentences, are read as they were written."""
    columns = written(sentence)

    assert sentence == read(**columns)
    assert [type(value) for value in sentence.values.values()] == [
        type(value) for value in read(**columns).values.values()
    ]


def test_format_of_a_template_still_applies() -> None:
    """A date and an amount are dates and amounts again, so that a template may say how to show them."""
    sentence = text("{day:%d.%m.%Y} {amount:.2f} {part}", day=date(2024, 1, 3), amount=1.005, part=Fraction(1, 3))

    assert "03.01.2024 1.00 1/3" == str(read(**written(sentence)))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (np.float64(0.1), "0.1"),
        (np.int64(3), "3"),
        (np.datetime64("2024-01-03"), "2024-01-03"),
        (Path("a/b"), str(Path("a/b"))),
        (Decimal("1.50"), "1.50"),
        (datetime(2024, 1, 3, 10), "2024-01-03 10:00:00"),
        ((1, date(2024, 1, 3)), "[1, datetime.date(2024, 1, 3)]"),
    ],
)
def test_any_value_is_kept_at_least_in_words(value: object, shown: str) -> None:
    """Numbers of numpy, paths and the like reach the reader as they would have been shown."""
    assert shown == str(read(**written(text("{x}", x=value))))


@given(st.text(st.characters()))
def test_storable_words_are_text_to_every_database(words: str) -> None:
    """Neither a NUL nor half of a surrogate pair is left, and words without them are as they were."""
    kept = storable(words)

    assert "\0" not in kept
    assert kept == kept.encode().decode()
    assert kept == words or "\0" in words or any(0xD800 <= ord(each) < 0xE000 for each in words)
