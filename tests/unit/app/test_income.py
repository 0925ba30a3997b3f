"""What dividends bring, by the log of trades: who was entitled, what is expected, what nobody knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from allocator.app.dividend_desk import Desk
from allocator.app.dividends import CLOSINGS
from allocator.app.income import income, of_ticker
from allocator.core.accounts import Account, Holding
from allocator.core.bars import Bars, Interval
from allocator.core.errors import ConflictError, UsageError
from allocator.core.instrument import Dividend, Instrument, Kind, Rename, Split
from allocator.report.income import Income, OfTicker, Sum, income_document, of_ticker_document
from allocator.store import Store, open_store

D = Decimal
TODAY = date(2026, 3, 3)
TAX = D("0.13")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Three papers with a bar each; A pays."""
    with open_store(str(tmp_path / "store.db")) as opened:
        with opened.transaction() as tx:
            tx.instruments.put([Instrument(each, Kind.SHARE, "TQBR", name=f"{each} PLC") for each in ("A", "B", "NEW")])
            for ticker in ("A", "B", "NEW"):
                tx.bars.put(ticker, Interval.DAY, Bars.of([("2026-03-02", 10, 10, 10, 10, 1, 10)]))
            tx.dividends.put(
                [
                    Dividend("A", date(2025, 7, 18), D(10), "RUB", "iss"),
                    Dividend("A", date(2025, 12, 18), D(20), "RUB", "manual"),
                    Dividend("A", date(2025, 12, 18), D(25), "RUB", "iss"),
                    Dividend("A", date(2026, 5, 15), D(30), "RUB", "iss"),
                    Dividend("A", date(2026, 6, 15), D(2), "USD", "iss"),
                    Dividend("B", date(2025, 12, 18), D(1), "RUB", "iss"),
                ]
            )
        yield opened


def write(store: Store, day: str, units: dict[str, int], name: str = "mine") -> None:
    with store.transaction() as tx:
        old = tx.accounts.get(name)
        holdings = tuple(Holding(ticker, D(amount)) for ticker, amount in units.items())
        at = datetime.fromisoformat(day).replace(hour=9, tzinfo=UTC)
        tx.accounts.put(Account(name, holdings, version=old.version if old else 0), at)


def seen(store: Store, today: date = TODAY) -> Income:
    with store.reading() as tx:
        return income(tx, today, TAX)


def one(store: Store, ticker: str = "A") -> OfTicker:
    with store.reading() as tx:
        return of_ticker(tx, ticker, TODAY)


def test_nothing_was_ever_held(store: Store) -> None:
    """Nothing is known, nothing is counted."""
    assert Income(TODAY, TAX) == seen(store)


def test_only_what_was_held_before_the_ex_date(store: Store) -> None:
    """The day before is early enough, the ex-date itself is not; what the log does not know is not counted."""
    write(store, "2025-12-16", {"A": 100})  # after the payment of July
    write(store, "2025-12-18", {"A": 300})  # the ex-date of that of December is the 18th itself, by T+1
    found = seen(store)
    received = [each for each in found.payments if not each.expected]
    assert [(date(2025, 12, 18), D(100))] == [(each.dividend.record_date, each.units) for each in received]
    assert date(2025, 12, 18) == received[0].ex_date
    assert {"RUB": Sum(D(2000), D(1740))} == found.received
    assert date(2025, 12, 16) == found.since


def test_what_is_to_come_is_of_what_is_held_now(store: Store) -> None:
    """By currency; what was sold brings nothing."""
    write(store, "2025-06-02", {"A": 100, "B": 5})
    write(store, "2026-02-02", {"A": 40})
    found = seen(store)
    assert {"RUB": Sum(D(1200), D(1044)), "USD": Sum(D(80), D("69.6"))} == found.expected
    assert {"RUB": Sum(D(3005), D("2614.35"))} == found.received
    assert {"RUB": Sum(D(2005), D("1744.35"))} == found.by_month[2025, 12, False]
    assert {(2025, False): found.received, (2026, True): found.expected} == found.by_year


def test_accounts_add_up(store: Store) -> None:
    """Whoever holds it, the investor gets it."""
    write(store, "2025-06-02", {"A": 100})
    write(store, "2025-06-02", {"A": 11}, "other")
    assert D(111) == seen(store).payments[0].units


def test_disputes_are_marked_and_shown(store: Store) -> None:
    """The believed source first."""
    write(store, "2025-06-02", {"A": 1})
    found = seen(store)
    assert [False, True, False, False] == [each.disputed for each in found.payments]
    assert [("A", [D(20), D(25)])] == [(each.ticker, [row.amount for row in each.rows]) for each in found.disagreements]


