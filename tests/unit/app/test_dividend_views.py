"""What is shown of dividends: what counts, ex-dates, yields, income, doubts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from allocator.app.dividend_views import Wanted, held_units, listing, review
from allocator.app.dividends import CLOSINGS
from allocator.core.bars import Bars, Interval
from allocator.core.errors import ConfigError, UsageError
from allocator.core.instrument import Dividend, Instrument, Kind, Rename, Split
from allocator.report.dividends import Line
from allocator.store import Store, open_store

TODAY = date(2026, 7, 10)
TAX = Decimal("0.13")


def row(ticker: str, day: str, amount: str, source: str = "shipped", currency: str = "RUB") -> Dividend:
    return Dividend(ticker, date.fromisoformat(day), Decimal(amount), currency, source)


ROWS = [
    row("LKOH", "2022-12-21", "793"),
    row("LKOH", "2022-12-21", "537", "iss"),
    row("LKOH", "2026-05-04", "278"),
    row("SBER", "2026-07-20", "37.64"),
    row("T", "2024-11-25", "92.5"),
    row("T", "2026-08-10", "4.6"),
    row("POLY", "2022-05-06", "0.52", currency="USD"),
]


def bars(*closes: tuple[str, float]) -> Bars:
    return Bars.of((day, close, close, close, close, 1.0, close) for day, close in closes)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Payments of four papers, one renamed and split, with the few closes that their yields need."""
    with open_store(str(tmp_path / "store.db")) as opened:
        with opened.transaction() as transaction:
            transaction.instruments.put(
                [Instrument(ticker, Kind.SHARE, "TQBR") for ticker in ("LKOH", "SBER", "T", "TCSG", "POLY", "GAZP")]
            )
            transaction.renames.put([Rename("TCSG", "T", date(2024, 11, 28))])
            transaction.splits.put([Split("T", date(2026, 4, 17), 1, 10, "shipped")])
            transaction.dividends.put(ROWS)
            week = [("2022-12-15", 4200.0), ("2022-12-16", 4100.0), ("2022-12-19", 3965.0), ("2022-12-20", 3600.0)]
            transaction.bars.put("LKOH", Interval.DAY, bars(*week, ("2022-12-21", 3500.0), ("2022-12-22", 3400.0)))
            transaction.bars.put(
                "TCSG", Interval.DAY, bars(("2024-11-21", 2400.0), ("2024-11-22", 2500.0), ("2024-11-25", 2400.0))
            )
            transaction.bars.put("SBER", Interval.DAY, bars(("2026-07-08", 300.0), ("2026-07-09", float("nan"))))
            transaction.facts.set(CLOSINGS, json.dumps({"SBER": ["2026-07-20"], "GAZP": ["2026-07-25"]}))
        yield opened


def shown(store: Store, wanted: Wanted) -> list[Line]:
    return list(listing(store, wanted, TODAY, TAX).lines)


def test_without_words_the_last_year_and_what_comes(store: Store) -> None:
    """By record date; what each source says is no matter."""
    assert [("LKOH", "2026-05-04"), ("SBER", "2026-07-20"), ("T", "2026-08-10")] == [
        (line.dividend.ticker, str(line.dividend.record_date)) for line in shown(store, Wanted())
    ]


def test_of_a_ticker_all(store: Store) -> None:
    """What counts, marked where a source says something else; with its ex-date and yield."""
    first, second = shown(store, Wanted(("LKOH",)))
    assert (Decimal(793), True, True) == (first.dividend.amount, first.counts, first.disputed)
    assert date(2022, 12, 20) == first.ex_date
    assert Decimal("0.2") == first.price_share  # of 3965, the last close with the dividend
    assert (False, None) == (second.disputed, second.price_share)


def test_all_sources(store: Store) -> None:
    """Each row, the one that counts first."""
    lines = shown(store, Wanted(("LKOH",), till=date(2023, 1, 1), all_sources=True))
    assert [("shipped", True), ("iss", False)] == [(line.dividend.source, line.counts) for line in lines]


def test_days(store: Store) -> None:
    """Record dates from and to, both included."""
    wanted = Wanted(since=date(2022, 5, 6), till=date(2022, 12, 21))
    assert ["POLY", "LKOH"] == [line.dividend.ticker for line in shown(store, wanted)]


def test_the_price_of_an_old_ticker_serves(store: Store) -> None:
    """TCSG traded when T's dividend of 2024 left the price."""
    for name in ("T", "TCSG"):
        first, _ = shown(store, Wanted((name,)))
        assert Decimal("0.037") == first.price_share


