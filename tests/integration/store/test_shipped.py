"""The data that ships with the package, and how it gets into a store."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from allocator.core.calendar import Calendar
from allocator.core.instrument import Dividend, Split
from allocator.history.dividends import effective, joined
from allocator.store import Store, seed
from allocator.store.shipped import VERSION, shipped

SHARED = Path(__file__).parents[4] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="../shared with the recorded market is not here")


@pytest.fixture(scope="module")
def believed() -> dict[tuple[str, str], Decimal]:
    """Amounts by ticker and record date."""
    return {(each.ticker, str(each.record_date)): each.amount for each in effective(shipped().dividends)}


@pytest.mark.parametrize(
    ("ticker", "day", "amount"),
    [
        ("LKOH", "2022-12-21", "793"),  # ISS has one leg, 537
        ("CHMF", "2020-06-16", "53.61"),  # 26.26
        ("CHMF", "2021-06-01", "83.04"),  # 36.27
        ("MAGN", "2021-06-17", "2.74"),  # 0.945
        ("TATN", "2023-07-11", "27.71"),  # ISS: another day
        ("TATN", "2024-07-09", "25.17"),
        ("PHOR", "2023-07-11", "264"),
        ("PHOR", "2025-10-01", "273"),  # proposed: 387
        ("VTBR", "2021-07-15", "0.0014001308178917017"),  # 0.0000174, of the preferred share
        ("VTBR", "2017-05-10", "0.00117"),  # before 5000 became 1
        ("VTBR", "2025-07-11", "25.58"),  # after
        ("GMKN", "2023-12-26", "915.33"),  # before 1 became 100
        ("PLZL", "2024-12-13", "1301.75"),  # before 1 became 10
        ("PLZL", "2025-10-13", "70.85"),  # after
        ("T", "2024-11-25", "92.5"),  # of TCSG, before 1 became 10
        ("T", "2026-05-25", "4.5"),
        ("BELU", "2023-09-29", "320"),  # before 7 bonus shares for 1
        ("TRNFP", "2023-07-20", "16665.2"),
        ("GEMA", "2023-09-25", "42"),
        ("GAZP", "2022-10-11", "51.03"),
        ("MTLRP", "2017-07-11", "10.28"),
        ("SBER", "2024-07-11", "33.3"),
    ],
)
def test_amounts_are_as_paid(believed: dict[tuple[str, str], Decimal], ticker: str, day: str, amount: str) -> None:
    """Whole payments, per share of the record date, where the collections are partial, wrong or adjusted for splits."""
    assert Decimal(amount) == believed[ticker, day]


@pytest.mark.parametrize(
    ("ticker", "day"),
    [
        ("GAZP", "2022-07-20"),  # the meeting said no
        ("HYDR", "2025-07-11"),
        ("MSNG", "2025-07-08"),
        ("TGKA", "2022-07-18"),
        ("CHMF", "2022-05-31"),
        ("VTBR", "2021-06-22"),
        ("TATN", "2024-07-04"),  # the right day is another
        ("BELU", "2024-08-22"),  # bonus shares
    ],
)
def test_what_was_never_paid(believed: dict[tuple[str, str], Decimal], ticker: str, day: str) -> None:
    """Payments that some source lists and nobody got."""
    assert (ticker, day) not in believed


def test_rows_are_sound() -> None:
    """One row for a key, real days and amounts, every payment with an answer of the package's own."""
    rows = shipped().dividends
    assert 3000 < len(rows)
    assert {1} == set(Counter((each.ticker, each.record_date, each.currency, each.source) for each in rows).values())
    assert {"shipped", "iss", "poptimizer", "momentum"} == {each.source for each in rows}
    assert all(each.amount > 0 or each.source == "shipped" for each in rows)
    assert all(date(1998, 1, 1) < each.record_date < date(2027, 1, 1) for each in rows)
    assert {"RUB", "USD"} == {each.currency for each in rows}
    answered = {(each.ticker, each.record_date) for each in rows if each.source == "shipped"}
    assert set() == {(each.ticker, each.record_date) for each in rows} - answered


def test_payments_stand_under_the_ticker_of_today() -> None:
    """So that a reader who joins renames, and one who does not, see the same."""
    data = shipped()
    assert list(data.dividends) == joined(data.dividends, data.renames)
    assert set() == {each.old for each in data.renames} & {each.ticker for each in data.dividends}


def test_changed_tickers() -> None:
    """Those of the exchange's list, and the redomiciled ones that it leaves out."""
    changes = {(each.old, each.new): str(each.day) for each in shipped().renames}
    for pair, day in {
        ("TCSG", "T"): "2024-11-28",
        ("YNDX", "YDEX"): "2024-07-24",
        ("ENRU", "ELFV"): "2023-03-29",
        ("ISKJ", "ABIO"): "2023-08-18",
        ("FIVE", "X5"): "2025-01-09",
        ("HHRU", "HEAD"): "2024-09-25",
        ("MAIL", "VKCO"): "2021-12-14",
    }.items():
        assert day == changes[pair]


