"""What there is to show after a rebalance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from allocator.core.portfolio import Portfolio
from allocator.core.quote import Quote, Quotes, Rung
from allocator.core.text import Text, text
from allocator.optimize import Plan


@dataclass(frozen=True, slots=True)
class Answer:
    """A portfolio, the quotes it was valued at, and the plan that follows."""

    portfolio: Portfolio
    quotes: Quotes
    plan: Plan

    def quote(self, ticker: str) -> Quote:
        return self.quotes.by_ticker[ticker]

    @property
    def notes(self) -> tuple[Text, ...]:
        """What a reader should know of the file, the problem and the plan; each once."""
        return tuple(_once(*self.portfolio.notes, *self.plan.problem.notes, *self.plan.notes))


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
