"""Dividends mended by hand: what is said, what is kept, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from allocator.app.dividend_desk import Desk, asked_amount, asked_currency, asked_day, asked_ticker
from allocator.core.errors import AllocatorError, StoreError, UsageError
from allocator.core.instrument import Dividend, Instrument, Kind, Rename
from allocator.history.dividends import effective, joined
from allocator.store import Store, open_store
from allocator.store.backups import read

DAY = date(2022, 12, 21)
SHIPPED = Dividend("LKOH", DAY, Decimal(793), "RUB", "shipped")
ISS = Dividend("LKOH", DAY, Decimal(537), "RUB", "iss")
OLD = Dividend("TCSG", date(2021, 3, 26), Decimal("18.16"), "RUB", "manual")


class Clock:
    """A second later at each look."""

    def __init__(self) -> None:
        self.time = datetime(2026, 7, 18, 1, 2, 3)

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk over a store with one payment of two sources, and one under an old ticker."""
    with open_store(str(tmp_path / "store.db")) as store:
        with store.transaction() as transaction:
            transaction.instruments.put([Instrument(ticker, Kind.SHARE, "TQBR") for ticker in ("LKOH", "SBER", "T")])
            transaction.renames.put([Rename("TCSG", "T", date(2024, 11, 28))])
            transaction.dividends.put([SHIPPED, ISS, OLD])
        yield Desk.of(store, 30, Clock())


def rows(store: Store) -> set[Dividend]:
    with store.reading() as transaction:
        return set(transaction.dividends.all())


def counts(store: Store, ticker: str) -> list[tuple[date, Decimal]]:
    with store.reading() as transaction:
        believed = effective(joined(transaction.dividends.all(), transaction.renames.all()))
    return [(each.record_date, each.amount) for each in believed if each.ticker == ticker]


def test_what_is_typed_counts(desk: Desk) -> None:
    """And what others say is told, and kept."""
    said = list(map(str, desk.add("LKOH", DAY, Decimal(800))))
    assert [
        "LKOH, 2022-12-21: 800 RUB (manual) counts from now on.",
        "Before: LKOH, 2022-12-21: 537 RUB (iss).",
        "Before: LKOH, 2022-12-21: 793 RUB (shipped).",
    ] == said
    assert [(DAY, Decimal(800))] == counts(desk.store, "LKOH")
    assert {SHIPPED, ISS} < rows(desk.store)


def test_typing_again_replaces(desk: Desk) -> None:
    """Also in another currency: there is one typed answer for a day."""
    list(desk.add("SBER", DAY, Decimal(1)))
    said = list(map(str, desk.add("SBER", DAY, Decimal(2), "USD")))
    assert ["SBER, 2022-12-21: 2 USD (manual) counts from now on.", "Before: SBER, 2022-12-21: 1 RUB (manual)."] == said
    assert [(DAY, Decimal(2))] == counts(desk.store, "SBER")


def test_a_typed_zero_means_none(desk: Desk) -> None:
    """Said in words."""
    first, *_ = map(str, desk.add("LKOH", DAY, Decimal(0)))
    assert "LKOH, 2022-12-21: no dividend, whatever other sources say." == first
    assert [] == counts(desk.store, "LKOH")


def test_a_payment_nearby_is_pointed_out(desk: Desk) -> None:
    """Likely the same one, typed with another day."""
    *_, last = map(str, desk.add("LKOH", date(2022, 12, 19), Decimal(800)))
    assert (
        "LKOH, 2022-12-21: 793 RUB (shipped) counts as well; if it is the same payment: "
        "allocator dividends remove LKOH 2022-12-21"
    ) == last


def test_the_same_amount_nearby_is_the_same_payment(desk: Desk) -> None:
    """The typed day goes before the shipped one, and there is nothing to point out."""
    assert 1 == len(list(desk.add("LKOH", date(2022, 12, 22), Decimal(793))))
    assert [(date(2022, 12, 22), Decimal(793))] == counts(desk.store, "LKOH")


def test_removing_what_was_typed(desk: Desk) -> None:
    """Brings back what counted before, and says so."""
    list(desk.add("LKOH", DAY, Decimal(800)))
    assert [
        "Removed: LKOH, 2022-12-21: 800 RUB (manual).",
        "Now LKOH, 2022-12-21: 793 RUB (shipped) counts; to overrule it, remove it too.",
    ] == list(map(str, desk.remove("LKOH", DAY)))
    assert {SHIPPED, ISS, OLD} == rows(desk.store)


def test_removing_what_was_not_typed(desk: Desk) -> None:
    """Overrules it by a typed zero, which the next removal takes back."""
    (said,) = map(str, desk.remove("LKOH", DAY))
    assert said.startswith("LKOH, 2022-12-21: 793 RUB (shipped) is kept but counts no more: a typed 0 says")
    assert [] == counts(desk.store, "LKOH")
    list(desk.remove("LKOH", DAY))
    assert [(DAY, Decimal(793))] == counts(desk.store, "LKOH")


def test_there_is_nothing_to_remove(desk: Desk) -> None:
    """The nearest dates are offered, and no backup is made of what does not change."""
    with pytest.raises(UsageError, match="LKOH has no dividend with the record date 2022-12-20") as caught:
        list(desk.remove("LKOH", date(2022, 12, 20)))
    assert "Record dates nearby: 2022-12-21." == str(caught.value.hint)
    assert [] == desk.listed_backups()


