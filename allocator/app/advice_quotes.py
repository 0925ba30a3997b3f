"""Prices for advice when nobody answers: the last closes of the store, each with its day."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date, datetime, time

from allocator.app.closes import Closes as Known
from allocator.app.closes import closes_of
from allocator.app.daily import old_closes
from allocator.core.errors import MarketError
from allocator.core.moscow import MOSCOW
from allocator.core.portfolio import Asset, Portfolio, Units, without_board
from allocator.core.quote import Quote, Quotes, Rung
from allocator.core.text import Text, text
from allocator.market import QuoteProvider
from allocator.market.findings import Finding, MarketErrors
from allocator.optimize import reachable
from allocator.report import numbers
from allocator.report.wealth import Price
from allocator.store import Store


class Closes:
    """A source of quotes that asks nobody: bid and ask are the last close of a security in the store.

    As `closes_of` has it: in units of today, and a close of more than a year ago is none. A deal seems to cost no
    spread; closes that are old get a note. `days` (by ticker) grows with what is asked.
    """

    name = "STORE"

    def __init__(self, store: Store, today: Callable[[], date] = lambda: datetime.now(MOSCOW).date()) -> None:
        self._store, self._today = store, today
        self.days: dict[str, date] = {}

    def quotes(self, tickers: Sequence[str]) -> Quotes:
        """The newest close of each, its time that of the day.

        Raises: `MarketError` for all that have none; `StoreError`.
        """
        today = self._today()
        with self._store.reading() as tx:
            closes = closes_of(tx, tickers, today, today)
        prices = {ticker: closes.price(ticker) for ticker in tickers}
        findings: list[Finding] = [
            (
                text("{ticker}: the store has no close of it.", ticker=ticker),
                text("Load it: allocator refresh --tickers {ticker}", ticker=without_board(ticker)),
            )
            for ticker, price in prices.items()
            if price is None
        ]
        if findings:
            raise MarketErrors(findings)
        known = {ticker: price for ticker, price in prices.items() if price is not None}
        self.days |= {ticker: price.day for ticker, price in known.items()}
        quotes = {ticker: _quote(ticker, price, closes) for ticker, price in known.items()}
        newest = max((each.time for each in quotes.values() if each.time), default=None)
        return Quotes(self.name, quotes, newest, notes=tuple(self._notes(known, closes)))

    def _notes(self, known: Mapping[str, Price], closes: Known) -> Iterator[Text]:
        yield from old_closes((each.day for each in known.values()), self._today())
        if without := [ticker for ticker in known if closes.lot(ticker) is None]:
            yield text(
                "The store does not know the lots of {tickers}: one unit is a lot where nothing else is said. "
                "Bars from files bring none, the exchange does: allocator refresh",
                tickers=", ".join(without),
            )


def _quote(ticker: str, price: Price, closes: Known) -> Quote:
    at, paper = datetime.combine(price.day, time(), MOSCOW), closes.paper(ticker)
    name = None if paper is None else paper.name
    lot = closes.lot(ticker) or 1
    return Quote(ticker, price.close, price.close, lot, last=price.close, time=at, rung=Rung.PREVIOUS, name=name)


def priced(portfolio: Portfolio, closes: Closes) -> tuple[Portfolio, Quotes]:
    """The last closes of a portfolio, and the portfolio without what has none and is kept: that gets a note.

    Kept is what is wanted in units and can come to hold no others than it has: the money of the other assets is the
    same whatever its price. The money that a purchase takes, a sale brings or a percentage means depends on the price:
    without it there is no plan.

    Raises: `MarketError` for what has no close and is not kept, or when nothing has a close; `StoreError`.
    """
    try:
        return portfolio, closes.quotes([each.ticker for each in portfolio.assets])
    except MarketError as error:
        lost = blamed(error)
        needed = [each for each in portfolio.assets if each.ticker in lost and not _kept(each)]
        if needed:
            raise MarketErrors(list(map(_needed, needed))) from error
        rest = tuple(each for each in portfolio.assets if each.ticker not in lost)
        if not lost or not rest:
            raise
    kept = ", ".join(each.ticker for each in portfolio.assets if each.ticker in lost)
    note = text(
        "without a close in the store, but no deal in them is wanted or allowed; their value is in no sum: {tickers}",
        tickers=kept,
    )
    return replace(portfolio, assets=rest, notes=(*portfolio.notes, note)), closes.quotes(
        [each.ticker for each in rest]
    )


def _kept(asset: Asset) -> bool:
    """Whether no deal in it is wanted, or none is allowed."""
    return isinstance(asset.target, Units) and reachable(asset) == asset.have


def _needed(asset: Asset) -> Finding:
    """Why there is no plan without the price of what is not kept, and what to do about it."""
    name, ticker, units = without_board(asset.ticker), asset.ticker, numbers.plain(asset.have)
    if isinstance(asset.target, Units):
        return (
            text(
                "{ticker}: the store has no close of it, and what the others get depends on its price: {units} held, "
                "{wanted} wanted.",
                ticker=ticker,
                units=units,
                wanted=numbers.plain(asset.target.units),
            ),
            text(
                "Load it: allocator refresh --tickers {name}; or take another source of quotes; or keep it as it is: "
                "write {ticker} = {units} in [want], or {ticker} = KEEP in [trade].",
                name=name,
                ticker=ticker,
                units=units,
            ),
        )
    return (
        text(
            "{ticker}: the store has no close of it, and what its share is in money depends on its price.",
            ticker=ticker,
        ),
        text(
            "Load it: allocator refresh --tickers {name}; or take another source of quotes; or keep it as it is: write "
            "{ticker} = {units} in [want], and give out its percentage.",
            name=name,
            ticker=ticker,
            units=units,
        ),
    )


class Patient:
    """A source of quotes for which the store stands in: for all when it does not answer, else for what is held alone.

    What is not held and has no quote stays an error: it is not dealt in at the price of another day.
    """

    def __init__(self, source: Callable[[], QuoteProvider], name: str, closes: Closes, held: Collection[str]) -> None:
        self._source, self._closes, self._held = source, closes, frozenset(held)
        self._silent: MarketError | None = None
        self.name = name

    def quotes(self, tickers: Sequence[str]) -> Quotes:
        """Raises: `MarketError` for what has neither a quote nor, being held, a close; `StoreError`."""
        if self._silent is None:
            try:
                return self._source().quotes(tickers)
            except MarketError as error:
                culprits = blamed(error) & set(tickers)
                if culprits and not culprits & self._held:
                    raise
                if culprits:
                    return self._mended(tickers, culprits & self._held)
                self._silent = error
        return self._replaced(tickers, self._silent)

    def _mended(self, tickers: Sequence[str], lost: AbstractSet[str]) -> Quotes:
        closes = self._closes.quotes(sorted(lost))
        quotes = self._source().quotes([each for each in tickers if each not in lost])
        note = text("no quote, and so at the last close: {tickers}", tickers=", ".join(sorted(lost)))
        return replace(quotes, by_ticker={**quotes.by_ticker, **closes.by_ticker}, notes=(*quotes.notes, note))

    def _replaced(self, tickers: Sequence[str], error: MarketError) -> Quotes:
        found = self._closes.quotes(tickers)
        note = text(
            "{provider} gives no quotes, and so prices are the last closes of the store, without a spread: {reason}",
            provider=self.name,
            reason=error.lines[0][0],
        )
        return replace(found, notes=(note, *found.notes))


def blamed(error: MarketError) -> set[str]:
    """The tickers that an error of a source is about; none when it is about the source."""
    return {str(message.values["ticker"]) for message, _ in error.lines if "ticker" in message.values}
