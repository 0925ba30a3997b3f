"""Which tickers are one paper: a rename leads from the old one to the new one, and on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from allocator.core.instrument import Rename


@dataclass(frozen=True, slots=True)
class Part:
    """A ticker under which a paper traded: one unit of then became `ratio` units of today's paper.

    Bars from `until` on are not of this paper: the exchange gives tickers away again.
    """

    ticker: str
    ratio: Fraction = Fraction(1)
    until: date | None = None


class Lineage:
    """The renames between tickers that are stored; one to a ticker that is not there yet has not happened yet."""

    def __init__(self, renames: Iterable[Rename], stored: Collection[str]) -> None:
        known = [each for each in renames if each.new in stored and each.old != each.new]
        self._renames = sorted(known, key=lambda each: each.day)

    def head(self, ticker: str) -> str:
        """The ticker of today."""
        since = date.min
        while change := self._next(ticker, since):
            ticker, since = change.new, change.day
        return ticker

    def _next(self, ticker: str, since: date) -> Rename | None:
        """The rename after the one that led here: later, so that a paper may take its first name back."""
        return next((each for each in self._renames if each.old == ticker and each.day > since), None)

    def parts(self, head: str) -> list[Part]:
        """The tickers of a paper, the oldest first, its head last."""
        return list(self._before(Part(head)))

    def _before(self, part: Part) -> Iterator[Part]:
        for change in self._renames:
            if change.new == part.ticker and (part.until is None or change.day < part.until):
                yield from self._before(Part(change.old, part.ratio * change.ratio, change.day))
        yield part
