"""A price as the market gave it, with its age and how good it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum

from allocator.core.text import Text


class Rung(Enum):
    """Which price stood in for a bid or an ask; `LIVE` is the real thing, the rest are fallbacks in order."""

    LIVE = "live"
    LAST = "last"
    CURRENT = "current"  # mean of the last ten minutes' deals
    CLOSE = "close"
    MARKET = "market"  # the previous day's weighted price
    PREVIOUS = "previous"  # the previous day's close


@dataclass(frozen=True, slots=True)
class Quote:
    """Prices of one unit of an asset: 0 < bid <= ask.

    `rung` is `LIVE` when both sides are a live bid and ask of an open session; otherwise the worse of the
    two fallbacks used. `stale` adds the quotes that are live but old. `time` is aware, or None when the
    source gives none.
    """

    ticker: str  # as the portfolio names it
    bid: Decimal
    ask: Decimal
    lot_size: int = 1
    last: Decimal | None = None
    price_step: Decimal | None = None
    decimals: int | None = None  # digits of a price to show
    time: datetime | None = None
    rung: Rung = Rung.LIVE
    stale: bool = False
    board: str | None = None
    name: str | None = None  # the security's short name
    currency: str | None = None  # ISO code


@dataclass(frozen=True, slots=True)
class Quotes:
    """The answer of a provider for a whole portfolio."""

    provider: str  # "MOEX", "FILE", "YAHOO FINANCE"
    by_ticker: Mapping[str, Quote]
    time: datetime | None = None  # of the newest quote
    source: str = ""  # host or path, for the line under the table
    delay_minutes: int = 0  # by which the source is late by its own rules
    notes: tuple[Text, ...] = field(default=())
