"""The sections [telegram], [email] and [messages]: what they give, what is refused, and that no secret is repeated."""

from __future__ import annotations

import os
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from allocator.config.message_settings import EmailSettings, MessageSettings, Messaging
from allocator.config.settings import parse_settings
from allocator.core.errors import ConfigError

FILE = Path("/home/me/allocator.ini") if os.name == "posix" else Path("C:/me/allocator.ini")
EMAIL = "[email]\nhost = smtp.example.org\nto = me@example.org\n"


def read(content: str) -> Messaging:
    return parse_settings(content, FILE).messaging


def refusals(content: str) -> list[str]:
    """Each finding and its hint, without the file's name."""
    with pytest.raises(ConfigError) as caught:
        read(content)
    return [f"{message} {hint}".removeprefix(str(FILE)) for message, hint in caught.value.lines]


def test_every_key_of_messages_is_read():
    """Each into its own place."""
    found = read(
        "[telegram]\ntoken = env:T\nchat = -1001234567890\nproxy = http://proxy:3128\n"
        "[email]\nhost = smtp.example.org\nport = 2525\nsecurity = SSL\nuser = me\npassword = env:P\n"
        "from = a@example.org\nto = b@example.org\n"
        "[messages]\nchannels = Email, console, email\nlanguage = ru\nvalue threshold = 1.5%\ncooldown = 0\n"
        "quiet hours = 22:30 - 7:00\n"
    )
    assert ("env:T", "-1001234567890", "http://proxy:3128") == (
        str(found.telegram.token),
        found.telegram.chat,
        found.telegram.proxy,
    )
    assert ("smtp.example.org", 2525, "ssl", "me", "env:P", "a@example.org", "b@example.org") == (
        found.email.host,
        found.email.usual_port,
        found.email.security,
        found.email.user,
        str(found.email.password),
        found.email.sender,
        found.email.to,
    )
    expected = MessageSettings(("email", "console"), "ru", Decimal("0.015"), timedelta(0), (time(22, 30), time(7)))
    assert expected == found.messages
    assert ("email", "console") == found.channels


def test_without_channels_messages_go_where_it_is_set_up():
    """To nobody without a section, and to nobody when that is what is asked for."""
    assert () == read("").channels
    assert ("telegram",) == read("[telegram]\ntoken = env:T\nchat = 1").channels
    both = "[telegram]\ntoken = env:T\nchat = @mine\n" + EMAIL + "from = me@example.org\n"
    assert ("telegram", "email") == read(both).channels
    assert () == read(both + "[messages]\nchannels = none").channels


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("ssl", 465), ("none", 25)])
def test_the_usual_port_is_that_of_the_security(security, port):
    """As mail servers have them."""
    assert port == EmailSettings(security=security).usual_port


@pytest.mark.parametrize(
    ("now", "quiet", "expected"),
    [
        (time(23, 0), (time(23), time(8)), True),
        (time(7, 59), (time(23), time(8)), True),
        (time(8), (time(23), time(8)), False),
        (time(13), (time(12), time(14)), True),
        (time(14), (time(12), time(14)), False),
        (time(3), None, False),
        (time(3), (time(3), time(3)), False),
    ],
)
def test_quiet_hours_may_pass_midnight(now, quiet, expected):
    """The first minute is quiet, the last no more."""
    assert expected is MessageSettings(quiet=quiet).is_quiet(now)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[telegram]\ntoken = env:T", ":2: [telegram] token: [telegram] has no chat."),
        ("[telegram]\nchat = 1", ":2: [telegram] chat: [telegram] has no token."),
        ("[messages]\nchannels = telegram", ":2: [messages] channels: [telegram] has no token."),
        ("[email]\nto = me@example.org\nfrom = a@example.org", ":2: [email] to: [email] has no host."),
        (EMAIL, ":2: [email] host: [email] has no from."),
        (EMAIL + "user = me@example.org", ":4: [email] user: user and password go together."),
        (EMAIL + "from = a@example.org\npassword = env:P", ":5: [email] password: user and password go together."),
        (
            EMAIL + "user = me@example.org\npassword = env:P\nsecurity = none",
            ":4: [email] user: without encryption everybody on the way reads the password.",
        ),
        ("[messages]\nchannels = telegrm", ":2: [messages] channels: telegrm is unknown."),
        ("[messages]\nchannels = ,", ":2: [messages] channels: there is nothing between the commas."),
        ("[messages]\nquiet hours = 23", ":2: [messages] quiet hours: 23 is not a span of hours."),
        ("[messages]\nquiet hours = 23:00 - 24:00", ":2: [messages] quiet hours: 24:00 is not a time of day."),
        ("[email]\nsecurity = tls", ":2: [email] security: tls is unknown."),
        ("[email]\nto = me", ":2: [email] to: this is not what the key takes."),
    ],
)
def test_what_cannot_be_is_refused_with_a_hint(content, expected):
    """At its line, and each says what to write."""
    assert any(found.startswith(expected) and found != expected for found in refusals(content))


def test_a_password_may_go_in_the_clear_to_this_machine():
    """Nobody is on the way."""
    content = "[email]\nhost = 127.0.0.1\nto = a@b.org\nuser = me@b.org\npassword = env:P\nsecurity = none"
    assert "none" == read(content).email.security


def test_a_token_in_the_file_is_refused_and_not_repeated():
    """Whatever key it stands at."""
    token = "123456789:AAF-s3cr3t_s3cr3t_s3cr3t_s3cr3t"
    for content in (f"[telegram]\ntoken = {token}", f"[telegram]\nchat = {token}", f"[email]\nto = {token}"):
        assert all(token not in found for found in refusals(content))
