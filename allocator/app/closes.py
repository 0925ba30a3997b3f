"""Closes of a few papers for pages: exact decimals, by the day of trading, under any ticker that a person may type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from allocator.app.accounts_pace import BEFORE
from allocator.app.daily import daily_panel
from allocator.core.instrument import Instrument
from allocator.core.portfolio import without_board
from allocator.report.wealth import Price
from allocator.store import Transaction
from allocator.store.lineage import Lineage

DIGITS = 12  # of a close; what a split leaves behind them is noise of binary fractions


@dataclass(frozen=True, slots=True)
class Closes:
    """`days` of trading, all that any of the papers has; `of` their closes by the ticker of today, None without a bar.

    In units of today. `heads`: the ticker of today and how many of its units one is, by the tickers asked for.
    `instruments`: all of the store, by ticker.
    """

    days: tuple[date, ...]
    of: Mapping[str, tuple[Decimal | None, ...]]
    heads: Mapping[str, tuple[str, Fraction]]
    instruments: Mapping[str, Instrument]

    def price(self, ticker: str) -> Price | None:
        """The last close of a ticker as typed, board and all; None where the store has none."""
        head, ratio = self._head(ticker)
        known = [(day, close) for day, close in zip(self.days, self.of.get(head, ()), strict=False) if close]
        if not known:
            return None
        (last, close), before = known[-1], known[-2][1] if len(known) > 1 else None
        return Price(_times(close, ratio), last, None if before is None else _times(before, ratio))

    def carried(self, head: str) -> tuple[Decimal | None, ...]:
        """Each close, or the last before it; None before the first."""
        found: list[Decimal | None] = []
        for close in self.of.get(head, ()):
            found.append(close or (found[-1] if found else None))
        return tuple(found)

    def paper(self, ticker: str) -> Instrument | None:
        """What a ticker as typed is today: under its newest name."""
        head, _ = self._head(ticker)
        return self.instruments.get(head)

    def lot(self, ticker: str) -> int | None:
        """Units in a lot of it, None where nobody said; nor where its units are no longer those of today."""
        paper, (_, ratio) = self.paper(ticker), self._head(ticker)
        return paper.lot_size if paper is not None and ratio == 1 else None

    def instrument(self, ticker: str) -> Instrument | None:
        """What the store knows of a ticker as typed."""
        return self.instruments.get(without_board(ticker))

    def _head(self, ticker: str) -> tuple[str, Fraction]:
        """Of `heads`, for a ticker as typed; no name where the store knows none."""
        return self.heads.get(without_board(ticker), ("", Fraction(1)))


def closes_of(transaction: Transaction, tickers: Iterable[str], since: date, today: date) -> Closes:
    """Daily closes in units of `today`, from some time before `since` on.

    Or before the last day of a store that is older than that.

    Bars that jumped and that nobody has accepted are left out.

    Raises: `StoreError`.
    """
    instruments = {each.ticker: each for each in transaction.instruments.all()}
    lineage = Lineage(transaction.renames.all(), instruments)
    heads: dict[str, tuple[str, Fraction]] = {}
    for ticker in map(without_board, tickers):
        head = lineage.head(ticker)
        if head in instruments:
            ratio = next((part.ratio for part in lineage.parts(head) if part.ticker == ticker), Fraction(1))
            heads[ticker] = head, ratio
    asked = sorted({head for head, _ in heads.values()})
    start = min(since, transaction.calendar.seen() or since) - BEFORE
    panel, _ = daily_panel(transaction, asked, adjust="splits", start=start, today=today)
    days: list[date] = panel.times.astype("datetime64[D]").tolist()
    columns = zip(panel.tickers, panel["close"].T.tolist(), strict=True)
    of = {ticker: tuple(exact_close(each) if each > 0 else None for each in column) for ticker, column in columns}
    return Closes(tuple(days), of, heads, instruments)


def exact_close(close: float) -> Decimal:
    """A close of a panel as the decimal that it stands for."""
    return Decimal(f"{close:.{DIGITS}g}")


def _times(close: Decimal, ratio: Fraction) -> Decimal:
    return close if ratio == 1 else close * ratio.numerator / ratio.denominator
