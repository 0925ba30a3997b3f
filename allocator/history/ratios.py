"""Ratios that companies split their shares by."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, log

SMALLEST = log(1.2)  # 6:5; below it a ratio is a price that moved
SIMPLE = 10  # numbers of a fraction such as 3:2; whole ratios have any one or two digits and zeros: 8:1, 12:1, 5000:1

_TOLERANCE = 1e-12


def _ratios() -> tuple[tuple[float, Fraction], ...]:
    """(log, ratio) above 1, the likeliest first: round numbers, then others, then fractions."""
    whole = [Fraction(n * 10**zeros) for zeros in range(5) for n in range(1, 100) if n % 10]
    whole.sort(key=lambda ratio: (len(str(ratio).rstrip("0")), ratio))
    small = [Fraction(p, q) for q in range(2, SIMPLE) for p in range(q + 1, SIMPLE + 1) if gcd(p, q) == 1]
    small.sort(key=lambda ratio: ratio.denominator)
    return tuple((log(ratio), ratio) for ratio in whole + small if log(ratio) >= SMALLEST - _TOLERANCE)


RATIOS = _ratios()


def clean(move: float, slack: float) -> Fraction | None:
    """The likeliest ratio of a split within `slack` of a `move`, both as logarithms; None when there is none.

    Positive for 100:1 (a consolidation), negative for 1:100.
    """
    size = abs(move)
    if not size >= SMALLEST - slack:
        return None
    for logarithm, ratio in RATIOS:
        if abs(logarithm - size) <= slack + _TOLERANCE:
            return ratio if move > 0 else 1 / ratio
    return None
