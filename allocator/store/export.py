"""Histories written to files: the columns that `allocator.store.files` reads, every figure with all its digits."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np

from allocator.core.bars import FIELDS, Bars, Floats, Interval
from allocator.core.errors import UsageError
from allocator.core.text import text

INTEGERS_BELOW = 2.0**53  # whole numbers under it are written without a point, and read back as they were


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What is written of one ticker."""

    ticker: str
    board: str | None
    bars: Bars


def columns(interval: Interval, adjust: str) -> tuple[str, ...]:
    """The header. Adjusted prices say so in a column of their own: they are not to be taken for prices as traded."""
    times = "date" if interval is Interval.DAY else "begin"
    return ("ticker", times, *FIELDS, "board", *(("adjust",) if adjust != "none" else ()))


def csv_chunks(parts: Iterable[Part], interval: Interval, *, adjust: str = "none") -> Iterator[str]:
    """The header and then the lines of each part; NaN is an empty cell. Read back, each number is the same double."""
    yield ",".join(columns(interval, adjust)) + "\n"
    tail = f",{adjust}\n" if adjust != "none" else "\n"
    for part in parts:
        if not len(part.bars):
            continue
        head, end = f"{part.ticker},", f",{part.board or ''}{tail}"
        cells = [_times(part.bars, interval), *(_digits(getattr(part.bars, name)) for name in FIELDS)]
        yield "".join(head + ",".join(row) + end for row in zip(*cells, strict=True))


def write_history(path: Path, parts: Iterable[Part], interval: Interval, *, adjust: str = "none") -> None:
    """Write a file in the form that its name asks for: .csv, .csv.gz or .parquet. It is there whole or not at all.

    Raises: `UsageError` for any other name, a path that cannot be written, or Parquet without pyarrow.
    """
    write = writer_of(path)
    try:
        with _replaced(path) as file:
            write(file, parts, interval, adjust)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            text("{path} cannot be written: {reason}.", path=path, reason=reason),
            text("Give a path in a folder that you may write to."),
        ) from error


Writer = Callable[[BinaryIO, Iterable[Part], Interval, str], None]


def writer_of(path: Path) -> Writer:
    """What writes a file of this name.

    Raises: `UsageError` for a name that asks for no known form, or for Parquet without pyarrow.
    """
    name = path.name.lower()
    if name.endswith(".csv"):
        return _write_csv
    if name.endswith(".csv.gz"):
        return _write_gzip
    if name.endswith(".parquet"):
        from allocator.store.parquet import need_pyarrow  # noqa: PLC0415 -- an optional extra

        need_pyarrow()
        return _write_parquet
    raise UsageError(
        text("{path}: its name asks for no form that is known.", path=path),
        text("End it with .csv, .csv.gz or .parquet, or write - for CSV on the standard output."),
    )


def _write_csv(file: BinaryIO, parts: Iterable[Part], interval: Interval, adjust: str) -> None:
    file.writelines(chunk.encode() for chunk in csv_chunks(parts, interval, adjust=adjust))


def _write_gzip(file: BinaryIO, parts: Iterable[Part], interval: Interval, adjust: str) -> None:
    with gzip.GzipFile(fileobj=file, mode="wb", filename="", mtime=0) as packed:  # the same data, the same bytes
        packed.writelines(chunk.encode() for chunk in csv_chunks(parts, interval, adjust=adjust))


def _write_parquet(file: BinaryIO, parts: Iterable[Part], interval: Interval, adjust: str) -> None:
    from allocator.store.parquet import write_columns  # noqa: PLC0415

    write_columns(file, ((part.ticker, part.board, part.bars) for part in parts), columns(interval, adjust), adjust)


def _times(bars: Bars, interval: Interval) -> list[str]:
    unit: Literal["D", "s"] = "D" if interval is Interval.DAY else "s"
    found: list[str] = np.char.replace(np.datetime_as_string(bars.begin, unit=unit), "T", " ").tolist()
    return found


def _digits(numbers: Floats) -> list[str]:
    whole = np.isfinite(numbers) & (np.abs(numbers) < INTEGERS_BELOW) & (np.trunc(numbers) == numbers)
    return [
        str(int(number)) if plain else "" if number != number else repr(number)  # noqa: PLR0124 -- NaN alone is not itself
        for number, plain in zip(numbers.tolist(), whole.tolist(), strict=True)
    ]


@contextmanager
def _replaced(path: Path) -> Iterator[BinaryIO]:
    """A file beside the path that takes its name when all is written, and leaves nothing behind when it is not."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
