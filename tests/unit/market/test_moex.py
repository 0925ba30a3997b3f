"""Whatever the exchange may answer, the provider gives quotes or one clear error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.errors import MarketError
from allocator.core.quote import Rung
from allocator.market.failures import Failure
from allocator.market.http import Http
from allocator.market.iss import Iss
from allocator.market.moex import MARKETDATA, SECURITIES, Moex
from allocator.market.numbers import MOSCOW

NOW = datetime(2024, 2, 15, 18, 10, tzinfo=MOSCOW)


class Canned(Http):
    """A session that always has the same answer."""

    def __init__(self, document: object) -> None:
        super().__init__()
        self.document = document

    def json(
        self, url: str, params: Mapping[str, str] | None = None, check: Callable[[object], Failure | None] | None = None
    ) -> object:
        failure = check(self.document) if check else None
        if failure:
            raise failure.error(1)
        return self.document


def moex(document: object) -> Moex:
    return Moex(Iss(Canned(document), "http://exchange.invalid/iss"), now=lambda: NOW)


SBER = {"SECID": "SBER", "BOARDID": "TQBR", "LOTSIZE": 10, "CURRENCYID": "SUR", "STATUS": "A", "PREVPRICE": 289}
TRADED = {
    "SECID": "SBER",
    "BOARDID": "TQBR",
    "BID": Decimal("289.82"),
    "OFFER": Decimal("289.83"),
    "LAST": 290,
    "TRADINGSTATUS": "T",
}


def test_extended_json_is_understood():
    """Objects rather than columns and data, should a proxy or a later version of the exchange send them."""
    document = [{"charsetinfo": {"name": "utf-8"}}, {"securities": [SBER], "marketdata": [TRADED]}]
    quote = moex(document).quotes(["SBER"]).by_ticker["SBER"]
    assert (Decimal("289.82"), Rung.LIVE, "RUB", None) == (quote.bid, quote.rung, quote.currency, quote.name)


def test_columns_that_are_not_needed_may_be_gone():
    """Only keys, lots, sides and the status are missed; a quote without a currency is in roubles by default."""
    document = {
        "securities": {"columns": ["SECID", "BOARDID", "LOTSIZE"], "data": [["SBER", "TQBR", 10]]},
        "marketdata": {"columns": list(TRADED), "data": [list(TRADED.values())]},
    }
    quotes = moex(document).quotes(["SBER"])
    assert (Decimal("289.82"), None) == (quotes.by_ticker["SBER"].bid, quotes.by_ticker["SBER"].currency)
    assert (None, 15, ()) == (quotes.time, quotes.delay_minutes, quotes.notes)


def test_an_error_may_stand_in_either_shape():
    """As a list of objects, or as a block with a column `error`."""
    for document in ([{"indices": [{"error": "busy\n now"}]}], {"indices": [{"error": "busy\n now"}]}):
        with pytest.raises(MarketError, match=r'exchange\.invalid says "busy now"'):
            moex(document).quotes(["SBER"])


CELL = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**15),
    st.decimals(),
    st.sampled_from(["SBER", "TQBR", "TQTF", "T", "N", "A", "SUR", "USD", "2024-02-15 18:09:06", "17:54:06", ""]),
    st.text(max_size=5),
)
JSON = st.recursive(
    CELL, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
)


def block(columns: tuple[str, ...]) -> st.SearchStrategy[object]:
    """A block of some of these columns, its rows mostly of the right length and mostly of SBER."""
    names = st.lists(st.sampled_from(columns), unique=True).map(
        lambda some: ["SECID", "BOARDID", *sorted({*some} - {"SECID", "BOARDID"})]
    )
    row = st.fixed_dictionaries({}, optional=dict.fromkeys(columns, CELL))

    def compact(head: list[str], rows: list[dict[str, object]]) -> object:
        keyed = [{"SECID": "SBER", "BOARDID": "TQBR"} | cells for cells in rows]
        return {"columns": head, "data": [[cells.get(name) for name in head] for cells in keyed]}

    return st.one_of(
        st.builds(compact, st.just(list(columns)), st.lists(row, min_size=1, max_size=3)),
        st.builds(compact, names, st.lists(row, max_size=3)),
        st.lists(row, max_size=3),
        JSON,
    )


@given(st.fixed_dictionaries({"securities": block(SECURITIES), "marketdata": block(MARKETDATA)}) | JSON)
def test_any_json_is_quotes_or_a_market_error(document: object):
    """0 < bid <= ask, a lot of at least one unit, or one refusal; nothing else comes out."""
    try:
        quotes = moex(document).quotes(["SBER"])
    except MarketError:
        return
    quote = quotes.by_ticker["SBER"]
    assert 0 < quote.bid <= quote.ask
    assert quote.lot_size >= 1
    assert all(str(note) for note in quotes.notes)
