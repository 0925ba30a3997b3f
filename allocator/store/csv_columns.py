"""The columns of a CSV history, plain or gzipped: a chunk of lines at a time, a column at a time."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import FIELDS, Floats, Mask
from allocator.core.errors import MarketError
from allocator.core.text import Text, text
from allocator.store.files import (
    COLUMNS,
    NOT_A_TIME,
    NULLS,
    TICKER,
    BadLine,
    Coded,
    Columns,
    Moments,
    Place,
    unreadable,
)

CHUNK = 1 << 22  # characters; bounds the memory that cells take as text
DELIMITERS = ",;\t"
LONGEST_LINE = 1 << 20  # characters; no bar has more than a few hundred
LONGEST = 160  # characters of a bad line that are kept


def read_columns(path: Path, place: Place) -> tuple[Sequence[str], Columns, tuple[str, ...]]:
    """The names of the known columns, the columns, and the names of the others.

    Raises: `MarketError` when the file is not whole, not text, or has no header that `place` accepts.
    """
    try:
        with _opened(path) as file:
            return _read(path, file, place)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise MarketError(
            text("{path}: the compressed file is damaged or not whole.", path=path), text("Copy it again.")
        ) from None
    except UnicodeDecodeError:
        raise MarketError(text("{path}: not a text file in UTF-8.", path=path), COLUMNS) from None
    except csv.Error as error:
        raise MarketError(text("{path}: cannot be read ({reason}).", path=path, reason=error), COLUMNS) from None
    except OSError as error:
        raise unreadable(path, error) from None


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    with path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        binary = gzip.GzipFile(fileobj=raw) if zipped else raw
        with io.TextIOWrapper(binary, encoding="utf-8-sig", newline="") as file:
            yield file


def _read(path: Path, file: TextIO, place: Place) -> tuple[Sequence[str], Columns, tuple[str, ...]]:
    number, first = 1, _line(path, file)
    while first and not first.strip():
        number, first = number + 1, _line(path, file)
    if not first:
        raise MarketError(text("{path}: the file is empty.", path=path), COLUMNS)
    delimiter = max(DELIMITERS, key=first.count)
    header = next(csv.reader([first], delimiter=delimiter))
    where, unused = place(header)
    gathering = Gathering(where, len(header), delimiter)
    while chunk := file.read(CHUNK):
        lines = io.StringIO(chunk + _line(path, file), newline="").readlines()
        gathering.take(lines, number + 1)
        number += len(lines)
    return list(where), gathering.columns(), unused


def _line(path: Path, file: TextIO) -> str:
    """The rest of a line. Raises: `MarketError` for one that has no end, such as that of gigabytes of zeros, packed."""
    line = file.readline(LONGEST_LINE)
    if len(line) >= LONGEST_LINE:
        raise MarketError(text("{path}: a line is longer than any bar is.", path=path), COLUMNS)
    return line


class Tickers(dict[str, int]):
    """Numbers for tickers as they are written, one for each in `names`; -1 for what is no ticker."""

    def __init__(self) -> None:
        super().__init__()
        self.names = Coded()

    def __missing__(self, cell: str) -> int:
        name = cell.strip().upper()
        code = self[cell] = self.names[name] if TICKER.fullmatch(name) else -1
        return code


class Gathering:
    """Chunks of lines, gathered as columns; lines that are no bars are put aside."""

    def __init__(self, where: dict[str, int], width: int, delimiter: str) -> None:
        self._where = where
        self._width = width
        self._delimiter = delimiter
        self._moments = Moments()
        self._tickers = Tickers()
        self._boards = Coded()
        self._bad: list[BadLine] = []
        self._parts: list[tuple[NDArray[np.int64], ...]] = []
        self._numbers: dict[str, list[Floats]] = {name: [] for name in FIELDS if name in where}

    def take(self, rows: list[str], first: int) -> None:
        """Add a chunk of lines, of which the first has this number in the file."""
        lines: Sequence[int] = range(first, first + len(rows))
        cells = self._split(rows)
        if cells is None:
            rows, lines, cells = self._parsed(rows, first)
        if not rows:
            return
        good = np.ones(len(rows), dtype=np.bool_)

        def refuse(wrong: Mask, column: str) -> None:
            for at in np.flatnonzero(wrong & good).tolist():
                self._put_aside(lines[at], _wrong(column, cells[self._where[column]][at]), rows[at])
            good[wrong] = False

        times = "date" if "date" in self._where else "begin"
        begin = _integers(self._moments.__getitem__, cells[self._where[times]])
        refuse(begin == NOT_A_TIME, times)
        tickers = boards = np.zeros(len(rows), dtype=np.int64)
        if "ticker" in self._where:
            tickers = _integers(self._tickers.__getitem__, cells[self._where["ticker"]])
            refuse(tickers < 0, "ticker")
        if "board" in self._where:
            boards = _integers(self._boards.__getitem__, cells[self._where["board"]])
        numbers = {}
        for name in self._numbers:
            numbers[name], unread = _floats(cells[self._where[name]])
            refuse(unread, name)
        self._parts.append((tickers[good], boards[good], begin[good], np.array(lines, dtype=np.int64)[good]))
        for name, column in numbers.items():
            self._numbers[name].append(column[good])

    def columns(self) -> Columns:
        empty = (np.zeros(0, dtype=np.int64),) * 4
        tickers, boards, begin, lines = (np.concatenate(part) for part in zip(empty, *self._parts, strict=True))
        numbers = {name: np.concatenate([np.zeros(0), *parts]) for name, parts in self._numbers.items()}
        bad = sorted(self._bad, key=lambda each: each.line)
        return Columns(
            list(self._tickers.names), tickers, [name.strip().upper() for name in self._boards], boards, begin, numbers,
            lines, bad,
        )  # fmt: skip

    def _split(self, rows: list[str]) -> list[list[str]] | None:
        """The columns of lines that are all alike, three times as fast as the `csv` module; None for any others."""
        delimiter = self._delimiter
        if {line.count(delimiter) for line in rows} != {self._width - 1}:
            return None
        whole = "".join(rows).replace("\r\n", "\n").removesuffix("\n")
        if '"' in whole or "\r" in whole or whole.count("\n") != len(rows) - 1:
            return None
        flat = whole.replace("\n", delimiter).split(delimiter)
        return [flat[at :: self._width] for at in range(self._width)]

    def _parsed(self, rows: list[str], first: int) -> tuple[list[str], list[int], list[list[str]]]:
        """The lines with as many cells as the header, their numbers, and their columns; others are put aside."""
        kept: list[str] = []
        lines: list[int] = []
        found: list[list[str]] = []
        for line, row in enumerate(rows, first):
            if not row.strip():
                continue
            cells = next(csv.reader([row], delimiter=self._delimiter))
            if len(cells) == self._width:
                kept.append(row)
                lines.append(line)
                found.append(cells)
            else:
                what = text(
                    "{cells} {cells:value|values} for {columns} {columns:column|columns}",
                    cells=len(cells),
                    columns=self._width,
                )
                self._put_aside(line, what, row)
        return kept, lines, [list(column) for column in zip(*found, strict=True)]

    def _put_aside(self, line: int, what: Text, row: str) -> None:
        self._bad.append(BadLine(line, what, row.strip()[:LONGEST]))


def _integers(number: Callable[[str], int], cells: Sequence[str]) -> NDArray[np.int64]:
    return np.fromiter(map(number, cells), np.int64, len(cells))


def _wrong(column: str, cell: str) -> Text:
    if column == "ticker":
        return text('"{cell}" is not a ticker', cell=cell)
    if column in {"date", "begin"}:
        return text('{column} is "{cell}", not a date such as 2024-01-31', column=column, cell=cell)
    return text('{column} is "{cell}", not a number', column=column, cell=cell)


def _floats(cells: Sequence[str]) -> tuple[Floats, Mask]:
    """The numbers, NaN for cells that say nothing, and which cells say something that is no number."""
    unread = np.zeros(len(cells), dtype=np.bool_)
    try:
        return np.fromiter(map(float, cells), np.float64, len(cells)), unread
    except ValueError:
        pass
    numbers = np.full(len(cells), np.nan)
    for at, cell in enumerate(cells):
        word = cell.strip().lower()
        if word not in NULLS:
            try:
                numbers[at] = float(word.replace(",", ".").replace(" ", "").replace("\xa0", ""))
            except ValueError:
                unread[at] = True
    return numbers, unread
