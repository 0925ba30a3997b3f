"""Where a store is: what a person wrote, understood."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from allocator.core.errors import StoreError
from allocator.core.text import text

FORMS = text("Write a path, sqlite:///path, or postgresql://user@host/database.")


@dataclass(frozen=True, slots=True)
class Address:
    """`name` is for messages: without a password, and without options, which may hold one too."""

    name: str
    url: sa.URL = field(repr=False)
    path: Path | None = None  # of an SQLite file

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may show, of any length but zero."""
        options = [value for value in self.url.query.values() if isinstance(value, str)]
        return tuple(each for each in (self.url.password and str(self.url.password), *options) if each)


def address_of(url: str | None) -> Address:
    """The address of a URL, of a bare path, or of nothing: the platform's own place for data.

    Raises: `StoreError` for a scheme that is not known and for a URL that is none.
    """
    if url is None or not url.strip():
        from platformdirs import user_data_path  # noqa: PLC0415 -- only the default needs it

        return _of_file(user_data_path("allocator", appauthor=False) / "store.db")
    if "\0" in url:
        raise StoreError(text("This is not a path."), FORMS)
    scheme, separator, rest = url.strip().partition("://")
    if not separator:
        return _of_file(Path(url.strip()).expanduser())
    match scheme.lower():
        case "sqlite":
            return _of_file(Path(_file_part(rest)).expanduser())
        case "postgresql" | "postgres" | "postgresql+psycopg":
            return _of_server(rest)
    raise StoreError(text("{scheme}: no such kind of store.", scheme=scheme), FORMS)


def _file_part(rest: str) -> str:
    """What follows the third slash: `sqlite:///data/store.db` is relative, `sqlite:////var/store.db` is not."""
    if not rest.startswith("/") or rest == "/":
        raise StoreError(text("A URL of SQLite names a file after three slashes."), FORMS)
    return rest[1:]


def _of_file(path: Path) -> Address:
    if path.name == ":memory:":
        raise StoreError(text("A store is a file: one in memory would forget everything at once."), FORMS)
    return Address(str(path), sa.URL.create("sqlite", database=str(path)), path)


def _of_server(rest: str) -> Address:
    if rest.count("@") > 1:
        # Taken for the end of the password, the first @ would let the rest of it pass for the host, in messages too.
        raise StoreError(text("The URL of PostgreSQL has more than one @."), text("Write %40 for an @ in a password."))
    url = _parsed(rest)
    if url is None or not 0 <= (url.port or 0) < 65_536:
        raise StoreError(text("The URL of PostgreSQL cannot be read."), FORMS)
    user = f"{url.username}@" if url.username else ""
    port = f":{url.port}" if url.port else ""
    host = f"[{url.host}]" if url.host and ":" in url.host else url.host or ""
    return Address(f"postgresql://{user}{host}{port}/{url.database or ''}", url)


def _parsed(rest: str) -> sa.URL | None:
    try:
        return sa.make_url(f"postgresql+psycopg://{rest}")
    except (sa.exc.ArgumentError, ValueError):
        return None  # their messages repeat parts of the URL, and a part may be the password