def test_units_of_the_record_date(store: Store) -> None:
    """A dividend was paid for what there was before a later split."""
    with store.transaction() as tx:
        tx.splits.put([Split("A", date(2026, 1, 15), 1, 10, "iss")])
    write(store, "2025-06-02", {"A": 7})
    write(store, "2026-01-20", {"A": 70})
    assert [D(7), D(7), D(70), D(70)] == [each.units for each in seen(store).payments]


def test_a_paper_is_the_same_under_its_new_ticker(store: Store) -> None:
    """Dividends of the old one were of what is held now."""
    with store.transaction() as tx:
        tx.renames.put([Rename("OLD", "NEW", date(2025, 10, 1), Fraction(1))])
        tx.dividends.put([Dividend("OLD", date(2025, 8, 1), D(3), "RUB", "iss")])
    write(store, "2025-06-02", {"OLD": 10})
    write(store, "2025-10-03", {"NEW": 10})
    assert [("NEW", D(10), D(30))] == [(each.dividend.ticker, each.units, each.income) for each in seen(store).payments]


def test_missing_amounts_of_what_is_held(store: Store) -> None:
    """An announced record date without an amount, unless the paper was not held then."""
    with store.transaction() as tx:
        tx.facts.set(CLOSINGS, json.dumps({"A": ["2026-04-10"], "B": ["2026-04-10"]}))
    write(store, "2025-06-02", {"A": 1, "B": 1})
    write(store, "2026-02-02", {"A": 1})
    assert [("A", date(2026, 4, 10))] == [(each.ticker, each.record_date) for each in seen(store).missing]


def test_the_document_says_the_same(store: Store) -> None:
    """Sums by year, month and currency."""
    write(store, "2025-06-02", {"A": 100})
    said = income_document(seen(store))
    assert {"RUB": {"before_tax": D(3000), "after_tax": D("2610.00")}} == said["received"]
    years = said["years"]
    assert isinstance(years, list)
    assert [(2026, []), (2025, [7, 12])] == [
        (each["year"], [month["month"] for month in each["months"] if month["received"]]) for each in years
    ]


class TestOneTicker:
    def test_all_sources_are_shown(self, store: Store) -> None:
        """The newest first, the believed one before the others of its day."""
        found = one(store)
        assert ("A", "A PLC") == (found.ticker, found.name)
        days = [each.dividend.record_date for each in found.lines]
        assert sorted(days, reverse=True) == days
        assert [(D(20), True), (D(25), False)] == [
            (each.dividend.amount, each.counts) for each in found.lines if each.dividend.record_date.month == 12
        ]
        assert found.version == of_ticker_document(found)["version"]

    def test_an_unknown_one_is_refused(self, store: Store) -> None:
        """With advice."""
        with pytest.raises(UsageError, match="no such ticker"):
            one(store, "NOBODY")

    def test_an_edit_of_an_older_page_is_refused(self, store: Store) -> None:
        """Each edit makes another version, and the way back makes the first one again."""
        desk = Desk.of(store, 30, lambda: datetime(2026, 3, 3, 12, tzinfo=UTC))
        day = date(2026, 5, 15)
        first = one(store).version
        list(desk.add("A", day, D(31), version=first))
        with pytest.raises(ConflictError, match="dividends of A have changed"):
            list(desk.add("A", day, D(32), version=first))
        with pytest.raises(ConflictError):
            list(desk.remove("A", day, first))
        second = one(store).version
        list(desk.remove("A", day, second))
        assert first == one(store).version

    def test_a_payment_that_is_a_large_part_of_the_price_is_marked(self, store: Store) -> None:
        """More than a quarter of it, of those that count."""
        with store.transaction() as tx:
            days = [f"2025-12-{number}" for number in range(15, 20)]
            tx.bars.put("A", Interval.DAY, Bars.of([(each, 70, 70, 70, 70, 1, 70) for each in days]))
        found = one(store)
        marked = {line.dividend.record_date: found.large(line) for line in found.lines if line.counts}
        assert [date(2025, 12, 18)] == [day for day, large in marked.items() if large]

    def test_a_payment_that_may_stand_twice_is_marked(self, store: Store) -> None:
        """Two that count within a week."""
        with store.transaction() as tx:
            tx.dividends.put([Dividend("A", date(2026, 5, 18), D(11), "RUB", "manual")])
        found = one(store)
        marked = [each.dividend.record_date.day for each in found.lines if found.nearby(each)]
        assert [18, 15] == marked
