"""What goes wrong at the exchange: with the numbers, with the form, with the answer itself."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from iss_blocks import Block, Blocks, Row

# --- what an answer says wrong, its form being right

PRICES = {
    *("BID", "OFFER", "LAST", "LCURRENTPRICE", "MARKETPRICE", "LCLOSEPRICE", "CLOSEPRICE", "PREVPRICE"),
    "PREVLEGALCLOSEPRICE",
}
SERIES = ("candles", "history")  # blocks of bars
OHLC = ("open", "high", "low", "close")


def empty(blocks: Blocks) -> None:
    for block in blocks.values():
        block.rows = []


def null_prices(blocks: Blocks) -> None:
    for block in blocks.values():
        block.rows = [row | dict.fromkeys(PRICES & row.keys()) for row in block.rows]


def reordered(blocks: Blocks) -> None:
    for block in blocks.values():
        block.columns = block.columns[::-1]


def missing_columns(blocks: Blocks) -> None:
    """BID and LOTSIZE are gone, as ADMITTEDQUOTE once went; of bars the close."""
    for block in blocks.values():
        block.columns = [name for name in block.columns if name not in {"BID", "LOTSIZE", "close", "CLOSE"}]


def new_columns(blocks: Blocks) -> None:
    for block in blocks.values():
        block.columns = ["NOVELTY", *block.columns]
        block.rows = [row | {"NOVELTY": "?"} for row in block.rows]


def missing_blocks(blocks: Blocks) -> None:
    for name in ("marketdata", *SERIES, "dividends", "splits", "changeover", "off_days", "tickers", "analytics"):
        blocks.pop(name, None)


def in_bars(change: Callable[[list[Row], Callable[[str], str]], list[Row]]) -> Callable[[Blocks], None]:
    """A change of the rows of bars: it gets them and the spelling of a column's name."""

    def twist(blocks: Blocks) -> None:
        for name in SERIES:
            block = blocks.get(name, Block([], []))
            if block.rows:
                block.rows = change(block.rows, partial(spelled, columns=block.columns))

    return twist


def spelled(field: str, columns: list[str]) -> str:
    if field == "begin" and "TRADEDATE" in columns:
        return "TRADEDATE"
    return field if field in columns else field.upper()


def middle(**cells: object) -> Callable[[Blocks], None]:
    """Cells of the row in the middle of each page are these; a callable makes the new value of the old one."""

    def change(rows: list[Row], name: Callable[[str], str]) -> list[Row]:
        at = len(rows) // 2
        new = {
            name(field): value(rows[at][name(field)]) if callable(value) else value for field, value in cells.items()
        }
        return [*rows[:at], rows[at] | new, *rows[at + 1 :]]

    return in_bars(change)


def duplicate(rows: list[Row], name: Callable[[str], str]) -> list[Row]:
    at = len(rows) // 2
    return [*rows[: at + 1], rows[at], *rows[at + 1 :]]


def conflicting(rows: list[Row], name: Callable[[str], str]) -> list[Row]:
    at, close = len(rows) // 2, name("close")
    other = rows[at] | dict.fromkeys(map(name, OHLC), rows[at][close] * 1.01)
    return [*rows[: at + 1], other, *rows[at + 1 :]]


def future(rows: list[Row], name: Callable[[str], str]) -> list[Row]:
    begin = name("begin")
    return [*rows, rows[-1] | {begin: f"2099{rows[-1][begin][4:]}"}]


def short(blocks: Blocks) -> None:
    """The cursor promises more than ever comes."""
    for name, block in blocks.items():
        if name.endswith(".cursor"):
            block.rows = [row | {"TOTAL": row["TOTAL"] + 50} for row in block.rows]


TWISTS: dict[str, Callable[[Blocks], None]] = {
    "empty": empty,
    "null prices": null_prices,
    "reordered": reordered,
    "missing columns": missing_columns,
    "new columns": new_columns,
    "missing blocks": missing_blocks,
    "duplicate candle": in_bars(duplicate),
    "conflicting candles": in_bars(conflicting),
    "shuffled candles": in_bars(lambda rows, _: [*rows[len(rows) // 2 :], *rows[: len(rows) // 2]]),
    "null candle": middle(**dict.fromkeys(OHLC)),
    "zero price": middle(close=0),
    "negative price": middle(low=lambda price: -price),
    "high below low": middle(high=lambda price: price * 0.5),
    "tenfold price": middle(**dict.fromkeys(OHLC, lambda price: price * 10)),
    "negative volume": middle(volume=lambda volume: -volume),
    "text price": middle(close="NaN"),
    "bad time": middle(begin="2024-02-31 00:00:00"),
    "future candle": in_bars(future),
    "short history": short,
}

# --- what goes wrong with the answer itself: status, content type, body

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
PAGE = b"<!DOCTYPE html><html><body>ISS</body></html>"
IN_BAND = [{"charsetinfo": {"name": "utf-8"}}, {"indices": [{"error": "Error while acquiring data."}]}]
REPLIES: dict[str, tuple[int, str, bytes]] = {
    "unauthorised": (401, HTML, PAGE),
    "forbidden": (403, HTML, PAGE),
    "proxy password": (407, HTML, PAGE),
    "too many": (429, HTML, PAGE),
    "out of order": (500, HTML, PAGE),
    "busy": (503, HTML, PAGE),
    "missing": (404, HTML, PAGE),
    "html": (200, HTML, PAGE),
    "error inside": (200, JSON, json.dumps(IN_BAND).encode()),
    "not json": (200, JSON, b"oops"),
    "not utf-8": (200, JSON, b'{"securities": "\xff"}'),
    "nan": (200, JSON, b'{"securities": {"columns": ["BID"], "data": [[NaN]]}}'),
    "deep": (200, JSON, b"[" * 100_000),
    "wrong json": (200, JSON, b'{"securities": [1, 2], "marketdata": {"columns": 3}}'),
    "bare json": (200, JSON, b"7"),
    "bomb": (200, JSON, b" " * (33 << 20)),
}
BROKEN = {"truncated", "halved", "reset", "slow", "drip", "not gzip", "stuck page", "wrong clock"}
FAULTS = (*TWISTS, *REPLIES, *sorted(BROKEN))


@dataclass
class Fault:
    """One thing that goes wrong, for so many requests (None: all) whose path and query match."""

    kind: str
    times: int | None = 1
    retry_after: str | None = None
    path: re.Pattern[str] = re.compile("")


class Faults:
    """The faults to come, in the order of their making."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        assert fault.kind in FAULTS, FAULTS
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def next(self, address: str) -> Fault | None:
        """The first fault that is for this address (path and query)."""
        if not self._waiting:
            return None
        with self._lock:
            self._waiting = [fault for fault in self._waiting if fault.times != 0]
            fault = next((fault for fault in self._waiting if fault.path.search(address)), None)
            if fault is not None and fault.times is not None:
                fault.times -= 1
            return fault
