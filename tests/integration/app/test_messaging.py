"""From facts to the outbox, on both databases: on change, cooled down, in the settings' language, never twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from allocator.app.messaging import Teller, deals_of, leaving_of
from allocator.app.news import Deal
from allocator.config.message_settings import Messaging
from allocator.config.settings import parse_settings
from allocator.core.errors import MarketError
from allocator.core.text import text
from allocator.history.selection import Verdict

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
INI = "[messages]\nchannels = console, email\n[email]\nhost = localhost\nfrom = a@b.org\nto = a@b.org\n"


def messaging(**more: object) -> Messaging:
    found = parse_settings(INI, Path("allocator.ini")).messaging
    return replace(found, messages=replace(found.messages, **more))


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_hours(self, hours: float) -> None:
        self.now += timedelta(hours=hours)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def subjects(store, channel: str = "console") -> list[str]:
    with store.reading() as tx:
        return [each.told.subject for each in reversed(tx.messages.all()) if each.told.channel == channel]


def value(store, teller: Teller, amount: int) -> bool:
    with store.transaction() as tx:
        return teller.value(tx, "p.ini", Decimal(amount))


def test_a_value_is_told_on_every_channel_of_the_settings(store, clock):
    """The first is remembered, a small change is not told, a large one is, once."""
    teller = Teller(messaging(), now=clock)
    assert [False, False, True, False] == [value(store, teller, amount) for amount in (100, 101, 103, 103)]
    assert ["p.ini: +3.00%"] == subjects(store) == subjects(store, "email")


def test_a_second_message_waits_for_the_cooldown_and_is_not_forgotten(store, clock):
    """It is told when there is still something to tell."""
    teller = Teller(messaging(cooldown=timedelta(hours=6)), now=clock)
    for amount in (100, 103):
        value(store, teller, amount)
    clock.pass_hours(5.99)
    assert not value(store, teller, 110)
    clock.pass_hours(0.01)
    assert not value(store, teller, 103)
    assert value(store, teller, 110)
    assert ["p.ini: +3.00%", "p.ini: +6.80%"] == subjects(store)


def test_the_cooldown_of_one_thing_is_not_that_of_another(store, clock):
    """Another portfolio, another kind."""
    teller = Teller(messaging(), now=clock)
    with store.transaction() as tx:
        assert teller.leave(tx, "p.ini", {"A": None})
        assert not teller.leave(tx, "p.ini", {"A": None, "B": None})
        assert teller.leave(tx, "q.ini", {"A": None})
        assert teller.failed(tx, "refresh", MarketError("x"))
        assert teller.failed(tx, "forecast", MarketError("x"))


def test_a_failure_that_comes_and_goes_costs_two_messages_in_a_cooldown(store, clock):
    """It failed, it works: what follows waits."""
    teller = Teller(messaging(), now=clock)
    for _ in range(5):
        with store.transaction() as tx:
            teller.failed(tx, "refresh", MarketError("x"))
        clock.pass_hours(0.1)
        with store.transaction() as tx:
            teller.recovered(tx, "refresh")
        clock.pass_hours(0.1)
    assert ["refresh failed", "refresh works again"] == subjects(store)
    clock.pass_hours(6)
    with store.transaction() as tx:
        assert teller.failed(tx, "refresh", MarketError("x")), "the same failure after a recovery is news"


def test_two_processes_with_one_piece_of_news_make_one_message(store, store_url, clock):
    """Both have seen the same state before: the key is the same, and unique."""
    teller = Teller(messaging(), now=clock)
    value(store, teller, 100)
    with store.reading() as tx:
        before = tx.told.get("value", "p.ini")
    value(store, teller, 103)
    with store.transaction() as tx:
        tx.told.set("value", "p.ini", before)  # as the other process saw it
    value(store, teller, 103)
    assert ["p.ini: +3.00%"] == subjects(store)


def test_a_message_goes_with_its_fact(store, clock):
    """When the transaction fails, neither is there, and the news is told the next time."""
    teller = Teller(messaging(), now=clock)
    value(store, teller, 100)
    with pytest.raises(RuntimeError), store.transaction() as tx:  # noqa: PT012 -- what is before the failure matters
        assert teller.value(tx, "p.ini", Decimal(103))
        raise RuntimeError
    assert [] == subjects(store)
    assert value(store, teller, 103)


def test_messages_speak_the_settings_language(store, clock):
    """Subject, lines and what is within them."""
    teller = Teller(messaging(language="ru"), now=clock)
    with store.transaction() as tx:
        teller.failed(tx, "refresh", MarketError(text("Telegram cannot be reached.")))
        teller.happened(tx, "x", "1", text("A test of messages"))
        bodies = {each.told.body for each in tx.messages.all()}
    assert ["refresh: не вышло", "Проверка сообщений"] == subjects(store)
    assert {"До Telegram не достучаться.", ""} == bodies


def test_an_endless_message_is_cut(store, clock):
    """A thousand securities are no message."""
    with store.transaction() as tx:
        Teller(messaging(), now=clock).leave(tx, "p.ini", {f"T{number}": None for number in range(5000)})
        assert all(len(each.told.body) <= 40_001 for each in tx.messages.all())


def test_answers_of_other_commands_are_facts():
    """The deals of a recommendation; what is held and does not qualify."""
    rows = [SimpleNamespace(ticker=name, lots=lots, units=lots * 10, price=5) for name, lots in (("A", 2), ("B", 0))]
    assert [Deal("A", 2, 20, 5)] == deals_of(SimpleNamespace(rows=rows))
    small = text("turnover {value} is too small", value=5)
    verdicts = [
        Verdict(name, status, reason, 500, 1.0, Decimal(5))
        for name, status, reason in (("A", "in", None), ("B", "held", small), ("C", "out", small))
    ]
    assert {"B": small} == leaving_of(SimpleNamespace(universe=SimpleNamespace(verdicts=verdicts)))
