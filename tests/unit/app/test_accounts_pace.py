"""How long what is bought is kept, by the log of trades."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.app.accounts_pace import Flow, flows_of, holding_days, pace
from allocator.core.accounts import Account, Change, ChangeKind, Holding
from allocator.core.bars import Bars, Interval
from allocator.core.instrument import Instrument, Kind, Rename, Split
from allocator.report.accounts import Pace
from allocator.store import Store, open_store

D = Decimal
OPENED, TRADED, CLOSED = ChangeKind
DAY = date(2024, 1, 15)  # a Monday


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2024, 1, day, hour, tzinfo=UTC)


def change(ticker: str, before: int, after: int, day: int, kind: ChangeKind = TRADED, account: str = "mine") -> Change:
    return Change(account, ticker, at(day), D(before), D(after), kind)


@pytest.mark.parametrize(
    ("values", "bought", "expected"),
    [
        ([], [], 0.0),
        ([100], [0], 1.0),  # the first day
        ([100] * 5, [0] * 5, 5.0),  # what is kept grows older by a day
        ([100, 100], [0, 100], 1.0),  # all of it is new
        ([100, 100, 100], [0, 0, 25], 2.5),  # a quarter is new: 2 * 3/4 + 1
        ([100, 100], [0, 300], 1.0),  # bought and sold again within a day
        ([100, 100, 0, 100], [0, 0, 0, 100], 1.0),  # nothing was left on a day
    ],
)
def test_the_rule(values: list[float], bought: list[float], expected: float) -> None:
    """H <- H (1 - min(B, P) / P) + 1."""
    assert expected == holding_days(np.array(values, float), np.array(bought, float))


@given(st.lists(st.tuples(st.floats(1, 1e9), st.floats(0, 1e9)), min_size=1, max_size=50))
def test_between_one_day_and_all_days(days: list[tuple[float, float]]) -> None:
    """Nothing is younger than a day or older than the log."""
    values, bought = np.array(days).T
    assert 1 <= holding_days(values, bought) <= len(days)


def flows(log: Sequence[Change], renames: Sequence[Rename] = (), splits: Sequence[Split] = ()) -> list[Flow]:
    return flows_of(log, renames, splits)


def test_what_an_account_came_with_was_not_bought() -> None:
    """Only a change of an account that was there is a trade; a sale buys nothing."""
    log = [
        change("A", 0, 10, 15, OPENED),
        change("A", 10, 12, 16),
        change("A", 12, 5, 17),
        change("A", 5, 0, 18, CLOSED),
    ]
    assert [(10, 0), (2, 2), (-7, 0), (-5, 0)] == [(flow.grown, flow.bought) for flow in flows(log)]


def test_a_split_is_no_purchase() -> None:
    """Ten new shares for an old one: only what goes beyond that was bought, in units of today."""
    log = [change("A", 0, 10, 15, OPENED), change("A", 10, 103, 17)]
    found = flows(log, splits=[Split("A", date(2024, 1, 16), 1, 10, "iss")])
    assert [(100, 0), (3, 3)] == [(flow.grown, flow.bought) for flow in found]


def test_a_new_ticker_is_no_purchase() -> None:
    """The file names the paper anew: one went, the other came, and nothing was dealt in."""
    log = [change("OLD", 0, 10, 15, OPENED), change("OLD", 10, 0, 17), change("NEW", 0, 20, 17)]
    found = flows(log, renames=[Rename("OLD", "NEW", date(2024, 1, 16), Fraction(2))])
    assert [Flow("NEW", DAY, 20, 0), Flow("NEW", date(2024, 1, 17), 0, 0)] == found


def test_what_goes_from_account_to_account_is_no_purchase() -> None:
    """On one day, one has less and the other has more of it; the board does not matter."""
    log = [
        change("A", 0, 10, 15, OPENED),
        change("A", 10, 4, 16),
        change("TQBR:A", 0, 7, 16, account="other"),
    ]
    assert Flow("A", date(2024, 1, 16), 1, 1) == flows(log)[-1]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two papers with five days of bars from Monday on."""
    opened = open_store(str(tmp_path / "store.db"))
    begin = np.busday_offset(np.datetime64(DAY), np.arange(5)).astype("datetime64[s]")
    with opened.transaction() as tx:
        tx.instruments.put([Instrument(ticker, Kind.SHARE, "TQBR") for ticker in "AB"])
        for ticker, price in (("A", 10.0), ("B", 30.0)):
            close = np.full(5, price)
            tx.bars.put(ticker, Interval.DAY, Bars(begin, close, close, close, close, close, close))
    return opened


def put(store: Store, day: int, name: str = "mine", **held: int) -> None:
    """The account has this from that day on."""
    holdings = tuple(Holding(ticker, D(units)) for ticker, units in held.items())
    with store.transaction() as tx:
        old = tx.accounts.get(name)
        tx.accounts.put(Account(name, holdings, version=old.version if old else 0), at(day))


def test_of_a_store(store: Store) -> None:
    """Monday to Friday at closes: on Wednesday a half of 600 is bought, so 2 * 1/2 + 1 + 1 + 1."""
    with store.reading() as tx:
        assert Pace() == pace(tx)
    put(store, 15, A=30)
    put(store, 17, A=30, B=10)
    with store.reading() as tx:
        assert Pace(4, 4.0, DAY, ()) == pace(tx)


def test_a_new_account_does_not_make_the_portfolio_young(store: Store) -> None:
    """It came with what it had."""
    put(store, 15, A=30)
    put(store, 19, "other", B=100)
    with store.reading() as tx:
        assert 5 == pace(tx).horizon


def test_a_trade_after_the_last_bar_waits_for_its_day(store: Store) -> None:
    """On Saturday nothing is known of Monday's close."""
    put(store, 15, A=30)
    put(store, 20, A=300)
    with store.reading() as tx:
        assert 5 == pace(tx).horizon


def test_what_has_no_price_is_named(store: Store) -> None:
    """It counts on neither side; without any price the horizon is a day."""
    put(store, 15, X=1)
    with store.reading() as tx:
        assert Pace(1, 0.0, DAY, ("X",)) == pace(tx)
