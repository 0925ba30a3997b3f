"""Letters over real SMTP: encryption, login, what arrives, and each way in which it fails."""

from __future__ import annotations

import ssl
import traceback
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from smtp_server import PASSWORD, USER, SmtpServer, made_certificate

from allocator.core.errors import NotifyError
from allocator.core.moscow import MOSCOW
from allocator.notify import Delayed, Message, Refused
from allocator.notify.mail import Mail, Server

NOW = datetime(2026, 11, 21, 12, 30, tzinfo=MOSCOW)
TO = "you@example.org"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = made_certificate(tmp_path_factory.mktemp("certificate"))
    if found is None:
        pytest.skip("no openssl to make a certificate")
    return found


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as found:
        yield found


def mail(server: SmtpServer, *, password: str | None = None, tls: ssl.SSLContext | None = None, **more: object) -> Mail:
    given = {"host": "127.0.0.1", "port": server.port, "security": server.security}
    if password is not None:
        given |= {"user": USER, "password": password}
    return Mail(Server(**(given | more)), USER, TO, now=lambda: NOW, tls=tls, timeout_s=5)


def send(channel: Mail, message: Message | None = None, key: str = "key/0") -> None:
    (part,) = channel.split(message or Message("subject", "body"))
    channel.send(part, key, again=False)


def failure(channel: Mail) -> NotifyError:
    with pytest.raises(NotifyError) as caught:
        send(channel)
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))
    return caught.value


@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_a_letter_goes_encrypted_to_a_server_that_is_who_it_says(security, certificate):
    """Logged in, with the envelope of the settings and every character as it was."""
    with SmtpServer(security, certificate) as server:
        trusting = ssl.create_default_context(cafile=str(certificate))
        trusting.verify_flags |= ssl.VERIFY_X509_STRICT  # the default of Python 3.13
        send(
            mail(server, password=PASSWORD, tls=trusting),
            Message("Тема 😀", "Строка\n.\n..two\nFrom me\n" + "x" * 2000),
        )
    (letter,) = server.letters
    assert (True, USER, USER, (TO,)) == (letter.encrypted, letter.user, letter.sender, letter.to)
    assert ("Тема 😀", USER, TO) == (letter.message["Subject"], letter.message["From"], letter.message["To"])
    assert "Строка\n.\n..two\nFrom me\n" + "x" * 2000 == letter.body
    assert "Sat, 21 Nov 2026 12:30:00 +0300" == letter.message["Date"]
    assert "auto-generated" == letter.message["Auto-Submitted"]
    assert [security == "starttls"] == [words.upper() == "STARTTLS" for words in server.commands[1:2]]


@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_a_certificate_that_nobody_signed_is_refused(security, certificate):
    """Before any login is said."""
    with SmtpServer(security, certificate) as server:
        found = failure(mail(server, password=PASSWORD))
    assert isinstance(found, Refused)
    assert "cannot agree on encryption. See host, port and security" in str(found)
    assert not any(words.startswith("AUTH") for words in server.commands)


def test_a_server_without_encryption_gets_no_password(server):
    """STARTTLS is asked for, not hoped for."""
    found = failure(mail(server, password=PASSWORD, security="starttls"))
    assert isinstance(found, Refused)
    assert "cannot do what security or user ask for" in str(found)
    assert not any(words.startswith("AUTH") for words in server.commands)


def test_a_letter_sent_twice_has_one_id(server):
    """By which a mailbox may tell a double; another letter has another."""
    for key in ("key/0", "key/0", "key/1"):
        send(mail(server), key=key)
    first, again, other = (letter.message["Message-ID"] for letter in server.letters)
    assert first == again != other
    assert first.endswith("@example.org>")


def test_hostile_words_stay_words(server):
    """No header, recipient or end of the letter can be smuggled in."""
    hostile = "a\r\nBcc: evil@example.org\r\n\r\nbody"
    send(mail(server), Message(hostile, "x\r\n.\r\nRCPT TO:<evil@example.org>\r\n\0\ud800"))
    (letter,) = server.letters
    assert "a Bcc: evil@example.org body" == letter.message["Subject"]
    assert letter.message["Bcc"] is None
    assert (TO,) == letter.to
    assert "x\n.\nRCPT TO:<evil@example.org>\n\ufffd\ufffd" == letter.body


@pytest.mark.parametrize(
    ("command", "answer", "kind", "said"),
    [
        ("CONNECT", "554 go away", Refused, "refuses the connection: 554 go away. See host"),
        ("CONNECT", "421 too busy", Delayed, "refuses the connection: 421 too busy"),
        ("MAIL", "553 not yours", Refused, f"refuses the address {USER}: 553 not yours. See from"),
        ("RCPT", "550 no such user", Refused, f"refuses the address {TO}: 550 no such user. See to"),
        ("RCPT", "451 greylisted", Delayed, f"refuses the address {TO}: 451 greylisted. It is tried again"),
        ("DATA", "552 too big", Refused, "refuses the letter: 552 too big. What it says will not be sent"),
        ("CONNECT", "drop", Delayed, "cannot be reached"),
        ("MAIL", "drop", Delayed, "went away before it took the letter"),
    ],
)
def test_refusals_are_told_apart(server, command, answer, kind, said):
    """For good or for now, of every letter or of this one, with what to do."""
    server.answers[command] = answer
    found = failure(mail(server))
    assert type(found) is kind
    assert said in str(found)
    assert [] == server.letters
    if isinstance(found, Refused):
        assert (command != "DATA") is found.everything


def test_a_wrong_password_is_refused_without_repeating_it(server):
    """Though the server does."""
    found = failure(mail(server, password="wrong s3cr3t"))
    assert isinstance(found, Refused)
    assert "refuses the login: 535 5.7.8 *** *** is not accepted. See user and password" in str(found)
    assert isinstance(failure(mail(server, password="пароль")), Refused)


def test_a_letter_whose_answer_got_lost_is_in_doubt(server):
    """It may have arrived, and here it did."""
    server.answers["DATA"] = "lose"
    found = failure(mail(server))
    assert isinstance(found, Delayed)
    assert found.doubtful
    assert 1 == len(server.letters)


def test_a_rude_goodbye_is_no_failure(server):
    """The letter was taken."""
    server.answers["QUIT"] = "drop"
    send(mail(server))
    assert 1 == len(server.letters)


def test_nobody_there_is_no_doubt():
    """It is tried later, with the place named."""
    channel = Mail(Server("127.0.0.1", 9, "none"), USER, TO, now=lambda: NOW, timeout_s=2)
    found = failure(channel)
    assert isinstance(found, Delayed)
    assert not found.doubtful
    assert "127.0.0.1:9 cannot be reached" in str(found)
