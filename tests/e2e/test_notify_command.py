"""`allocator notify`, as a person and as cron run it, against servers on the loopback."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import telegram_server as faults
from shell import one_line, run
from smtp_server import SmtpServer
from telegram_server import CHAT, TOKEN, TelegramServer

from allocator.store import open_store
from allocator.store.messages import Outgoing


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        yield server


@pytest.fixture
def mail() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


class Home:
    """A folder with settings, a store and the secrets."""

    def __init__(self, folder: Path, telegram: TelegramServer, mail: SmtpServer) -> None:
        self.folder = folder
        self.store = folder / "store.db"
        token = folder / "telegram.token"
        token.write_text(TOKEN + "\n", encoding="utf-8")
        if os.name == "posix":
            token.chmod(0o600)
        self.settings(
            f"[telegram]\ntoken = file:telegram.token\nchat = {CHAT}\n"
            f"[email]\nhost = 127.0.0.1\nport = {mail.port}\nsecurity = none\nfrom = a@b.org\nto = c@d.org\n"
        )
        self.env = {"ALLOCATOR_TELEGRAM_URL": telegram.url}

    def settings(self, content: str) -> None:
        (self.folder / "allocator.ini").write_text(f"[store]\nurl = store.db\n{content}", encoding="utf-8")

    def put(self, *keys: str) -> None:
        with open_store(str(self.store)) as store, store.transaction() as tx:
            for key in keys:
                for channel in ("telegram", "email"):
                    tx.messages.put(Outgoing(channel, key, "event", "x", datetime.now(UTC), f"News {key}", "Строка"))

    def notify(self, *words: str):
        return run("notify", *words, "--config", "allocator.ini", cwd=self.folder, env=self.env)


@pytest.fixture
def home(tmp_path, telegram, mail) -> Home:
    return Home(tmp_path, telegram, mail)


def test_a_test_message_goes_everywhere(home, telegram, mail):
    """And what came of it is said for each channel; no store is needed."""
    done = home.notify("test")
    assert (0, "telegram: sent.\nemail: sent.\n", "") == (done.returncode, done.stdout, done.stderr)
    assert telegram.texts[0].startswith("A test of messages\n\nSent by `allocator notify test` at ")
    assert "A test of messages" == mail.letters[0].message["Subject"]
    assert not home.store.exists()


def test_a_refusal_says_what_to_do_and_never_the_token(home, telegram, mail):
    """In the language that is asked for; the other channel has the message."""
    telegram.faults.append(faults.status(403, f"Forbidden: bot {TOKEN} was blocked by the user"))
    done = home.notify("test", "--lang", "ru")
    assert 1 == done.returncode
    assert [
        "telegram: не отправлено: Telegram не даёт боту писать в этот чат: Forbidden: bot *** was blocked by the user.",
        "Откройте чат с ботом и нажмите Start или добавьте бота в группу или канал.",
        "email: отправлено.",
    ] == done.stdout.splitlines()
    assert TOKEN not in done.stdout + done.stderr
    telegram.faults.append(faults.status(401))
    found = json.loads(home.notify("test", "--json").stdout)
    assert [("telegram", False), ("email", True)] == [(each["channel"], each["sent"]) for each in found["channels"]]


def test_the_outbox_is_sent_once(home, telegram, mail):
    """The second run has nothing to do."""
    home.put("a", "b")
    done = home.notify("send")
    assert (0, "telegram: sent 2, waiting 0.\nemail: sent 2, waiting 0.\n") == (done.returncode, done.stdout)
    assert ["News a\n\nСтрока", "News b\n\nСтрока"] == telegram.texts
    assert ["News a", "News b"] == [letter.message["Subject"] for letter in mail.letters]
    assert (0, "") == (home.notify("send", "-q").returncode, home.notify("send", "-q").stdout)
    assert (2, 2) == (len(telegram.taken), len(mail.letters))


def test_what_failed_is_shown_and_can_be_hurried(home, telegram, mail):
    """Exit code 1 for cron; the reason and the next attempt in the status."""
    home.put("a")
    telegram.faults.append(faults.reset)
    done = home.notify("send")
    assert 1 == done.returncode
    assert "telegram: sent 0, waiting 1.\nTelegram's answer got lost: ConnectionError." in done.stdout
    found = json.loads(home.notify("status", "--json").stdout)
    assert (["telegram", "email"], 1, [], 1) == (found["channels"], len(found["waiting"]), found["dead"], found["sent"])
    assert ("telegram", "News a", 1) == tuple(found["waiting"][0][name] for name in ("channel", "subject", "attempts"))
    assert "waiting: telegram, " in home.notify("status").stdout
    assert 0 == home.notify("send", "--now").returncode
    assert ["News a\n\nСтрока\n\n(This may have come before.)"] == telegram.texts
    assert 1 == len(mail.letters)


def test_the_console_is_stderr(home):
    """So that stdout stays the answer."""
    home.settings("[messages]\nchannels = console\n")
    done = home.notify("test", "--json")
    assert [{"channel": "console", "sent": True, "error": None, "hint": None}] == json.loads(done.stdout)["channels"]
    assert "A test of messages\n    Sent by" in done.stderr


def test_without_a_channel_there_is_nothing_to_test(home):
    """Exit code 3, and what to write."""
    home.settings("")
    done = home.notify("test")
    assert 3 == done.returncode
    assert one_line(done.stderr)
    assert "Write a section [telegram] or [email]" in done.stderr


def test_status_needs_a_store(home):
    """It makes none."""
    done = home.notify("status")
    assert 1 == done.returncode
    assert one_line(done.stderr)
    assert not home.store.exists()


def test_a_refresh_tells_of_its_failure_once(home, telegram, mail):
    """The exit code is that of the refresh; the next one in the same trouble is silent."""
    env = {**home.env, "ALLOCATOR_ISS_URL": "http://127.0.0.1:9/iss"}
    for _ in range(2):
        done = run("refresh", "--notify", "--config", "allocator.ini", cwd=home.folder, env=env)
        assert 4 == done.returncode
    (told,) = telegram.texts
    assert told.startswith("refresh failed\n\n127.0.0.1:9")
    assert ["refresh failed"] == [letter.message["Subject"] for letter in mail.letters]
