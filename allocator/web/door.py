"""Where the server listens, under which names, and whether a password stands before it."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path

from allocator.app.passwords import checked_hash
from allocator.config.serve_settings import ServeSettings
from allocator.core.errors import UsageError
from allocator.core.text import text

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 -- recognised, not bound
USUAL_PORTS = frozenset({80, 443})

KEY_FILE, KEY_BYTES = "pages.key", 32

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?\.?)(?::([0-9]{1,5}))?", re.IGNORECASE)


@dataclass(frozen=True)
class Door:
    """The address that is bound, and what may come in by it.

    `names` are further hosts that readers write in the address bar, with a port where it is not the one that is bound
    (a reverse proxy's: 80 and 443 go without saying). `password` is its scrypt hash; None: nobody is asked. `https`:
    what is before the server speaks TLS, so cookies are never sent without. `key` seals tokens.
    """

    host: str = "127.0.0.1"
    port: int = 5000
    names: tuple[str, ...] = ()
    password: str | None = field(default=None, repr=False)
    https: bool = False
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def admits(self, host: str) -> bool:
        """Whether a request for this host is meant for us.

        A page of a stranger can point its own name at our address (DNS rebinding), and then its script is of the same
        origin as what it asks for. It cannot choose another name than its own, nor a bare address: so only those count
        that were agreed on. Where every address of the machine is bound, any bare address does.
        """
        parted = _HOST.fullmatch(host)
        if parted is None:
            return False
        name, port = parted[1].lower().removesuffix("."), int(parted[2] or 80)
        if (name, port) in self._agreed or (not parted[2] and (name, 443) in self._agreed):
            return True
        return self.host in EVERYWHERE and port == self.port and _is_address(name)

    @cached_property
    def _agreed(self) -> frozenset[tuple[str, int]]:
        agreed = {(name, self.port) for name in (*LOOPBACK, _bracketed(self.host.lower()))}
        for each in self.names:
            parted = _HOST.fullmatch(each)
            if parted is None:
                continue
            ports = {int(parted[2])} if parted[2] else {self.port, *USUAL_PORTS}
            agreed |= {(parted[1].lower().removesuffix("."), port) for port in ports}
        return frozenset(agreed)


def door_of(serve: ServeSettings, folder: Path, environ: Mapping[str, str] | None = None) -> Door:
    """The door that the settings describe; in `folder` is the key of tokens, so that open pages outlive a restart.

    Raises: `UsageError` for an address that other machines reach, without a password; `ConfigError` when the password's
    hash is not where the settings say, or is none.
    """
    password = None
    if serve.password is not None:
        password = checked_hash(serve.password.resolve(environ), str(serve.password))
    elif not is_loopback(serve.host):
        raise UsageError(
            text("Other machines reach {host}: the pages need a password there.", host=serve.host),
            text(
                "Type `allocator password FILE` and write password = file:FILE in [serve] of the settings; "
                "or stay on this machine: --host 127.0.0.1"
            ),
        )
    return Door(serve.host, serve.port, serve.names, password, serve.https, key_in(folder))


def key_in(folder: Path) -> bytes:
    """The key that is kept there for this user alone; a new one where there is none, or it cannot be kept."""
    path = folder / KEY_FILE
    with suppress(OSError):
        kept = path.read_bytes()
        if len(kept) == KEY_BYTES:
            return kept
    key = secrets.token_bytes(KEY_BYTES)
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{KEY_FILE}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(key)
        new.replace(path)
    return key


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what is bound there."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
