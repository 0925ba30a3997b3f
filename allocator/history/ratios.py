"""Ratios that companies split their shares by."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, log

SMALLEST = log(1.2)  # 6:5; below it a ratio is a price that moved
LARGEST_TERM = 10  # of a fraction such as 3:2
RARE_SLACK = 0.005  # two-digit ratios and fractions stand so close that only exact evidence tells them apart


def _ratios() -> tuple[tuple[float, Fraction, bool], ...]:
    """(log, ratio, whether it is rare), above 1, the likeliest first: 2, 100, 5000; then 12, 25; then 3:2."""
    round_ones = [Fraction(digit * 10**zeros) for zeros in range(5) for digit in range(1, 10)]
    two_digits = [Fraction(n * 10**zeros) for zeros in range(4) for n in range(11, 100) if n % 10]
    terms = range(2, LARGEST_TERM + 1)
    fractions = [Fraction(p, q) for q in terms for p in terms if p > q and gcd(p, q) == 1]
    return tuple(
        (log(ratio), ratio, ratio not in round_ones)
        for ratio in round_ones + two_digits + fractions
        if log(ratio) >= SMALLEST - 1e-9
    )


RATIOS = _ratios()


def clean(move: float, slack: float) -> Fraction | None:
    """The likeliest ratio of a split within `slack` of a `move`, both as logarithms; None when there is none.

    Positive moves are consolidations (100), negative ones splits (1/100).
    """
    for logarithm, ratio, rare in RATIOS:
        if abs(logarithm - abs(move)) <= (min(slack, RARE_SLACK) if rare else slack):
            return ratio if move > 0 else 1 / ratio
    return None
