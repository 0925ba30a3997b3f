"""Which hosts a request may name."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.app.passwords import hashed
from allocator.config.findings import Place
from allocator.config.secrets import Secret
from allocator.config.serve_settings import ServeSettings
from allocator.core.errors import ConfigError, UsageError
from allocator.web.door import KEY_FILE, Door, door_of, is_loopback, key_in

PASSWORD = Secret("env", "PAGES_PASSWORD", Place(Path("allocator.ini")))
HASH = hashed("correct horse", bytes(16))


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


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "myhost"])
def test_no_address_that_others_reach_without_a_password(host: str, tmp_path: Path) -> None:
    """The server does not start, and the refusal says how to make a password; with one it does."""
    with pytest.raises(UsageError, match=r"allocator password FILE"):
        door_of(ServeSettings(host=host), tmp_path, {})
    door = door_of(ServeSettings(host=host, password=PASSWORD), tmp_path, {"PAGES_PASSWORD": HASH})
    assert (host, HASH) == (door.host, door.password)


def test_a_password_that_is_no_hash_opens_no_door(tmp_path: Path) -> None:
    """Who writes the password itself is told to make a hash of it; the error does not repeat it."""
    with pytest.raises(ConfigError, match="env:PAGES_PASSWORD") as caught:
        door_of(ServeSettings(password=PASSWORD), tmp_path, {"PAGES_PASSWORD": "hunter2 hunter2"})
    assert "hunter2" not in str(caught.value)


def test_the_key_of_tokens_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    """After a restart it is the same; nobody else may read it; a damaged one is replaced."""
    folder = tmp_path / "new"
    key = key_in(folder)
    assert key == key_in(folder)
    assert 0o600 == (folder / KEY_FILE).stat().st_mode & 0o777
    assert [KEY_FILE] == [each.name for each in folder.iterdir()]
    (folder / KEY_FILE).write_bytes(key[:5])
    assert key_in(folder) not in {key, key[:5]}
    assert 32 == len(key_in(folder))


def test_a_folder_that_cannot_be_written_costs_no_start(tmp_path: Path) -> None:
    """Then the key lives as long as the server."""
    (tmp_path / "file").write_text("in the way")
    assert 32 == len(key_in(tmp_path / "file"))
