"""Where a store is, as a person writes it; passwords stay unsaid."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.errors import StoreError
from allocator.store.address import address_of


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("store.db", "store.db"),
        ("data/my store.db", "data/my store.db"),
        ("/var/lib/store.db", "/var/lib/store.db"),
        (" store.db ", "store.db"),
        ("sqlite:///data/store.db", "data/store.db"),
        ("sqlite:////var/store.db", "/var/store.db"),
        ("SQLite:///a%20b?c#d.db", "a%20b?c#d.db"),
    ],
)
def test_file(url: str, path: str) -> None:
    """A bare path or a URL; the path is taken as it stands."""
    address = address_of(url)

    assert (Path(path), path) == (address.path, address.name)
    assert path == address.url.database


def test_home_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A settings file is read by no shell: the tilde is ours to understand."""
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("USERPROFILE", "/home/me")

    assert Path("/home/me/store.db") == address_of("~/store.db").path == address_of("sqlite:///~/store.db").path


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://me:secret@host:5433/market", "postgresql://me@host:5433/market"),
        ("postgres://host/market?password=secret&sslmode=require", "postgresql://host/market"),
        ("postgresql+psycopg://me@host/market", "postgresql://me@host/market"),
        ("postgresql://me:se%40cret@[::1]:5433/market", "postgresql://me@[::1]:5433/market"),
        ("postgresql:///market?host=/run/postgresql", "postgresql:///market"),
        ("postgresql://me:s/e:c?r#et@host/market", "postgresql://me@host/market"),
    ],
)
def test_server(url: str, name: str) -> None:
    """The name for messages has neither a password nor options."""
    address = address_of(url)

    assert name == address.name
    assert "postgresql+psycopg" == address.url.drivername
    assert "secret" not in repr(address)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://host/market", "mysql: no such kind of store"),
        ("http://host/market", "http: no such kind of store"),
        ("sqlite://store.db", "three slashes"),
        ("sqlite:///", "three slashes"),
        ("sqlite:///:memory:", "forget everything"),
        (":memory:", "forget everything"),
        ("postgresql://me:secret@host:port/market", "cannot be read"),
        ("postgresql://me:sec@secret?a@host/market", "more than one @"),
        ("postgresql://me:secret@host:99999999/market", "cannot be read"),
    ],
)
def test_mistakes_say_what_to_write(url: str, message: str) -> None:
    """Whatever is wrong, the hint has the three forms, and nothing repeats a password, not in causes either."""
    with pytest.raises(StoreError, match=message) as raised:
        address_of(url)

    assert any(way in str(raised.value.hint) for way in ("sqlite:///path, or postgresql://user@host/database", "%40"))
    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None


@given(st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=4))
def test_any_password_stays_unsaid(password: str) -> None:
    """Typed into a URL as it is, quoted or not, understood or not."""
    try:
        address = address_of(f"postgresql://me:{password}/@host/market")
        shown = f"{address!r} {address.name}"
    except StoreError as error:
        shown = str(error)

    assert password not in shown or password in "Address(name='postgresql://me@host/market', path=None) The URL @."
