"""What prices as traded are multiplied by, so that they can be compared over splits and dividends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np

from allocator.core.bars import Bars, Floats, Times
from allocator.core.calendar import Calendar
from allocator.core.instrument import Dividend, Split

DIGITS = 10  # significant, of a price: the exchange prints fewer, so a quotient can be put back to its decimals
ROUBLE = frozenset({"RUB", "RUR", "SUR"})

Rate = Callable[[str, date], float | None]


def split_factors(begin: Times, splits: Iterable[Split]) -> Floats:
    """(n,) what prices are multiplied by, and volumes divided by, to be in units of after the last split.

    1 from the day of the last split on.
    """
    days = begin.astype("datetime64[D]")
    factors = np.ones(len(days))
    for split in splits:
        factors[days < np.datetime64(split.day)] *= float(split.factor)
    return factors


def scaled(prices: Floats, factor: Fraction) -> Floats:
    """(n,) prices times an exact ratio, as the nearest floats to decimals of ten significant digits."""
    if factor == 1:
        return prices
    return rounded(prices * factor.numerator / factor.denominator)


def rounded(prices: Floats) -> Floats:
    """(n,) prices at ten significant digits: 15054.0 and not 15053.999999999998. NaN stays."""
    known = np.isfinite(prices) & (prices > 0)
    digits = np.zeros(len(prices))
    np.log10(prices, out=digits, where=known)
    digits = np.clip(DIGITS - 1 - np.floor(digits), 0, 22)  # a power of ten up to 22 is an exact float
    power = 10.0**digits
    return np.where(known, np.rint(prices * power) / power, prices)


def total_return_factors(
    bars: Bars,
    splits: Iterable[Split],
    dividends: Iterable[Dividend],
    calendar: Calendar,
    tax: Decimal,
    rate: Rate | None = None,
) -> Floats:
    """(n,) multipliers of raw closes: a ratio of two products is the return with dividends after tax reinvested.

    Splits are in them. A dividend d is reinvested at the open of its ex-date: earlier prices are multiplied by
    1 - d·(1 - tax) / (the last close before). `bars` are raw and sorted; `dividends` are those to believe, the
    payments of one ex-date are summed. One whose ex-date is not yet traded, or that came before the first bar, changes
    nothing; neither does one of a foreign currency without a `rate` (roubles for one unit of a currency on the
    record date, None if not known), nor one that exceeds the price: no bar can say what it did.
    """
    splits = tuple(splits)
    factors = split_factors(bars.begin, splits)
    if not len(bars):
        return factors
    sessions = calendar.session_of(bars.days)
    for position, paid in payments(bars, sessions, splits, dividends, calendar, rate).items():
        price = bars.close[position]
        kept = 1.0 - paid * float(1 - tax) / price
        if kept > 0:  # false for NaN too
            factors[: position + 1] *= kept
    return factors


def payments(
    bars: Bars,
    sessions: Times,
    splits: Sequence[Split],
    dividends: Iterable[Dividend],
    calendar: Calendar,
    rate: Rate | None = None,
) -> dict[int, float]:
    """Position of the last bar with the dividend -> roubles paid for one share as it traded then, before tax."""
    found: defaultdict[int, float] = defaultdict(float)
    payments = [payment for payment in dividends if payment.amount > 0]
    records = np.array([payment.record_date for payment in payments], dtype="datetime64[D]")
    firsts = np.searchsorted(sessions, calendar.ex_dates(records), side="left")
    for payment, first in zip(payments, firsts.tolist(), strict=True):
        roubles = _roubles(payment, rate)
        if roubles is None or not 0 < first < len(bars):
            continue
        day: date = bars.begin[first - 1].item().date()
        for split in splits:  # between the last price with the dividend and its record date
            if day < split.day <= payment.record_date:
                roubles /= float(split.factor)
        found[first - 1] += roubles
    return found


def _roubles(payment: Dividend, rate: Rate | None) -> float | None:
    if payment.currency.upper() in ROUBLE:
        return float(payment.amount)
    price = rate(payment.currency, payment.record_date) if rate else None
    return None if price is None else float(payment.amount) * price
