"""Delivering the outbox, on both databases: in turn, once, patiently, and through every failure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from allocator.app.delivery import MOST_ATTEMPTS, Courier, outbox, try_out
from allocator.config.message_settings import Messaging
from allocator.config.settings import parse_settings
from allocator.core.errors import ConfigError
from allocator.core.text import text
from allocator.notify import Delayed, Message, Refused
from allocator.store.messages import DEAD, SENT, WAITING, Outgoing

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
INI = "[messages]\nchannels = console, email\n[email]\nhost = localhost\nfrom = a@b.org\nto = a@b.org\n"
MESSAGING = parse_settings(INI, Path("allocator.ini")).messaging
LATER = text("not now")
NO = text("no")

Mood = Callable[[], None]


def raising(error: Exception) -> Mood:
    def mood() -> None:
        raise error

    return mood


@dataclass
class Wire:
    """A channel on which each part is a line of the body; `moods` make the next sendings fail."""

    name: str = "console"
    spacing_s: float = 1.0
    moods: list[Mood | None] = field(default_factory=list)
    arrived: list[tuple[str, str, bool]] = field(default_factory=list)
    opened: int = 0

    def split(self, message: Message) -> Sequence[Message]:
        return [Message("", line) for line in message.body.splitlines()]

    def send(self, part: Message, key: str, *, again: bool) -> None:
        mood = self.moods.pop(0) if self.moods else None
        if mood:
            mood()
        self.arrived.append((key, part.body, again))

    def close(self) -> None:
        self.opened -= 1

    @property
    def bodies(self) -> list[str]:
        return [body for _, body, _ in self.arrived]


@dataclass
class World:
    """A store with an outbox, two channels, and a clock that sleeping moves."""

    store: object
    console: Wire = field(default_factory=Wire)
    email: Wire = field(default_factory=lambda: Wire("email", 0.0))
    now: datetime = NOON
    slept: list[float] = field(default_factory=list)
    messaging: Messaging = MESSAGING

    def put(self, key: str, body: str, channel: str = "console") -> None:
        with self.store.transaction() as tx:
            tx.messages.put(Outgoing(channel, key, "event", "x", self.now, "subject", body))

    def open_channel(self, name: str) -> Wire:
        wire = {"console": self.console, "email": self.email}[name]
        wire.opened += 1
        return wire

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def deliver(self, **asked: bool):
        courier = Courier(self.store, self.messaging, self.open_channel, now=lambda: self.now, sleep=self.sleep)
        found = courier.deliver(**asked)
        assert 0 == self.console.opened == self.email.opened, "a channel is left open"
        return found

    def state(self, key: str, channel: str = "console"):
        with self.store.reading() as tx:
            return next(each for each in tx.messages.all() if (key, channel) == (each.told.key, each.told.channel))


@pytest.fixture
def world(store) -> World:
    return World(store)


def test_what_waits_is_sent_once(world):
    """In the order of its age, part by part, with the spacing of the channel; a second run has nothing to do."""
    world.put("a", "1\n2")
    world.put("b", "3")
    world.put("a", "4", "email")
    found = world.deliver()
    assert [("console", 2, 3, 0), ("email", 1, 1, 0)] == [
        (each.channel, each.sent, each.parts, each.waiting) for each in found.channels
    ]
    assert [("a/0", "1", False), ("a/1", "2", False), ("b/0", "3", False)] == world.console.arrived
    assert ["4"] == world.email.bodies
    assert [1.0, 1.0] == world.slept
    assert [0, 0] == [each.parts for each in world.deliver().channels]
    assert 3 == len(world.console.arrived)


def test_a_part_that_arrived_is_not_sent_again(world):
    """The rest of a message goes on where it stopped, after a wait."""
    world.put("a", "1\n2\n3")
    world.console.moods = [None, raising(Delayed(LATER))]
    (found, _) = world.deliver().channels
    assert (0, 1, 1, str(LATER), NOON + timedelta(seconds=1 + 60)) == (
        found.sent, found.parts, found.waiting, str(found.error), found.until
    )  # fmt: skip
    world.now += timedelta(seconds=59)
    world.deliver()
    assert ["1"] == world.console.bodies, "it is not yet due"
    world.now += timedelta(seconds=1)
    world.deliver()
    assert [("a/0", "1", False), ("a/1", "2", False), ("a/2", "3", False)] == world.console.arrived
    assert (SENT, 1) == (world.state("a").state, world.state("a").attempts)


def test_a_channel_that_fails_rests_and_the_other_goes_on(world):
    """One attempt for each run, whatever waits."""
    for key in "abc":
        world.put(key, key)
    world.put("a", "mail", "email")
    world.console.moods = [raising(Delayed(LATER))]
    found = world.deliver()
    assert ([], ["mail"]) == (world.console.bodies, world.email.bodies)
    assert 3 == found.channels[0].waiting
    world.deliver()
    assert [] == world.console.bodies
    world.now += timedelta(minutes=1)
    world.deliver()
    assert ["b", "c", "a"] == world.console.bodies, "what failed goes last: it may be its own fault"


def test_waits_double_until_a_message_is_given_up(world):
    """A minute, two, four, ..., six hours; some two days in all. Then it can be told to try again."""
    world.put("a", "1")
    waits = []
    for _ in range(MOST_ATTEMPTS):
        world.console.moods = [raising(Delayed(LATER))]
        until = world.deliver().channels[0].until
        waits.append((until - world.now) / timedelta(minutes=1))
        world.now = until
    assert [1, 2, 4, 8, 16, 32, 64, 128, 256, *[360] * 7] == waits
    assert timedelta(days=1.5) < world.now - NOON < timedelta(days=3)
    found = world.state("a")
    assert (DEAD, str(LATER)) == (found.state, str(found.reason))
    world.deliver()
    assert [] == world.console.bodies
    world.deliver(at_once=True)
    assert ["1"] == world.console.bodies


def test_a_server_that_asks_to_wait_is_obeyed(world):
    """Shortly, the delivery waits itself."""
    world.put("a", "1\n2")
    world.console.moods = [None, raising(Delayed(LATER, after_s=17)), raising(Delayed(LATER, after_s=0))]
    world.deliver()
    assert ["1", "2"] == world.console.bodies
    assert [1.0, 17.0, 1.0, 1.0, 1.0] == world.slept
    assert 0 == world.state("a").attempts


def test_a_long_wait_is_kept_over_restarts_and_even_at_once(world):
    """Nothing is asked of the server before its time; what came meanwhile waits, too. It is no failed attempt."""
    world.put("a", "1")
    world.console.moods = [raising(Delayed(LATER, after_s=500))]
    until = NOON + timedelta(seconds=500)
    assert until == world.deliver().channels[0].until
    world.put("b", "2")
    for asked in ({}, {"at_once": True}):
        found = world.deliver(**asked).channels[0]
        assert ("The server of console asked to wait.", until) == (str(found.error), found.until)
    assert ([], 0) == (world.console.bodies, world.state("a").attempts)
    world.now = until
    world.deliver()
    assert ["1", "2"] == world.console.bodies


def test_an_endless_request_to_wait_ends_the_run(world):
    """A minute in all is waited."""
    world.put("a", "1")
    world.console.moods = [raising(Delayed(LATER, after_s=1))] * 100
    world.deliver()
    assert [1.0] * 120 == world.slept, "60 waits, and the spacing before each further attempt"
    assert [] == world.console.bodies


def test_a_message_that_is_refused_holds_up_no_other(world):
    """It is given up at once with the reason."""
    world.put("a", "1")
    world.put("b", "2")
    world.console.moods = [raising(Refused(NO, everything=False))]
    found = world.deliver().channels[0]
    assert not world.state("a").doubtful
    assert (["2"], 1, 0, 1) == (world.console.bodies, found.sent, found.waiting, found.given_up)
    assert (DEAD, str(NO)) == (world.state("a").state, str(world.state("a").reason))


def test_a_refusal_of_everything_loses_nothing(world):
    """A wrong token is corrected some day; until then the messages wait, with the reason and what to do."""
    world.put("a", "1")
    world.put("b", "2")
    world.console.moods = [raising(Refused(NO, text("See the token.")))]
    world.deliver()
    assert ([], WAITING, "no See the token.") == (
        world.console.bodies, world.state("a").state, str(world.state("a").reason)
    )  # fmt: skip
    world.deliver(at_once=True)
    assert ["2", "1"] == world.console.bodies


def test_a_secret_that_is_gone_stops_its_channel_alone(world):
    """The other is delivered to."""
    world.put("a", "1")
    world.put("a", "mail", "email")

    def missing(name: str) -> Wire:
        if name == "console":
            raise ConfigError("the token is gone", "Write it.")
        return World.open_channel(world, name)

    world.open_channel = missing
    found = world.deliver()
    assert (["the token is gone", None], ["mail"]) == (
        [each.error and str(each.error) for each in found.channels], world.email.bodies
    )  # fmt: skip
    assert (1, WAITING) == (world.state("a").attempts, world.state("a").state)


def test_a_lost_answer_makes_a_marked_repeat(world):
    """Whether it arrived nobody knows; the doubt stays until a part is known to have arrived, and no longer."""
    world.put("a", "1\n2")
    world.console.moods = [raising(Delayed(LATER, doubtful=True))]
    world.deliver()
    world.now += timedelta(minutes=1)
    world.console.moods = [raising(Delayed(LATER))]
    world.deliver()
    world.now += timedelta(minutes=2)
    world.deliver()
    assert [("a/0", "1", True), ("a/1", "2", False)] == world.console.arrived


class KilledError(BaseException):
    """The end of the process, as far as it can be had within one."""


def test_a_process_that_dies_while_sending_leaves_a_marked_repeat(world):
    """And no other part is in doubt."""
    world.put("a", "1\n2")
    world.put("b", "3")
    world.console.moods = [None, raising(KilledError())]
    with pytest.raises(KilledError):
        world.deliver()
    world.deliver()
    assert [("a/0", "1", False), ("a/1", "2", True), ("b/0", "3", False)] == world.console.arrived


def test_two_deliveries_do_not_meet(world):
    """The second leaves it to the first."""
    world.put("a", "1")
    with world.store.lock("messages"):
        assert "busy" == world.deliver().outcome
    assert "done" == world.deliver().outcome
    assert ["1"] == world.console.bodies


def test_quiet_hours_are_those_of_moscow(world):
    """12:00 UTC is 15:00 there; --now is a person's word."""
    world.put("a", "1")
    world.messaging = replace(MESSAGING, messages=replace(MESSAGING.messages, quiet=(time(15), time(16))))
    assert ("quiet", []) == (world.deliver().outcome, world.console.bodies)
    world.now += timedelta(hours=1)
    assert ("done", ["1"]) == (world.deliver().outcome, world.console.bodies)
    world.put("b", "2")
    world.now -= timedelta(hours=1)
    world.deliver(at_once=True)
    assert ["1", "2"] == world.console.bodies


