"""Nothing in the tests reaches further than this machine.

`tests/conftest.py` imports this module; `sitecustomize.py` beside it does so at the start of every process that a test
starts. An audit hook needs no import of `socket` and cannot be patched away.
"""

from __future__ import annotations

import sys

LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
CONNECTIONS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
HERE = {"", "0.0.0.0", "::", "::1", "localhost"}  # a server binds to the first three


class NetworkForbiddenError(RuntimeError):
    """Not an OSError: code under test must not take it for a failure of the network and carry on."""


def forbid_network(event: str, args: tuple[object, ...]) -> None:
    """Refuse to look up, or to connect to, any host but this one; local (AF_UNIX) sockets have no host."""
    if event in LOOKUPS:
        host = args[0]
    elif event in CONNECTIONS and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if isinstance(name, str) and name.lower() not in HERE and not name.startswith("127."):
        raise NetworkForbiddenError(f"a test reaches for {name!r}; tests talk to this machine only")


sys.addaudithook(forbid_network)
