"""Pages of numbers made arrays: candles and days of history. What cannot be a bar at all is a fault of its ticker."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from allocator.core.bars import FIELDS, Bars, Floats, Times
from allocator.core.text import text
from allocator.market.findings import shown
from allocator.market.history import HistoryFault
from allocator.market.iss import Page

CANDLE = {name: name for name in ("begin", *FIELDS)}  # what a Bars calls it: what ISS calls it
DAY = {"begin": "TRADEDATE"} | {name: name.upper() for name in FIELDS}
MOMENTS = re.compile(r"(?:\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?\n)+", re.ASCII)
NUMBERS = {int, float, type(None)}
UPDATE = text("The exchange has changed its format: update allocator.")


def bars_of(ticker: str, page: Page, names: Mapping[str, str]) -> Bars:
    """A page as bars, in its own order; null is NaN. Columns are found by name, strange ones ignored.

    A row whose time cannot be read would be lost in any store, and its neighbours are suspicious too: it is a fault
    of the whole ticker, as is a number that is none (text, true). Wrong values are left for the sieve to judge.
    Raises: `HistoryFault`, naming the column or the row.
    """
    for name in names.values():
        if name not in page.columns:
            message = text("{ticker}: the exchange sends no column {column}.", ticker=ticker, column=name)
            raise HistoryFault(ticker, message, UPDATE)
    begin = _times(ticker, names["begin"], page.columns[names["begin"]])
    return Bars(begin, *(_floats(ticker, names[field], page.columns[names[field]], page) for field in FIELDS))


def _times(ticker: str, column: str, values: Sequence[object]) -> Times:
    if set(map(type, values)) == {str}:
        joined = "\n".join(map(str, values))
        if MOMENTS.fullmatch(joined + "\n"):
            try:
                return np.array(values, dtype="datetime64[s]")
            except ValueError:  # the 31st of February
                pass
    bad = next((value for value in values if not _is_time(value)), None)
    message = text(
        "{ticker}: a row of the exchange has {column} = {value}, which is no time.",
        ticker=ticker,
        column=column,
        value=shown(str(bad)),
    )
    raise HistoryFault(ticker, message)


def _is_time(value: object) -> bool:
    if not isinstance(value, str) or not MOMENTS.fullmatch(f"{value}\n"):
        return False
    try:
        np.datetime64(value, "s")
    except ValueError:
        return False
    return True


def _floats(ticker: str, column: str, values: Sequence[object], page: Page) -> Floats:
    if set(map(type, values)) <= NUMBERS:
        try:
            return np.array(values, dtype=np.float64)  # None becomes NaN
        except OverflowError:  # an integer of hundreds of digits
            pass
    position, bad = next(((i, value) for i, value in enumerate(values) if not _is_number(value)), (0, None))
    row = ", ".join(str(cells[position]) for cells in page.columns.values())
    message = text(
        "{ticker}: a row of the exchange has {column} = {value}, which is no number ({row}).",
        ticker=ticker,
        column=column,
        value=shown(str(bad)),
        row=row[:200],
    )
    raise HistoryFault(ticker, message)


def _is_number(value: object) -> bool:
    try:
        np.float64(value)  # type: ignore[arg-type]
    except (OverflowError, TypeError, ValueError):
        return False
    return type(value) in NUMBERS
