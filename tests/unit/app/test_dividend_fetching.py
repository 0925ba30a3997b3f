"""Whom the night asks about dividends, and what becomes of the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from allocator.app.dividends import announced, fetch_dividends, missing_amounts
from allocator.core.errors import MarketError, StoreError
from allocator.core.instrument import Dividend, Instrument, Kind
from allocator.core.text import text
from allocator.market.failures import NotServed, Stopped
from allocator.store import Store, open_store
from allocator.store.backups import Backups, read

TODAY = date(2026, 7, 10)
NOW = datetime(2026, 7, 10, 1, 2, 3)


def row(ticker: str, amount: str, day: date = date(2026, 7, 18), source: str = "iss") -> Dividend:
    return Dividend(ticker, day, Decimal(amount), "RUB", source)


@dataclass
class Exchange:
    """Answers by ticker; an answer that is an error is raised."""

    answers: Mapping[str, Sequence[Dividend] | Exception] = field(default_factory=dict)
    closings: Sequence[tuple[str, date]] | Exception = ()
    asked: list[str] = field(default_factory=list)

    def dividends(self, ticker: str) -> list[Dividend]:
        self.asked.append(ticker)
        answer = self.answers.get(ticker, ())
        if isinstance(answer, Exception):
            raise answer
        return list(answer)

    def register_closings(self) -> list[tuple[str, date]]:
        if isinstance(self.closings, Exception):
            raise self.closings
        return list(self.closings)


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[Store]:
    """A store that knows four shares, one of them gone, and an index."""
    with open_store(str(tmp_path / "store.db")) as store:
        with store.transaction() as transaction:
            transaction.instruments.put(
                [
                    *(Instrument(ticker, Kind.SHARE, "TQBR") for ticker in ("GAZP", "LKOH", "SBER")),
                    Instrument("RSTI", Kind.SHARE, "TQBR", delisted=date(2022, 12, 20)),
                    Instrument("IMOEX", Kind.INDEX, "SNDX"),
                ]
            )
        yield store


def night(store: Store, exchange: Exchange, today: date = TODAY, **more: object) -> list[str]:
    """What the night says, each note with its level and ticker."""
    notes = fetch_dividends(store, exchange, today, now=lambda: NOW, **more)  # type: ignore[arg-type]
    return [f"{note.level} {note.ticker}: {note.text}" for note in notes]


def rows(store: Store) -> list[Dividend]:
    with store.reading() as transaction:
        return transaction.dividends.all()


def test_all_on_the_first_night_then_once_a_week(mine: Store) -> None:
    """What trades and can pay; never a delisted share or an index."""
    asked = []
    for days in range(15):
        exchange = Exchange()
        night(mine, exchange, TODAY + timedelta(days=days))
        asked.append(sorted(exchange.asked))
    everyone = ["GAZP", "LKOH", "SBER"]
    assert [everyone if days % 7 == 0 else [] for days in range(15)] == asked


def test_held_and_announced_ones_every_night(mine: Store) -> None:
    """A register that closes within 60 days either way may get its amount any day."""
    night(mine, Exchange())
    exchange = Exchange(closings=[("LKOH", TODAY + timedelta(days=61)), ("GAZP", TODAY + timedelta(days=59))])
    night(mine, exchange, TODAY + timedelta(days=1), held=frozenset({"SBER"}))
    assert {"GAZP", "LKOH", "SBER"} == set(exchange.asked)
    exchange = Exchange(closings=[("LKOH", TODAY + timedelta(days=200))])
    night(mine, exchange, TODAY + timedelta(days=2), held=frozenset({"SBER"}))
    assert ["SBER"] == exchange.asked


def test_nobody_is_asked_twice_on_one_day(mine: Store) -> None:
    """A refresh by hand in the morning asks for nothing that the night had."""
    night(mine, Exchange(), held=frozenset({"SBER"}))
    again = Exchange()
    night(mine, again, held=frozenset({"SBER"}))
    assert [] == again.asked


def test_the_oldest_answers_first(mine: Store) -> None:
    """When the exchange goes away in the middle, those who waited longest have had their turn."""
    with mine.transaction() as transaction:
        for ticker, days in (("SBER", 30), ("GAZP", 20), ("LKOH", 10)):
            transaction.dividends.set_checked(ticker, TODAY - timedelta(days=days))
    exchange = Exchange()
    night(mine, exchange)
    assert {"SBER", "GAZP", "LKOH"} == set(exchange.asked)
    with mine.transaction() as transaction:
        transaction.instruments.put([Instrument("AFLT", Kind.SHARE, "TQBR")])
    exchange = Exchange()
    night(mine, exchange, TODAY + timedelta(days=8))
    assert "AFLT" == exchange.asked[0]


def test_answers_replace_what_the_exchange_said_before(mine: Store) -> None:
    """Changed, new and withdrawn rows; what others say stays."""
    typed, shipped = row("SBER", "1", source="manual"), row("SBER", "2", source="shipped")
    gone, changed, new = row("SBER", "3", date(2020, 1, 1)), row("SBER", "5"), row("SBER", "6", date(2026, 8, 1))
    with mine.transaction() as transaction:
        transaction.dividends.put([typed, shipped, gone, row("SBER", "4")])
    said = night(mine, Exchange({"SBER": [changed, new]}))
    assert {typed, shipped, changed, new} == set(rows(mine))
    assert ["info None: dividends: 3 rows of the exchange are new or changed"] == said


def test_an_empty_answer_takes_nothing_away(mine: Store) -> None:
    """The exchange forgets tickers at times; a person would not."""
    with mine.transaction() as transaction:
        transaction.dividends.put([row("SBER", "4")])
    assert [] == night(mine, Exchange({"SBER": []}))
    assert [row("SBER", "4")] == rows(mine)


def test_one_currency_of_a_day_may_go(mine: Store) -> None:
    """A payment that turns from dollars to roubles keeps its roubles."""
    with mine.transaction() as transaction:
        transaction.dividends.put([Dividend("SBER", date(2026, 7, 18), Decimal(1), "USD", "iss"), row("SBER", "90")])
    night(mine, Exchange({"SBER": [row("SBER", "90")]}))
    assert [row("SBER", "90")] == rows(mine)


def test_one_backup_before_the_first_change(mine: Store) -> None:
    """It holds what was there before the night; a night without news makes none."""
    with mine.transaction() as transaction:
        transaction.dividends.put([row("SBER", "4")])
    night(mine, Exchange({"SBER": [row("SBER", "5")], "LKOH": [row("LKOH", "600")]}))
    (backup,) = Backups.of(mine.name).all()
    assert [row("SBER", "4")] == read(backup.path)
    night(mine, Exchange({"SBER": [row("SBER", "5")]}), TODAY + timedelta(days=7))
    assert [backup] == Backups.of(mine.name).all()


def test_without_a_backup_nothing_changes(mine: Store, tmp_path: Path) -> None:
    """Better no news than no way back."""
    with mine.transaction() as transaction:
        transaction.dividends.put([row("SBER", "4")])
    (tmp_path / "backups").write_text("in the way")
    with pytest.raises(StoreError, match="Nothing was changed"):
        night(mine, Exchange({"SBER": [row("SBER", "5")]}))
    assert [row("SBER", "4")] == rows(mine)


def test_a_failure_is_a_note_of_its_ticker(mine: Store) -> None:
    """The others are asked, and the one that failed is asked again next night."""
    broken = Exchange({"GAZP": MarketError(text("no answer")), "SBER": [row("SBER", "5")]})
    said = night(mine, broken)
    assert "error GAZP: dividends: no answer" in said
    assert [row("SBER", "5")] == rows(mine)
    again = Exchange()
    night(mine, again, TODAY + timedelta(days=1))
    assert "GAZP" in again.asked
    assert "LKOH" not in again.asked


@pytest.mark.parametrize("error", [MarketError(text("no answer")), NotServed(text("not here"))])
def test_an_exchange_that_is_away_is_let_be(mine: Store, error: MarketError) -> None:
    """After a few failures in a row, or a word that there is nothing of the kind, the rest waits for the next night."""
    many = [Instrument(f"A{number:03}", Kind.SHARE, "TQBR") for number in range(200)]
    with mine.transaction() as transaction:
        transaction.instruments.put(many)
    exchange = Exchange({each.ticker: error for each in many} | dict.fromkeys(("GAZP", "LKOH", "SBER"), error))
    said = night(mine, exchange)
    assert len(exchange.asked) <= 16
    assert "warning None: dividends of the other tickers are asked for next time" in said


def test_ctrl_c_ends_the_night(mine: Store) -> None:
    """A stopped provider is no failure of a ticker."""
    with pytest.raises(Stopped):
        night(mine, Exchange({"SBER": Stopped(text("stopped"))}))


def test_held_tickers_are_reminded(mine: Store) -> None:
    """Of each announced date whose amount nobody knows, with the line to type; others are not a person's concern."""
    day = date(2026, 7, 20)
    exchange = Exchange({"LKOH": [row("LKOH", "600", day)]}, [("SBER", day), ("LKOH", day), ("GAZP", day)])
    said = night(mine, exchange, held=frozenset({"SBER", "LKOH"}))
    assert [
        "info None: dividends: 1 row of the exchange is new or changed",
        (
            "warning SBER: no dividend is known for the register of 2026-07-20; "
            "once it is: allocator dividends add SBER 2026-07-20 AMOUNT"
        ),
    ] == said


