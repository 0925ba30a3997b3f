"""Prices, lots and times as the outside world spells them, made exact."""

from __future__ import annotations

from datetime import timedelta, timezone
from decimal import Decimal

MOSCOW = timezone(timedelta(hours=3), "MSK")  # no summer time since 2014

# Wider than any market and narrow enough that exact arithmetic on prices stays exact and quick.
DEAREST = Decimal("1e12")
FINEST_DIGITS = 12


def price(value: object) -> Decimal | None:
    """A price, exactly as sent: None unless it is a positive number of a sane size.

    JSON numbers arrive as `int` (whole prices), `Decimal`, or `float` from libraries that know no better;
    a float is read as its shortest spelling. 0 and null both mean "none" on the exchange.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return number if sane(number) else None


def sane(number: Decimal) -> bool:
    """Whether a number can be a price: 0 < number < 1e12, at most 12 digits after the point."""
    if not number.is_finite() or not 0 < number < DEAREST:
        return False
    return digits(number) <= FINEST_DIGITS


def digits(number: Decimal) -> int:
    """Digits after the decimal point of a finite number, trailing zeros aside."""
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def whole(value: object) -> int | None:
    """A positive whole number such as a lot size; None otherwise. 10, 10.0 and Decimal("10") are all ten."""
    number = price(value)
    return int(number) if number is not None and number == number.to_integral_value() else None
