"""What a refresh tells: a failure once, its recovery, and dividends that nobody knows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from allocator.app.dividends import CLOSINGS
from allocator.app.messaging import Teller
from allocator.app.refresh_telling import refresh_and_tell
from allocator.config.settings import parse_settings
from allocator.core.errors import MarketError
from allocator.core.text import text
from allocator.report.refresh import Note, Refreshed
from allocator.store import Store, open_store

NIGHT = datetime(2026, 7, 19, 22, 5, tzinfo=UTC)  # the 20th in Moscow
MESSAGING = parse_settings("[messages]\nchannels = console\ncooldown = 0\n", Path("allocator.ini")).messaging
BUSY = text("{host}: too many requests ({status})", host="iss", status=429)


@dataclass
class Scripted:
    """A refresher whose outcomes are known beforehand."""

    store: Store
    outcomes: list[Refreshed | MarketError]
    held: frozenset[str] = frozenset()
    night: datetime = NIGHT
    said: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        return self.night

    def run(self, request: object) -> Refreshed:
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, MarketError):
            raise outcome
        return outcome

    def next(self) -> list[str]:
        """One night; the subjects of what it told."""
        with self.store.reading() as tx:
            before = {each.id for each in tx.messages.all()}
        try:
            refresh_and_tell(self, None, Teller(MESSAGING, now=self.now))
        except MarketError as error:
            self.said.append(str(error))
        self.night += timedelta(days=1)
        with self.store.reading() as tx:
            return [each.told.subject for each in tx.messages.all() if each.id not in before]


@pytest.fixture
def store(tmp_path):
    with open_store(str(tmp_path / "store.db")) as opened:
        yield opened


def partial(*tickers: str) -> Refreshed:
    return Refreshed("partial", notes=tuple(Note(BUSY, "error", ticker) for ticker in tickers))


def test_a_failure_is_told_and_raised(store):
    """Once while it lasts; then that it works again."""
    error = MarketError(text("{failure}.", failure=BUSY))
    night = Scripted(store, [error, error, Refreshed("done"), Refreshed("ready")])
    assert [["refresh failed"], [], ["refresh works again"], []] == [night.next() for _ in range(4)]
    assert [str(error)] * 2 == night.said


def test_what_failed_in_part_is_told_ticker_by_ticker(store):
    """Other tickers with the same trouble are no other news."""
    night = Scripted(store, [partial("SBER", "GAZP"), partial("LKOH"), Refreshed("done")])
    assert ["refresh failed"] == night.next()
    with store.reading() as tx:
        (message,) = tx.messages.all()
    assert "SBER: iss: too many requests (429)\nGAZP: iss: too many requests (429)" == message.told.body
    assert [[], ["refresh works again"]] == [night.next(), night.next()]


def test_missing_dividends_of_what_is_held_are_told_once(store):
    """By the day in Moscow; not what others hold."""
    with store.transaction() as tx:
        tx.facts.set(CLOSINGS, json.dumps({"SBER": [str(date(2026, 7, 20))], "GAZP": [str(date(2026, 7, 20))]}))
    night = Scripted(store, [Refreshed("done"), Refreshed("ready")], frozenset({"SBER"}))
    assert [["Dividends are missing: SBER"], []] == [night.next(), night.next()]


def test_a_refresh_that_left_it_to_another_tells_nothing(store):
    """The other one does."""
    night = Scripted(store, [partial("SBER"), Refreshed("busy")])
    assert [["refresh failed"], []] == [night.next(), night.next()]
