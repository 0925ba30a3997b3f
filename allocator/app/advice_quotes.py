"""Prices for advice when nobody answers: the last closes of the store, each with its day."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal

import numpy as np

from allocator.app.closes import exact_close
from allocator.app.daily import daily_panel, old_closes
from allocator.core.errors import MarketError
from allocator.core.moscow import MOSCOW
from allocator.core.portfolio import without_board
from allocator.core.quote import Quote, Quotes, Rung
from allocator.core.text import Text, text
from allocator.market import QuoteProvider
from allocator.market.findings import Finding, MarketErrors
from allocator.store import Store


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store says of a security."""

    day: date
    close: Decimal
    lot: int | None
    name: str | None

    def quote(self, ticker: str) -> Quote:
        at, close = datetime.combine(self.day, time(), MOSCOW), self.close
        return Quote(ticker, close, close, self.lot or 1, last=close, time=at, rung=Rung.PREVIOUS, name=self.name)


class Closes:
    """A source of quotes that asks nobody: bid and ask are the last close of a security in the store.

    In units of today. A deal seems to cost no spread; closes that are old get a note. `days` (by ticker) grows with
    what is asked.
    """

    name = "STORE"

    def __init__(self, store: Store, today: Callable[[], date] = lambda: datetime.now(MOSCOW).date()) -> None:
        self._store, self._today = store, today
        self.days: dict[str, date] = {}

    def quotes(self, tickers: Sequence[str]) -> Quotes:
        """The newest close of each, its time that of the day.

        Raises: `MarketError` for all that have none; `StoreError`.
        """
        found = self._found({without_board(ticker) for ticker in tickers})
        findings: list[Finding] = [
            (text("{ticker}: the store has no close of it.", ticker=ticker), text("Load some: allocator refresh"))
            for ticker in tickers
            if without_board(ticker) not in found
        ]
        if findings:
            raise MarketErrors(findings)
        known = {ticker: found[without_board(ticker)] for ticker in tickers}
        self.days |= {ticker: each.day for ticker, each in known.items()}
        quotes = {ticker: each.quote(ticker) for ticker, each in known.items()}
        newest = max((each.time for each in quotes.values() if each.time), default=None)
        return Quotes(self.name, quotes, newest, notes=tuple(self._notes(known)))

    def _notes(self, known: Mapping[str, _Known]) -> Iterator[Text]:
        yield from old_closes((each.day for each in known.values()), self._today())
        without = [ticker for ticker, each in known.items() if each.lot is None]
        if without:
            yield text(
                "The store does not know the lots of {tickers}: one unit is a lot where nothing else is said. "
                "Bars from files bring none, the exchange does: allocator refresh",
                tickers=", ".join(without),
            )

    def _found(self, tickers: set[str]) -> Mapping[str, _Known]:
        with self._store.reading() as tx:
            papers = {each.ticker: each for each in tx.instruments.all() if each.ticker in tickers}
            panel, _ = daily_panel(tx, sorted(papers), adjust="splits", today=self._today())
        close, found = panel["close"], {}
        for column, ticker in enumerate(panel.tickers):
            known = np.flatnonzero(close[:, column] > 0)
            if len(known) and ticker in papers:
                day = panel.times[known[-1]].astype("datetime64[D]").item()
                price = exact_close(close[known[-1], column])
                found[ticker] = _Known(day, price, papers[ticker].lot_size, papers[ticker].name)
        return found


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
