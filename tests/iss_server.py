"""The exchange on the loopback: ISS over real HTTP, with every mood of the real one.

    python tests/iss_server.py [--port 8089] [--phase closed] [--fault busy --times 2] [--today]
    ALLOCATOR_ISS_URL=http://127.0.0.1:8089/iss allocator samples/moex.ini
    python tests/iss_server.py --market 20x2 [--day 2025-11-28] [--latency 0.05] [--fault "zero price" --path /SBER/]
    ALLOCATOR_ISS_URL=http://127.0.0.1:8089/iss allocator refresh

It answers as ISS does: blocks of columns and data, `iss.only`, `BLOCK.columns`, `iss.meta`, `iss.json=extended`,
`securities=`; an unknown ticker is an empty block of status 200, a wrong path is a page of text/html. Without a
market it serves recorded quotes; with one (`iss_universe.made` or `.real`) the quotes and the past of that market.
`phase` sets the hour of the exchange, `edit` changes cells of its quotes, `fail` makes the next requests go
wrong, `add` adds a route. It also serves as a plain HTTP proxy in front of itself.
"""

from __future__ import annotations

import argparse
import gzip
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import iss_history as past
from iss_blocks import Block, Blocks, parsed, rendered
from iss_faults import BROKEN, FAULTS, HTML, JSON, PAGE, REPLIES, TWISTS, Fault, Faults
from iss_market import Market
from iss_quotes import PHASES, Edit, at_this_hour, chosen, recorded, recorded_blocks

__all__ = ["BROKEN", "FAULTS", "PHASES", "REPLIES", "TWISTS", "Block", "Exchange", "IssServer", "Seen", "recorded"]

LONGEST = 30.0  # seconds that a slow answer may take before a test is surely broken
CSV = "text/csv"  # and no charset, though it is cp1251

Answer = Callable[["Exchange", Mapping[str, str], Mapping[str, str]], Blocks | bytes | None]  # path's groups, query


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

    def __init__(self, market: Market | None = None) -> None:
        self.market = market  # None: the recorded quotes, and no past
        self.requests: list[Seen] = []
        self.phase = "recorded"
        self.today = False  # as if the recorded moment were now
        self.latency_s = 0.0  # before each answer
        self.clock_off = timedelta(0)  # added to the header Date
        self.elsewhere: str | None = None  # a server's URL that every request is redirected to
        self.token: str | None = None  # that a request must carry, as to ALGOPACK
        self.candle_page = past.CANDLE_PAGE
        self.candle_cursor = False  # whether candles come with a cursor, as some have seen
        self.released = threading.Event()  # ends every slow answer
        self.faults = Faults()
        self.rendered = past.Rendered()
        self._edits: list[Edit] = []
        self._routes: list[tuple[re.Pattern[str], Answer]] = [(re.compile(path), answer) for path, answer in ROUTES]

    @property
    def model(self) -> Market:
        assert self.market is not None
        return self.market

    @property
    def day(self) -> date:
        """The last day that has data."""
        return self.model.day

    @day.setter
    def day(self, day: date) -> None:
        self.model.day = day

    def fail(self, kind: str, times: int | None = 1, *, path: str = "", retry_after: str | None = None) -> None:
        """The next `times` requests whose path and query match get this fault; faults queue up.

        `path` is a regular expression sought in the address, such as "/SBER/candles" or "candles.*start=500".
        """
        self.faults.add(Fault(kind, times, retry_after, re.compile(path)))

    def edit(self, ticker: str, board: str | None = None, **cells: object) -> None:
        """Change cells of a ticker's rows, on one board or all, in whichever block has the column."""
        self._edits.append((ticker, board, cells))

    def add(self, pattern: str, answer: Answer) -> None:
        """Serve one more path (a regular expression after "/iss" and without ".json")."""
        self._routes.insert(0, (re.compile(pattern), answer))

    def answer(self, path: str, query: Mapping[str, str]) -> Blocks | bytes | None:
        """The blocks of a path, or its bytes as they go out; None for a wrong one."""
        for pattern, answer in self._routes:
            if match := pattern.fullmatch(path):
                return answer(self, {k: v for k, v in match.groupdict().items() if v}, query)
        return None

    def quotes(self) -> Blocks:
        """The share market as edited, at the present phase."""
        blocks = recorded_blocks()
        if self.market is not None:
            blocks |= past.market_blocks(self.market, blocks)
        return at_this_hour(blocks, self.phase, self._edits, today=self.today)


