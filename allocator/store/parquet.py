"""The columns of a Parquet history, by pyarrow (the extra `parquet`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import FIELDS, Bars
from allocator.core.errors import MarketError, UsageError
from allocator.core.text import Text, text
from allocator.store.files import COLUMNS, NOT_A_TIME, TICKER, BadLine, Columns, Moments, Place


def need_pyarrow() -> None:
    """Raises: `UsageError` when pyarrow is not installed."""
    try:
        import pyarrow.parquet  # noqa: F401, PLC0415 -- an optional extra, and slow to import
    except ImportError as error:
        raise UsageError(
            text("A Parquet file needs pyarrow, which is not installed."),
            text("With the Python that runs allocator: python -m pip install pyarrow; or use CSV."),
        ) from error


def read_columns(path: Path, place: Place) -> tuple[Sequence[str], Columns, tuple[str, ...]]:
    """The names of the known columns, the columns, and the names of the others. Lines are rows, from 1.

    Raises: `UsageError` without pyarrow; `MarketError` when the file is not whole or `place` accepts no columns of it.
    """
    need_pyarrow()
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    try:
        with parquet.ParquetFile(path) as file:
            header = list(file.schema_arrow.names)
            where, unused = place(header)
            table = file.read(columns=[header[at] for at in where.values()])
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise MarketError(text("{path}: cannot be read ({reason}).", path=path, reason=reason)) from None
    return list(where), _taken(path, table.rename_columns(list(where))), unused


def _taken(path: Path, table: Any) -> Columns:  # noqa: ANN401 -- pyarrow is untyped
    count = len(table)
    times = "date" if "date" in table.column_names else "begin"
    begin = _seconds(table[times])
    good = begin != NOT_A_TIME
    unread = text("{column} is not a time", column=times)
    bad = [_bad(at, unread, table) for at in np.flatnonzero(~good).tolist()]
    nothing: tuple[list[str], NDArray[np.int64]] = ([""], np.zeros(count, dtype=np.int64))
    names, tickers = _coded(table["ticker"]) if "ticker" in table.column_names else nothing
    if "ticker" in table.column_names:
        told = np.array([bool(TICKER.fullmatch(name)) for name in names])[tickers]
        for at in np.flatnonzero(good & ~told).tolist():
            bad += [_bad(at, text('"{cell}" is not a ticker', cell=names[tickers[at]]), table)]
        good &= told
    board_names, boards = _coded(table["board"]) if "board" in table.column_names else nothing
    numbers = {name: _numbers(path, name, table[name])[good] for name in FIELDS if name in table.column_names}
    lines = np.arange(1, count + 1)[good]
    return Columns(names, tickers[good], board_names, boards[good], begin[good], numbers, lines, bad)


def _bad(at: int, what: Text, table: Any) -> BadLine:  # noqa: ANN401
    row = table.slice(at, 1).to_pylist()[0]
    return BadLine(at + 1, what, ",".join(str(value) for value in row.values())[:160])


def _coded(column: Any) -> tuple[list[str], NDArray[np.int64]]:  # noqa: ANN401
    """The different words of a column, in capitals, and the number of each row's."""
    import pyarrow as pa  # noqa: PLC0415

    words = column.cast(pa.string()).fill_null("").combine_chunks().dictionary_encode()
    names = [word.strip().upper() for word in words.dictionary.to_pylist()] or [""]
    return names, words.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def _seconds(column: Any) -> NDArray[np.int64]:  # noqa: ANN401
    """Seconds since 1970 of the Moscow wall clock; text is read as in CSV, a time with a zone is turned to Moscow's."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    if pa.types.is_timestamp(column.type) and column.type.tz:
        column = pc.local_timestamp(column.cast(pa.timestamp("s", tz="Europe/Moscow"), safe=False))
    elif not (pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)):
        moments = Moments()
        return np.array([moments[str(cell)] for cell in column.to_pylist()], dtype=np.int64)
    seconds = column.cast(pa.timestamp("s"), safe=False).cast(pa.int64()).fill_null(NOT_A_TIME)
    found: NDArray[np.int64] = seconds.combine_chunks().to_numpy(zero_copy_only=False)
    return found


def _numbers(path: Path, name: str, column: Any) -> NDArray[np.float64]:  # noqa: ANN401
    import pyarrow as pa  # noqa: PLC0415

    try:
        found: NDArray[np.float64] = column.cast(pa.float64()).combine_chunks().to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        raise MarketError(text("{path}: column {column} is not of numbers.", path=path, column=name), COLUMNS) from None
    return found


def write_columns(
    file: BinaryIO, parts: Iterable[tuple[str, str | None, Bars]], columns: Sequence[str], adjust: str
) -> None:
    """A row group for each part; NaN is null."""
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    ticker, times, *rest = columns
    moment = pa.date32() if times == "date" else pa.timestamp("ms")
    words = {"board", "adjust"}
    schema = pa.schema(
        [
            (ticker, pa.string()),
            (times, moment),
            *((name, pa.string() if name in words else pa.float64()) for name in rest),
        ]
    )
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for name, board, bars in parts:
            size = len(bars)
            begin = pa.array(bars.begin.astype("datetime64[D]" if times == "date" else "datetime64[ms]"), type=moment)
            told = {"board": board, "adjust": adjust}
            arrays = [
                pa.array([told[each]] * size, type=pa.string())
                if each in words
                else pa.array(getattr(bars, each), from_pandas=True)
                for each in rest
            ]
            writer.write_table(pa.Table.from_arrays([pa.array([name] * size), begin, *arrays], schema=schema))
