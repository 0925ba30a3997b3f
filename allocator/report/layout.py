"""Columns side by side under centred headings, by tabulate."""

from __future__ import annotations

import re
from collections.abc import Sequence

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def ruled(headings: Sequence[str], columns: Sequence[Sequence[str]], *, summed: bool = False) -> str:
    """A table with a rule under its headings, and another above the last row if that holds the sums.

    The first column is flush left, the others flush right; cells of one width keep their inner alignment.
    """
    from tabulate import SEPARATING_LINE, DataRow, Line, TableFormat, tabulate  # noqa: PLC0415 -- 30 ms

    # Headings go in as a row: tabulate would make a column two wider than its heading.
    titles = [title.center(_width(column)) for title, column in zip(headings, columns, strict=True)]
    rows = [list(row) for row in zip(*columns, strict=True)]
    body = [*rows[:-1], SEPARATING_LINE, rows[-1]] if summed else rows
    cells = DataRow("", "  ", "")
    text = tabulate(
        [titles, SEPARATING_LINE, *body],
        tablefmt=TableFormat(None, Line("", "-", "  ", ""), None, None, cells, cells, 0, None),
        colalign=("left", *["right"] * (len(columns) - 1)),
        disable_numparse=True,
        preserve_whitespace=True,
    )
    return "\n".join(line.rstrip() for line in text.splitlines())


def _width(column: Sequence[str]) -> int:
    return max((len(ANSI.sub("", cell)) for cell in column), default=0)
