"""Where the server listens, under which names, and whether a password stands before it."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import ip_address

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 -- recognised, not bound
USUAL_PORTS = frozenset({80, 443})

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
