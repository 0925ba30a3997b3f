"""What there is to show after a rebalance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from allocator.core.portfolio import Portfolio
from allocator.core.quote import Quote, Quotes, Rung
from allocator.core.text import Text, text
from allocator.optimize import Plan

if TYPE_CHECKING:
    from allocator.report.auto import AutoShares


@dataclass(frozen=True, slots=True)
class Answer:
    """A portfolio, the quotes it was valued at, and the plan that follows.

    `auto`: how the shares of its `auto` assets came about; None without any.
    """

    portfolio: Portfolio
    quotes: Quotes
    plan: Plan
    auto: AutoShares | None = None

    def quote(self, ticker: str) -> Quote:
        return self.quotes.by_ticker[ticker]

    @property
    def notes(self) -> tuple[Text, ...]:
        """What a reader should know of the file, the problem and the plan; each once."""
        return tuple(_once(*self.portfolio.notes, *self.plan.problem.notes, *self.plan.notes))

    @property
    def stand_ins(self) -> tuple[Text, ...]:
        """Which rows are priced by something else than a live bid and ask, by what, and of what time."""
        assets: dict[str, tuple[Text, list[str]]] = {}
        for row in self.plan.rows:
            quote = self.quote(row.position.ticker)
            if marked(quote):
                kind = stand_in(quote)
                when = f" ({moment(quote.time)})" if quote.time and quote.time != self.quotes.time else ""
                assets.setdefault(str(kind), (kind, []))[1].append(quote.ticker + when)
        return tuple(
            text("not a live bid and ask but {kind}: {tickers}", kind=kind, tickers=", ".join(names))
            for kind, names in assets.values()
        )


def _once(*notes: Text) -> Iterator[Text]:
    seen: set[str] = set()
    for note in notes:
        if str(note) not in seen:
            seen.add(str(note))
            yield note


def marked(quote: Quote) -> bool:
    """Whether the price is something else than a live bid and ask."""
    return quote.stale or quote.rung is not Rung.LIVE


def stand_in(quote: Quote) -> Text:
    """What the price of a marked row is."""
    match quote.rung:
        case Rung.LAST:
            return text("last deal")
        case Rung.CURRENT:
            return text("mean of the last ten minutes' deals")
        case Rung.CLOSE:
            return text("close of the session")
        case Rung.MARKET:
            return text("previous day's weighted price")
        case Rung.PREVIOUS:
            return text("previous day's close")
    return text("old bid and ask")


def moment(time: datetime) -> str:
    """A time with its zone, to the second; without the seconds when there are none."""
    shown = time.strftime("%Y-%m-%d %H:%M:%S" if time.second else "%Y-%m-%d %H:%M")
    return f"{shown} {time.tzname()}" if time.tzinfo else shown
