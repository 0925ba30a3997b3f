"""Values that are kept as one fact of the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.app.frozen import packed, unpacked
from allocator.core.text import Text, text


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Part:
    name: str
    money: Decimal


@dataclass(frozen=True)
class Whole:
    count: int
    share: float
    yes: bool
    parts: tuple[Part, ...]
    days: tuple[tuple[str, date], ...]
    when: datetime | None
    colour: Colour
    said: Text
    later: str = "default"


@dataclass(frozen=True)
class Before:
    """As an older program wrote it."""

    count: int
    name: str


@dataclass(frozen=True)
class After:
    count: int
    name: str
    new: tuple[str, ...] = ("nothing",)


parts = st.builds(Part, st.text(max_size=5), st.decimals(allow_nan=False))
wholes = st.builds(
    Whole,
    st.integers(),
    st.floats(allow_nan=False),
    st.booleans(),
    st.lists(parts, max_size=3).map(tuple),
    st.lists(st.tuples(st.text(max_size=3), st.dates()), max_size=2).map(tuple),
    st.none() | st.datetimes(timezones=st.just(UTC)),
    st.sampled_from(Colour),
    st.decimals(allow_nan=False).map(lambda money: text("{money} of {day}", money=money, day=date(2024, 5, 6))),
)


@given(wholes)
def test_what_is_packed_comes_back(whole: Whole) -> None:
    """Every digit, zone and sentence; infinity too."""
    assert whole == unpacked(Whole, packed(whole))


def test_a_field_that_was_not_there_yet_takes_its_default() -> None:
    """What an older program kept is not thrown away for it."""
    assert After(3, "a") == unpacked(After, packed(Before(3, "a")))


@pytest.mark.parametrize(
    "source",
    [
        "",
        "3",
        "[]",
        '{"count": 3}',
        '{"count": "3", "name": "a"}',
        '{"count": true, "name": "a"}',
        '{"count": 3, "name": null}',
        '{"count": 3, "name": "a", "new": "abc"}',
    ],
)
def test_what_is_no_such_value_is_refused(source: str) -> None:
    """One kind of error, whatever is wrong."""
    with pytest.raises(ValueError):  # noqa: PT011 -- whichever
        unpacked(After, source)


def test_a_sentence_that_lacks_a_field_is_refused() -> None:
    """It would fail for whoever prints it."""
    broken = packed(Whole(1, 1.0, True, (), (), None, Colour.RED, text("{one}", one=1))).replace("{one}", "{two}")
    with pytest.raises(ValueError):  # noqa: PT011
        unpacked(Whole, broken)


def test_only_frozen_values_are_packed() -> None:
    """A set has no order, a function no words."""
    with pytest.raises(TypeError):
        packed({1, 2})