def shares(exchange: Exchange, where: Mapping[str, str], query: Mapping[str, str]) -> Blocks:
    return chosen(exchange.quotes(), where, query)


def of_the_past(answer: Answer) -> Answer:
    """A route that the exchange has once it has a market."""

    def guarded(exchange: Exchange, where: Mapping[str, str], query: Mapping[str, str]) -> Blocks | bytes | None:
        return None if exchange.market is None else answer(exchange, where, query)

    return guarded


def registers(exchange: Exchange, where: Mapping[str, str], query: Mapping[str, str]) -> bytes:
    """The list of closed registers, in cp1251."""
    head = "Эмитент,Дата события,Адрес сайта,Тип события\r\n"
    rows = [
        f'"ПАО ""{ticker}"" - 1-01-00001-A, {ticker} [Акция обыкновенная]",{day:%m/%d/%Y} 00:00:00,www.example.com,'
        f"{'закрытие реестра' if day <= exchange.day else 'закрытие реестра (рекомендуемая)'}\r\n"
        for ticker, day in exchange.model.closings
    ]
    return (head + "".join(rows)).encode("cp1251")


MARKET = "/engines/stock/markets/(?P<market>shares|index)"
BOARD = "(?:/boards/(?P<board>[^/]+))?"
TICKER = "/securities/(?P<ticker>[^/]+)"
ANALYTICS = "/statistics/engines/stock/markets/index/analytics/(?P<index>[^/]+)"
ROUTES: tuple[tuple[str, Answer], ...] = (
    (f"/engines/stock/markets/shares{BOARD}/securities(?:/(?P<ticker>[^/]+))?", shares),
    (f"{MARKET}{BOARD}{TICKER}/candles", of_the_past(past.candles)),
    ("/history/engines/stock/markets/shares/securities/changeover", of_the_past(past.changeover)),
    (f"/history{MARKET}{BOARD}{TICKER}", of_the_past(past.history)),
    ("/history/engines/stock/markets/shares/listing", of_the_past(past.listing)),
    ("/statistics/engines/stock/splits(?:/(?P<ticker>[^/]+))?", of_the_past(past.splits)),
    ("/securities/(?P<ticker>[^/]+)", of_the_past(past.security)),
    ("/securities/(?P<ticker>[^/]+)/dividends", of_the_past(past.dividends)),
    ("/calendars", of_the_past(past.off_days)),
    (f"{ANALYTICS}/tickers", of_the_past(past.members)),
    (ANALYTICS, of_the_past(past.weights)),
    ("/registers", of_the_past(registers)),
)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    slow_clock = timedelta(0)
    server: IssServer

    def do_GET(self) -> None:
        exchange = self.server.exchange
        address = urlsplit(self.path)
        path, query = address.path.removesuffix(".json"), dict(parse_qsl(address.query))
        exchange.requests.append(Seen("GET", path, query, dict(self.headers), proxied=bool(address.netloc)))
        fault = exchange.faults.next(f"{address.path}?{address.query}")
        if exchange.latency_s:
            time.sleep(exchange.latency_s)
        if exchange.token and self.headers.get("Authorization") != f"Bearer {exchange.token}":
            self.reply(*REPLIES["unauthorised"])
        elif exchange.elsewhere:
            self.reply(302, HTML, PAGE, location=exchange.elsewhere + self.path)
        elif fault and fault.kind in REPLIES:
            self.reply(*REPLIES[fault.kind], retry_after=fault.retry_after)
        else:
            self.give(path, query, fault)

    def give(self, path: str, query: dict[str, str], fault: Fault | None) -> None:
        """The answer of a path, with what is wrong with it."""
        exchange, kind = self.server.exchange, fault.kind if fault else None
        if kind == "stuck page":
            query["start"] = "0"
        answer = exchange.answer(path.removeprefix("/iss"), query) if path.startswith("/iss/") else None
        if isinstance(answer, bytes) and path.endswith("/registers"):
            self.reply(200, CSV, answer, broken=kind)
        elif answer is None:
            self.reply(200, HTML, PAGE)
        else:
            if kind in TWISTS and isinstance(answer, bytes):
                answer = parsed(answer)
            if kind in TWISTS and isinstance(answer, dict):
                TWISTS[kind](answer)
            body = answer if isinstance(answer, bytes) else rendered(answer, query)
            self.reply(200, JSON, body, broken=kind)

    def do_CONNECT(self) -> None:
        """As a proxy this server lets nothing secure through."""
        self.server.exchange.requests.append(Seen("CONNECT", self.path, {}, dict(self.headers), proxied=True))
        fault = self.server.exchange.faults.next(self.path)
        self.reply(*REPLIES[fault.kind if fault else "forbidden"])

    def reply(
        self,
        status: int,
        kind: str,
        body: bytes,
        retry_after: str | None = None,
        broken: str | None = None,
        location: str | None = None,
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
        self.slow_clock = timedelta(days=3) if broken == "wrong clock" else self.server.exchange.clock_off
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if location is not None:
            self.send_header("Location", location)
        if retry_after is not None:
            self.send_header("Retry-After", retry_after)
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            body = body if broken == "not gzip" else self.server.packed(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self._headers_buffer.append(b"\r\n")
        self.send(body, broken, b"".join(self._headers_buffer))
        self._headers_buffer = []

    def send(self, body: bytes, broken: str | None, head: bytes) -> None:
        """Head and body in one piece, or the part of it that gets through."""
        if broken == "truncated":
            body = body[: len(body) // 2]
        self.close_connection = broken in {"truncated", "drip"}
        if broken != "drip":
            self.wfile.write(head + body)
            return
        self.wfile.write(head)
        for byte in body:
            self.wfile.write(bytes([byte]))
            if self.server.exchange.released.wait(0.02):
                return

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The header Date, by a clock that may be wrong."""
        return super().date_time_string((timestamp or time.time()) + self.slow_clock.total_seconds())

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
        self._packed: dict[bytes, bytes] = {}  # whole pages are asked for again and again
        super().__init__(("127.0.0.1", port), Handler)

    def packed(self, body: bytes) -> bytes:
        if body not in self._packed:
            if len(self._packed) > 5_000:
                self._packed.clear()
            self._packed[body] = gzip.compress(body, 1)
        return self._packed[body]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.address}/iss"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no event here; a mistake of this server is."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def market_of(spec: str | None, day: date | None) -> Market | None:
    """The market that the command line asks for."""
    if spec is None:
        return None
    from iss_universe import made, real  # noqa: PLC0415 -- quotes alone need no numpy

    given = {} if day is None else {"day": day}
    if spec == "real":
        return real(**given)
    tickers, _, years = spec.partition("x")
    return made(int(tickers), float(years or 3), **given)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8089)
    parser.add_argument("--phase", choices=PHASES, default="recorded")
    parser.add_argument("--fault", choices=FAULTS)
    parser.add_argument("--times", type=int, help="requests that the fault lasts for; all when absent")
    parser.add_argument("--retry-after", help="what a refusal asks to wait")
    parser.add_argument("--path", default="", help="a regular expression: only addresses that match get the fault")
    parser.add_argument("--market", help="TICKERSxYEARS of made-up history, such as 20x2; or real (../shared)")
    parser.add_argument("--day", type=date.fromisoformat, help="the last day that has data")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--quiet", action="store_true", help="print the address only")
    parser.add_argument("--today", action="store_true", help="as if the recorded moment were now")
    options = parser.parse_args()
    exchange = Exchange(market_of(options.market, options.day))
    with IssServer(exchange, options.port, loud=not options.quiet) as server:
        exchange.phase, exchange.today, exchange.latency_s = options.phase, options.today, options.latency
        if options.fault:
            exchange.fail(options.fault, options.times, path=options.path, retry_after=options.retry_after)
        print(f"ALLOCATOR_ISS_URL={server.url}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
