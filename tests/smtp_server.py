"""A mail server on the loopback: SMTP with STARTTLS, TLS and logins, and the moods of real ones.

It speaks as much of RFC 5321, 3207 and 4954 as a letter needs. `answers` replaces the answer to a command ("RCPT": "550
no such user"); "drop" in place of an answer breaks the connection off, "lose" after the letter was taken.
"""

from __future__ import annotations

import base64
import email
import shutil
import socketserver
import ssl
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from loopback import Loopback

USER, PASSWORD = "me@example.org", "s3cr3t pass"


@dataclass(frozen=True)
class Letter:
    """One that was taken: the envelope, whether the line was encrypted, who was logged in."""

    sender: str
    to: tuple[str, ...]
    message: EmailMessage
    encrypted: bool
    user: str | None

    @property
    def body(self) -> str:
        return str(self.message.get_content()).replace("\r\n", "\n").rstrip("\n")


class SmtpServer(Loopback):
    """`security` as in the settings: starttls, ssl or none. `letters`: those that were taken.

    `certificate`: a file with it and its key, for the first two.
    """

    def __init__(self, security: str = "none", certificate: Path | None = None) -> None:
        self.security, self.certificate = security, certificate
        self.letters: list[Letter] = []
        self.answers: dict[str, str] = {}
        self.commands: list[str] = []
        super().__init__(socketserver.ThreadingTCPServer, Session)


def made_certificate(folder: Path) -> Path | None:
    """A file with a certificate for this machine, signed by itself, and its key; None without openssl."""
    if not shutil.which("openssl"):
        return None
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    words = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    words += ["-addext", "keyUsage=critical,digitalSignature,keyCertSign"]  # Python 3.13 insists
    words += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", "req", *words], check=True, capture_output=True)
    both = folder / "localhost.pem"
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    return both


class _LostError(Exception):
    """The connection is broken off."""


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    def setup(self) -> None:
        self.mail: SmtpServer = self.server.owner  # type: ignore[attr-defined]
        self.encrypted = False
        if self.mail.security == "ssl":
            self._encrypt()
        super().setup()
        self.user: str | None = None
        self._anew()

    def handle(self) -> None:
        try:
            self._say(self.mail.answers.get("CONNECT", "220 localhost ESMTP"))
            while line := self.rfile.readline(4096):
                words = line.decode().strip()
                verb = words.partition(" ")[0].upper()
                self.mail.commands.append(words)
                self._one(verb, words)
                if verb == "QUIT":
                    return
        except (_LostError, OSError):
            return

    def _one(self, verb: str, words: str) -> None:
        if verb in self.mail.answers and verb != "DATA":
            self._say(self.mail.answers[verb])
            return
        match verb:
            case "EHLO":
                self._offer()
            case "STARTTLS":
                self._say("220 go on")
                super().finish()
                self._encrypt()
                super().setup()
            case "AUTH":
                _, user, password = base64.b64decode(words.split(" ")[2]).decode().split("\0")
                self.user = user if (user, password) == (USER, PASSWORD) else None
                self._say("235 welcome" if self.user else f"535 5.7.8 {user} {password} is not accepted")
            case "MAIL":
                self.sender = words.partition("<")[2].partition(">")[0]
                self._say("250 ok")
            case "RCPT":
                self.to.append(words.partition("<")[2].partition(">")[0])
                self._say("250 ok")
            case "DATA":
                self._letter()
            case "QUIT":
                self._say("221 bye")
            case _:
                self._say("250 ok")

    def _offer(self) -> None:
        self._say("250-localhost")
        if self.mail.security == "starttls" and not self.encrypted:
            self._say("250-STARTTLS")
        self._say("250 AUTH PLAIN")

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()
        self.request.close()  # the server knows of the socket without encryption only

    def _letter(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) and line != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        answer = self.mail.answers.get("DATA", "250 taken")
        if not answer.startswith("552"):
            message = email.message_from_bytes(b"".join(lines), policy=default)
            self.mail.letters.append(Letter(self.sender, tuple(self.to), message, self.encrypted, self.user))
        if answer == "lose":
            raise _LostError
        self._say(answer)
        self._anew()

    def _anew(self) -> None:
        self.sender, self.to = "", []

    def _encrypt(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(self.mail.certificate))
        self.request = context.wrap_socket(self.request, server_side=True)
        self.encrypted = True

    def _say(self, answer: str) -> None:
        if answer == "drop":
            raise _LostError
        self.wfile.write(answer.encode() + b"\r\n")
