"""Prices and lots, exactly as the exchange sends them."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.market.numbers import digits, price, whole


@pytest.mark.parametrize(
    ("sent", "exact"),
    [
        ("162", "162"),  # whole prices are sent as integers
        ("289.82", "289.82"),
        ("5e-06", "0.000005"),
        ("7288.0", "7288"),
    ],
)
def test_a_price_is_exact_however_it_is_spelled(sent: str, exact: str):
    """JSON integers, decimals and exponents are the same kind of price."""
    assert Decimal(exact) == price(json.loads(sent, parse_float=Decimal))


@pytest.mark.parametrize("sent", [None, 0, -1, True, "289.82", Decimal("NaN"), Decimal("1e400"), float("inf"), 10**13])
def test_what_is_no_price_is_none(sent: object):
    """Null, zero and nonsense all mean that there is no price."""
    assert None is price(sent)


@given(st.floats(min_value=1e-6, max_value=1e6).map(lambda number: round(number, 6)).filter(bool))
def test_a_float_is_read_as_it_is_spelled(number: float):
    """0.1 is a tenth, not the binary fraction next to it."""
    assert Decimal(repr(number)) == price(number)


@pytest.mark.parametrize(("sent", "lot"), [(10, 10), (Decimal("10.0"), 10), (Decimal("1e4"), 10_000)])
def test_a_lot_is_a_whole_number(sent: object, lot: int):
    """A lot sent as a decimal is one all the same."""
    assert lot == whole(sent)


@pytest.mark.parametrize("sent", [None, 0, -10, Decimal("1.5"), "10"])
def test_what_is_no_lot_is_none(sent: object):
    """A lot of nothing, or of half a unit, is none."""
    assert None is whole(sent)


@pytest.mark.parametrize(("number", "count"), [("289.820", 2), ("5e-06", 6), ("1e3", 0), ("0", 0)])
def test_digits_after_the_point(number: str, count: int):
    """Trailing zeros and exponents do not count."""
    assert count == digits(Decimal(number))
