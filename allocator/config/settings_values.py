"""Readers of the settings' values, as `values` reads those of the portfolio file; each raises `BadValueError`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from allocator.config import values
from allocator.config.findings import BadValueError, shown
from allocator.config.tickers import ticker
from allocator.config.words import nearest
from allocator.core.bars import Interval
from allocator.core.text import text
from allocator.core.workers import MOST as MOST_WORKERS
from allocator.core.workers import Workers

EARLIEST = date(1992, 1, 1)  # the year in which the exchange was founded
MOST_REQUESTS = Decimal(1000)

_TIME = re.compile("([0-9]{1,2}):([0-9]{2})")
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_PASSWORD = re.compile(r"[a-z0-9+.-]+://[^/@:]*:(?![0-9]+/)[^@]*@|[?&]password=", re.IGNORECASE)
_LIST = re.compile(r"[\s,;]+")

T = TypeVar("T")


def whole(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers from `low` to `high`."""

    def read(raw: str) -> int:
        value = values.count(raw)
        if not low <= value <= high:
            raise BadValueError(
                text("{value} is not between {low} and {high}", value=shown(raw), low=str(low), high=str(high))
            )
        return value

    return read


def rate(raw: str) -> float:
    """Requests per second."""
    value = values.number(raw)
    if not 0 < value <= MOST_REQUESTS:
        raise BadValueError(
            text("{value} is not between {low} and {high}", value=shown(raw), low="0", high=str(MOST_REQUESTS))
        )
    return float(value)


def time_of_day(raw: str) -> time:
    """Hours and minutes, from 0:00 to 23:59."""
    found = _TIME.fullmatch(raw)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise BadValueError(text("{value} is not a time of day", value=shown(raw)))
    return time(int(found[1]), int(found[2]))


def day(raw: str) -> date:
    """A date, year first, not before the exchange was there."""
    try:
        value = date.fromisoformat(raw) if _DATE.fullmatch(raw) else None
    except ValueError:
        value = None
    if value is None:
        raise BadValueError(text("{value} is not a date", value=shown(raw)))
    if value < EARLIEST:
        raise BadValueError(
            text("{value} is before the exchange was founded, in {year}", value=value, year=EARLIEST.year)
        )
    return value


def intervals(raw: str) -> tuple[Interval, ...]:
    """Lengths of bars, each once, the longer first."""
    known = {interval.value: interval for interval in Interval}
    named = [_member(word.lower(), word, known) for word in _words(raw)]
    return tuple(interval for interval in Interval if interval in named)


def interval(raw: str) -> Interval:
    """The length of a bar."""
    return _member(raw.lower(), raw, {interval.value: interval for interval in Interval})


def workers(raw: str) -> int | str:
    """How many processes train, or the address of Ray."""
    if raw.isdecimal():
        return whole(1, MOST_WORKERS)(raw)
    try:
        return Workers.of(raw).plain or raw
    except ValueError:
        raise BadValueError(
            text("{value} is neither a number of processes nor where Ray is", value=shown(raw))
        ) from None


def device(raw: str) -> str:
    """What networks compute on."""
    return _member(raw.lower(), raw, {name: name for name in ("cpu", "cuda", "mps", "auto")})


def folder(raw: str, base: Path) -> Path:
    """A folder; its path becomes absolute, from `base`, with `~` the user's own."""
    return _absolute(values.path(raw), base)


def files(raw: str, base: Path) -> tuple[Path, ...]:
    """Files between commas; their paths become absolute, from `base`, with `~` the user's own."""
    named = [word.strip() for word in raw.split(",") if word.strip()]
    if not named:
        raise BadValueError(text("there is nothing between the commas"))
    return tuple(dict.fromkeys(_absolute(values.path(word), base) for word in named))


def hourly_source(raw: str) -> str:
    """The service that hourly bars come from."""
    return _member(raw.upper(), raw, {name: name for name in ("MOEX", "ALGOPACK")})


def tickers(raw: str) -> tuple[str, ...]:
    """Tickers in the order of their mention, each once."""

    def one(word: str) -> str:
        try:
            return ticker(word)
        except BadValueError as error:
            raise BadValueError(text("{value}: {what}", value=shown(word), what=error.what), error.hint) from None

    return tuple(dict.fromkeys(one(word) for word in _words(raw)))


def _words(raw: str) -> list[str]:
    words = [word for word in _LIST.split(raw) if word]
    if not words:
        raise BadValueError(text("there is nothing between the commas"))
    return words


def _member(word: str, raw: str, known: dict[str, T]) -> T:
    if word not in known:
        near = nearest(word, known)
        raise BadValueError(
            text("{value} is unknown", value=shown(raw)), text("Did you mean {word}?", word=near) if near else None
        )
    return known[word]


def proxy(raw: str) -> str:
    """The address of a proxy; one with a password belongs in the environment."""
    if _PASSWORD.search(raw):
        raise BadValueError(
            text("a password does not stand in the file itself, where backups and eyes find it"),
            text("Delete this line and give the proxy with its password in the variable HTTPS_PROXY."),
        )
    if not _SCHEME.match(raw) or not _host(raw):
        raise BadValueError(text("this is not the address of a proxy"))
    return raw


def store_url(raw: str, folder: Path) -> str:
    """The address of a store; the path of a file becomes absolute, from `folder`, with `~` the user's own."""
    scheme = _SCHEME.match(raw)
    if not scheme:
        return str(_absolute(values.path(raw), folder))
    kind = scheme[1].lower()
    if _PASSWORD.search(raw):
        raise BadValueError(
            text("a password does not stand in the file itself, where backups and eyes find it"),
            text("Write url = postgresql://user@host/database and under it password = env:NAME or file:PATH."),
        )
    if kind == "sqlite":
        path = raw.removeprefix(scheme[0]).removeprefix("/")
        if not path or path == ":memory:":
            raise BadValueError(text("the address names no file, and what is kept in memory is lost"))
        return f"sqlite:///{_absolute(Path(path), folder).as_posix()}"
    if kind.partition("+")[0] not in {"postgresql", "postgres"}:
        raise BadValueError(text("{value} is not a kind of store", value=shown(kind)))
    if not _parted(raw):
        raise BadValueError(text("this is not an address"))
    return raw


def has_user(url: str) -> bool:
    """Whether an address says who connects."""
    return bool(urlsplit(url).username)


def is_postgres(url: str | None) -> bool:
    return url is not None and url.lower().startswith(("postgresql", "postgres")) and "://" in url


def _absolute(path: Path, folder: Path) -> Path:
    try:
        return folder.absolute() / path.expanduser()
    except RuntimeError as error:
        raise BadValueError(text("{name} has no home directory", name=shown(path.parts[0]))) from error


def _host(raw: str) -> str | None:
    return urlsplit(raw).hostname if _parted(raw) else None


def _parted(raw: str) -> bool:
    """Whether host and port of an address can be told apart."""
    try:
        _ = urlsplit(raw).port
    except ValueError:
        return False
    return True
