"""Histories of bars in files: CSV, CSV.gz and Parquet, read column by column.

Columns by name, letter case aside: `date` (daily) or `begin` (hourly), `close`; then, where known, `ticker`, `open`,
`high`, `low`, `volume`, `value`, `board`; the names of the exchange's own tables (SECID, TRADEDATE, BOARDID) do too.
Without a column of tickers the file's name has it. What the file is, its first bytes say, not its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import FIELDS, Bars, Floats, Interval, Times
from allocator.core.errors import MarketError
from allocator.core.text import Text, text

ALIASES = {"secid": "ticker", "tradedate": "date", "boardid": "board", "datetime": "begin", "timestamp": "begin"}
KNOWN = ("ticker", "date", "begin", *FIELDS, "board", "adjust")
NULLS = frozenset({"", "null", "none", "nan", "na", "-"})
NOT_A_TIME = np.iinfo(np.int64).min  # what numpy takes for NaT
MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[ T]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.0+)?)?)?")
TICKER = re.compile(r"[A-Z0-9][A-Z0-9@._-]{0,50}")
WORD = re.compile(r"[A-Za-z0-9@]+")
COLUMNS = text(
    "A history has a line with the names of its columns: ticker,date,open,high,low,close,volume,value,board for days, "
    "begin instead of date for hours; date and close must be there."
)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of a file that is not a bar: where, what is wrong, and the line as it stands."""

    line: int
    what: Text
    row: str


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """The bars of one ticker in the order of the file; `lines` (n,) says where each stands, `boards` (n,) may be ''."""

    ticker: str
    bars: Bars
    lines: NDArray[np.int64]
    boards: NDArray[np.str_]


@dataclass(frozen=True, slots=True, eq=False)
class HistoryFile:
    """All that a file says. `levels` are true of a file that knows no deals, only levels, as one of an index does."""

    path: Path
    interval: Interval
    series: tuple[Series, ...]
    bad: tuple[BadLine, ...]
    unused: tuple[str, ...] = ()  # columns that mean nothing here
    levels: bool = False

    @property
    def rows(self) -> int:
        return sum(len(each.bars) for each in self.series) + len(self.bad)


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """A file's good rows as columns of equal length n, and its bad lines. Names are coded: `names[codes]`."""

    ticker_names: Sequence[str]
    ticker_codes: NDArray[np.int64]
    board_names: Sequence[str]
    board_codes: NDArray[np.int64]
    begin: NDArray[np.int64]  # seconds since 1970 of the Moscow wall clock
    numbers: Mapping[str, Floats]
    lines: NDArray[np.int64]
    bad: Sequence[BadLine]


class Coded(dict[str, int]):
    """Numbers for words, in the order of their first appearance."""

    def __missing__(self, word: str) -> int:
        code = self[word] = len(self)
        return code


class Moments(dict[str, int]):
    """Seconds since 1970 for times as text, each read once; `NOT_A_TIME` for what is none."""

    def __missing__(self, cell: str) -> int:
        found = self[cell] = moment(cell.strip())
        return found


def moment(cell: str) -> int:
    """`2024-01-03`, `2024-01-03 10:00` or `2024-01-03T10:00:00` as seconds since 1970; `NOT_A_TIME` if none of them."""
    parts = MOMENT.fullmatch(cell)
    if parts is None:
        return NOT_A_TIME
    year, month, day, *clock = (int(part or 0) for part in parts.groups())
    try:
        days = date(year, month, day).toordinal() - date(1970, 1, 1).toordinal()
    except ValueError:
        return NOT_A_TIME
    hour, minute, second = clock
    return days * 86_400 + hour * 3_600 + minute * 60 + second


def read_history(path: Path, *, interval: Interval | None = None, ticker: str | None = None) -> HistoryFile:
    """The bars of a file by ticker, in the order of the file's first mention of each.

    `interval` None is told by the name of the column of times. `ticker` names the security of a file that has no
    column for it.
    Raises: `MarketError` when the file cannot be read, is no history, or none of its lines is a bar.
    """
    found, columns, unused = _columns(path)
    if "adjust" in found:
        raise MarketError(
            text("{path}: its prices are adjusted, and the store keeps prices as they were traded.", path=path),
            text("Write the file anew with: allocator data export FILE --adjust none"),
        )
    names = [ticker or ticker_of(path)] if "ticker" not in found else columns.ticker_names
    if not len(columns.begin):
        first = columns.bad[0] if columns.bad else None
        if first is None:
            raise MarketError(text("{path}: there is not one bar in it.", path=path), COLUMNS)
        raise MarketError(
            text("{path}: not one line is a bar; line {line}: {what}.", path=path, line=first.line, what=first.what),
            COLUMNS,
        )
    interval = _interval(path, columns.begin, interval, dated="date" in found)
    bad = [*columns.bad, *_uneven(columns, interval)]
    levels = not {"volume", "value"} & set(found)
    return HistoryFile(path, interval, _by_ticker(columns, names, interval), tuple(bad), unused, levels)


