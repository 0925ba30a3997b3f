"""The outbox: messages on their way, and what was told last.

A message is put in within the transaction that keeps what it tells of, so there is never one without the other. Its
key is unique on a channel: putting it in again changes nothing. A part is marked before it is sent (`begin`) and after
the server took it (`arrived`); a process killed between the two leaves a doubtful part, which is sent again as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from allocator.core.text import Text
from allocator.store.link import Link, Row
from allocator.store.schema_messages import MESSAGES, TOLD
from allocator.store.sentences import read, storable, written

WAITING, SENT, DEAD = "waiting", "sent", "dead"
EPOCH = datetime.fromtimestamp(0, UTC)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to put in the outbox. `key` names what it tells, `about` what it is about: a step, a portfolio."""

    channel: str
    key: str
    kind: str
    about: str
    made: datetime
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message of the outbox.

    `sent`: parts that arrived; `doubtful`: the next one may have arrived too. `attempts` failed so far; `due` (UTC) is
    the next. `state`: "waiting", "sent" or "dead"; `ended`: since when. `reason`: why it failed last, None if it never
    did.
    """

    id: int
    told: Outgoing
    sent: int = 0
    doubtful: bool = False
    attempts: int = 0
    due: datetime = EPOCH
    state: str = WAITING
    ended: datetime | None = None
    reason: Text | None = None


class Messages:
    """The table of messages. Moments are aware."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def put(self, message: Outgoing) -> bool:
        """Whether it is new: the channel had none of its key."""
        insert = self._link.insert(MESSAGES).on_conflict_do_nothing(index_elements=["channel", "key"])
        row = {
            "channel": message.channel,
            "key": message.key,
            "kind": message.kind,
            "about": storable(message.about),
            "made": message.made,
            "subject": storable(message.subject),
            "body": storable(message.body),
            "sent": 0,
            "doubtful": False,
            "attempts": 0,
            "due": (message.made - EPOCH) // SECOND,
            "state": WAITING,
        }
        return self._link.one(insert.values(**row).returning(MESSAGES.c.id)) is not None

    def waiting(self, channel: str, due: datetime | None = None) -> list[StoredMessage]:
        """Those of a channel to be sent, with `due` those whose time has come: first those that failed least, then by
        age. So one that a server stumbles over does not hold up the others.
        """
        wanted = sa.select(MESSAGES).where(MESSAGES.c.channel == channel, MESSAGES.c.state == WAITING)
        if due is not None:
            wanted = wanted.where(MESSAGES.c.due <= (due - EPOCH) // SECOND)
        return self._found(wanted.order_by(MESSAGES.c.attempts, MESSAGES.c.id))

    def get(self, number: int) -> StoredMessage | None:
        row = self._link.one(sa.select(MESSAGES).where(MESSAGES.c.id == number))
        return _message(row) if row else None

    def all(self, *states: str, limit: int | None = None) -> list[StoredMessage]:
        """The newest first; of some states, or of all."""
        wanted = sa.select(MESSAGES).where(MESSAGES.c.state.in_(states)) if states else sa.select(MESSAGES)
        return self._found(wanted.order_by(MESSAGES.c.id.desc()).limit(limit))

    def begin(self, number: int) -> None:
        """The next part is about to be sent."""
        self._set(number, doubtful=True)

    def arrived(self, number: int, sent: int, now: datetime, *, whole: bool) -> None:
        """`sent` parts have arrived; with `whole` they are all of them."""
        ended: dict[str, Any] = {"state": SENT, "ended": now} if whole else {}
        self._set(number, sent=sent, doubtful=False, **ended)

    def failed(self, number: int, reason: Text, due: datetime, *, counts: bool, doubtful: bool) -> None:
        """An attempt failed; the next is due then. `counts`: among the attempts; `doubtful`: it may have arrived."""
        more = {"attempts": MESSAGES.c.attempts + 1} if counts else {}
        self._set(number, due=_seconds(due), doubtful=doubtful, **more, **written(reason))

    def give_up(self, number: int, reason: Text, now: datetime, *, doubtful: bool) -> None:
        """It will not be tried again, until `revive`."""
        self._set(number, state=DEAD, ended=now, doubtful=doubtful, **written(reason))

    def postpone(self, channel: str, due: datetime) -> None:
        """Nothing of the channel before then."""
        self._link.run(
            sa.update(MESSAGES)
            .where(MESSAGES.c.channel == channel, MESSAGES.c.state == WAITING, MESSAGES.c.due < _seconds(due))
            .values(due=_seconds(due))
        )

    def revive(self, now: datetime) -> int:
        """Try those that were given up anew, from the part that did not arrive; how many."""
        return self._link.run(
            sa.update(MESSAGES)
            .where(MESSAGES.c.state == DEAD)
            .values(state=WAITING, ended=None, attempts=0, due=_seconds(now))
        )

    def prune(self, before: datetime) -> int:
        """Forget those that were sent or given up before then; how many. What was told last is not among it."""
        old = [
            message.id
            for message in self.all(SENT, DEAD)
            if message.ended is not None and message.ended < before
        ]  # fmt: skip
        return self._link.run(sa.delete(MESSAGES).where(MESSAGES.c.id.in_(old))) if old else 0

    def _set(self, number: int, **values: Any) -> None:  # noqa: ANN401 -- of many columns
        self._link.run(sa.update(MESSAGES).where(MESSAGES.c.id == number).values(**values))

    def _found(self, statement: sa.Select[Any]) -> list[StoredMessage]:
        return [_message(row) for row in self._link.rows(statement)]


@dataclass(frozen=True, slots=True)
class Told:
    """What was told last of one thing: the message's key, when (None: only remembered), and the state, JSON."""

    key: str
    at: datetime | None
    state: str


class LastTold:
    """The table of what was told last, by kind and what it is about."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, kind: str, about: str) -> Told | None:
        row = self._link.one(sa.select(TOLD).where(TOLD.c.kind == kind, TOLD.c.about == storable(about)))
        return Told(row.key, row.at, row.state) if row else None

    def set(self, kind: str, about: str, told: Told) -> None:
        row = {"kind": kind, "about": storable(about), "key": told.key, "at": told.at, "state": storable(told.state)}
        self._link.upsert(TOLD, [row])

    def about(self, kind: str) -> Sequence[str]:
        """All things of a kind, sorted."""
        return sorted(row.about for row in self._link.rows(sa.select(TOLD.c.about).where(TOLD.c.kind == kind)))


def _seconds(moment: datetime) -> int:
    """Rounded up: nothing is tried before its time."""
    return -((moment - EPOCH) // -SECOND)


def _message(row: Row) -> StoredMessage:
    told = Outgoing(row.channel, row.key, row.kind, row.about, row.made, row.subject, row.body)
    reason = None if row.template is None else read(row.template, row.field_values)
    due = datetime.fromtimestamp(row.due, UTC)
    return StoredMessage(
        row.id, told, row.sent, row.doubtful, row.attempts, due, row.state, row.ended, reason
    )  # fmt: skip
