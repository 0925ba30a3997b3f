"""What all accounts are worth by the closes of the store, and how that came about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.app.accounts_log import Step
from allocator.app.closes import Closes
from allocator.app.portfolio_view import Paid, past_of, wealth
from allocator.core.accounts import Account, ChangeKind, Holding, Policy
from allocator.core.bars import Bars, Interval
from allocator.core.instrument import Dividend, Instrument, Kind, Rename, Split
from allocator.core.portfolio import Percent, Units
from allocator.report.wealth import Change, Point, Wealth, wealth_document
from allocator.store import Store, open_store

D = Decimal
TAX = D("0.13")
MONDAY = date(2024, 1, 15)
OPENED, TRADED, CLOSED = ChangeKind


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store.db"))


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def at(number: int) -> datetime:
    return datetime(2024, 1, 15, 9, tzinfo=UTC) + timedelta(days=number)


def bars(closes: Sequence[float], first: int = 0) -> Bars:
    """A bar for each close, from a day on."""
    return Bars.of([(day(first + n).isoformat(), *(close,) * 4, 1000, 1e6) for n, close in enumerate(closes)])


def trade(store: Store, closes: dict[str, Sequence[float]]) -> None:
    with store.transaction() as tx:
        tx.instruments.put([Instrument(each, Kind.SHARE, "TQBR", name=f"{each} PLC", lot_size=10) for each in closes])
        for ticker, column in closes.items():
            tx.bars.put(ticker, Interval.DAY, bars(column))


def write(store: Store, number: int, *accounts: Account) -> None:
    """Put accounts as they are then, whatever version is there."""
    from dataclasses import replace  # noqa: PLC0415

    with store.transaction() as tx:
        for each in accounts:
            old = tx.accounts.get(each.name)
            tx.accounts.put(replace(each, version=old.version if old else 0), at(number))


def seen(store: Store, today: int = 5) -> Wealth:
    with store.reading() as tx:
        return wealth(tx, day(today), TAX)


def held(*pairs: tuple[str, int], cash: int = 0, name: str = "mine") -> Account:
    return Account(name, tuple(Holding(ticker, D(units)) for ticker, units in pairs), D(cash))


def test_nothing_at_all(store: Store) -> None:
    """An empty store is worth nothing, and there is nothing to divide by."""
    assert Wealth() == seen(store)


def test_sums_weights_and_effective_positions(store: Store) -> None:
    """Units of all accounts at the last closes; effective positions leave cash out."""
    trade(store, {"A": [10, 11], "B": [30, 33]})
    write(store, 0, held(("A", 10), cash=100), held(("A", 20), ("B", 10), cash=10, name="other"))
    found = seen(store)
    assert (D(330 + 330), D(110), D(770)) == (found.securities, found.cash, found.value)
    assert D(2) == found.effective
    assert [("A", D(30), (("mine", D(10)), ("other", D(20)))), ("B", D(10), (("other", D(10)),))] == [
        (line.ticker, line.units, line.accounts) for line in found.lines
    ]
    assert [Fraction(330, 770)] * 2 == [
        Fraction(line.weight).limit_denominator(1000) for line in found.lines if line.weight
    ]
    assert day(1) == found.day


def test_what_has_no_price_is_named(store: Store) -> None:
    """It counts in no sum, and is never taken for nothing."""
    trade(store, {"A": [10, 11]})
    write(store, 0, held(("A", 1), ("BRK.B", 5)))
    found = seen(store)
    assert (D(11), ["BRK.B"]) == (found.value, found.unpriced)
    assert None is found.lines[1].value
    assert ["Without a price in the store, and so in no sum: BRK.B."] == list(map(str, found.notes))


def test_money_paid_in_is_no_gain(store: Store) -> None:
    """What was bought counts from the close of its day on; what was sold until then."""
    trade(store, {"A": [10, 11, 12, 13]})
    write(store, 0, held(("A", 10)))
    write(store, 1, held(("A", 30)))  # 20 bought at 11
    write(store, 3, held(("A", 5)))  # 25 sold at 13
    found = seen(store)
    assert [Point(day(0), D(100), D(100)), Point(day(1), D(330), D(320)), Point(day(2), D(360), D(320))] == list(
        found.history[:3]
    )
    assert Point(day(3), D(65), D(320 - 325)) == found.history[3]
    assert found.total is not None
    assert D(10 + 30 + 30) == found.total.money
    assert D(13) / 10 - 1 == pytest.approx(found.total.share)  # a rouble that stayed
    assert found.today is not None
    assert D(30) == found.today.money
    assert D(30) / 360 == pytest.approx(found.today.share)


def test_a_dividend_is_a_gain_after_tax(store: Store) -> None:
    """On its ex-date, of what was held before it."""
    trade(store, {"A": [100, 100, 90, 90]})
    with store.transaction() as tx:
        tx.dividends.put([Dividend("A", day(2), D(10), "RUB", "iss"), Dividend("A", day(3), D(10), "USD", "iss")])
    write(store, 0, held(("A", 10)))
    found = seen(store)
    assert found.total is not None
    assert (D("-100") + D("87.0"), D("87.0")) == (found.total.money, found.total.dividends)


def test_a_split_is_no_gain(store: Store) -> None:
    """Neither before the units are corrected nor after; until then somebody is told."""
    trade(store, {"A": [100, 100, 10, 10]})
    with store.transaction() as tx:
        tx.splits.put([Split("A", day(2), 1, 10, "iss")])
    write(store, 0, held(("A", 5)))
    before = seen(store)
    assert [D(500)] * 4 == [point.value for point in before.history]
    assert ["A of mine: one unit has become 10 since it was written down; correct the units."] == [
        str(note) for note in before.notes
    ]
    write(store, 3, held(("A", 50)))
    after = seen(store)
    assert ([D(500)] * 4, [D(500)] * 4) == (
        [each.value for each in after.history],
        [each.paid for each in after.history],
    )
    assert () == after.notes


def test_a_split_that_is_only_announced_changes_nothing(store: Store) -> None:
    """The closes are not in its units yet."""
    trade(store, {"A": [100, 100, 100, 100]})
    with store.transaction() as tx:
        tx.splits.put([Split("A", day(30), 1, 10, "iss")])
    write(store, 0, held(("A", 5)))
    found = seen(store)
    assert ([D(500)] * 4, ()) == ([point.value for point in found.history], found.notes)


def test_an_old_ticker_has_the_price_of_today(store: Store) -> None:
    """In units of the old paper, with a word that it has a new name."""
    trade(store, {"OLD": [100, 100], "NEW": [0, 0, 50, 51]})
    with store.transaction() as tx:
        tx.renames.put([Rename("OLD", "NEW", day(2), Fraction(2))])
    write(store, 2, held(("OLD", 10)))
    found = seen(store)
    assert D(10 * 2 * 51) == found.value
    assert ["OLD of mine is NEW today."] == list(map(str, found.notes))


def test_one_paper_under_two_boards_is_one_position(store: Store) -> None:
    """Effective positions count papers, not spellings."""
    trade(store, {"A": [10, 10]})
    write(store, 0, held(("A", 10), ("TQBR:A", 10)))
    assert D(1) == seen(store).effective


def test_what_is_wanted_and_not_held_is_shown_last(store: Store) -> None:
    """With its target; what is wanted at nothing is not."""
    trade(store, {"A": [10, 10], "B": [5, 5], "C": [1, 1]})
    write(store, 0, held(("A", 10)))
    with store.transaction() as tx:
        tx.accounts.put_policy(Policy((("B", Percent(D(60))), ("A", Percent(D(40))), ("C", Units(D(0))))), at(0))
    found = seen(store)
    assert [("A", D(40)), ("B", D(60))] == [(line.ticker, line.target.percent) for line in found.lines]  # type: ignore[union-attr]
    assert ["A"] == [line.ticker for line in found.held]


def test_a_price_that_is_older_than_others_is_named(store: Store) -> None:
    """It counts, for there is no better one; on the last day it did not move."""
    trade(store, {"A": [10, 10, 11], "B": [5, 6]})
    write(store, 0, held(("A", 10), ("B", 1)))
    found = seen(store)
    assert ["An older close: B of 2024-01-16."] == list(map(str, found.notes))
    assert {"A": D("0.1"), "B": None} == {line.ticker: line.moved for line in found.lines}


def test_old_closes_are_named(store: Store) -> None:
    """From the eighth day on, whatever the reason."""
    trade(store, {"A": [10, 11]})
    write(store, 0, held(("A", 10)))
    assert () == seen(store, 8).notes
    assert ["The last closes are 8 days old. Newer ones come with: allocator refresh"] == [
        str(note) for note in seen(store, 9).notes
    ]


def test_a_store_that_ended_years_before_the_log_has_prices_too(store: Store) -> None:
    """Old ones, which count and are said to be old, rather than none."""
    trade(store, {"A": [10, 11]})
    write(store, 3000, held(("A", 10)))
    found = seen(store, 3000)
    assert D(110) == found.lines[0].value
    assert ["The last closes are 2999 days old. Newer ones come with: allocator refresh"] == list(map(str, found.notes))


def test_an_account_that_is_renamed_or_closed_gains_nothing(store: Store) -> None:
    """What it had goes out at the close, as a sale would."""
    trade(store, {"A": [10, 11, 12]})
    write(store, 0, held(("A", 10)))
    with store.transaction() as tx:
        account = tx.accounts.get("mine")
        assert account is not None
        tx.accounts.remove(account, at(1))
    found = seen(store)
    assert (D(0), D(10)) == (found.value, found.total and found.total.money)
    assert (D(0), D(-10)) == (found.history[-1].value, found.history[-1].paid)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 50)), min_size=1, max_size=8),
    st.lists(st.integers(1, 500), min_size=10, max_size=10),
)
def test_gain_is_value_less_what_was_paid(trades: list[tuple[int, int]], prices: list[int]) -> None:
    """Whatever is bought and sold and whenever: to the last digit."""
    steps, units = [], D(0)
    for number, after in sorted(trades, key=lambda each: each[0]):
        steps.append(Step("mine", "A", day(number), units, D(after), TRADED))
        units = D(after)
    closes = Closes(tuple(day(n) for n in range(10)), {"A": tuple(map(D, prices))}, {"A": ("A", Fraction(1))}, {})
    past = past_of(steps, closes)
    last = past.points[-1]
    total = past.change()
    assert units * prices[-1] == last.value
    assert last.value - last.paid == (total.money if total else 0)


def test_a_dividend_after_the_last_close_waits(store: Store) -> None:
    """It is no gain before its day of trading has come."""
    closes = Closes((day(0), day(1)), {"A": (D(10), D(10))}, {"A": ("A", Fraction(1))}, {})
    step = Step("mine", "A", day(0), D(0), D(1), OPENED)
    past = past_of([step], closes, [Paid("A", day(5), D(1))])
    assert Change(D(0), D(0)) == past.change()


def test_the_document_says_the_same(store: Store) -> None:
    """Every amount of the page is in JSON, shares as fractions."""
    trade(store, {"A": [10, 11]})
    write(store, 0, held(("A", 10), cash=90))
    said = wealth_document(seen(store))
    assert (D(200), D(110), D(90), 1, D(1)) == tuple(
        said[key] for key in ("value", "securities", "cash", "open_positions", "effective_positions")
    )
    assert [
        {"day": "2024-01-15", "value": D(100), "paid": D(100)},
        {"day": "2024-01-16", "value": D(110), "paid": D(100)},
    ] == (said["history"])
