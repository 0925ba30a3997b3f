"""Quotes of Yahoo Finance. yfinance speaks to Yahoo's own hosts only, so its request is replaced here."""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from allocator.core.errors import MarketError
from allocator.core.portfolio import Provider
from allocator.core.quote import Quotes, Rung
from allocator.market import provider
from allocator.market.yahoo import Yahoo, fetcher, symbol

VTI: dict[str, object] = {
    "symbol": "VTI",
    "bid": 239.95,
    "ask": 240.05,
    "regularMarketPrice": 240.0,
    "regularMarketTime": 1708023600,
    "marketState": "REGULAR",
    "currency": "USD",
    "priceHint": 2,
    "shortName": "Vanguard Total Stock Market ETF",
    "exchangeDataDelayedBy": 0,
}


def quotes(*records: Mapping[str, object], tickers: Sequence[str] = ("VTI",)) -> Quotes:
    return Yahoo(lambda symbols: records).quotes(tickers)


def test_a_sane_bid_and_ask_are_taken():
    """In an open session, with lots of one unit and the time that Yahoo gives."""
    found = quotes(VTI)
    quote = found.by_ticker["VTI"]
    assert (Decimal("239.95"), Decimal("240.05"), Decimal(240)) == (quote.bid, quote.ask, quote.last)
    assert (Rung.LIVE, 1, 2, "USD") == (quote.rung, quote.lot_size, quote.decimals, quote.currency)
    assert datetime(2024, 2, 15, 19, 0, tzinfo=UTC) == quote.time == found.time
    assert ("YAHOO FINANCE", (), 0) == (found.provider, found.notes, found.delay_minutes)


@pytest.mark.parametrize(
    "book",
    [
        {"bid": 0, "ask": 0},
        {"bid": 100.0},  # far below the price
        {"ask": 999.0},
        {"bid": 240.1, "ask": 239.9},
        {"bid": None},
        {"ask": "n/a"},
    ],
)
def test_a_bid_and_ask_that_make_no_sense_are_replaced(book: dict[str, object]):
    """Yahoo is known for it: the last price stands for both, marked and noted."""
    found = quotes(VTI | book)
    quote = found.by_ticker["VTI"]
    assert (Decimal(240), Decimal(240), Rung.LAST) == (quote.bid, quote.ask, quote.rung)
    assert ["VTI: Yahoo gives no sane bid and ask; the last price is used."] == [str(note) for note in found.notes]


def test_after_hours_the_close_is_used():
    """What is left in the book of a closed session is not what one can trade at."""
    quote = quotes(VTI | {"marketState": "CLOSED"}).by_ticker["VTI"]
    assert (Decimal(240), Decimal(240), Rung.CLOSE) == (quote.bid, quote.ask, quote.rung)


def test_noise_of_floats_is_rounded_away():
    """189.83999633789062 is 189.84; a price below one keeps six digits."""
    quote = quotes(VTI | {"regularMarketPrice": 189.83999633789062, "bid": 0}).by_ticker["VTI"]
    assert Decimal("189.84") == quote.bid
    quote = quotes(VTI | {"regularMarketPrice": 0.01234567, "bid": 0}).by_ticker["VTI"]
    assert Decimal("0.012346") == quote.bid


def test_a_class_of_shares_is_spelled_as_yahoo_does():
    """BRK.B is BRK-B there, while a suffix of another exchange stays."""
    assert ["BRK-B", "VOD.L", "VTI"] == [symbol(ticker) for ticker in ("brk.b", "VOD.L", "VTI")]
    found = quotes(VTI | {"symbol": "BRK-B"}, tickers=["BRK.B"])
    assert ["BRK.B"] == list(found.by_ticker)


def test_all_unknown_tickers_are_named():
    """One error tells of each, and of one that Yahoo knows but cannot price."""
    with pytest.raises(MarketError) as caught:
        quotes({"symbol": "BND"}, tickers=["VTX", "TQBR:SBER", "BND"])
    said = [f"{message} {hint or ''}".strip() for message, hint in caught.value.lines]
    assert [
        "VTX: Yahoo knows no such ticker. Look it up at finance.yahoo.com; the Moscow Exchange is provider = MOEX.",
        "TQBR:SBER: Yahoo knows no such ticker. A board such as TQBR is of the Moscow Exchange: write provider = MOEX.",
        "BND: Yahoo gives no price at all.",
    ] == said


