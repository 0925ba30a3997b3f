"""The log of trades in the tickers and units of today: neither a split nor a new ticker looks like a deal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from allocator.core.accounts import Change, ChangeKind
from allocator.core.instrument import Rename, Split
from allocator.core.moscow import MOSCOW
from allocator.core.portfolio import without_board


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the log: the paper's ticker of today, and what the account had of it in units of today."""

    account: str
    ticker: str  # without a board: that says where a paper trades, not what it is
    day: date  # of Moscow
    before: Decimal
    after: Decimal
    kind: ChangeKind

    @property
    def grown(self) -> Decimal:
        return self.after - self.before


def steps_of(log: Iterable[Change], renames: Sequence[Rename], splits: Sequence[Split]) -> Iterator[Step]:
    """The lines, oldest first.

    What the log calls `before` is what was written last; after a split since then it is `before` in new units.
    """
    held: dict[tuple[str, str], Decimal] = {}
    for change in log:
        day = moscow_day(change.at)
        ticker, factor = in_units_of_today(without_board(change.ticker), day, renames, splits)
        mine = change.account, change.ticker
        before, after = held.get(mine, Decimal(0)), change.after * factor
        held[mine] = after
        yield Step(change.account, ticker, day, before, after, change.kind)


def in_units_of_today(
    ticker: str, day: date, renames: Sequence[Rename], splits: Sequence[Split]
) -> tuple[str, Decimal]:
    """The ticker of today, and how many units of today one of that day is."""
    factor = Decimal(1)
    events: list[Rename | Split] = sorted([*renames, *splits], key=lambda each: each.day)
    for event in events:
        if isinstance(event, Split):
            if event.ticker == ticker and event.day > day:
                factor = factor * event.after / event.before
        elif event.old == ticker:
            ticker = event.new
            if event.day > day:
                factor = factor * event.ratio.numerator / event.ratio.denominator
    return ticker, factor


def moscow_day(at: datetime) -> date:
    """The day in Moscow; a time without a zone is taken to be of there."""
    return at.astimezone(MOSCOW).date() if at.tzinfo else at.date()
