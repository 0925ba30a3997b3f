"""A portfolio at the last closes of a store that has not all of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from allocator.app.advice_quotes import Closes, priced
from allocator.config import parse
from allocator.core.bars import Bars, Interval
from allocator.core.errors import MarketError
from allocator.core.instrument import Instrument, Kind, Rename
from allocator.core.portfolio import Portfolio
from allocator.optimize import pose, solve
from allocator.store import Store, open_store

TODAY = date(2024, 3, 1)
INI = """
[have]
SBER = 10
GONE = 7
[want]
SBER = 50%
GAZP = 50%
[cash]
have = 1000
"""


def bars(price: float, last: str = "2024-02-29") -> Bars:
    begin = (np.datetime64(last, "D") - np.arange(4, -1, -1)).astype("datetime64[s]")
    same = np.full(5, price)
    return Bars(begin, same, same, same, same, same, same)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """SBER at 300 and GAZP at 150; the last deal in GONE is of years ago."""
    with open_store(str(tmp_path / "store.db")) as opened:
        with opened.transaction() as tx:
            tx.instruments.put([Instrument(name, Kind.SHARE, lot_size=1) for name in ("SBER", "GAZP", "GONE")])
            for name, some in (("SBER", bars(300)), ("GAZP", bars(150)), ("GONE", bars(99, "2021-03-01"))):
                tx.bars.put(name, Interval.DAY, some)
        yield opened


def portfolio(ini: str = INI) -> Portfolio:
    return parse(ini, Path("p.ini"))


def closes(store: Store) -> Closes:
    return Closes(store, lambda: TODAY)


@pytest.mark.parametrize(
    "lines",
    [
        "[want]\nGONE = 7",  # as many as are held
        "[trade]\nGONE = KEEP\n[want]",  # not named, and so to be sold: but it may not be
        "[trade]\nGONE = BUY\n[want]",
        "[trade]\nGONE = KEEP\n[want]\nGONE = 50",
        "[trade]\nGONE = SELL\n[want]\nGONE = 50",
    ],
)
def test_what_is_kept_needs_no_close(store: Store, lines: str) -> None:
    """It is held aside, with a note; the deals of the others are those that the file without it has."""
    rest, quotes = priced(portfolio(INI.replace("[want]", lines)), closes(store))
    assert ["SBER", "GAZP"] == [each.ticker for each in rest.assets] == list(quotes.by_ticker)
    said = "without a close in the store, but no deal in them is wanted or allowed; their value is in no sum: GONE"
    assert [said] == [str(note) for note in rest.notes]
    without, same = priced(portfolio(INI.replace("GONE = 7\n", "")), closes(store))
    plan, expected = solve(pose(rest, quotes)), solve(pose(without, same))
    assert [(row.position.ticker, row.lots) for row in expected.rows] == [
        (row.position.ticker, row.lots) for row in plan.rows
    ]
    assert Decimal(4000) == plan.problem.wealth


def test_no_close_of_what_is_kept_changes_the_parts_of_others(store: Store) -> None:
    """With its close and without, the others' ideals are the same."""
    lines = portfolio(INI.replace("[want]", "[want]\nGONE = 7"))
    without = pose(*priced(lines, closes(store)))
    with store.transaction() as tx:
        tx.bars.put("GONE", Interval.DAY, bars(99))
    having = pose(*priced(lines, closes(store)))
    assert ["GONE"] == [each.ticker for each in having.positions if each.ticker not in {"SBER", "GAZP"}]
    ideals = {each.ticker: each.ideal for each in having.positions if each.ticker != "GONE"}
    assert ideals == {each.ticker: each.ideal for each in without.positions}


@pytest.mark.parametrize(
    ("ini", "held", "wanted"),
    [
        (INI.replace("GONE = 7\n", "").replace("[want]", "[want]\nGONE = 50"), "0", "50"),  # a purchase
        (INI.replace("[want]", "[trade]\nGONE = BUY\n[want]\nGONE = 9"), "7", "9"),
        (INI.replace("GONE = 7", "GONE = 50").replace("[want]", "[want]\nGONE = 0"), "50", "0"),  # a sale
        (INI.replace("[want]", "[trade]\nGONE = SELL\n[want]"), "7", "0"),
        (INI.replace("GONE = 7", "GONE = 7.50"), "7.5", "0"),  # not named: to be sold
    ],
)
def test_what_is_to_be_dealt_in_needs_a_close(store: Store, ini: str, held: str, wanted: str) -> None:
    """The money that it takes or brings is that of the others: no plan without it, and what to type is told."""
    with pytest.raises(MarketError) as found:
        priced(portfolio(ini), closes(store))
    (message, hint) = map(str, found.value.lines[0])
    said = "GONE: the store has no close of it, and what the others get depends on its price"
    assert f"{said}: {held} held, {wanted} wanted." == message
    assert "allocator refresh --tickers GONE;" in hint
    assert f"write GONE = {held} in [want], or GONE = KEEP in [trade]." in hint


def test_wanted_in_percent_it_stops_the_plan(store: Store) -> None:
    """Its share in money depends on its price; what to type is told."""
    with pytest.raises(MarketError) as found:
        priced(portfolio(INI.replace("GAZP = 50%", "GONE = 50%")), closes(store))
    (message, hint) = map(str, found.value.lines[0])
    assert "GONE: the store has no close of it, and what its share is in money depends on its price." == message
    assert "allocator refresh --tickers GONE" in hint
    assert "write GONE = 7 in [want]" in hint


def test_nothing_with_a_close_is_no_portfolio(store: Store) -> None:
    """Then all are named."""
    with pytest.raises(MarketError, match="GONE: the store has no close of it"):
        priced(portfolio("[have]\nGONE = 7\n[cash]\nhave = 1\n"), closes(store))


def test_a_changed_ticker_has_the_closes_of_the_newer(store: Store) -> None:
    """In units of the one that the file names; its lot is known where units are the same."""
    with store.transaction() as tx:
        tx.renames.put([Rename("SBRX", "SBER", date(2020, 1, 9)), Rename("OLD", "GAZP", date(2020, 1, 9), Fraction(2))])
        tx.instruments.put([Instrument("SBER", Kind.SHARE, lot_size=10)])
    found = closes(store).quotes(["TQBR:SBRX", "OLD"])
    assert [(Decimal(300), 10), (Decimal(300), 1)] == [(each.bid, each.lot_size) for each in found.by_ticker.values()]
    assert any("does not know the lots of OLD" in str(note) for note in found.notes)