@needs_shared
def test_splits_are_those_collected() -> None:
    """Nothing is lost on the way."""
    with (SHARED / "splits.csv").open(encoding="utf-8") as file:
        wanted = {(row["ticker"], row["date"], int(row["before"]), int(row["after"])) for row in csv.DictReader(file)}
    assert wanted == {(each.ticker, str(each.day), each.before, each.after) for each in shipped().splits}


@needs_shared
@pytest.mark.slow
def test_prices_fell_by_what_was_paid() -> None:
    """On ex-dates of payments above 3% of the price, shares of 2014-2024 opened lower by about the payment."""
    closes: dict[str, dict[date, tuple[float, float]]] = defaultdict(dict)
    with gzip.open(SHARED / "daily/bars_2014_2024.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["board"] == "TQBR" and row["open"] and row["close"] and float(row["close"]) > 0:
                closes[row["ticker"]][date.fromisoformat(row["date"])] = float(row["open"]), float(row["close"])
    calendar = Calendar(np.array(sorted(closes["SBER"]), dtype="datetime64[D]"))
    days = [day.item() for day in calendar.days]
    ratios = []
    for each in effective(shipped().dividends):
        if each.currency != "RUB" or not date(2015, 1, 1) < each.record_date < days[-3]:
            continue
        ex_date = calendar.ex_date(each.record_date)
        before = days[days.index(ex_date) - 1]
        history = closes.get(each.ticker, {})
        if ex_date not in history or before not in history:
            continue
        share, close = float(each.amount) / history[before][1], history[before][1]
        if 0.03 < share < 0.095:  # a fall of 10% stops the auction
            ratios.append((close - history[ex_date][0]) / close / share)
    assert 600 < len(ratios)
    assert 0.82 < float(np.median(ratios)) < 0.92  # of the payment after tax: what a buyer loses
    assert 0.9 < float(np.mean(np.array(ratios) > 0.4))


def everything(store: Store) -> tuple[object, ...]:
    with store.reading() as transaction:
        return transaction.dividends.all(), transaction.splits.all(), transaction.renames.all()


def test_seeding_twice_is_seeding_once(store: Store) -> None:
    """The first time says what came, the second time there is nothing to do."""
    with store.transaction() as transaction:
        said = str(seed(transaction))
    first = everything(store)
    with store.transaction() as transaction:
        assert seed(transaction) is None
    assert f"dividends {sum(each.amount > 0 for each in effective(shipped().dividends))}" in said
    assert first == everything(store)
    assert (sorted(shipped().dividends, key=key), list(shipped().splits)) == (first[0], first[1])


def key(row: Dividend) -> tuple[str, date, str, str]:
    return row.ticker, row.record_date, row.currency, row.source


def test_other_rows_are_left_alone(store: Store) -> None:
    """What a person typed, what the exchange answered, and a split found a day or two off."""
    typed = Dividend("LKOH", date(2022, 12, 21), Decimal(1), "RUB", "manual")
    fresh = Dividend("LKOH", date(2022, 12, 21), Decimal(600), "RUB", "iss")
    found = Split("BELU", date(2024, 8, 22), 1, 8, "detected")
    with store.transaction() as transaction:
        transaction.dividends.put([typed, fresh])
        transaction.splits.put([found])
        seed(transaction)
    with store.reading() as transaction:
        rows = transaction.dividends.of("LKOH")
        splits = transaction.splits.all()
    assert {typed, fresh} <= set(rows)
    assert [found] == [each for each in splits if each.ticker == "BELU"]


def test_a_newer_version_replaces_the_older(store: Store) -> None:
    """Rows that ship no more go, changed ones change, and only those."""
    old = shipped()
    gone = Dividend("SBER", date(1999, 1, 1), Decimal(1), "RUB", "shipped")
    two = [replace(gone, record_date=date(1999, 2, 1), currency=currency) for currency in ("RUB", "USD")]
    typed = replace(gone, source="manual")
    changed = replace(old.dividends[0], amount=Decimal("0.5"))
    before = replace(
        old,
        version="older",
        dividends=(changed, *old.dividends[1:], gone, *two),
        splits=(*old.splits, Split("SBER", date(1999, 1, 1), 1, 10, "shipped")),
    )
    after = replace(old, version="newer", dividends=(*old.dividends, two[0]))
    with store.transaction() as transaction:
        seed(transaction, before)
        transaction.dividends.put([typed])
        seed(transaction, after)
        assert "newer" == transaction.facts.get(VERSION)
    rows, splits, _ = everything(store)
    assert sorted([*old.dividends, two[0], typed], key=key) == rows
    assert list(old.splits) == splits
