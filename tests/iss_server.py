"""The exchange on the loopback: ISS over real HTTP, from recorded answers, with every mood of the real one.

    python tests/iss_server.py [--port 8089] [--phase closed] [--fault busy --times 2] [--today]
    ALLOCATOR_ISS_URL=http://127.0.0.1:8089/iss allocator samples/moex.ini

It answers as ISS does: blocks of columns and data, `iss.only`, `BLOCK.columns`, `iss.meta`, `iss.json=extended`,
`securities=`; an unknown ticker is an empty block of status 200, a wrong path is a page of text/html. `phase` sets
the hour of the exchange, `edit` changes cells of the recorded answer, `fail` makes the next requests go
wrong, `add` adds a route. It also serves as a plain HTTP proxy in front of itself.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

RECORDED = Path(__file__).parent / "data" / "iss" / "shares.json.gz"
DELAY = timedelta(minutes=15)
LONGEST = 30.0  # seconds that a slow answer may take before a test is surely broken

Row = dict[str, Any]
Blocks = dict[str, "Block"]
Answer = Callable[["Exchange", Mapping[str, str], Mapping[str, str]], Blocks]  # path's groups, query


@dataclass
class Block:
    columns: list[str]
    rows: list[Row]
    metadata: dict[str, Any] = field(default_factory=dict)


@cache
def recorded() -> Mapping[str, Any]:
    """The whole share market at 2024-02-15 18:09 Moscow time."""
    return json.loads(gzip.decompress(RECORDED.read_bytes()))


# --- the hour of the exchange


def before_opening(row: Row) -> Row:
    """No deal and no book yet."""
    return row | no_deals() | {"BID": None, "OFFER": None, "TRADINGSTATUS": "N"} | clocks("09:14:00", "09:29:00")


def opening(row: Row) -> Row:
    """The opening auction: the book is crossed, and no deal is made yet."""
    crossed = {"BID": row["OFFER"], "OFFER": row["BID"], "TRADINGSTATUS": "S"}
    return row | no_deals() | crossed | clocks("09:55:00", "10:10:00")


def closed(row: Row) -> Row:
    """The book is gone; the closing prices have come."""
    closing = dict.fromkeys(("CLOSEPRICE", "LCLOSEPRICE", "MARKETPRICETODAY"), row["LAST"])
    return row | closing | {"BID": None, "OFFER": None, "TRADINGSTATUS": "N"} | clocks("18:50:00", "19:05:00")


def no_deals() -> Row:
    return dict.fromkeys(("LAST", "OPEN", "HIGH", "LOW", "WAPRICE", "CHANGE"))


def clocks(quoted: str, loaded: str) -> Row:
    return {"UPDATETIME": quoted, "TIME": quoted, "SYSTIME": f"2024-02-15 {loaded}"}


PHASES: dict[str, Callable[[Row], Row]] = {
    "recorded": lambda row: row,
    "before": before_opening,
    "opening": opening,
    "closed": closed,
}

# --- what an answer says wrong, its form being right

PRICES = {
    *("BID", "OFFER", "LAST", "LCURRENTPRICE", "MARKETPRICE", "LCLOSEPRICE", "CLOSEPRICE", "PREVPRICE"),
    "PREVLEGALCLOSEPRICE",
}


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
    """BID and LOTSIZE are gone, as ADMITTEDQUOTE once went."""
    for block in blocks.values():
        block.columns = [name for name in block.columns if name not in {"BID", "LOTSIZE"}]


def new_columns(blocks: Blocks) -> None:
    for block in blocks.values():
        block.columns = ["NOVELTY", *block.columns]
        block.rows = [row | {"NOVELTY": "?"} for row in block.rows]


def missing_blocks(blocks: Blocks) -> None:
    blocks.pop("marketdata", None)


TWISTS: dict[str, Callable[[Blocks], None]] = {
    "empty": empty,
    "null prices": null_prices,
    "reordered": reordered,
    "missing columns": missing_columns,
    "new columns": new_columns,
    "missing blocks": missing_blocks,
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
BROKEN = {"truncated", "halved", "reset", "slow", "drip", "not gzip"}
FAULTS = (*TWISTS, *REPLIES, *sorted(BROKEN))


@dataclass
class Fault:
    """One thing that goes wrong, for so many requests (None: all)."""

    kind: str
    times: int | None = 1
    retry_after: str | None = None


@dataclass(frozen=True)
class Seen:
    """A request that reached the server."""

    method: str
    path: str  # with "/iss", without suffix and query
    query: Mapping[str, str]
    headers: Mapping[str, str]
    proxied: bool  # asked of this server as of a proxy


class Exchange:
    """The state behind the server: data, hour, faults, and what was asked."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.phase = "recorded"
        self.today = False  # as if the recorded moment were now
        self.released = threading.Event()  # ends every slow answer
        self._faults: list[Fault] = []
        self._edits: list[tuple[str, str | None, Row]] = []
        self._routes: list[tuple[re.Pattern[str], Answer]] = [
            (re.compile(r"/engines/stock/markets/shares/securities(?:/(?P<ticker>[^/]+))?"), shares),
            (
                re.compile(r"/engines/stock/markets/shares/boards/(?P<board>[^/]+)/securities(?:/(?P<ticker>[^/]+))?"),
                shares,
            ),
        ]

    def fail(self, kind: str, times: int | None = 1, *, retry_after: str | None = None) -> None:
        """The next `times` requests get this fault; faults queue up."""
        assert kind in FAULTS, FAULTS
        self._faults.append(Fault(kind, times, retry_after))

    def edit(self, ticker: str, board: str | None = None, **cells: object) -> None:
        """Change cells of a ticker's rows, on one board or all, in whichever block has the column."""
        self._edits.append((ticker, board, cells))

    def add(self, pattern: str, answer: Answer) -> None:
        """Serve one more path (a regular expression after "/iss" and without ".json")."""
        self._routes.insert(0, (re.compile(pattern), answer))

    def next_fault(self) -> Fault | None:
        while self._faults and self._faults[0].times == 0:
            self._faults.pop(0)
        if not self._faults:
            return None
        fault = self._faults[0]
        if fault.times is not None:
            fault.times -= 1
        return fault

    def answer(self, path: str, query: Mapping[str, str]) -> Blocks | None:
        """The blocks of a path, None for a wrong one."""
        for pattern, answer in self._routes:
            if match := pattern.fullmatch(path):
                return answer(self, {k: v for k, v in match.groupdict().items() if v}, query)
        return None

    def market(self) -> Blocks:
        """The share market as edited, at the present phase."""
        blocks = {
            name: Block(list(raw["columns"]), [dict(zip(raw["columns"], row, strict=True)) for row in raw["data"]])
            for name, raw in recorded().items()
        }
        for name, block in blocks.items():
            block.metadata = recorded()[name].get("metadata", {})
        market = blocks["marketdata"]
        market.rows = [PHASES[self.phase](row) for row in market.rows]
        for ticker, board, cells in self._edits:
            for block in blocks.values():
                for row in block.rows:
                    if row.get("SECID") == ticker and board in {None, row["BOARDID"]}:
                        row.update({name: value for name, value in cells.items() if name in row})
        if self.today:
            move_to(datetime.now(UTC) + timedelta(hours=3), market.rows)
        return blocks


