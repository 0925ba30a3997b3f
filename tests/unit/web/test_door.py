"""Which hosts a request may name."""

from __future__ import annotations

import pytest

from allocator.web.door import Door, is_loopback


@pytest.mark.parametrize(
    ("door", "host", "admitted"),
    [
        (Door(), "127.0.0.1:5000", True),
        (Door(), "localhost:5000", True),
        (Door(), "LocalHost.:5000", True),
        (Door(), "[::1]:5000", True),
        (Door(), "localhost", False),
        (Door(), "localhost:80", False),
        (Door(port=80), "localhost", True),
        (Door(), "127.0.0.2:5000", False),
        (Door(), "evil.example:5000", False),
        (Door(), "127.0.0.1.evil.example:5000", False),
        (Door(), "evil.example:5000@localhost:5000", False),
        (Door(), "localhost:5000, evil.example", False),
        (Door(), "localhost:05000", True),
        (Door(), "localhost:999999", False),
        (Door(), "", False),
        (Door("192.168.1.5"), "192.168.1.5:5000", True),
        (Door("192.168.1.5"), "192.168.1.6:5000", False),
        (Door("fe80::1"), "[fe80::1]:5000", True),
        (Door("0.0.0.0"), "192.168.1.6:5000", True),
        (Door("0.0.0.0"), "[fe80::1]:5000", True),
        (Door("0.0.0.0"), "192.168.1.6:5001", False),
        (Door("0.0.0.0"), "evil.example:5000", False),
        (Door("0.0.0.0"), "192.168.1.evil:5000", False),
        (Door(names=("home.example.org",)), "home.example.org", True),
        (Door(names=("home.example.org",)), "home.example.org:443", True),
        (Door(names=("home.example.org",)), "home.example.org:5000", True),
        (Door(names=("home.example.org",)), "home.example.org:8080", False),
        (Door(names=("home.example.org:8443",)), "home.example.org:8443", True),
        (Door(names=("home.example.org:8443",)), "home.example.org", False),
        (Door(names=("home.example.org:443",)), "home.example.org", True),
        (Door(names=("home.example.org",)), "sub.home.example.org", False),
    ],
)
def test_only_agreed_names_are_admitted(door: Door, host: str, admitted: bool) -> None:
    """The loopback's names, the bound address and the names of the settings, each with its port; nothing alike."""
    assert admitted is door.admits(host)


@pytest.mark.parametrize(
    ("host", "only_here"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("myhost", False),
        ("localhost.example.org", False),
    ],
)
def test_what_other_machines_reach_is_no_loopback(host: str, only_here: bool) -> None:
    """A name that may be anything counts as reachable."""
    assert only_here is is_loopback(host)


def test_a_door_shows_no_secret() -> None:
    """Neither the hash of the password nor the key of tokens stands in what is printed of it."""
    assert "hash" not in repr(Door(password="hash", key=b"key"))
    assert "key" not in repr(Door(password="hash", key=b"key"))
