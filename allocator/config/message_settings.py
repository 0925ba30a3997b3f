"""The sections of the settings about messages: where they go, and when something is worth one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time, timedelta
from decimal import Decimal

from allocator.config import settings_values as values
from allocator.config.findings import BadValueError, Findings, shown
from allocator.config.lookup import Lookup
from allocator.config.secrets import Secret, secret
from allocator.config.settings_words import SETTINGS
from allocator.config.values import share
from allocator.core.text import text

CHANNELS = ("telegram", "email", "console")
PORTS = {"starttls": 587, "ssl": 465, "none": 25}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_CHAT = re.compile(r"-?[0-9]{1,19}|@[A-Za-z][A-Za-z0-9_]{3,31}")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:]{2,45}")
_HOURS = re.compile(r"\s*([0-9:]+)\s*[-–]\s*([0-9:]+)\s*")


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """The bot that writes, and to whom: the number of a chat, or @name of a channel."""

    token: Secret | None = None
    chat: str | None = None
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """The server that takes letters. `security`: starttls, ssl or none; None for `port`: the usual one of that."""

    host: str | None = None
    port: int | None = None
    security: str = "starttls"
    user: str | None = None
    password: Secret | None = None
    sender: str | None = None  # `from`; None: the user
    to: str | None = None

    @property
    def usual_port(self) -> int:
        return self.port or PORTS[self.security]


@dataclass(frozen=True, slots=True)
class MessageSettings:
    """What is told and when. `channels`: None for every one that is set up.

    `threshold` is a share of the portfolio's value; `quiet` are hours of Moscow in which nothing is sent, the first may
    be later than the second.
    """

    channels: tuple[str, ...] | None = None
    language: str = "en"
    threshold: Decimal = Decimal("0.02")
    cooldown: timedelta = timedelta(hours=6)
    quiet: tuple[time, time] | None = None

    def is_quiet(self, now: time) -> bool:
        """Whether a time of day in Moscow is one of rest."""
        if self.quiet is None:
            return False
        since, till = self.quiet
        return since <= now < till if since <= till else now >= since or now < till


@dataclass(frozen=True, slots=True)
class Messaging:
    """The three sections together."""

    telegram: TelegramSettings = field(default_factory=TelegramSettings)
    email: EmailSettings = field(default_factory=EmailSettings)
    messages: MessageSettings = field(default_factory=MessageSettings)

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the channels that messages go to, each once."""
        if self.messages.channels is not None:
            return self.messages.channels
        given = {"telegram": self.telegram.token is not None, "email": self.email.host is not None}
        return tuple(name for name, is_there in given.items() if is_there)


def read_messaging(lookup: Lookup, findings: Findings) -> Messaging:
    """The sections [telegram], [email] and [messages]; mistakes, contradictions too, become findings."""
    found = Messaging(_telegram(lookup), _email(lookup), _messages(lookup))
    if not findings:
        _find_contradictions(found, lookup, findings)
    return found


def _telegram(lookup: Lookup) -> TelegramSettings:
    return TelegramSettings(
        token=_secret(lookup, "telegram", "token"),
        chat=lookup.option("telegram", "chat", _whole(_CHAT), None),
        proxy=lookup.option("telegram", "proxy", values.proxy, None),
    )


def _email(lookup: Lookup) -> EmailSettings:
    default = EmailSettings()
    return EmailSettings(
        host=lookup.option("email", "host", _whole(_HOST), None),
        port=lookup.option("email", "port", values.whole(1, 65535), None),
        security=lookup.option("email", "security", _one_of(tuple(PORTS)), default.security),
        user=lookup.option("email", "user", str, None),
        password=_secret(lookup, "email", "password"),
        sender=lookup.option("email", "from", _whole(_ADDRESS), None),
        to=lookup.option("email", "to", _whole(_ADDRESS), None),
    )


def _messages(lookup: Lookup) -> MessageSettings:
    default = MessageSettings()
    return MessageSettings(
        channels=lookup.option("messages", "channels", _channels, None),
        language=lookup.option("messages", "language", _one_of(("en", "ru")), default.language),
        threshold=lookup.option("messages", "value threshold", share, default.threshold),
        cooldown=lookup.option(
            "messages", "cooldown", lambda raw: timedelta(hours=values.whole(0, 1000)(raw)), default.cooldown
        ),
        quiet=lookup.option("messages", "quiet hours", span_of_hours, None),
    )


def _find_contradictions(found: Messaging, lookup: Lookup, findings: Findings) -> None:
    telegram, email = found.telegram, found.email
    sender = email.sender or (email.user if email.user and _ADDRESS.fullmatch(email.user) else None)
    for channel, needed in (
        ("telegram", {"token": telegram.token, "chat": telegram.chat}),
        ("email", {"host": email.host, "to": email.to, "from": sender}),
    ):
        place = next(filter(None, (lookup.place(channel, name) for name in needed)), None)
        if place is None and channel in found.channels:
            place = lookup.place("messages", "channels")
        for name in (name for name, value in needed.items() if place and value is None):
            what = text("[{section}] has no {key}", section=channel, key=name)
            findings.add(place, what, SETTINGS.expected(channel, name))  # type: ignore[arg-type]  # filtered above
    login = lookup.place("email", "user") or lookup.place("email", "password")
    if login and (email.user is None or email.password is None):
        findings.add(
            login,
            text("user and password go together"),
            text("Write user = NAME and password = file:PATH, or neither."),
        )
    elif login and email.security == "none" and email.host not in LOOPBACK:
        findings.add(
            login,
            text("without encryption everybody on the way reads the password"),
            text("Write security = starttls or ssl."),
        )


def _secret(lookup: Lookup, section: str, name: str) -> Secret | None:
    place = lookup.place(section, name)
    return lookup.option(section, name, lambda raw: secret(raw, place), None) if place else None


def _whole(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def read(raw: str) -> str:
        if not pattern.fullmatch(raw):
            raise BadValueError(text("this is not what the key takes"))  # not repeated: it may be a secret
        return raw

    return read


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def read(raw: str) -> str:
        if raw.lower() not in words:
            raise BadValueError(text("{value} is unknown", value=shown(raw)))
        return raw.lower()

    return read


def _channels(raw: str) -> tuple[str, ...]:
    named = [word.strip().lower() for word in raw.split(",") if word.strip()]
    if named == ["none"]:
        return ()
    if not named:
        raise BadValueError(text("there is nothing between the commas"))
    return tuple(dict.fromkeys(_one_of(CHANNELS)(word) for word in named))


def span_of_hours(raw: str) -> tuple[time, time]:
    """Two times of day; the first may be later than the second."""
    found = _HOURS.fullmatch(raw)
    if not found:
        raise BadValueError(text("{value} is not a span of hours", value=shown(raw)))
    return values.time_of_day(found[1]), values.time_of_day(found[2])