def test_a_future_yield_is_of_the_last_close(store: Store) -> None:
    """Bars without a price do not count, and stale ones say nothing."""
    (line,) = shown(store, Wanted(("SBER",)))
    assert Decimal("0.1254667") == round(line.price_share or Decimal(0), 7)
    with store.transaction() as transaction:
        transaction.dividends.put([row("SBER", "2026-09-20", "1")])
    assert shown(store, Wanted(("SBER",)))[1].price_share is None


def test_other_currencies_have_no_yield(store: Store) -> None:
    """A dollar is no share of a price in roubles."""
    with store.transaction() as transaction:
        transaction.bars.put("POLY", Interval.DAY, bars(("2022-05-05", 300.0)))
    assert shown(store, Wanted(("POLY",)))[0].price_share is None


def test_income_to_come(store: Store) -> None:
    """With portfolio files: held assets only, whose ex-date is ahead; units as they are now."""
    held = {"LKOH": Decimal(10), "SBER": Decimal(100), "TCSG": Decimal(20), "GAZP": Decimal(5)}
    found = listing(store, Wanted(held=held), TODAY, TAX)
    assert [("SBER", Decimal("3764.00")), ("T", Decimal("92.0"))] == [
        (line.dividend.ticker, line.income) for line in found.lines
    ]
    assert {"RUB": (Decimal("3856.00"), Decimal("3354.7200"))} == found.totals


def test_income_of_before_a_split(store: Store) -> None:
    """Twenty shares of today were two when the dividend was paid."""
    wanted = Wanted(since=date(2024, 1, 1), till=date(2024, 12, 31), held={"T": Decimal(20)})
    (line,) = shown(store, wanted)
    assert (Decimal(2), Decimal(185)) == (line.units, line.income)


def test_held_and_named(store: Store) -> None:
    """Tickers narrow the portfolio; nothing held is nothing shown."""
    assert ["SBER"] == [
        line.dividend.ticker
        for line in shown(store, Wanted(("SBER", "LKOH"), held={"SBER": Decimal(1), "T": Decimal(1)}))
    ]
    assert [] == shown(store, Wanted(held={}))


def test_unknown_tickers(store: Store) -> None:
    """A hint, in both commands."""
    for command in (lambda wanted: listing(store, wanted, TODAY, TAX), lambda wanted: review(store, wanted, TODAY)):
        with pytest.raises(UsageError, match=r"Did you mean SBER\?"):
            command(Wanted(("SBRE",)))


def test_what_is_missing(store: Store) -> None:
    """Of all that trades; or of what is held."""
    everything = review(store, Wanted(), TODAY)
    assert [("GAZP", date(2026, 7, 25))] == [(each.ticker, each.record_date) for each in everything.missing]
    assert "allocator dividends add GAZP 2026-07-25 AMOUNT" == everything.missing[0].command
    assert [] == review(store, Wanted(held={"SBER": Decimal(1)}), TODAY).missing


def test_what_is_doubtful(store: Store) -> None:
    """Since a year ago, or longer when asked."""
    with store.transaction() as transaction:
        transaction.dividends.put([row("SBER", "2026-07-20", "3764", "iss"), row("LKOH", "2026-05-05", "278", "iss")])
    found = review(store, Wanted(), TODAY)
    assert [("LKOH", "2026-05-04"), ("SBER", "2026-07-20")] == [
        (each.ticker, str(each.record_date)) for each in found.disagreements
    ]
    assert [("SBER", Decimal(100))] == [(each.dividend.ticker, each.measure) for each in found.suspicions]
    assert TODAY - timedelta(days=365) == found.since
    older = review(store, Wanted(("LKOH",), since=date(2020, 1, 1)), TODAY)
    assert [date(2022, 12, 21), date(2026, 5, 4)] == [each.record_date for each in older.disagreements]
    nobody = review(store, Wanted(held={}), TODAY)
    assert ([], [], []) == (list(nobody.disagreements), list(nobody.missing), list(nobody.suspicions))


def test_portfolio_files_add_up(tmp_path: Path) -> None:
    """Boards are left out, what is only wanted too."""
    paths = [tmp_path / "a.ini", tmp_path / "b.ini"]
    paths[0].write_text("[have]\nTQBR:SBER = 100\n[want]\nSBER = 50%\nLKOH = 50%\n", encoding="utf-8")
    paths[1].write_text("[have]\nSBER = 7\nFXRU = 1\n[want]\nSBER = 100%\n", encoding="utf-8")
    assert {"SBER": Decimal(107), "FXRU": Decimal(1)} == held_units(paths)
    with pytest.raises(ConfigError):
        held_units([tmp_path / "none.ini"])
