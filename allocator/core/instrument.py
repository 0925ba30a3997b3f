"""Securities and indexes, and what happens to them besides trading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction


class Kind(Enum):
    """What a ticker stands for."""

    SHARE = "share"
    PREFERRED = "preferred"
    RECEIPT = "receipt"
    FUND = "fund"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class Instrument:
    """A ticker of the exchange. What is not known is None."""

    ticker: str
    kind: Kind
    board: str | None = None  # TQBR, TQTF; SNDX, RTSI for indexes
    isin: str | None = None
    name: str | None = None
    lot_size: int | None = None  # of today; it changes
    sector: str | None = None
    listed: date | None = None  # first day of trading
    delisted: date | None = None  # last day of trading; None while it trades


LARGEST_RATIO = 100_000
"""Of the units in a split: no exchange has made one beyond."""


@dataclass(frozen=True, slots=True)
class Split:
    """`before` shares became `after` shares; `day` is the first day of trading at the new price."""

    ticker: str
    day: date
    before: int
    after: int
    source: str  # "iss", "shipped", "detected", "manual"

    @property
    def factor(self) -> Fraction:
        """What earlier prices are multiplied by, and earlier volumes divided by."""
        return Fraction(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Rename:
    """From `day` on the paper trades as `new`; one unit of `old` became `ratio` units of `new`."""

    old: str
    new: str
    day: date
    ratio: Fraction = Fraction(1)
    source: str = "shipped"


@dataclass(frozen=True, slots=True)
class Dividend:
    """One payment by one source, for one share as it was on the record date (not adjusted for later splits)."""

    ticker: str
    record_date: date
    amount: Decimal  # before tax, in `currency`
    currency: str  # ISO code: RUB, USD, ...
    source: str  # "manual", "shipped", "iss", ...


@dataclass(frozen=True, slots=True)
class Member:
    """A ticker's stay in an index, or its sector when the index is one of a sector."""

    ticker: str
    since: date | None = None
    till: date | None = None  # the last day that the exchange answers for, not the end of the stay
    weight: float | None = None  # percent
