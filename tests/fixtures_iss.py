"""The fixture `iss`: the local exchange, fresh for each test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from iss_market import Market
from iss_server import Exchange, IssServer, Seen


@dataclass
class LocalIss:
    """What a test holds of the local exchange: where it is, and the strings to pull."""

    url: str  # for ALLOCATOR_ISS_URL or base_url
    address: str  # host:port; also serves as a proxy
    exchange: Exchange

    @property
    def requests(self) -> list[Seen]:
        return self.exchange.requests

    @property
    def registers_url(self) -> str:
        """The list of closed registers."""
        return f"{self.url}/registers"

    @property
    def market(self) -> Market:
        """The market that is served, to be changed."""
        return self.exchange.model

    def serve(self, market: Market) -> Market:
        """Serve the quotes and the past of this market (see `iss_universe`) instead of the recorded quotes."""
        self.exchange.market = market
        return market

    def fail(self, kind: str, times: int | None = 1, *, path: str = "", retry_after: str | None = None) -> None:
        """The next `times` requests (None: all) that match `path` get this fault, one of `iss_server.FAULTS`."""
        self.exchange.fail(kind, times, path=path, retry_after=retry_after)

    def edit(self, ticker: str, board: str | None = None, **cells: object) -> None:
        """Change cells of a ticker's rows: `iss.edit("SBER", "TQBR", BID=None, LOTSIZE=1)`."""
        self.exchange.edit(ticker, board, **cells)

    def phase(self, name: str) -> None:
        """The hour of the exchange: "recorded" (open), "before", "opening" (crossed books), "closed"."""
        self.exchange.phase = name

    def today(self) -> None:
        """As if the recorded moment were now, so that live quotes are fresh."""
        self.exchange.today = True


@pytest.fixture
def iss() -> Iterator[LocalIss]:
    """A server of the recorded market on the loopback, its thread ended with the test."""
    server = IssServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield LocalIss(server.url, server.address, server.exchange)
    finally:
        server.exchange.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of the loopback where nobody listens."""
    import socket  # noqa: PLC0415 -- only this fixture speaks of sockets

    with socket.socket() as held:  # bound but not listening: connections are refused, and nobody else gets it
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
