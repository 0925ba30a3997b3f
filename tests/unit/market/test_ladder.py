"""Which price stands for a bid and an ask when the book does not give both."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.quote import Rung
from allocator.market.ladder import IN_SESSION, OUT_OF_SESSION, Sides, climb

BOOK: dict[str, Any] = {"TRADINGSTATUS": "T", "BID": 100, "OFFER": 101, "LAST": 99}


def sides(bid: object, ask: object, rung: Rung) -> Sides:
    return Sides(Decimal(str(bid)), Decimal(str(ask)), rung)


def test_an_open_book_is_taken_as_it_is():
    """Even when the last deal lies outside it, as one in nine does."""
    assert sides(100, 101, Rung.LIVE) == climb(BOOK)


def test_a_one_sided_book_keeps_its_real_side():
    """The missing side is the last price, moved no further than the real one."""
    assert sides(100, 100, Rung.LAST) == climb(BOOK | {"OFFER": None})
    assert sides(100, 105, Rung.LAST) == climb(BOOK | {"OFFER": None, "LAST": 105})
    assert sides(99, 101, Rung.LAST) == climb(BOOK | {"BID": None})
    assert sides(101, 101, Rung.LAST) == climb(BOOK | {"BID": None, "LAST": 105})


@pytest.mark.parametrize("ask", [99, 100])
def test_a_crossed_or_locked_book_is_not_believed(ask: int):
    """Neither side of it is used."""
    assert sides(98, 98, Rung.LAST) == climb(BOOK | {"OFFER": ask, "LAST": 98})


@pytest.mark.parametrize("status", ["S", "N", "C", "B", "", None])
def test_a_book_counts_in_continuous_trading_only(status: str | None):
    """In the opening phase and after the close a bid and an ask are not what one can trade at."""
    assert sides(99, 99, Rung.LAST) == climb(BOOK | {"TRADINGSTATUS": status})


def test_the_rungs_of_an_open_session():
    """Without a book: last, the ten minutes' mean, yesterday's weighted price, yesterday's close."""
    row: dict[str, Any] = {"TRADINGSTATUS": "T"} | {column: 10 + n for n, (column, _) in enumerate(IN_SESSION)}
    seen = []
    for column, rung in IN_SESSION:
        found = climb(row)
        assert sides(row[column], row[column], rung) == found
        seen.append(rung)
        row[column] = None
    assert [Rung.LAST, Rung.CURRENT, Rung.MARKET, Rung.PREVIOUS, Rung.PREVIOUS] == seen
    assert None is climb(row)


def test_after_the_close_the_official_close_comes_first():
    """LCLOSEPRICE, then CLOSEPRICE, the last deal, the previous day."""
    row: dict[str, Any] = {"TRADINGSTATUS": "N"} | {column: 10 + n for n, (column, _) in enumerate(OUT_OF_SESSION)}
    for column, rung in OUT_OF_SESSION:
        assert sides(row[column], row[column], rung) == climb(row)
        row[column] = 0  # as null is, in old answers
    assert None is climb(row)


def test_a_weighted_price_in_roubles_is_no_price_in_dollars():
    """On a board of another currency MARKETPRICE stays in roubles, a hundred times too much."""
    row = {"TRADINGSTATUS": "T", "MARKETPRICE": 2138, "PREVPRICE": Decimal("23.843")}
    assert sides("23.843", "23.843", Rung.PREVIOUS) == climb(row, roubles=False)
    assert sides(2138, 2138, Rung.MARKET) == climb(row)


CELLS = st.one_of(st.none(), st.integers(-1, 50), st.decimals(allow_nan=True, allow_infinity=True))


@given(
    st.dictionaries(st.sampled_from(["BID", "OFFER", *dict(IN_SESSION), *dict(OUT_OF_SESSION)]), CELLS),
    st.sampled_from(["T", "N", "S", None]),
)
def test_bid_never_exceeds_ask(cells: dict[str, object], status: str | None):
    """Whatever the exchange sends, the answer is 0 < bid <= ask, or none."""
    found = climb(cells | {"TRADINGSTATUS": status})
    if found is not None:
        assert 0 < found.bid <= found.ask
