"""Quotes from Yahoo Finance, for portfolios of the American exchanges, by the library yfinance.

One request for all tickers. Yahoo's bid and ask are often left over from another hour or another venue, so they are
believed only in an open session, uncrossed, and each within 5% of the last price; otherwise the last price
stands for both and is marked. yfinance speaks to Yahoo's hosts only, so the request itself is a port, `Fetch`,
that tests replace.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from allocator.core.errors import MarketError
from allocator.core.quote import Quote, Quotes, Rung
from allocator.core.text import Text, text
from allocator.market.failures import CHECK_NETWORK, TRY_LATER
from allocator.market.findings import Finding, MarketErrors, listed
from allocator.market.numbers import price

HOST = "query1.finance.yahoo.com"
QUOTE = f"https://{HOST}/v7/finance/quote"
TIMEOUT_S = 15
FAR = Decimal("0.05")  # of the last price; funds and shares of a portfolio trade within a percent
OPEN = "REGULAR"
CLASS = re.compile(r"\.([ABC])$")  # BRK.B is BRK-B at Yahoo; VOD.L and 7203.T keep their exchange

Fetch = Callable[[Sequence[str]], Sequence[Mapping[str, object]]]  # symbols -> Yahoo's own records of them


class Yahoo:
    """The provider YAHOO FINANCE. Lots are of one unit."""

    name = "YAHOO FINANCE"

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    def quotes(self, tickers: Sequence[str]) -> Quotes:
        """Raises: `MarketError` for the network; for all tickers that Yahoo does not know or prices at nothing."""
        symbols = {ticker: symbol(ticker) for ticker in tickers}
        found = {str(record.get("symbol")).upper(): record for record in self._records(list(symbols.values()))}
        findings: list[Finding] = []
        quotes: dict[str, Quote] = {}
        for ticker, code in symbols.items():
            record = found.get(code)
            quote = _quote(ticker, record) if record is not None else None
            if quote is not None:
                quotes[ticker] = quote
            elif record is None:
                findings.append((text("{ticker}: Yahoo knows no such ticker.", ticker=ticker), _other_exchange(ticker)))
            else:
                findings.append((text("{ticker}: Yahoo gives no price at all.", ticker=ticker), None))
        if findings:
            raise MarketErrors(findings)
        delays = [found[code].get("exchangeDataDelayedBy") for code in symbols.values()]
        return Quotes(
            provider=self.name,
            by_ticker=quotes,
            time=max((quote.time for quote in quotes.values() if quote.time), default=None),
            source=HOST,
            delay_minutes=max((delay for delay in delays if isinstance(delay, int)), default=0),
            notes=tuple(_notes(quotes)),
        )

    def _records(self, symbols: Sequence[str]) -> Sequence[Mapping[str, object]]:
        if not symbols:
            return []
        try:
            return [record for record in self._fetch(symbols) if isinstance(record, Mapping)]
        except MarketError:
            raise
        except Exception as error:  # yfinance raises what either of two HTTP libraries and pandas do
            raise _explained(error) from error


def fetcher(*, proxy: str | None = None) -> Fetch:
    """The request by yfinance, which keeps Yahoo's cookie and crumb.

    Raises: `MarketError` when the library is not installed.
    """
    import logging  # noqa: PLC0415 -- the library takes a second to load, and is an extra

    try:
        import yfinance  # noqa: PLC0415
        from yfinance.data import YfData  # noqa: PLC0415
    except ImportError as error:
        raise MarketError(
            text("provider = YAHOO FINANCE needs a library that is not installed ({name}).", name=error.name),
            text("With the Python that runs allocator: python -m pip install yfinance"),
        ) from None
    logging.getLogger("yfinance").setLevel(logging.CRITICAL)  # its errors reach the user as ours
    if proxy and hasattr(yfinance, "config"):
        yfinance.config.network.proxy = proxy
    elif proxy:
        yfinance.set_config(proxy=proxy)

    def fetch(symbols: Sequence[str]) -> Sequence[Mapping[str, object]]:
        params = {"symbols": ",".join(symbols), "formatted": "false"}
        answer = YfData().get_raw_json(QUOTE, params=params, timeout=TIMEOUT_S)
        records: list[Mapping[str, object]] = answer["quoteResponse"]["result"]
        return records

    return fetch


def symbol(ticker: str) -> str:
    """Yahoo's spelling of a ticker."""
    return CLASS.sub(r"-\1", ticker.upper())


