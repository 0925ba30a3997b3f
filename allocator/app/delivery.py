"""Delivering the outbox: in turn, as fast as each server likes it, and each part once unless nobody can know.

A part is marked before it is sent and after the server took it. When the process dies between the two, or the answer
gets lost, nobody can know whether it arrived: it is sent again, marked as a repeat (Telegram) or under the same id
(e-mail). So nothing is ever lost, and nothing doubles but such a part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from allocator.config.message_settings import Messaging
from allocator.core.errors import AllocatorError, ConfigError
from allocator.core.moscow import MOSCOW
from allocator.core.text import Text, text
from allocator.notify import Channel, Delayed, Message, Refused
from allocator.report.messages import Delivered, Delivery, Line, Outbox, Tried
from allocator.store import Store
from allocator.store.messages import DEAD, SENT, WAITING, StoredMessage

MOST_ATTEMPTS = 16  # some two days
FIRST_WAIT = timedelta(minutes=1)  # doubles with each attempt
LONGEST_WAIT = timedelta(hours=6)
PATIENCE_S = 60.0  # that a delivery waits where a server asks for it; for longer it goes away
KEPT = timedelta(days=90)
LOCK = "messages"


@dataclass(frozen=True)
class Courier:
    """Delivers the outbox of a store. `open_channel` gives the channel of a name, or raises `ConfigError`."""

    store: Store
    messaging: Messaging
    open_channel: Callable[[str], Channel]
    now: Callable[[], datetime]  # aware
    sleep: Callable[[float], object]

    def deliver(self, *, at_once: bool = False) -> Delivery:
        """Send what is due; with `at_once` all that waits, also what was given up and in quiet hours.

        What a server asked to wait for is waited for all the same. Raises: `StoreError`.
        """
        with self.store.lock(LOCK) as mine:
            if not mine:
                return Delivery("busy")
            if self.messaging.messages.is_quiet(self.now().astimezone(MOSCOW).time()) and not at_once:
                return Delivery("quiet")
            with self.store.transaction() as tx:
                tx.messages.prune(self.now() - KEPT)
                if at_once:
                    tx.messages.revive(self.now())
            return Delivery("done", tuple(self._channel(name, at_once=at_once) for name in self.messaging.channels))

    def _channel(self, name: str, *, at_once: bool) -> Delivered:
        run = _Run(name)
        with self.store.reading() as tx:
            messages = tx.messages.waiting(name, None if at_once else self.now())
            paused = _moment(tx.facts.get(_pause(name)))
        if paused is not None and paused > self.now():
            run.error, run.until = text("The server of {channel} asked to wait.", channel=name), paused
        elif messages:
            self._through(run, messages)
        with self.store.reading() as tx:
            left = tx.messages.waiting(name)
        until = run.until or min((each.due for each in left), default=None)
        return Delivered(name, run.sent, run.parts, run.given_up, len(left), run.error, run.hint, until)

    def _through(self, run: _Run, messages: Sequence[StoredMessage]) -> None:
        """Send these, until the channel has enough."""
        try:
            channel = self.open_channel(run.name)
        except ConfigError as error:
            first = messages[0]
            self._put_off(run, first, Refused(error.message, error.hint), doubtful=first.doubtful)
            return
        try:
            for message in messages:
                if not self._message(run, channel, message):
                    return
        finally:
            channel.close()

    def _message(self, run: _Run, channel: Channel, message: StoredMessage) -> bool:
        """Send what is left of a message. False: the channel takes no more for now."""
        parts = channel.split(Message(message.told.subject, message.told.body))
        done, doubtful = message.sent, message.doubtful
        while done < len(parts):
            if run.began:
                self.sleep(channel.spacing_s)
            run.began = True
            with self.store.transaction() as tx:
                tx.messages.begin(message.id)
            try:
                channel.send(parts[done], f"{message.told.key}/{done}", again=doubtful)
            except Refused as refused:
                if refused.everything:
                    return self._put_off(run, message, refused, doubtful=doubtful)
                self._give_up(run, message, refused, doubtful=doubtful)
                return True
            except Delayed as delayed:
                doubtful = doubtful or delayed.doubtful
                if self._waited(run, delayed):
                    continue
                return self._put_off(run, message, delayed, doubtful=doubtful)
            done, doubtful = done + 1, False
            run.parts += 1
            with self.store.transaction() as tx:
                tx.messages.arrived(message.id, done, self.now(), whole=done == len(parts))
        if done == message.sent:  # an older version cut it into more parts
            with self.store.transaction() as tx:
                tx.messages.arrived(message.id, done, self.now(), whole=True)
        run.sent += 1
        return True

    def _waited(self, run: _Run, delayed: Delayed) -> bool:
        """Whether a short wait, which the server asked for, is over."""
        if delayed.after_s is None:
            return False
        wait = max(1.0, delayed.after_s)
        if run.waited_s + wait > PATIENCE_S:
            return False
        run.waited_s += wait
        self.sleep(wait)
        return True

    def _put_off(self, run: _Run, message: StoredMessage, error: Refused | Delayed, *, doubtful: bool = False) -> bool:
        """The channel rests: as long as the server asks, else the longer the more often it failed. False, always."""
        run.error, run.hint = error.message, error.hint
        asked = error.after_s if isinstance(error, Delayed) else None
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(message.attempts, 20))
        run.until = self.now() + (wait if asked is None else timedelta(seconds=max(1.0, asked)))
        with self.store.transaction() as tx:
            if asked is not None:
                tx.facts.set(_pause(run.name), run.until.isoformat())
            tx.messages.failed(message.id, _reason(error), run.until, counts=asked is None, doubtful=doubtful)
            tx.messages.postpone(run.name, run.until)
        if asked is None and message.attempts + 1 >= MOST_ATTEMPTS:
            self._give_up(run, message, error, doubtful=doubtful)
        return False

    def _give_up(self, run: _Run, message: StoredMessage, error: AllocatorError, *, doubtful: bool) -> None:
        run.given_up += 1
        with self.store.transaction() as tx:
            tx.messages.give_up(message.id, _reason(error), self.now(), doubtful=doubtful)


@dataclass
class _Run:
    """What a delivery has done so far on one channel."""

    name: str
    sent: int = 0
    parts: int = 0
    given_up: int = 0
    waited_s: float = 0.0
    began: bool = False
    error: Text | None = None
    hint: Text | None = None
    until: datetime | None = None


def try_out(messaging: Messaging, open_channel: Callable[[str], Channel], message: Message, key: str) -> list[Tried]:
    """Send a message on every channel of the settings, past the outbox: what came of it, in their order.

    Raises: `ConfigError` when there is no channel.
    """
    if not messaging.channels:
        raise ConfigError(
            text("Messages go nowhere: no channel is set up."),
            text("Write a section [telegram] or [email] in the settings; docs/messages.md tells how."),
        )
    found = []
    for name in messaging.channels:
        try:
            channel = open_channel(name)
            try:
                for number, part in enumerate(channel.split(message)):
                    channel.send(part, f"{key}/{number}", again=False)
            finally:
                channel.close()
        except (Refused, Delayed, ConfigError) as error:
            found.append(Tried(name, error.message, error.hint))
        else:
            found.append(Tried(name))
    return found


def outbox(store: Store, messaging: Messaging) -> Outbox:
    """What waits and what was given up. Raises: `StoreError`."""
    with store.reading() as tx:
        messages = tx.messages.all()
    lines: dict[str, list[Line]] = {WAITING: [], DEAD: [], SENT: []}
    for each in messages:
        told = each.told
        due = each.due if each.state == WAITING else None
        lines[each.state].append(
            Line(told.channel, told.kind, told.subject, told.made, each.attempts, due, each.reason)
        )  # fmt: skip
    return Outbox(messaging.channels, tuple(lines[WAITING]), tuple(lines[DEAD]), len(lines[SENT]))


def _reason(error: AllocatorError) -> Text:
    if error.hint is None:
        return error.message
    return text("{what} {hint}", what=error.message, hint=error.hint)


def _pause(channel: str) -> str:
    return f"messages paused: {channel}"


def _moment(raw: str | None) -> datetime | None:
    return datetime.fromisoformat(raw) if raw else None
