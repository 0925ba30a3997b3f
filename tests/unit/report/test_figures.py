from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.config import values
from allocator.report import numbers

amounts = st.decimals(min_value=0, max_value=10**12, places=6, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        ("0", "0"),
        ("0", "-0.00"),
        ("1000", "1E+3"),
        ("0.000005", "5e-06"),
        ("12.3", "12.300"),
        ("-12.3", "-12.300"),
    ],
)
def test_plain_digits(expected: str, value: str) -> None:
    """A number in JSON or CSV has all its digits, no exponent, no trailing zeros and no minus zero."""
    assert expected == numbers.plain(Decimal(value))


@pytest.mark.parametrize(
    ("expected", "digits"),
    [("1 234 567.891", "1234567.891"), ("999", "999"), ("-1 000", "-1000"), ("+2 420 000", "+2420000")],
)
def test_thousands_are_parted_by_spaces(expected: str, digits: str) -> None:
    """Only what stands before the point is grouped; a sign stays where it is."""
    assert expected == numbers.grouped(digits)


@given(amounts)
def test_printed_money_goes_back_into_a_portfolio_file(amount: Decimal) -> None:
    """What the table prints can be copied into the INI: it reads the same number."""
    assert numbers.cents(amount) == values.number(numbers.money(amount))


@given(amounts)
def test_cash_is_never_rounded_up(amount: Decimal) -> None:
    """Printed cash is at most the real one, and less than a hundredth below it, for debts too."""
    for cash in (amount, -amount):
        assert 0 <= cash - numbers.cents_at_most(cash) < Decimal("0.01")


@pytest.mark.parametrize(
    ("expected", "price", "decimals"),
    [("7 288.0", "7288", 1), ("0.024425", "0.024425", 6), ("15 116", "15116", 0), ("3.58375", "3.58375", 2)],
)
def test_prices_have_the_exchanges_decimals(expected: str, price: str, decimals: int) -> None:
    """As many decimals as the exchange shows; a mean price with more keeps them, since it is what is reckoned with."""
    assert expected == numbers.price(Decimal(price), decimals)


@pytest.mark.parametrize(
    ("expected", "fraction"),
    [
        ("12.84%", "0.1284"),
        ("0.00%", "0"),
        ("0.05%", "0.0005"),
        ("0.0034%", "0.0000342"),
        ("-30.41%", "-0.304096"),
        ("100.00%", "1"),
        ("1 234.50%", "12.345"),
    ],
)
def test_percentages(expected: str, fraction: str) -> None:
    """Two decimals, or two digits where that would hide a small share: only zero reads as zero."""
    assert expected == numbers.percent(Decimal(fraction))


@given(st.fractions(min_value="1/1000000000000", max_value=1))
def test_only_zero_reads_as_zero(fraction: object) -> None:
    """A share that is not nothing is never printed as 0.00%."""
    shown = numbers.percent(Decimal(fraction.numerator) / Decimal(fraction.denominator))  # type: ignore[attr-defined]
    assert shown.strip("0.%")


@pytest.mark.parametrize(
    ("expected", "fraction"),
    [("0.00%", "0"), ("0.0001%", "3.5e-10"), ("0.0092%", "0.00009101"), ("0.01%", "0.0001"), ("1.25%", "0.0125")],
)
def test_a_bound_is_rounded_up(expected: str, fraction: str) -> None:
    """What is said to be proven is never more than is proven."""
    assert expected == numbers.percent_at_most(Decimal(fraction))
    assert "0.02" == numbers.money_at_most(Decimal("0.0101"))


def test_decimal_points_stand_under_each_other() -> None:
    """Cells of a column get one width and one place for the point; a % sign stands where a fraction would."""
    assert ["7 288.0     ", "    0.024425", "  500       ", "   40%      "] == numbers.aligned(
        ["7 288.0", "0.024425", "500", "40%"]
    )
