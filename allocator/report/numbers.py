"""Figures as people read them: grouped, rounded once, aligned on the decimal point.

Thousands are parted by a space, which the portfolio file reads back; JSON and CSV keep every digit instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from allocator.optimize.problem import exact

CENT = Decimal("0.01")
HUNDRED = Decimal(100)


def plain(value: Decimal) -> str:
    """All digits and no more: no exponent, no trailing zeros, no minus zero."""
    digits = format(value, "f")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return "0" if digits in {"-0", ""} else digits


def grouped(digits: str) -> str:
    """`1234567.89` as `1 234 567.89`; what follows the point is left alone."""
    whole, point, rest = digits.partition(".")
    sign = whole[: len(whole) - len(whole.lstrip("+-"))]
    return f"{sign}{int(whole[len(sign) :]):,}".replace(",", " ") + point + rest


def cents(value: Decimal) -> Decimal:
    """Money as it is printed: to the nearest hundredth."""
    return _rounded(value, ROUND_HALF_EVEN)


def cents_at_most(value: Decimal) -> Decimal:
    """Cash as it is printed: never more than there is."""
    return _rounded(value, ROUND_FLOOR)


def cents_in_all(values: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    """Money as it is printed where it has to add up to a printed total: those furthest above a kopeck get what is over.

    Each is within a kopeck of its value when the total is within one of theirs.
    """
    printed = [cents_at_most(value) for value in values]
    with exact():
        over = int((total - sum(printed, start=Decimal(0))) / CENT)
        furthest = sorted(range(len(values)), key=lambda n: printed[n] - values[n])
        for n in range(abs(over) if values else 0):
            at = n % len(values)
            printed[furthest[at] if over > 0 else furthest[-1 - at]] += CENT.copy_sign(over)
    return printed


def _rounded(value: Decimal, rounding: str) -> Decimal:
    with exact():
        return value.quantize(CENT, rounding) + 0  # + 0 turns minus zero into zero


def money(value: Decimal) -> str:
    return grouped(format(cents(value), "f"))


def price(value: Decimal, decimals: int) -> str:
    """A price with the exchange's number of decimals, or with more where the price itself has more."""
    return grouped(_padded(plain(value), decimals))


def units(value: Decimal) -> str:
    return grouped(plain(value))


def signed(value: Decimal) -> str:
    """A change in units, with its sign."""
    return f"+{units(value)}" if value > 0 else units(value)


def figure(value: float, places: int, *, signed: bool = True) -> str:
    """So many places, `+0.1`; what is rounded to zero has no minus."""
    return f"{round(value, places) + 0.0:{'+' if signed else ''}.{places}f}"


def percent(fraction: Decimal) -> str:
    """A share (0..1) as `12.84%`; a small one keeps two digits (`0.0034%`), so that only zero reads as zero."""
    with exact():
        value = fraction * HUNDRED
        places = min(12, max(2, 1 - value.adjusted())) if value else 2
        return grouped(_padded(plain(value.quantize(Decimal(1).scaleb(-places))), 2)) + "%"


def percent_at_most(fraction: Decimal) -> str:
    """A bound (0..1) as a percentage: rounded up, to four decimals, for a proof must not promise too much."""
    with exact():
        value = (fraction * HUNDRED).quantize(CENT * CENT, ROUND_CEILING)
        return grouped(_padded(plain(value), 2)) + "%"


def money_at_most(value: Decimal) -> str:
    """A bound in money, rounded up."""
    return money(_rounded(value, ROUND_CEILING))


def decimals_of(value: Decimal) -> int:
    """How many digits the number has after its point."""
    return len(plain(value).partition(".")[2])


def _padded(digits: str, decimals: int) -> str:
    whole, _, rest = digits.partition(".")
    rest = rest.ljust(decimals, "0")
    return f"{whole}.{rest}" if rest else whole


def aligned(cells: Sequence[str]) -> list[str]:
    """The same cells, all of one width, with their decimal points under each other."""
    parts = [_split(cell) for cell in cells]
    left = max((len(whole) for whole, _ in parts), default=0)
    right = max((len(rest) for _, rest in parts), default=0)
    return [whole.rjust(left) + rest.ljust(right) for whole, rest in parts]


def _split(cell: str) -> tuple[str, str]:
    """What stands left of the decimal point (or of the sign %), and the rest."""
    cut = next((at for at, character in enumerate(cell) if character in ".%"), len(cell))
    return cell[:cut], cell[cut:]


def right(cells: Sequence[str]) -> list[str]:
    """The same cells, all of one width, flush right."""
    width = max(map(len, cells), default=0)
    return [cell.rjust(width) for cell in cells]