def test_a_message_of_a_version_that_cut_otherwise_is_done(world):
    """More parts have arrived than there are."""
    world.put("a", "1\n2")
    with world.store.transaction() as tx:
        tx.messages.arrived(tx.messages.all()[0].id, 5, NOON, whole=False)
    world.deliver()
    assert ([], SENT) == (world.console.bodies, world.state("a").state)


def test_what_is_old_is_forgotten(world):
    """A quarter of a year after it was sent."""
    world.put("a", "1")
    world.deliver()
    world.now += timedelta(days=91)
    world.deliver()
    assert 0 == outbox(world.store, world.messaging).sent


def test_the_outbox_shows_what_waits_and_what_failed(world):
    """With reasons, attempts and times."""
    world.put("a", "1")
    world.put("b", "2")
    world.console.moods = [raising(Refused(NO, everything=False)), raising(Delayed(LATER))]
    world.deliver()
    found = outbox(world.store, world.messaging)
    assert [("subject", 1, str(LATER), NOON + timedelta(seconds=61))] == [
        (line.subject, line.attempts, str(line.reason), line.due) for line in found.waiting
    ]
    assert [("subject", str(NO), None)] == [(line.subject, str(line.reason), line.due) for line in found.dead]


def test_a_trial_tells_what_came_of_each_channel(world):
    """Past the outbox; one that fails does not stop the others."""
    world.console.moods = [raising(Refused(NO, text("Do this.")))]
    found = try_out(world.messaging, world.open_channel, Message("s", "1"), "k")
    assert [("console", "no", "Do this."), ("email", None, None)] == [
        (each.channel, each.error and str(each.error), each.hint and str(each.hint)) for each in found
    ]
    with pytest.raises(ConfigError, match="no channel is set up"):
        try_out(Messaging(), world.open_channel, Message("s", "1"), "k")