@pytest.mark.parametrize(
    ("known", "missing"),
    [
        (row("SBER", "34.84", date(2026, 7, 20), "manual"), False),
        (row("SBER", "0", date(2026, 7, 20), "manual"), False),  # decided: none
        (row("SBER", "34.84", date(2026, 7, 18), "shipped"), False),  # a day off
        (row("SBER", "34.84", date(2026, 7, 8), "shipped"), True),  # another payment
        (row("SBER", "0", date(2026, 7, 20), "iss"), True),
    ],
)
def test_what_counts_as_known(mine: Store, known: Dividend, missing: bool) -> None:
    """A typed zero is an answer; a payment within a week is the same one."""
    with mine.transaction() as transaction:
        transaction.dividends.put([known])
    night(mine, Exchange(closings=[("SBER", date(2026, 7, 20))]))
    with mine.reading() as transaction:
        assert missing == bool(missing_amounts(transaction, ["SBER"], TODAY))
        assert missing == bool(missing_amounts(transaction, None, TODAY))


def test_announced_dates_are_remembered(mine: Store) -> None:
    """The exchange lists two weeks back: past dates stay for a year; a date ahead that is listed no more is off."""
    first = Exchange(closings=[("SBER", TODAY - timedelta(days=3)), ("SBER", TODAY + timedelta(days=30))])
    night(mine, first)
    night(mine, Exchange(), TODAY + timedelta(days=1))
    with mine.reading() as transaction:
        assert {"SBER": [TODAY - timedelta(days=3)]} == announced(transaction)
    night(mine, Exchange(), TODAY + timedelta(days=400))
    with mine.reading() as transaction:
        assert {} == announced(transaction)


def test_without_the_list_of_registers_the_old_one_serves(mine: Store) -> None:
    """A failure of the list is a warning."""
    night(mine, Exchange(closings=[("SBER", date(2026, 7, 20))]))
    said = night(mine, Exchange(closings=MarketError(text("no answer"))), held=frozenset({"SBER"}))
    assert "warning None: announced record dates: no answer" == said[0]
    assert said[1].startswith("warning SBER: no dividend is known for the register of 2026-07-20")
