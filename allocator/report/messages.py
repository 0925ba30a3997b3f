"""What became of messages: of a test, of a delivery, and what waits in the outbox."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from allocator.core.moscow import MOSCOW
from allocator.core.text import Text, text
from allocator.report.catalogue import render
from allocator.report.document import Json


@dataclass(frozen=True, slots=True)
class Tried:
    """A test message on a channel; `error` is None when it was taken."""

    channel: str
    error: Text | None = None
    hint: Text | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a delivery did on one channel.

    `sent` whole messages, `parts` of them and of others; `waiting` is left, `given_up` of this time. `error` is what
    stopped it, `until` when it goes on (None: when there is something).
    """

    channel: str
    sent: int = 0
    parts: int = 0
    given_up: int = 0
    waiting: int = 0
    error: Text | None = None
    hint: Text | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery. `outcome`: "done"; "busy" while another process delivers; "quiet" in hours of rest."""

    outcome: str
    channels: tuple[Delivered, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A message of the outbox, without its body. `due`: the next attempt, None of one that was given up."""

    channel: str
    kind: str
    subject: str
    made: datetime
    attempts: int
    due: datetime | None
    reason: Text | None


@dataclass(frozen=True, slots=True)
class Outbox:
    """What waits and what was given up, the newest first. `channels`: the settings'; `sent`: how many of late."""

    channels: tuple[str, ...]
    waiting: tuple[Line, ...]
    dead: tuple[Line, ...]
    sent: int


def tried_lines(tried: Sequence[Tried]) -> Iterator[Text]:
    for each in tried:
        if each.error is None:
            yield text("{channel}: sent.", channel=each.channel)
        else:
            yield text("{channel}: not sent: {error}.", channel=each.channel, error=each.error)
            if each.hint is not None:
                yield each.hint


def delivery_lines(delivery: Delivery) -> Iterator[Text]:
    """The outcome in sentences, one a line."""
    match delivery.outcome:
        case "busy":
            yield text("Another process is delivering; this one leaves it to that.")
            return
        case "quiet":
            yield text("These are quiet hours: nothing is sent before their end.")
            return
    for each in delivery.channels:
        yield text("{channel}: sent {sent}, waiting {waiting}.", channel=each.channel, sent=each.sent,
                   waiting=each.waiting)  # fmt: skip
        if each.given_up:
            yield text("{channel}: given up {count}; see: allocator notify status", channel=each.channel,
                       count=each.given_up)  # fmt: skip
        if each.error is not None:
            yield each.error
        if each.hint is not None:
            yield each.hint
        if each.until is not None:
            yield text("The next attempt is due at {time} Moscow time.", time=_moscow(each.until))


def problem_lines(delivery: Delivery) -> Iterator[Text]:
    """What stopped a delivery, if anything did: for who asked for something else."""
    for each in delivery.channels:
        if each.error is not None:
            yield text("{channel}: not sent: {error}.", channel=each.channel, error=each.error)
            if each.hint is not None:
                yield each.hint


def outbox_lines(outbox: Outbox) -> Iterator[Text]:
    """The outbox for a person."""
    if outbox.channels:
        yield text("Messages go to: {channels}.", channels=", ".join(outbox.channels))
    else:
        yield text("Messages go nowhere: no channel is set up. docs/messages.md tells how.")
    yield text(
        "Waiting: {waiting}; given up: {dead}; sent: {sent}.",
        waiting=len(outbox.waiting),
        dead=len(outbox.dead),
        sent=outbox.sent,
    )
    for line in outbox.waiting:
        yield _told(line)
    for line in outbox.dead:
        yield _told(line)
    if outbox.dead:
        yield text("To try what was given up again: allocator notify send --now")


def _told(line: Line) -> Text:
    what = text("{channel}, {time}, {subject}", channel=line.channel, time=_moscow(line.made), subject=line.subject)
    if line.due is None:
        return text("given up: {what}: {reason}", what=what, reason=line.reason or "")
    if line.reason is None:
        return text("waiting: {what}", what=what)
    return text(
        "waiting: {what}: failed {attempts}, next {time}: {reason}",
        what=what,
        attempts=line.attempts,
        time=_moscow(line.due),
        reason=line.reason,
    )


def tried_document(tried: Sequence[Tried], *, lang: str = "en") -> dict[str, Json]:
    """The object of `allocator notify test --json`."""
    return {
        "channels": [
            {
                "channel": each.channel,
                "sent": each.error is None,
                "error": _said(each.error, lang),
                "hint": _said(each.hint, lang),
            }
            for each in tried
        ]
    }


def delivery_document(delivery: Delivery, *, lang: str = "en") -> dict[str, Json]:
    """The object of `allocator notify send --json`."""
    return {
        "outcome": delivery.outcome,
        "channels": [
            {
                "channel": each.channel,
                "sent": each.sent,
                "parts": each.parts,
                "given_up": each.given_up,
                "waiting": each.waiting,
                "error": _said(each.error, lang),
                "hint": _said(each.hint, lang),
                "until": None if each.until is None else each.until.isoformat(),
            }
            for each in delivery.channels
        ],
    }


def outbox_document(outbox: Outbox, *, lang: str = "en") -> dict[str, Json]:
    """The object of `allocator notify status --json`."""
    return {
        "channels": list(outbox.channels),
        "waiting": [_line(line, lang) for line in outbox.waiting],
        "dead": [_line(line, lang) for line in outbox.dead],
        "sent": outbox.sent,
    }


def _line(line: Line, lang: str) -> dict[str, Json]:
    return {
        "channel": line.channel,
        "kind": line.kind,
        "subject": line.subject,
        "made": line.made.isoformat(),
        "attempts": line.attempts,
        "due": None if line.due is None else line.due.isoformat(),
        "reason": _said(line.reason, lang),
    }


def _said(sentence: Text | None, lang: str) -> str | None:
    return None if sentence is None else render(sentence, lang)


def _moscow(moment: datetime) -> str:
    return f"{moment.astimezone(MOSCOW):%Y-%m-%d %H:%M}"
