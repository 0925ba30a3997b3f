"""The outbox, what was told last, and the log of events, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from allocator.core.text import text
from allocator.store.events import DONE, FAILED, Event
from allocator.store.messages import DEAD, SENT, WAITING, Outgoing, Told

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
REASON = text("{host} does not answer", host="api.example.org")


def message(key: str = "k1", channel: str = "telegram", **more: object) -> Outgoing:
    given = {"kind": "failure", "about": "refresh", "made": NOW, "subject": "Заголовок", "body": "line\nстрока"}
    return Outgoing(channel, key, **(given | more))


def test_a_message_of_one_key_is_put_in_once(store):
    """On each channel; what was first is kept, and another transaction makes no difference."""
    with store.transaction() as tx:
        assert tx.messages.put(message())
        assert not tx.messages.put(message(body="other"))
        assert tx.messages.put(message(channel="email"))
    with store.transaction() as tx:
        assert not tx.messages.put(message())
        (found,) = tx.messages.waiting("telegram")
    assert (message(), 0, False, 0, NOW, WAITING, None, None) == (
        found.told, found.sent, found.doubtful, found.attempts, found.due, found.state, found.ended, found.reason
    )  # fmt: skip


def test_a_message_and_what_it_tells_of_are_kept_together_or_not_at_all(store):
    """A failure later in the transaction takes the message back."""
    with pytest.raises(RuntimeError), store.transaction() as tx:  # noqa: PT012 -- what is before the failure matters
        tx.facts.set("refreshed till", "2026-11-20")
        tx.messages.put(message())
        raise RuntimeError
    with store.reading() as tx:
        assert ([], None) == (tx.messages.all(), tx.facts.get("refreshed till"))


def test_each_step_of_a_delivery_is_kept(store):
    """Begun, failed, begun again, a part arrived, all arrived."""
    with store.transaction() as tx:
        tx.messages.put(message())
        number = tx.messages.all()[0].id
        tx.messages.begin(number)
        assert tx.messages.get(number).doubtful
        tx.messages.failed(number, REASON, LATER, counts=True, doubtful=False)
        found = tx.messages.get(number)
        assert (1, False, LATER, str(REASON), 0) == (
            found.attempts, found.doubtful, found.due, str(found.reason), found.sent
        )  # fmt: skip
        tx.messages.begin(number)
        tx.messages.arrived(number, 1, NOW, whole=False)
        found = tx.messages.get(number)
        assert (1, False, WAITING, None) == (found.sent, found.doubtful, found.state, found.ended)
        tx.messages.arrived(number, 2, LATER, whole=True)
        found = tx.messages.get(number)
        assert (2, SENT, LATER) == (found.sent, found.state, found.ended)
        assert [] == tx.messages.waiting("telegram")


def test_an_attempt_that_does_not_count_leaves_their_number(store):
    """A server that asks to wait has not failed."""
    with store.transaction() as tx:
        tx.messages.put(message())
        number = tx.messages.all()[0].id
        tx.messages.failed(number, REASON, LATER, counts=False, doubtful=True)
        assert (0, True) == (tx.messages.get(number).attempts, tx.messages.get(number).doubtful)


def test_what_failed_least_comes_first(store):
    """Then the oldest; and only what is due, not a moment before."""
    with store.transaction() as tx:
        for key in ("a", "b", "c"):
            tx.messages.put(message(key))
        first = tx.messages.waiting("telegram")[0].id
        due = NOW + timedelta(milliseconds=1)
        tx.messages.failed(first, REASON, due, counts=True, doubtful=False)
        assert ["b", "c", "a"] == [each.told.key for each in tx.messages.waiting("telegram")]
        assert ["b", "c"] == [each.told.key for each in tx.messages.waiting("telegram", due)]
        second = NOW + timedelta(seconds=1)
        assert ["b", "c", "a"] == [each.told.key for each in tx.messages.waiting("telegram", second)]


def test_a_channel_is_postponed_and_others_are_not(store):
    """What is due later anyway stays so."""
    with store.transaction() as tx:
        tx.messages.put(message("a"))
        tx.messages.put(message("b", made=LATER + timedelta(hours=1)))
        tx.messages.put(message("a", "email"))
        tx.messages.postpone("telegram", LATER)
        assert [LATER, LATER + timedelta(hours=1)] == [each.due for each in tx.messages.waiting("telegram")]
        assert [NOW] == [each.due for each in tx.messages.waiting("email")]


def test_the_dead_come_back_where_they_stopped(store):
    """The parts that arrived are not sent again."""
    with store.transaction() as tx:
        tx.messages.put(message())
        number = tx.messages.all()[0].id
        tx.messages.arrived(number, 1, NOW, whole=False)
        tx.messages.give_up(number, REASON, LATER, doubtful=False)
        dead = tx.messages.all(DEAD)[0]
        assert (DEAD, LATER, 0, str(REASON)) == (dead.state, dead.ended, dead.attempts, str(dead.reason))
        assert ([], 1) == (tx.messages.waiting("telegram"), tx.messages.revive(NOW))
        found = tx.messages.get(number)
        assert (WAITING, None, 0, 1) == (found.state, found.ended, found.attempts, found.sent)


def test_old_messages_are_forgotten_and_waiting_ones_never(store):
    """However old."""
    with store.transaction() as tx:
        for key in ("sent", "dead", "new", "waiting"):
            tx.messages.put(message(key))
        numbers = {each.told.key: each.id for each in tx.messages.all()}
        tx.messages.arrived(numbers["sent"], 1, NOW, whole=True)
        tx.messages.give_up(numbers["dead"], REASON, NOW, doubtful=False)
        tx.messages.arrived(numbers["new"], 1, LATER, whole=True)
        assert 2 == tx.messages.prune(LATER)
        assert {"new", "waiting"} == {each.told.key for each in tx.messages.all()}


def test_hostile_words_are_stored(store):
    """A NUL and half a surrogate pair, which databases refuse, as well as quotes."""
    with store.transaction() as tx:
        tx.messages.put(message(subject="a\0b", body="\ud800'; DROP TABLE messages; --"))
        (found,) = tx.messages.all()
        assert ("a\N{REPLACEMENT CHARACTER}b", "\\ud800'; DROP TABLE messages; --") == (
            found.told.subject, found.told.body
        )  # fmt: skip


def test_what_was_told_last_is_replaced(store):
    """One row for a kind and what it is about."""
    with store.transaction() as tx:
        assert tx.told.get("value", "p.ini") is None
        tx.told.set("value", "p.ini", Told("k1", None, '"1"'))
        tx.told.set("value", "p.ini", Told("k2", NOW, '"2"'))
        tx.told.set("value", "a.ini", Told("k3", NOW, '"3"'))
        assert Told("k2", NOW, '"2"') == tx.told.get("value", "p.ini")
        assert ["a.ini", "p.ini"] == tx.told.about("value")
        assert [] == tx.told.about("failure")


def test_events_are_kept_in_words(store):
    """The newest first, by step and by outcome; their sentences can still be translated."""
    with store.transaction() as tx:
        for number, (step, outcome) in enumerate([("refresh", DONE), ("forecast", FAILED), ("refresh", FAILED)], 1):
            assert number == tx.events.add(Event(NOW, step, 1.5, outcome, REASON))
        assert [3, 2, 1] == [event.id for event in tx.events.last(10)]
        assert [3, 1] == [event.id for event in tx.events.last(10, step="refresh")]
        assert [2] == [event.id for event in tx.events.last(10, step="forecast", outcome=FAILED)]
        assert Event(NOW, "refresh", 1.5, DONE, REASON, 1) == tx.events.last(10)[-1]
        assert (1, [3, 2]) == (tx.events.keep(2), [event.id for event in tx.events.last(10)])
