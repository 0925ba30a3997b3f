"""`allocator backtest --markdown` and `--beside`: a part of a page, with somebody else's figures in a column."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from allocator.backtest.result import BacktestResult
from allocator.cli.files import read_page, refuse_unwritable
from allocator.core.errors import UsageError
from allocator.core.text import text
from allocator.report.backtest_part import backtest_part, placed
from allocator.report.backtest_rows import LINES


class Page:
    """The page that is to be written; what is wrong with it is told before anything long begins.

    `path` has the marks of `name`, the file of the backtest without its ending; `beside`: a CSV of rows and figures.
    Raises: `UsageError` for a page without a place, or figures of no row.
    """

    def __init__(self, path: Path, name: str, beside: Path | None) -> None:
        refuse_unwritable(path)
        self.path, self._name = path, name
        self._beside: tuple[str, Mapping[str, str] | None] = ("", None) if beside is None else figures(beside)
        placed(read_page(path), name, "")

    def made(self, result: BacktestResult, lang: str) -> bytes:
        """The page with the backtest in its place."""
        name, beside = self._beside
        part = backtest_part(result, beside=beside, beside_name=name, lang=lang)
        return placed(read_page(self.path), self._name, part).encode()  # as it is by now


def figures(path: Path) -> tuple[str, Mapping[str, str]]:
    """The title of the second column, and what it says by row: the keys of `--csv`, each figure as it is to stand.

    Raises: `UsageError` for a file that has not two columns, or a row that the report does not have.
    """
    rows = [row for row in csv.reader(read_page(path).splitlines()) if row]
    wrong = next((row for row in rows if len(row) != 2), None)
    if wrong is not None or len(rows) < 2:
        raise UsageError(
            text("{path}: these are not two columns: {row}", path=path, row=",".join(wrong or [])),
            text("Write a heading such as row,The paper and lines such as sharpe_ratio,1.37"),
        )
    for key, _ in rows[1:]:
        if key not in LINES:
            raise UsageError(
                text("{path}: {key} is no row of a backtest's report.", path=path, key=key),
                text("Rows: {rows}", rows=", ".join(LINES)),
            )
    return rows[0][1], dict(rows[1:])