def shares(exchange: Exchange, where: Mapping[str, str], query: Mapping[str, str]) -> Blocks:
    """The share market, one board of it, one ticker of it."""
    blocks = exchange.market()
    tickers = {where["ticker"]} if "ticker" in where else set(filter(None, query.get("securities", "").split(",")))
    for name in ("securities", "marketdata"):
        blocks[name].rows = [
            row
            for row in blocks[name].rows
            if where.get("board") in {None, row["BOARDID"]} and (not tickers or row["SECID"] in tickers)
        ]
    return blocks


def move_to(moment: datetime, rows: Iterable[Row]) -> None:
    """Shift the clocks of all rows so that the newest is loaded at this moment."""
    loaded = [datetime.fromisoformat(row["SYSTIME"]) for row in rows]
    shift = moment.replace(tzinfo=None, microsecond=0) - max(loaded)
    for row, time in zip(rows, loaded, strict=True):
        row["SYSTIME"] = str(time + shift)
        row["UPDATETIME"] = str((time + shift - DELAY).time())


def rendered(blocks: Blocks, query: Mapping[str, str]) -> bytes:
    """The blocks as ISS writes them, cut to what the query asks for."""
    only = [name for name in query.get("iss.only", "").split(",") if name]
    whole: dict[str, object] = {}
    extended = query.get("iss.json") == "extended"
    for name, block in blocks.items():
        if only and name not in only:
            continue
        asked = [column for column in query.get(f"{name}.columns", "").split(",") if column]
        columns = [column for column in block.columns if not asked or column in asked]
        if extended:
            whole[name] = [{column: row[column] for column in columns} for row in block.rows]
            continue
        metadata = {column: block.metadata[column] for column in columns if column in block.metadata}
        shown = {} if query.get("iss.meta") == "off" else {"metadata": metadata}
        whole[name] = shown | {"columns": columns, "data": [[row[column] for column in columns] for row in block.rows]}
    document = [{"charsetinfo": {"name": "utf-8"}}, whole] if extended else whole
    return json.dumps(document, ensure_ascii=False).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: IssServer

    def do_GET(self) -> None:
        exchange = self.server.exchange
        address = urlsplit(self.path)
        path, query = address.path.removesuffix(".json"), dict(parse_qsl(address.query))
        exchange.requests.append(Seen("GET", path, query, dict(self.headers), proxied=bool(address.netloc)))
        fault = exchange.next_fault()
        blocks = exchange.answer(path.removeprefix("/iss"), query) if path.startswith("/iss/") else None
        if fault and fault.kind in REPLIES:
            self.reply(*REPLIES[fault.kind], retry_after=fault.retry_after)
        elif blocks is None:
            self.reply(200, HTML, PAGE)
        else:
            if fault and fault.kind in TWISTS:
                TWISTS[fault.kind](blocks)
            self.reply(200, JSON, rendered(blocks, query), broken=fault.kind if fault else None)

    def do_CONNECT(self) -> None:
        """As a proxy this server lets nothing secure through."""
        self.server.exchange.requests.append(Seen("CONNECT", self.path, {}, dict(self.headers), proxied=True))
        fault = self.server.exchange.next_fault()
        self.reply(*REPLIES[fault.kind if fault else "forbidden"])

    def reply(
        self, status: int, kind: str, body: bytes, retry_after: str | None = None, broken: str | None = None
    ) -> None:
        if broken == "slow":
            self.server.exchange.released.wait(LONGEST)
        if broken == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        if broken == "halved":
            body = body[: len(body) // 2]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if retry_after is not None:
            self.send_header("Retry-After", retry_after)
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            body = body if broken == "not gzip" else gzip.compress(body, 1)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.send(body, broken)

    def send(self, body: bytes, broken: str | None) -> None:
        """The body, or the part of it that gets through."""
        if broken == "truncated":
            body = body[: len(body) // 2]
        self.close_connection = broken in {"truncated", "drip"}
        if broken != "drip":
            self.wfile.write(body)
            return
        for byte in body:
            self.wfile.write(bytes([byte]))
            if self.server.exchange.released.wait(0.02):
                return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name of the parent
        if self.server.loud:
            super().log_message(format, *args)


class IssServer(ThreadingHTTPServer):
    """The server; `url` is what to put in ALLOCATOR_ISS_URL."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, exchange: Exchange | None = None, port: int = 0, *, loud: bool = False) -> None:
        self.exchange = exchange or Exchange()
        self.loud = loud
        super().__init__(("127.0.0.1", port), Handler)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.address}/iss"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no event here."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8089)
    parser.add_argument("--phase", choices=PHASES, default="recorded")
    parser.add_argument("--fault", choices=FAULTS)
    parser.add_argument("--times", type=int, help="requests that the fault lasts for; all when absent")
    parser.add_argument("--retry-after", help="what a refusal asks to wait")
    parser.add_argument("--today", action="store_true", help="as if the recorded moment were now")
    options = parser.parse_args()
    with IssServer(port=options.port, loud=True) as server:
        server.exchange.phase, server.exchange.today = options.phase, options.today
        if options.fault:
            server.exchange.fail(options.fault, options.times, retry_after=options.retry_after)
        print(f"ALLOCATOR_ISS_URL={server.url}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
