"""Which price stands for a bid and an ask when the book does not give both.

In an open session: the deal of the moment, the mean of the last ten minutes, the previous day's weighted price, the
previous close. With the session closed: the official close of today, then what came before. A book counts
only while the exchange says "T", continuous trading: in the opening phase it may be crossed, after the
close it is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from allocator.core.quote import Rung
from allocator.market.numbers import price

OPEN = "T"

IN_SESSION = (
    ("LAST", Rung.LAST),
    ("LCURRENTPRICE", Rung.CURRENT),
    ("MARKETPRICE", Rung.MARKET),
    ("PREVPRICE", Rung.PREVIOUS),
    ("PREVLEGALCLOSEPRICE", Rung.PREVIOUS),
)
OUT_OF_SESSION = (
    ("LCLOSEPRICE", Rung.CLOSE),
    ("CLOSEPRICE", Rung.CLOSE),
    ("LAST", Rung.LAST),
    ("PREVLEGALCLOSEPRICE", Rung.PREVIOUS),
    ("PREVPRICE", Rung.PREVIOUS),
    ("MARKETPRICE", Rung.MARKET),
    ("LCURRENTPRICE", Rung.CURRENT),
)
IN_ROUBLES = {"MARKETPRICE"}  # on every board, even where the book is in dollars


@dataclass(frozen=True, slots=True)
class Sides:
    """0 < bid <= ask, and the rung of the price that filled a missing side."""

    bid: Decimal
    ask: Decimal
    rung: Rung


def climb(row: Mapping[str, object], *, roubles: bool = True) -> Sides | None:
    """The best bid and ask that a row of ISS (securities and marketdata joined) supports; None without any price.

    A sane side of a one-sided book is kept, for it is real, and the missing one is the fallback moved no further
    than the kept one, so that they never cross. A crossed or locked book is not believed at all.
    """
    in_session = row.get("TRADINGSTATUS") == OPEN
    bid = price(row.get("BID")) if in_session else None
    ask = price(row.get("OFFER")) if in_session else None
    if bid is not None and ask is not None:
        if bid < ask:
            return Sides(bid, ask, Rung.LIVE)
        bid = ask = None
    for column, rung in IN_SESSION if in_session else OUT_OF_SESSION:
        fallback = price(row.get(column))
        if fallback is not None and (roubles or column not in IN_ROUBLES):
            return filled(bid, ask, fallback, rung)
    return None


def filled(bid: Decimal | None, ask: Decimal | None, fallback: Decimal, rung: Rung) -> Sides:
    """Both sides, the missing ones from a fallback price, never crossed."""
    if bid is not None:
        return Sides(bid, max(bid, fallback), rung)
    if ask is not None:
        return Sides(min(ask, fallback), ask, rung)
    return Sides(fallback, fallback, rung)
