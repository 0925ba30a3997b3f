# ruff: noqa: PLC0415 -- the libraries of the network load only when a provider is opened
"""What the exchange remembers: the protocol that a nightly refresh stands on, and the way to open it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Protocol

from allocator.core.bars import Bars, Interval
from allocator.core.calendar import CalendarDay
from allocator.core.errors import MarketError
from allocator.core.instrument import Dividend, Instrument, Member, Rename, Split
from allocator.core.text import Text
from allocator.market.errors import NotServed, Stopped

__all__ = [
    "INDEXES",
    "SECTORS",
    "HistoryFault",
    "HistoryProvider",
    "NotServed",
    "Progress",
    "Stopped",
    "history_provider",
]

# An index and the older ticker whose series it continues on the same scale. MCF2TRR (total return after tax, all
# sessions) is MCFTRR until its own first day; IMOEX was MICEXINDEXCF until 2017-11-27. RVI has no ancestor: RTSVX
# measured another underlying. RGBITR and MCFTR have always had one name.
INDEXES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "IMOEX": ("MICEXINDEXCF",),
        "MCFTR": (),
        "MCF2TRR": ("MCFTRR",),
        "RVI": (),
        "RGBITR": (),
    }
)

# The indexes whose members share a sector, and its name.
SECTORS: Mapping[str, str] = MappingProxyType(
    {
        "MOEXOG": "oil and gas",
        "MOEXEU": "electric utilities",
        "MOEXTL": "telecommunications",
        "MOEXMM": "metals and mining",
        "MOEXFN": "financials",
        "MOEXCN": "consumer",
        "MOEXCH": "chemicals",
        "MOEXTN": "transport",
        "MOEXIT": "information technology",
        "MOEXRE": "real estate",
    }
)


class HistoryFault(MarketError):  # noqa: N818 -- the fault is in the history, not in the program
    """The exchange's data of one ticker cannot be used; the others are no worse for it."""

    def __init__(self, ticker: str, message: Text, hint: Text | None = None) -> None:
        self.ticker = ticker
        super().__init__(message, hint)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a provider has asked so far. `bytes` are bodies as they came (packed), `pages` those that held bars."""

    requests: int
    retries: int
    bytes: int
    pages: int
    rows: int
    waited_s: float  # for the pace and before retries, all threads together


class HistoryProvider(Protocol):
    """A source of history. May be used from several threads.

    Every method raises `MarketError` for the network; `NotServed` when the exchange
    does not give such data at all; `Stopped` after `stop()`.
    """

    @property
    def name(self) -> str:
        """The source, for the journal: "MOEX", "ALGOPACK"."""

    @property
    def pages(self) -> int:
        """Pages of bars received."""

    @property
    def progress(self) -> Progress:
        """Everything counted so far."""

    @property
    def notes(self) -> tuple[Text, ...]:
        """What was left out or taken from elsewhere so far, for the journal."""

    def instruments(self) -> list[Instrument]:
        """What trades on TQBR and TQTF today."""

    def listing(self) -> list[Instrument]:
        """Every ticker that ever traded on TQBR or TQTF, gone ones too (lots and ISINs are not told)."""

    def candles(self, ticker: str, interval: Interval, since: date, till: date, *, market: str = "shares") -> Bars:
        """Candles of these days, both included, as the exchange gives them; `market` is "shares" or "index".

        Prices before a split are scaled to the units after it, once the exchange has worked the split in; volume and
        value are not. Weekend sessions have their own dates. An unknown ticker has no candles.
        Raises: `HistoryFault`.
        """

    def daily_history(
        self, ticker: str, since: date, till: date, *, board: str = "TQBR", market: str = "shares"
    ) -> Bars:
        """Days of one board as traded: no split is worked in, a weekend session is part of its Monday.

        Days without deals have NaN prices and zero volume.
        Raises: `HistoryFault`.
        """

    def members(self, index: str) -> list[Member]:
        """Who is and was in an index; no weights."""

    def weights(self, index: str, day: date) -> dict[str, float]:
        """Percent by ticker on that day, or on the last day before it that has any (at most two weeks back)."""

    def splits(self) -> list[Split]:
        """Splits that the exchange lists; bonus issues and those before 2018 are not among them."""

    def renames(self) -> list[Rename]:
        """Technical changes of tickers; papers of redomiciled companies are not among them."""

    def dividends(self, ticker: str) -> list[Dividend]:
        """Rows of one record date and currency are summed; rows without a positive amount are left out."""

    def calendar(self, since: date, till: date) -> list[CalendarDay]:
        """What the exchange says of each day; days of which it says nothing are absent."""

    def register_closings(self) -> list[tuple[str, date]]:
        """Ticker and record date of dividends, announced ones included; amounts are not told."""

    def clock_skew_s(self) -> float:
        """The exchange's clock minus ours at its last answer, seconds; 0 when unknown."""

    def stop(self) -> None:
        """End the waits of all threads; their calls raise `Stopped`."""

    def close(self) -> None:
        """Let go of the connections."""


def history_provider(
    *,
    base_url: str | None = None,
    registers_url: str | None = None,
    proxy: str | None = None,
    token: str | None = None,
    rate: float = 30.0,
    burst: int = 600,
    connections: int = 4,
) -> HistoryProvider:
    """The exchange's history over ISS: the free service, or with a `token` the paid one (ALGOPACK).

    `base_url` replaces the address of ISS, `registers_url` that of the list of closed registers. `rate` (requests a
    second in the long run), `burst` (after a rest) and `connections` keep the exchange friendly. `proxy`
    (`http://host:port`) goes before the environment's.
    Raises: `MarketError` when the proxy is no address, the token no token, or would be sent unencrypted.
    """
    from allocator.market.moex_history import open_history

    return open_history(
        base_url=base_url,
        registers_url=registers_url,
        proxy=proxy,
        token=token,
        rate=rate,
        burst=burst,
        connections=connections,
    )
