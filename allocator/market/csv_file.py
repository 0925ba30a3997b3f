"""Quotes from a CSV file: `ticker,bid,ask` and, if known, `last,lot,time,board,step,decimals,name`.

An empty bid or ask is filled from `last`; an empty lot is 1; a time without a zone is Moscow time. What is wrong with
the rows that the portfolio asks for is an error, all of it at once; wrong rows of other tickers are a note.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from allocator.core.quote import Quote, Quotes, Rung
from allocator.core.text import Text, text
from allocator.market.csv_table import Record, read_table
from allocator.market.findings import Finding, MarketErrors, did_you_mean, listed, near, shown
from allocator.market.ladder import Sides, filled
from allocator.market.numbers import MOSCOW, sane, whole

NUMBER = re.compile(r"-?(?:[0-9][0-9_ \u00a0\u202f]*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
THOUSANDS = re.compile(r"[_ \u00a0\u202f]")
MOST_DECIMALS = 12
MOST_CHECKED = 5_000  # rows that the portfolio does not ask for; a longer file is not searched for notes


class CsvFile:
    """The provider FILE. The file is read anew at each call, so that another program may keep it fresh.

    With `data`, what a person pasted, no file is read: `path` is its name in messages.
    """

    name = "FILE"

    def __init__(self, path: Path, data: bytes | None = None) -> None:
        self._path, self._data = path, data

    def quotes(self, tickers: Sequence[str]) -> Quotes:
        """The rows of these tickers; `BOARD:TICKER` asks for the row of that board.

        Raises: `MarketError` when the file cannot be read, or for all tickers that are missing, stand twice, or
        have a cell that cannot be understood.
        """
        table = read_table(self._path, self._data)
        rows = _by_name(table.records)
        findings: list[Finding] = []
        found: dict[str, Record] = {}
        for ticker in dict.fromkeys(tickers):
            match self._rows_of(ticker, rows):
                case []:
                    message = text("{ticker}: not in {path}.", ticker=ticker, path=self._path)
                    findings.append((message, did_you_mean(near(ticker, rows)) or text("Add a row for it.")))
                case [record]:
                    found[ticker] = record
                case [first, second, *_]:
                    findings.append(self._twice(ticker, first, second))
        quotes = {ticker: RowReader(self._path, record).quote(ticker) for ticker, record in found.items()}
        findings += [finding for quote in quotes.values() if not isinstance(quote, Quote) for finding in quote]
        if findings:
            raise MarketErrors(findings)
        by_ticker = {ticker: quote for ticker, quote in quotes.items() if isinstance(quote, Quote)}
        asked = {record.line for record in found.values()}
        return Quotes(
            provider=self.name,
            by_ticker=by_ticker,
            time=max((quote.time for quote in by_ticker.values() if quote.time), default=None),
            source=os.path.normpath(self._path),
            notes=(*table.notes, *self._unread(record for record in table.records if record.line not in asked)),
        )

    def _rows_of(self, ticker: str, rows: Mapping[str, Sequence[Record]]) -> Sequence[Record]:
        """The rows that a ticker of the portfolio may mean; one that names no board answers for any."""
        if exact := rows.get(ticker.upper()):
            return exact
        _, _, code = ticker.upper().partition(":")
        return [record for record in rows.get(code, ()) if not record.cells.get("board")]

    def _twice(self, ticker: str, first: Record, second: Record) -> Finding:
        message = text(
            "{path}:{line}: {ticker} stands on line {first} too.",
            path=self._path,
            line=second.line,
            ticker=ticker,
            first=first.line,
        )
        boards = [record.cells.get("board", "").upper() for record in (first, second)]
        if all(boards) and boards[0] != boards[1]:
            words = listed(f"{board}:{ticker}" for board in boards)
            return message, text("Write one of {words} in the portfolio file.", words=words)
        return message, text("Keep one of the two.")

    def _unread(self, others: Iterable[Record]) -> Iterable[Text]:
        """One note for all other rows that cannot be read."""
        others = list(others)
        if len(others) > MOST_CHECKED:
            return
        bad = [record.line for record in others if not isinstance(RowReader(self._path, record).quote("-"), Quote)]
        if bad:
            shown = listed(str(line) for line in bad[:5]) + (", …" if len(bad) > 5 else "")
            yield text(
                "{path}: {count} {count:row|rows} of other tickers cannot be used ({count:line|lines} {lines}).",
                path=self._path,
                count=len(bad),
                lines=shown,
            )


class RowReader:
    """Reads one row, gathering what is wrong with it."""

    def __init__(self, path: Path, record: Record) -> None:
        self._path = path
        self._record = record
        self._findings: list[Finding] = []
        self._ticker = ""

    def quote(self, ticker: str) -> Quote | Sequence[Finding]:
        """The row as the quote of this ticker, or everything that is wrong with it."""
        self._ticker = ticker
        record = self._record
        if record.values != record.columns:
            self._blame(
                text(
                    "{values} {values:value|values} for {columns} {columns:column|columns}",
                    values=record.values,
                    columns=record.columns,
                ),
                text("Fill in or leave empty every column; decimals take a point, not a comma."),
            )
            return self._findings
        sides, last = self._sides()
        lot_size, decimals = self._lot(), self._decimals()
        step, time = self._price("step"), self._time()
        if self._findings or sides is None:
            return self._findings
        return Quote(
            ticker=ticker,
            bid=sides.bid,
            ask=sides.ask,
            lot_size=lot_size,
            last=last,
            price_step=step,
            decimals=decimals,
            time=time,
            rung=sides.rung,
            board=self._cell("board").upper() or None,
            name=self._cell("name") or None,
        )

    def _sides(self) -> tuple[Sides | None, Decimal | None]:
        bid, ask, last = (self._price(column) for column in ("bid", "ask", "last"))
        if self._findings:
            return None, last
        if bid is not None and ask is not None:
            if bid > ask:
                self._blame(
                    text("bid {bid} is above ask {ask}", bid=self._cell("bid"), ask=self._cell("ask")),
                    text("Are the two swapped? Nobody sells below what another pays."),
                )
            return Sides(bid, ask, Rung.LIVE), last
        if last is None:
            missing = listed(column for column, side in (("bid", bid), ("ask", ask)) if side is None)
            hint = text("Fill in last, or {column}.", column=missing)
            self._blame(text("no {column} and no last price", column=missing), hint)
            return None, None
        return filled(bid, ask, last, Rung.LAST), last

    def _price(self, column: str) -> Decimal | None:
        """A price; None for an empty cell, and for one that is blamed."""
        cell = self._cell(column)
        if not cell:
            return None
        number = _number(cell)
        if number is None:
            guess = cell.replace(",", "" if "." in cell else ".")
            right = guess if "," in cell and _number(guess) else None
            hint = text("Write {number}.", number=right) if right else text("Write a number such as 289.82.")
            self._blame(text("{column} = {value} is not a number", column=column, value=shown(cell)), hint)
        elif number <= 0:
            message = text("{column} = {value} is not a price", column=column, value=shown(cell))
            self._blame(message, text("Leave the cell empty if there is none."))
        elif not sane(number):
            message = text("{column} = {value} is no sane price", column=column, value=shown(cell))
            self._blame(message, text("It must be below 1e12, with at most 12 digits after the point."))
        else:
            return number
        return None

    def _lot(self) -> int:
        cell = self._cell("lot")
        lot_size = whole(_number(cell)) if cell else 1
        if lot_size is None:
            message = text("lot = {value} is not a whole number of units", value=shown(cell))
            self._blame(message, text("Write the units in a lot, such as 10, or leave the cell empty for 1."))
        return lot_size or 1

    def _decimals(self) -> int | None:
        cell = self._cell("decimals")
        if not cell:
            return None
        if not re.fullmatch("[0-9]{1,2}", cell) or int(cell) > MOST_DECIMALS:
            message = text("decimals = {value} is not a number of digits", value=shown(cell))
            self._blame(message, text("Write a whole number from 0 to 12, or leave the cell empty."))
            return None
        return int(cell)

    def _time(self) -> datetime | None:
        cell = self._cell("time")
        if not cell:
            return None
        try:
            time = datetime.fromisoformat(cell)
        except ValueError:
            self._blame(
                text("time = {value} is not a date and time", value=shown(cell)),
                text("Write 2024-02-15T17:54:00; without a zone it is Moscow time."),
            )
            return None
        return time if time.tzinfo else time.replace(tzinfo=MOSCOW)

    def _cell(self, column: str) -> str:
        return self._record.cells.get(column, "")

    def _blame(self, what: Text, hint: Text) -> None:
        place = {"path": self._path, "line": self._record.line, "ticker": self._ticker}
        self._findings.append((text("{path}:{line}: {ticker}: {what}.", **place, what=what), hint))


def _by_name(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Rows under every name that a portfolio may call them by."""
    rows: dict[str, list[Record]] = {}
    for record in records:
        ticker, board = (record.cells.get(column, "").upper() for column in ("ticker", "board"))
        if ticker:
            rows.setdefault(ticker, []).append(record)
            if board and ":" not in ticker:
                rows.setdefault(f"{board}:{ticker}", []).append(record)
    return rows


def _number(cell: str) -> Decimal | None:
    if not NUMBER.fullmatch(cell):
        return None
    try:
        return Decimal(THOUSANDS.sub("", cell))
    except InvalidOperation:  # an exponent beyond what decimals can hold
        return None