def _columns(path: Path) -> tuple[Sequence[str], Columns, tuple[str, ...]]:
    """The file's columns by their names here, and the names that mean nothing."""
    magic = _magic(path)
    if magic == b"PAR1":
        from allocator.store.parquet import read_columns  # noqa: PLC0415 -- pyarrow
    else:
        from allocator.store.csv_columns import read_columns  # noqa: PLC0415
    return read_columns(path, lambda header: place(path, header))


def _magic(path: Path) -> bytes:
    with opened(path) as file:
        return file.read(4)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file of history. Raises: `MarketError` for one that is not there or cannot be read, and for what is no file."""
    try:
        if path.exists() and not path.is_file():  # a pipe or a device may never end
            raise MarketError(text("{path}: not a file.", path=path), text("Give a CSV, CSV.gz or Parquet file."))
        with path.open("rb") as file:
            yield file
    except FileNotFoundError:
        raise MarketError(text("{path}: no such file.", path=path), text("Check the path.")) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise unreadable(path, error) from None


def unreadable(path: Path, error: Exception) -> MarketError:
    reason = getattr(error, "strerror", None) or str(error)
    return MarketError(text("{path}: cannot be read ({reason}).", path=path, reason=reason))


def place(path: Path, header: Sequence[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Where each known column stands, and the names of the others.

    Raises: `MarketError` naming what is missing or stands twice.
    """
    where: dict[str, int] = {}
    unused: list[str] = []
    for at, cell in enumerate(header):
        name = cell.strip().lower()
        name = ALIASES.get(name, name)
        if name not in KNOWN:
            unused.append(cell.strip())
        elif name in where:
            raise MarketError(text("{path}: column {column} stands twice.", path=path, column=name), COLUMNS)
        else:
            where[name] = at
    missing = [name for name in ("close",) if name not in where]
    if not {"date", "begin"} & set(where):
        missing.insert(0, "date")
    if missing:
        raise MarketError(text("{path}: no column {column}.", path=path, column=", ".join(missing)), COLUMNS)
    if {"date", "begin"} <= set(where):
        raise MarketError(text("{path}: both date and begin are there.", path=path), COLUMNS)
    return where, tuple(unused)


def ticker_of(path: Path) -> str:
    """The ticker in a file's name: all of it (`IMOEX.csv`), or its only word in capitals (`daily_SBER_2024.csv.gz`).

    Raises: `MarketError` when it is not clear which.
    """
    stem = path.name.partition(".")[0]
    words = WORD.findall(stem)
    if len(words) == 1 and not words[0].isdigit():
        return str(words[0]).upper()
    capitals = [word for word in words if word == word.upper() and word[0].isalpha()]
    if len(set(capitals)) == 1:
        return str(capitals[0])
    raise MarketError(
        text("{path}: no column ticker, and the name of the file does not say whose history it is.", path=path),
        text("Give it with --ticker, or name the file TICKER.csv."),
    )


def _interval(path: Path, begin: NDArray[np.int64], asked: Interval | None, *, dated: bool) -> Interval:
    """Raises: `MarketError` for times of day in a history of days."""
    midnights = not (begin % Interval.DAY.seconds).any()
    found = asked or (Interval.DAY if dated or midnights else Interval.HOUR)
    if found is Interval.DAY and not midnights:
        raise MarketError(
            text("{path}: there are times of day in a history of days.", path=path),
            text("If its bars are of an hour, add: --interval hour"),
        )
    if found is Interval.HOUR and midnights and len(begin) > 1:
        raise MarketError(
            text("{path}: there are no times of day in a history of hours.", path=path),
            text("If its bars are of a day, add: --interval day"),
        )
    return found


def _uneven(columns: Columns, interval: Interval) -> Iterable[BadLine]:
    """Bars that do not begin where bars of the interval begin, such as those of ten minutes."""
    for at in np.flatnonzero(columns.begin % interval.seconds).tolist():
        when = str(columns.begin[at].astype("datetime64[s]")).replace("T", " ")
        yield BadLine(int(columns.lines[at]), text("{when} is not the beginning of an hour", when=when), when)


def _by_ticker(columns: Columns, names: Sequence[str], interval: Interval) -> tuple[Series, ...]:
    even = np.flatnonzero(columns.begin % interval.seconds == 0)
    order = even[np.argsort(columns.ticker_codes[even], kind="stable")]
    codes = columns.ticker_codes[order]
    edges = np.flatnonzero(np.diff(codes, prepend=-1, append=-1)).tolist()
    boards = np.array(list(columns.board_names) or [""])
    missing = np.full(len(columns.begin), np.nan)
    found = []
    for start, stop in pairwise(edges):
        rows = order[start:stop]
        begin: Times = columns.begin[rows].astype("datetime64[s]")
        bars = Bars(begin, *(columns.numbers.get(name, missing)[rows] for name in FIELDS))
        found.append(Series(names[codes[start]], bars, columns.lines[rows], boards[columns.board_codes[rows]]))
    return tuple(found)


Place = Callable[[Sequence[str]], tuple[dict[str, int], tuple[str, ...]]]
