"""How many workers and where: what a person may say, and what it means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.workers import MOST, Workers


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (None, Workers()),
        (3, Workers(3)),
        ("3", Workers(3)),
        ("ray", Workers(None, "ray")),
        ("ray:4", Workers(4, "ray")),
        ("ray://head:10001", Workers(None, "ray://head:10001")),
        ("ray://10.0.0.7:10001/8", Workers(8, "ray://10.0.0.7:10001")),
        (" ray://[::1]:10001 ", Workers(None, "ray://[::1]:10001")),
    ],
)
def test_what_may_be_said(said, meant):
    """A number, Ray here, or Ray elsewhere, each with or without how many at once."""
    assert meant == Workers.of(said)


@pytest.mark.parametrize(
    "said",
    [0, -1, MOST + 1, "", "0", "1.5", "ray:0", "ray:", "ray://", "ray://head", "ray://head:0", "ray://head:70000",
     "ray://head:1/0", "ray://a b:1", "ray://u:p@head:1", "Ray", "http://head:1", "٣", "ray://head:10001/"],
)  # fmt: skip
def test_what_may_not(said):
    """Numbers out of range, other schemes, addresses without a port, and words alike."""
    with pytest.raises(ValueError):  # noqa: PT011 -- it has no words
        Workers.of(said)


@given(
    st.none() | st.integers(1, MOST),
    st.none() | st.just("ray") | st.integers(1, 65535).map("ray://head.example:{}".format),
)
def test_saying_it_again_means_the_same(count, address):
    """Settings and options keep it as it would be said."""
    meant = Workers(count, address)
    assert meant == Workers.of(meant.plain)
