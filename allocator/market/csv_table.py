"""A CSV file as people and spreadsheets write it: its encoding, its delimiter, its header, its rows.

UTF-8 with or without BOM, else cp1251; `,`, `;` or tab, whichever the header holds most; columns in any order,
letter case aside; blank lines and lines that start with `#` are left out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from allocator.core.errors import MarketError
from allocator.core.text import Text, text
from allocator.market.findings import Finding, MarketErrors, listed, near, shown

REQUIRED = ("ticker", "bid", "ask")
OPTIONAL = ("last", "lot", "time", "board", "step", "decimals", "name")
STRANGERS = ("low", "type")  # columns of other tables, one letter away from ours
DELIMITERS = ",;\t"
LARGEST = 8 << 20  # bytes; the whole exchange is under a tenth of a megabyte
MOST_COLUMNS = 100
HEADER = text("The first line names the columns: ticker,bid,ask and, if known, last,lot,time.")
SAVE_AS = text("Save it as CSV in UTF-8.")


@dataclass(frozen=True, slots=True)
class Record:
    """One row: where it begins, its cells by column, and how many values it had for how many columns."""

    line: int
    cells: Mapping[str, str]
    values: int
    columns: int


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of a file, and what its reader should know of the rest of it."""

    records: tuple[Record, ...]
    notes: tuple[Text, ...]


def read_table(path: Path, data: bytes | None = None) -> Table:
    """The file's rows; of `data`, where they are given, under the name of `path`.

    Raises: `MarketError` when there is no such file or it is no table of quotes; what is wrong with the header is
    told all at once.
    """
    content = _decoded(path, _bytes(path) if data is None else data)
    lines = _records(path, content)
    first, header = next(lines, (1, []))
    if not header:
        raise MarketError(text("{path}: the file is empty.", path=path), HEADER)
    if len(header) > MOST_COLUMNS:
        message = text("{path}:{line}: {columns} {columns:column|columns}.", path=path, line=first, columns=len(header))
        raise MarketError(message, HEADER)
    columns = [shown(cell.strip().lower()) for cell in header]
    findings, notes = _check_header(path, first, columns)
    if findings:
        raise MarketErrors(findings)
    return Table(tuple(_record(line, columns, cells) for line, cells in lines), tuple(notes))


def _bytes(path: Path) -> bytes:
    """What the file says; of one that is too large, just enough to see it."""
    try:
        if path.exists() and not path.is_file():  # a pipe or a device may never end
            raise MarketError(text("{path}: not a file.", path=path), text("Give a CSV file: FILE quotes.csv."))
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except FileNotFoundError:
        raise MarketError(
            text("{path}: no such file.", path=path),
            text("Correct provider = FILE in [options]; its path starts at the folder of the portfolio file."),
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise MarketError(text("{path}: cannot be read ({reason}).", path=path, reason=reason)) from None


def _decoded(path: Path, data: bytes) -> str:
    if len(data) > LARGEST:
        raise MarketError(text("{path}: over {megabytes} MB.", path=path, megabytes=LARGEST >> 20), HEADER)
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            content = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in content:  # UTF-16, or no text at all
            return content
    raise MarketError(text("{path}: not a text file in UTF-8 or cp1251.", path=path), SAVE_AS)


def _records(path: Path, content: str) -> Iterator[tuple[int, list[str]]]:
    """The number of the first line and the cells of every row that says something."""
    header = next((line for line in content.splitlines() if _says(line)), "")
    delimiter = max(DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            raise MarketError(
                text("{path}:{line}: quotation marks do not match.", path=path, line=line),
                text('Close the quotation; inside it write the mark twice: "A ""quoted"" name".'),
            ) from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells) and not cells[0].lstrip().startswith("#"):
            yield line, cells


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _check_header(path: Path, line: int, columns: list[str]) -> tuple[list[Finding], list[Text]]:
    """What is wrong with the header, and what is only worth a note."""
    findings: list[Finding] = []
    notes: list[Text] = []
    known = (*REQUIRED, *OPTIONAL)
    unknown = list(dict.fromkeys(column for column in columns if column and column not in known))
    meant = {column: near(column, known, 1) for column in unknown if column not in STRANGERS}
    for column in dict.fromkeys(column for column in columns if column in known and columns.count(column) > 1):
        message = text("{path}:{line}: column {column} stands twice.", path=path, line=line, column=column)
        findings.append((message, text("Keep one of the two.")))
    for column in unknown:
        # "lots" left out in silence would make every lot 1; "sector" may well be left out.
        words = [word for word in meant.get(column, ()) if word not in columns]
        if words:
            message = text("{path}:{line}: no column is called {column}.", path=path, line=line, column=column)
            findings.append((message, text("Write {word}.", word=words[0])))
        else:
            notes.append(text("{path}: column {column} is not used.", path=path, column=column))
    missing = [column for column in REQUIRED if column not in columns and [column] not in meant.values()]
    if missing:
        findings.append(
            (text("{path}:{line}: no column {column}.", path=path, line=line, column=listed(missing)), HEADER)
        )
    return findings, notes


def _record(line: int, columns: list[str], cells: list[str]) -> Record:
    by_column = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
    return Record(line, by_column, len(cells), len(columns))
