# ruff: noqa: PLC0415 -- a provider's libraries load only when it is asked for
"""The one thing that a source of quotes can do, and the choice among the sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from allocator.core.errors import MarketError
from allocator.core.portfolio import Provider
from allocator.core.quote import Quotes
from allocator.core.text import text


class QuoteProvider(Protocol):
    """A source of quotes. Asked again, it looks again: lots and prices change between two calls."""

    @property
    def name(self) -> str:
        """As the portfolio file spells it: "MOEX", "FILE", "YAHOO FINANCE"."""

    def quotes(self, tickers: Sequence[str]) -> Quotes:
        """A quote for every one of these tickers, keyed as they are spelled here.

        Raises: `MarketError` when even one has no price; all such tickers are named in the one error.
        """


def now_utc() -> datetime:
    return datetime.now(UTC)


def provider(
    spec: Provider,
    *,
    proxy: str | None = None,
    base_url: str | None = None,
    now: Callable[[], datetime] = now_utc,
) -> QuoteProvider:
    """The provider that the portfolio file names.

    `proxy` (`http://host:port`) goes before the environment's; FILE has no use for it. `base_url` replaces the
    address of ISS. `now` gives an aware time, against which the age of live quotes is judged.
    Raises: `MarketError` when the provider is unknown, its library is missing, or the proxy is no address.
    """
    match spec.name:
        case "MOEX":
            from allocator.market.http import Http
            from allocator.market.iss import ISS_URL, Iss
            from allocator.market.moex import Moex

            return Moex(Iss(Http(proxy=proxy, now=now), base_url or ISS_URL), now=now)
        case "FILE" if spec.path is not None:
            from allocator.market.csv_file import CsvFile

            return CsvFile(spec.path)
        case "YAHOO FINANCE":
            from allocator.market.yahoo import Yahoo, fetcher

            return Yahoo(fetcher(proxy=proxy))
    raise MarketError(
        text("{name}: no such provider of quotes.", name=spec.name),
        text("Write provider = MOEX, provider = YAHOO FINANCE or provider = FILE quotes.csv in [options]."),
    )


def pasted(content: str, name: str) -> QuoteProvider:
    """The provider FILE over a table that a person pasted; messages call it by this name. Nothing is opened."""
    from allocator.market.csv_file import CsvFile

    return CsvFile(Path(name), content.encode(errors="replace"))
