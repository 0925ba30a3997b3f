"""What the page of settings shows: accounts, exclusions, messages, and the file of settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from allocator.core.text import Text
from allocator.report.catalogue import render
from allocator.report.document import Json
from allocator.report.messages import Tried


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account; only an empty one can be removed without a second thought."""

    name: str
    version: int
    held: int  # securities of which there are units
    empty: bool


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A way to a person. `used`: messages go there; `target`: the chat or address, None where nothing is set up."""

    name: str
    used: bool
    target: str | None


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message of the outbox. `state`: waiting, sent or dead; `at`: of its end, or of the next attempt."""

    channel: str
    subject: str
    made: datetime
    state: str
    at: datetime | None
    attempts: int
    reason: Text | None


@dataclass(frozen=True, slots=True)
class FileValue:
    """A key of the settings; `value` as it stands in the file, None where the default holds. A secret is a reference
    there, never itself.
    """

    section: str
    key: str
    value: str | None
    default: Text | str


@dataclass(frozen=True, slots=True)
class FileView:
    """The file of settings. `path` None: there is none; `stale`: it has changed since the server read it."""

    path: Path | None
    values: tuple[FileValue, ...]
    stale: bool
    mistakes: tuple[tuple[Text, Text | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """A test of messages: "none" yet, "sending", or "done" with what came of it."""

    state: str
    at: datetime | None = None
    tried: tuple[Tried, ...] = ()
    error: Text | None = None


@dataclass(frozen=True, slots=True)
class SettingsView:
    """Everything that the page shows but the look, which is the reader's own."""

    accounts: tuple[AccountLine, ...]
    exclude: tuple[str, ...]
    channels: tuple[ChannelLine, ...]
    language: str  # of messages
    messages: tuple[MessageLine, ...]
    file: FileView


def settings_document(view: SettingsView, *, lang: str = "en") -> dict[str, Json]:
    """The object of /api/settings."""
    return {
        "accounts": [
            {"name": each.name, "version": each.version, "held": each.held, "empty": each.empty}
            for each in view.accounts
        ],
        "exclude": list(view.exclude),
        "messages": {
            "language": view.language,
            "channels": [{"name": each.name, "used": each.used, "target": each.target} for each in view.channels],
            "outbox": [_message(each, lang) for each in view.messages],
        },
        "file": {
            "path": None if view.file.path is None else str(view.file.path),
            "stale": view.file.stale,
            "mistakes": _lines(view.file.mistakes, lang),
            "values": [
                {
                    "section": each.section,
                    "key": each.key,
                    "value": each.value,
                    "default": render(each.default, lang),
                }
                for each in view.file.values
            ],
        },
    }


def exclusions_document(exclude: Sequence[str]) -> dict[str, Json]:
    """The object of /api/exclusions."""
    return {"exclude": list(exclude)}


def trial_document(test: Trial, *, lang: str = "en") -> dict[str, Json]:
    """The object of /api/settings/test."""
    return {
        "state": test.state,
        "at": _moment(test.at),
        "error": None if test.error is None else render(test.error, lang),
        "channels": [
            {
                "channel": each.channel,
                "sent": each.error is None,
                "error": None if each.error is None else render(each.error, lang),
                "hint": None if each.hint is None else render(each.hint, lang),
            }
            for each in test.tried
        ],
    }


def _message(line: MessageLine, lang: str) -> dict[str, Json]:
    return {
        "channel": line.channel,
        "subject": line.subject,
        "made": _moment(line.made),
        "state": line.state,
        "at": _moment(line.at),
        "attempts": line.attempts,
        "reason": None if line.reason is None else render(line.reason, lang),
    }


def _lines(lines: Sequence[tuple[Text, Text | None]], lang: str) -> list[Json]:
    return [
        {"message": render(message, lang), "hint": None if hint is None else render(hint, lang)}
        for message, hint in lines
    ]


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