def test_several_currencies_are_noted():
    """Money of a portfolio has no currency, so nothing is converted."""
    found = quotes(VTI, VTI | {"symbol": "VOD.L", "currency": "GBp"}, tickers=["VTI", "VOD.L"])
    assert ["VTI (USD), VOD.L (GBp): several currencies; no exchange rate is applied."] == [
        str(note) for note in found.notes
    ]


def test_the_worst_delay_is_told():
    """In minutes, by Yahoo's own word."""
    found = quotes(VTI, VTI | {"symbol": "VOD.L", "exchangeDataDelayedBy": 15}, tickers=["VTI", "VOD.L"])
    assert 15 == found.delay_minutes


def test_no_ticker_needs_no_request():
    """A portfolio of cash alone asks Yahoo for nothing."""

    def fetch(symbols: Sequence[str]) -> Sequence[Mapping[str, object]]:
        raise AssertionError(symbols)

    assert {} == Yahoo(fetch).quotes([]).by_ticker


class YFRateLimitError(Exception):
    """By its name, as yfinance has it."""


class HTTPError(OSError):
    def __init__(self) -> None:
        self.response = types.SimpleNamespace(status_code=401)
        super().__init__("401")


class ProxyError(OSError):
    pass


class Timeout(OSError):  # noqa: N818 -- by its name, as both HTTP libraries have it
    pass


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (YFRateLimitError(), "query1.finance.yahoo.com: too many requests. Wait a few minutes."),
        (ProxyError(), "query1.finance.yahoo.com: the proxy does not let the request through."),
        (Timeout(), "query1.finance.yahoo.com did not answer in time."),
        (HTTPError(), "query1.finance.yahoo.com answered 401."),
        (OSError(), "query1.finance.yahoo.com cannot be reached. Check the network;"),
        (KeyError("quoteResponse"), "query1.finance.yahoo.com: the answer cannot be read (KeyError). Update the"),
    ],
)
def test_failures_of_the_library_are_one_line(error: Exception, message: str):
    """Whatever it raises is told as the market's failure."""

    def fetch(symbols: Sequence[str]) -> Sequence[Mapping[str, object]]:
        raise error

    with pytest.raises(MarketError) as caught:
        Yahoo(fetch).quotes(["VTI"])
    assert str(caught.value).startswith(message)


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    """The extra is named as pip wants it."""
    monkeypatch.setitem(sys.modules, "yfinance", None)
    with pytest.raises(MarketError, match=r"pip install yfinance"):
        provider(Provider("YAHOO FINANCE"))


@pytest.mark.parametrize("modern", [True, False])
def test_the_library_is_asked_once_for_all(monkeypatch: pytest.MonkeyPatch, modern: bool):
    """One request holds every symbol; the proxy is handed over as each version of the library wants it."""
    asked: list[tuple[str, object]] = []
    proxies: list[str | None] = []

    class YfData:
        def get_raw_json(self, url: str, params: dict[str, str], timeout: int) -> object:
            asked.append((url, params["symbols"]))
            return {"quoteResponse": {"result": [VTI], "error": None}}

    library = types.ModuleType("yfinance")
    data = types.ModuleType("yfinance.data")
    data.YfData = YfData
    network = types.SimpleNamespace(proxy=None)
    if modern:
        library.config = types.SimpleNamespace(network=network)
    else:

        def set_config(proxy: str) -> None:
            proxies.append(proxy)

        library.set_config = set_config
    monkeypatch.setitem(sys.modules, "yfinance", library)
    monkeypatch.setitem(sys.modules, "yfinance.data", data)
    records = fetcher(proxy="http://127.0.0.1:3128")(["VTI", "BND"])
    assert [("https://query1.finance.yahoo.com/v7/finance/quote", "VTI,BND")] == asked
    assert [VTI] == records
    assert ["http://127.0.0.1:3128"] == (proxies or [network.proxy])


def test_the_library_is_as_it_is_used():
    """The installed yfinance has the one method that is called, with these arguments."""
    data = pytest.importorskip("yfinance.data")
    taken = inspect.signature(data.YfData.get_raw_json).parameters
    assert {"url", "params", "timeout"} <= set(taken)
    assert hasattr(pytest.importorskip("yfinance").config.network, "proxy")
