"""Letters by SMTP, encrypted as the server has it: RFC 5321, 8314.

The id of a letter follows from the key of its message, so that one sent twice (the answer got lost, the process was
killed) has the same `Message-ID`, by which mailboxes that look for doubles show it once.
"""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from allocator.core.text import Text, text
from allocator.notify.channel import Delayed, Message, Refused
from allocator.notify.splitting import cleaned, one_line

LONGEST_SUBJECT = 200
LONGEST_WORDS = 200
FOREIGN = (smtplib.SMTPException, OSError, ValueError)  # an OSError: of the network and of ssl
SELF = "[127.0.0.1]"  # how we call ourselves, without asking name servers who we are

_CHECK_LOGIN = text(
    "See user and password of [email]; where the mailbox has two factors, it wants a password made for this program."
)
_CHECK_HOST = text("See host, port and security of [email].")
_CHECK_TO = text("See to of [email].")
_CHECK_FROM = text("See from of [email]: most servers let you write in your own name only.")
_CHECK_LETTER = text("What it says will not be sent; others are.")
_TRY_LATER = text("It is tried again later by itself.")


@dataclass(frozen=True, slots=True)
class Server:
    """Where letters are handed in. `security`: starttls, ssl or none; `user` and `password`: None without a login."""

    host: str
    port: int
    security: str = "starttls"
    user: str | None = None
    password: str | None = None


class Mail:
    """Letters from `sender` to `to`. `now` dates them; `tls` is the trust in certificates, None for the system's."""

    name = "email"
    spacing_s = 0.0

    def __init__(
        self,
        server: Server,
        sender: str,
        to: str,
        *,
        now: Callable[[], datetime],
        tls: ssl.SSLContext | None = None,
        timeout_s: float = 20.0,
    ) -> None:
        self._server, self._sender, self._to = server, sender, to
        self._now, self._tls, self._timeout_s = now, tls, timeout_s

    def split(self, message: Message) -> Sequence[Message]:
        """One letter, whatever its length."""
        return (Message(one_line(message.subject, LONGEST_SUBJECT) or "allocator", cleaned(message.body)),)

    def send(self, part: Message, key: str, *, again: bool) -> None:  # noqa: ARG002 -- the id says it
        letter = self._letter(part, key)
        try:
            connection = self._opened()
        except FOREIGN as error:
            raise self._failure(error) from None  # words of the server may repeat the login
        try:
            connection.send_message(letter, self._sender, [self._to])
        except FOREIGN as error:
            connection.close()
            raise self._failure(error, handing_over=True) from None
        with suppress(*FOREIGN):  # the letter is theirs, however they part
            connection.quit()

    def close(self) -> None:
        """Nothing is left open between letters."""

    def _letter(self, part: Message, key: str) -> EmailMessage:
        letter = EmailMessage(policy=SMTP)
        letter["From"], letter["To"], letter["Subject"] = self._sender, self._to, part.subject
        letter["Date"] = format_datetime(self._now())
        letter["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{self._sender.rpartition('@')[2]}>"
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notices, please
        letter.set_content(part.body + "\n", charset="utf-8", cte="base64")
        return letter

    def _opened(self) -> smtplib.SMTP:
        """A connection, encrypted and logged in."""
        server, tls = self._server, self._tls or ssl.create_default_context()
        place: dict[str, Any] = {"local_hostname": SELF, "timeout": self._timeout_s}
        if server.security == "ssl":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, context=tls, **place)
        else:
            connection = smtplib.SMTP(server.host, server.port, **place)
        try:
            if server.security == "starttls":
                connection.starttls(context=tls)
            if server.user is not None and server.password is not None:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _failure(self, error: Exception, *, handing_over: bool = False) -> Refused | Delayed:  # noqa: PLR0911
        """What an exception of smtplib, ssl or the system means."""
        match error:
            case smtplib.SMTPRecipientsRefused():
                code, words = next(iter(error.recipients.values()))
                return self._answered(code, words, text("address {address}", address=self._to), _CHECK_TO)
            case smtplib.SMTPSenderRefused():
                what = text("address {address}", address=self._sender)
                return self._answered(error.smtp_code, error.smtp_error, what, _CHECK_FROM)
            case smtplib.SMTPAuthenticationError():
                return self._answered(error.smtp_code, error.smtp_error, text("login"), _CHECK_LOGIN)
            case smtplib.SMTPDataError():
                return self._answered(
                    error.smtp_code, error.smtp_error, text("letter"), _CHECK_LETTER, everything=False
                )
            case smtplib.SMTPResponseException():
                return self._answered(error.smtp_code, error.smtp_error, text("connection"), _CHECK_HOST)
            case smtplib.SMTPNotSupportedError():
                return Refused(
                    text("The mail server {host} cannot do what security or user ask for.", host=self._place),
                    _CHECK_HOST,
                )
            case UnicodeEncodeError():
                return Refused(text("User or password of the mail server are not plain ASCII."), _CHECK_LOGIN)
            case ssl.SSLError():
                return Refused(
                    text("The mail server {host} and we cannot agree on encryption.", host=self._place), _CHECK_HOST
                )
        if handing_over:
            return Delayed(
                text("The mail server {host} went away before it took the letter.", host=self._place),
                _TRY_LATER,
                doubtful=True,
            )
        return Delayed(text("The mail server {host} cannot be reached.", host=self._place), _CHECK_HOST)

    def _answered(
        self, code: int, words: bytes | str, what: Text, hint: Text, *, everything: bool = True
    ) -> Refused | Delayed:
        """A refusal is for good from 500 on, and for now below: RFC 5321, 4.2.1."""
        said = words.decode(errors="replace") if isinstance(words, bytes) else words
        for secret in filter(None, (self._server.password, self._server.user)):
            said = said.replace(secret, "***")
        said = f"{code} {one_line(said, LONGEST_WORDS)}".strip().rstrip(".")
        message = text("The mail server {host} refuses the {what}: {said}.", host=self._place, what=what, said=said)
        if code < 500:
            return Delayed(message, _TRY_LATER)
        return Refused(message, hint, everything=everything)

    @property
    def _place(self) -> str:
        return f"{self._server.host}:{self._server.port}"
