"""What is wrong with the data of a security, kept where a person can look at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from allocator.core.bars import Interval
from allocator.core.text import Text


class Fault(Enum):
    """The kinds of bad data. A bar with one of the first is kept out of the store's bars; see also the last two."""

    NULLS = "nulls"
    BAD_PRICE = "bad price"  # zero, negative, infinite
    BAD_RANGE = "bad range"  # high below low, open or close outside of them
    BAD_VOLUME = "bad volume"
    DUPLICATE = "duplicate"  # two different bars of one time
    FUTURE = "future"
    JUMP = "jump"  # a move that no corporate action explains: the bar is stored, readers see NaN until it is accepted
    REWRITTEN = "rewritten"  # the exchange's history no longer agrees with ours: the whole ticker waits


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; of the whole ticker when `begin` is None."""

    ticker: str
    interval: Interval
    begin: datetime | None  # Moscow wall clock, without a zone
    fault: Fault
    detail: Text
    row: str | None = None  # the bar as it came
    accepted: bool = False  # a person has looked and believes the exchange
