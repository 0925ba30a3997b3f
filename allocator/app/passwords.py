"""Passwords of the pages: kept as hashes that are slow and large to guess at (scrypt, RFC 7914).

The written form is that of the PHC string format, `$scrypt$ln=15,r=8,p=3$SALT$HASH`, with base64 without padding; the
parameters are those that OWASP's cheat sheet on storing passwords gives for 32 MiB of memory.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from typing import Self

from allocator.core.errors import ConfigError, UsageError
from allocator.core.text import text

SHORTEST, LONGEST = 10, 1000  # characters
SALT_BYTES, HASH_BYTES = 16, 32
LOG_N, R, P = 15, 8, 3
MOST_MEMORY = 2**30

_WRITTEN = re.compile(
    r"\$scrypt\$ln=([0-9]{1,2}),r=([0-9]{1,2}),p=([0-9]{1,2})\$([A-Za-z0-9+/]{2,64})\$([A-Za-z0-9+/]{22,86})"
)


@dataclass(frozen=True, slots=True)
class _Hash:
    log_n: int
    r: int
    p: int
    salt: bytes
    digest: bytes

    @classmethod
    def of(cls, written: str) -> Self | None:
        """None for what is no hash, or one that would take more memory than is reasonable."""
        found = _WRITTEN.fullmatch(written)
        if found is None:
            return None
        log_n, r, p = int(found[1]), int(found[2]), int(found[3])
        if not (10 <= log_n <= 24 and r >= 1 and 1 <= p <= 16 and 128 * r * 2**log_n <= MOST_MEMORY):
            return None
        try:
            return cls(log_n, r, p, _bytes(found[4]), _bytes(found[5]))
        except binascii.Error:
            return None

    def digest_of(self, password: str, length: int) -> bytes:
        return hashlib.scrypt(
            unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass"),
            salt=self.salt,
            n=2**self.log_n,
            r=self.r,
            p=self.p,
            maxmem=MOST_MEMORY + 2**24,
            dklen=length,
        )


def hashed(password: str, salt: bytes) -> str:
    """What to keep of a password; `salt` is `SALT_BYTES` of chance.

    Raises: `UsageError` for a password that is too short or too long.
    """
    if len(password) < SHORTEST:
        raise UsageError(
            text("The password is too short: at least {count} characters.", count=SHORTEST),
            text("Four or five words that nobody would put together are easy to keep in mind."),
        )
    if len(password) > LONGEST:
        raise UsageError(text("The password is too long: at most {count} characters.", count=LONGEST))
    made = _Hash(LOG_N, R, P, salt, b"")
    digest = made.digest_of(password, HASH_BYTES)
    return f"$scrypt$ln={LOG_N},r={R},p={P}${_text(salt)}${_text(digest)}"


def matches(password: str, written: str) -> bool:
    """Whether it is the password of this hash, in a time that does not tell how near it is."""
    kept = _Hash.of(written)
    if kept is None or len(password) > LONGEST:
        return False
    return hmac.compare_digest(kept.digest_of(password, len(kept.digest)), kept.digest)


def checked_hash(written: str, where: str) -> str:
    """A hash that `matches` can use; `where` names what it was kept in.

    Raises: `ConfigError` for anything else, such as a password as it is; it is not repeated.
    """
    if _Hash.of(written) is None:
        raise ConfigError(
            text("{secret}: this is not the hash of a password.", secret=where),
            text("Make one: allocator password FILE, and write password = file:FILE in [serve]."),
        )
    return written


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


def _bytes(raw: str) -> bytes:
    return base64.b64decode(raw + "=" * (-len(raw) % 4), validate=True)