def _quote(ticker: str, record: Mapping[str, object]) -> Quote | None:
    last = _price(record, "regularMarketPrice") or _price(record, "regularMarketPreviousClose")
    bid, ask = _price(record, "bid"), _price(record, "ask")
    session = record.get("marketState")
    rung = Rung.LAST if session in {OPEN, None} else Rung.CLOSE
    if last is None:
        return None
    if session == OPEN and bid and ask and bid <= ask and last * (1 - FAR) <= bid and ask <= last * (1 + FAR):
        rung = Rung.LIVE
    else:
        bid = ask = last
    decimals, moment = record.get("priceHint"), record.get("regularMarketTime")
    return Quote(
        ticker=ticker,
        bid=bid,
        ask=ask,
        last=last,
        decimals=decimals if isinstance(decimals, int) else None,
        time=datetime.fromtimestamp(moment, UTC) if isinstance(moment, int) else None,
        rung=rung,
        name=str(record["shortName"]) if record.get("shortName") else None,
        currency=str(record["currency"]) if record.get("currency") else None,
    )


def _price(record: Mapping[str, object], field: str) -> Decimal | None:
    """A price without the noise of binary floats (189.83999633789062 is 189.84)."""
    number = record.get(field)
    return price(round(number, 4 if number >= 1 else 6)) if isinstance(number, float) else price(number)


def _notes(quotes: Mapping[str, Quote]) -> Sequence[Text]:
    notes = []
    currencies = {quote.currency for quote in quotes.values() if quote.currency}
    if len(currencies) > 1:
        words = listed(f"{ticker} ({quote.currency})" for ticker, quote in quotes.items())
        notes.append(text("{tickers}: several currencies; no exchange rate is applied.", tickers=words))
    fallen = [ticker for ticker, quote in quotes.items() if quote.rung is Rung.LAST]
    if fallen:
        notes.append(
            text("{tickers}: Yahoo gives no sane bid and ask; the last price is used.", tickers=listed(fallen))
        )
    return notes


def _other_exchange(ticker: str) -> Text | None:
    board, colon, _ = ticker.partition(":")
    if colon:
        return text("A board such as {board} is of the Moscow Exchange: write provider = MOEX.", board=board)
    return text("Look it up at finance.yahoo.com; the Moscow Exchange is provider = MOEX.")


def _explained(error: Exception) -> MarketError:
    """A failure of yfinance in one line; both its HTTP libraries use the same names of exceptions."""
    names = {kind.__name__ for kind in type(error).__mro__}
    if "YFRateLimitError" in names:
        return MarketError(text("{host}: too many requests.", host=HOST), text("Wait a few minutes."))
    if "ProxyError" in names:
        return MarketError(text("{host}: the proxy does not let the request through.", host=HOST), CHECK_NETWORK)
    if "Timeout" in names:
        return MarketError(text("{host} did not answer in time.", host=HOST), TRY_LATER)
    if "HTTPError" in names:
        status = getattr(getattr(error, "response", None), "status_code", "?")
        return MarketError(text("{host} answered {status}.", host=HOST, status=status), TRY_LATER)
    if "JSONDecodeError" not in names and isinstance(error, OSError):
        return MarketError(text("{host} cannot be reached.", host=HOST), CHECK_NETWORK)
    reason = type(error).__name__
    return MarketError(
        text("{host}: the answer cannot be read ({reason}).", host=HOST, reason=reason),
        text("Update the library: pip install --upgrade yfinance"),
    )