def test_old_tickers_are_understood(desk: Desk) -> None:
    """What is typed goes to the ticker of today; what is stored under the old one is found."""
    assert "TCSG is T today." == str(next(desk.add("TCSG", DAY, Decimal(1))))
    assert ["Removed: T, 2021-03-26: 18.16 RUB (manual)."] == list(map(str, desk.remove("T", OLD.record_date)))
    assert OLD not in rows(desk.store)


def test_an_unknown_ticker(desk: Desk) -> None:
    """What it may have been meant to be is offered, and nothing is written."""
    with pytest.raises(UsageError, match="SBRE: the store has no such ticker") as caught:
        list(desk.add("SBRE", DAY, Decimal(1)))
    assert "Did you mean SBER?" == str(caught.value.hint)
    assert {SHIPPED, ISS, OLD} == rows(desk.store)


@pytest.mark.parametrize("day", [date(1989, 12, 31), date(2030, 1, 1)])
def test_an_impossible_day(desk: Desk, day: date) -> None:
    """Slips of the year are caught."""
    with pytest.raises(UsageError, match="is no record date"):
        list(desk.add("SBER", day, Decimal(1)))


def test_every_change_has_its_backup(desk: Desk) -> None:
    """Each holds what was there before."""
    before = []
    for change in (
        lambda: desk.add("SBER", DAY, Decimal(1)),
        lambda: desk.remove("SBER", DAY),
        lambda: desk.remove("LKOH", DAY),
    ):
        before.append(rows(desk.store))
        list(change())
    assert before == [set(read(each.path)) for each in reversed(desk.listed_backups())]


def test_restoring(desk: Desk) -> None:
    """All rows are those of the backup again; what was there before is backed up first."""
    list(desk.add("SBER", DAY, Decimal(1)))
    (first,) = desk.listed_backups()
    list(desk.remove("LKOH", DAY))
    changed = rows(desk.store)
    said = list(map(str, desk.restore(first.path)))
    assert {SHIPPED, ISS, OLD} == rows(desk.store)
    assert f"{first.path}: 3 rows are back; 0 came, 2 went." == said[0]
    assert changed == set(read(desk.listed_backups()[0].path))
    assert said[1].endswith(desk.listed_backups()[0].path.name)


def test_a_damaged_backup_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    """Not a row, and there is no new backup."""
    bad = tmp_path / "bad.csv.gz"
    bad.write_bytes(b"\x1f\x8bnonsense")
    with pytest.raises(StoreError, match=r"bad\.csv\.gz:1: it cannot be unpacked"):
        list(desk.restore(bad))
    assert {SHIPPED, ISS, OLD} == rows(desk.store)
    assert [] == desk.listed_backups()


def test_without_a_backup_nothing_changes(desk: Desk, tmp_path: Path) -> None:
    """A folder of backups that cannot be written stops every change."""
    (tmp_path / "backups").write_text("in the way")
    for change in (desk.add("SBER", DAY, Decimal(1)), desk.remove("LKOH", DAY)):
        with pytest.raises(StoreError, match="Nothing was changed"):
            list(change)
    assert {SHIPPED, ISS, OLD} == rows(desk.store)


def test_a_backup_on_demand(desk: Desk, tmp_path: Path) -> None:
    """To the folder of backups, or to a file, which is never overwritten."""
    said = str(desk.backup())
    assert f"{desk.listed_backups()[0].path}: 3 rows." == said == str(desk.backup())
    mine = tmp_path / "mine.csv.gz"
    assert f"{mine}: 3 rows." == str(desk.backup(mine))
    assert {SHIPPED, ISS, OLD} == set(read(mine))
    with pytest.raises(UsageError, match="is there already"):
        desk.backup(mine)


def test_an_empty_store_has_nothing_to_back_up(tmp_path: Path) -> None:
    """And says so."""
    with open_store(str(tmp_path / "empty.db")) as store, pytest.raises(UsageError, match="no dividends to back up"):
        Desk.of(store, 30, Clock()).backup()


@pytest.mark.parametrize(
    ("expected", "reader", "raw"),
    [
        (date(2026, 7, 18), asked_day, "2026-07-18"),
        (date(2026, 7, 18), asked_day, "18.07.2026"),
        (Decimal("34.84"), asked_amount, "34.84"),
        (Decimal("0.00109867761463259"), asked_amount, "0.00109867761463259"),
        ("SBER", asked_ticker, "tqbr:sber"),
        ("USD", asked_currency, "usd"),
        ("RUB", asked_currency, "SUR"),
    ],
)
def test_words_that_are_understood(expected: object, reader: object, raw: str) -> None:
    """Days of two kinds, exact amounts, letters of either case."""
    assert expected == reader(raw)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("reader", "raw"),
    [
        (asked_day, "2026-02-30"),
        (asked_day, "tomorrow"),
        (asked_amount, "-1"),
        (asked_amount, "1,5"),
        (asked_amount, "nan"),
        (asked_ticker, "SB ER"),
        (asked_ticker, ""),
        (asked_currency, "rouble"),
    ],
)
def test_words_that_are_not(reader: object, raw: str) -> None:
    """Each is a mistake of the command line, with what to write instead."""
    with pytest.raises(AllocatorError) as caught:
        reader(raw)  # type: ignore[operator]
    assert 2 == caught.value.exit_code
    assert caught.value.hint is not None
