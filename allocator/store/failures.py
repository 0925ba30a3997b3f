"""Every way in which a database can fail, in words: the one place that knows the exceptions of databases."""

from __future__ import annotations

import errno
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from allocator.core.errors import DamagedError, StoreError
from allocator.core.text import Text, text
from allocator.store.address import Address

CHECK_PATH = text("Check the path and its permissions, or name another file: --store PATH.")
FREE_SPACE = text("Free some space and run the same command again: whatever was finished is kept.")
AGAIN = text("Run the same command again when the other program is done.")
RESTORE = text(
    "First stop what uses it, allocator serve too. Then move the file away, with those of its name that end in -wal "
    "and -shm (they belong to it), and load it anew, or put back a copy."
)
MOVED = text("the file was moved, deleted or replaced while it was open")
START_AGAIN = text(
    "Nothing is written to it any more. Put it back, or load it anew (allocator refresh), and give the same command "
    "again; allocator serve must be stopped first."
)
CHECK_SERVER = text("Check that the server runs, and the host and port of the URL.")
CHECK_LOGIN = text("Check the user and the password of the URL.")
INSTALL = text("Run: python -m pip install 'psycopg[binary]'")


@contextmanager
def told(address: Address, *foreign: type[Exception]) -> Iterator[None]:
    """Turn what databases and the system raise, and `foreign` as well, into a `StoreError`."""
    known: tuple[type[Exception], ...] = (sa.exc.SQLAlchemyError, sqlite3.Error, OSError, ModuleNotFoundError, *foreign)
    try:
        yield
    except known as error:
        raise of_exception(error, address) from _harmless(error, address)


def of_exception(error: BaseException, address: Address) -> StoreError:
    """What an exception means. Total: nothing is left unmapped."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig is not None else error
    if isinstance(cause, ModuleNotFoundError):
        return StoreError(text("{name}: the driver of PostgreSQL is not installed.", name=address.name), INSTALL)
    what, hint = _meant(cause)
    if what is None:
        what = text("the database says: {reason}", reason=_first_line(str(cause), address.secrets))
    kind = DamagedError if hint is RESTORE else StoreError
    return kind(text("{name}: {what}.", name=address.name, what=what), hint)


def _meant(cause: BaseException) -> tuple[Text | None, Text | None]:
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause)
    if isinstance(cause, OSError):
        return _of_system(cause)
    if isinstance(cause, sa.exc.TimeoutError):
        return text("too many connections are in use"), AGAIN
    if hasattr(cause, "sqlstate"):  # psycopg, which may not be installed
        return _of_server(cause)
    return None, None


def not_stored(ticker: str) -> StoreError:
    return StoreError(
        text("{ticker} is not in the store.", ticker=ticker),
        text("Load it: allocator refresh --tickers {ticker}", ticker=ticker),
    )


def _harmless(error: BaseException, address: Address) -> BaseException | None:
    """The exception, unless its own words give a secret away."""
    words = f"{error} {getattr(error, 'orig', '')}"
    return None if any(secret in words for secret in address.secrets) else error


# --- SQLite: by the beginning of the name of its code

SQLITE: Sequence[tuple[tuple[str, ...], Text, Text | None]] = (
    (("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"), text("the disk is full"), FREE_SPACE),
    (("SQLITE_BUSY", "SQLITE_LOCKED"), text("another program is writing to it and does not finish"), AGAIN),
    (("SQLITE_NOTADB",), text("this file is not a database"), CHECK_PATH),
    (("SQLITE_CORRUPT",), text("the file is damaged"), RESTORE),
    (("SQLITE_READONLY_DBMOVED",), MOVED, START_AGAIN),
    (("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH"), text("it may be read and not written"), CHECK_PATH),
    (("SQLITE_CANTOPEN",), text("the file cannot be opened"), CHECK_PATH),
    (("SQLITE_IOERR",), text("the disk fails to read or write it"), CHECK_PATH),
)


def _of_sqlite(error: sqlite3.Error) -> tuple[Text | None, Text | None]:
    code = getattr(error, "sqlite_errorname", None) or ""
    return next(((what, hint) for codes, what, hint in SQLITE if code.startswith(codes)), (None, None))


# --- the system: directories, locks

SYSTEM: Sequence[tuple[tuple[int, ...], Text, Text]] = (
    ((errno.ENOSPC, errno.EDQUOT), text("the disk is full"), FREE_SPACE),
    ((errno.EACCES, errno.EPERM, errno.EROFS), text("there is no permission to write there"), CHECK_PATH),
    (
        (errno.ENOTDIR, errno.EEXIST, errno.EISDIR),
        text("a file stands where a directory should, or the reverse"),
        CHECK_PATH,
    ),
    ((errno.ENAMETOOLONG, errno.EINVAL), text("this is not a path"), CHECK_PATH),
)


def _of_system(error: OSError) -> tuple[Text | None, Text | None]:
    return next(((what, hint) for numbers, what, hint in SYSTEM if error.errno in numbers), (None, None))


# --- PostgreSQL: by SQLSTATE; a refused connection has none, only English words or those of the server's language

NEVER = "(?!)"
SERVER: Sequence[tuple[str, str, Text, Text]] = (
    (
        "28...",
        "authentication failed|no password supplied|no pg_hba|role .* does not exist",
        text("the server refuses the login"),
        CHECK_LOGIN,
    ),
    (
        "3D000",
        "database .* does not exist",
        text("the server has no such database"),
        text("Create it: createdb NAME"),
    ),
    ("53100", "No space left", text("the disk is full"), FREE_SPACE),
    ("53...", "too many clients|too many connections|connection slots", text("the server is out of resources"), AGAIN),
    ("25006|0A000", NEVER, text("the server takes no writes: it is a standby, or set to read only"), CHECK_SERVER),
    ("42501|3F000", NEVER, text("the user of the database may not do this"), CHECK_LOGIN),
    ("40...|55P03", NEVER, text("another program is writing to it and does not finish"), AGAIN),
    ("57P0.|08...", "shutting down|starting up", text("the server goes away, or is not ready"), CHECK_SERVER),
    (
        NEVER,
        "refused|timeout|timed out|translate|not known|resolve|No such file|No route|unreachable",
        text("no server answers there"),
        CHECK_SERVER,
    ),
    (NEVER, "closed|terminat|lost|broken|reset|SSL|EOF", text("the connection broke off"), CHECK_SERVER),
)


def _of_server(error: BaseException) -> tuple[Text | None, Text | None]:
    state = getattr(error, "sqlstate", None)
    words = str(error)
    for codes, pattern, what, hint in SERVER:
        if re.fullmatch(codes, state) if state else re.search(pattern, words, re.IGNORECASE):
            return what, hint
    return None, None


def _first_line(words: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        words = words.replace(secret, "***")
    line = next((line.strip() for line in words.splitlines() if line.strip()), "?")
    return line.rstrip(".")[:300]
