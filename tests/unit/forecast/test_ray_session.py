"""Ray that is not to be had: why, in words, and soon."""

from __future__ import annotations

import pickle
import socket
import sys

import pytest

import allocator
from allocator.core.workers import Workers
from allocator.forecast.training.ray_errand import opened, there
from allocator.forecast.training.ray_errors import ClusterError, gone, unreachable
from allocator.forecast.training.ray_session import Session

HEAD = Workers(None, "ray://head:10001")


def test_without_ray_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    """And is no traceback."""
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ClusterError, match=r"with ray, which is not installed.*pip install \"ray\[client\]\""):
        Session(HEAD)


def test_an_address_where_nobody_is(monkeypatch: pytest.MonkeyPatch):
    """The reason is the system's; Ray itself is not asked, as it would try for long."""
    monkeypatch.setitem(sys.modules, "ray", Nothing())
    monkeypatch.setitem(sys.modules, "grpc", Nothing())
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ClusterError, match=rf"{port}: nobody answers there: Connection refused.*server-port={port}"):
        Session(Workers(None, f"ray://127.0.0.1:{port}"))


class Nothing:
    """Stands for a library that is there and not connected."""

    def is_initialized(self) -> bool:
        return False

    def shutdown(self) -> None:
        pass


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            RuntimeError("Version mismatch: The cluster was started with:\n  Ray: 2.9\n  Python: 3.12."),
            "Ray: 2.9 Python",
        ),
        (ConnectionError("first\nInvalid or missing authentication token"), "missing authentication token. Its port"),
    ],
)
def test_refusals_are_repeated_in_a_line(error, said):
    """Of a server with other versions, or that wants a token."""
    found = str(unreachable(error, HEAD))
    assert said in found
    assert "\n" not in found
    assert found.startswith("ray://head:10001")


def test_a_lost_connection_says_what_to_do():
    """What was done is kept."""
    assert "was lost: gone. The same command goes on" in str(gone(ConnectionError("gone."), HEAD))


def test_an_errand_gives_and_raises_what_its_function_does():
    """With the version that it was sent by; another is refused, with the machine's name."""
    run = there()
    sent = pickle.dumps((divmod, (7, 2), {}))
    entry = "allocator.forecast.training.ray_there:call"
    assert (3, 1) == opened(run(allocator.__version__, entry, sent, {}))
    with pytest.raises(ZeroDivisionError):
        opened(run(allocator.__version__, entry, pickle.dumps((divmod, (7, 0), {})), {}))
    with pytest.raises(ClusterError, match=rf"^{socket.gethostname()} has version .*Install version 99"):
        opened(run("99", entry, sent, {}))
    with pytest.raises(ClusterError, match="cannot be read"):
        opened(("failed", "head", b"torn"))
    with pytest.raises(ClusterError, match="head: this program is not installed there"):
        opened(("missing", "head", b""))
