"""What is known of securities besides their bars, and the bars judged by it anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self

import numpy as np

from allocator import history
from allocator.app.dividends import rows_of
from allocator.core.bars import Interval
from allocator.core.calendar import Calendar
from allocator.core.finding import Fault, Finding
from allocator.core.instrument import Dividend, Instrument, Rename, Split
from allocator.core.text import Text, text
from allocator.history.dividends import effective, joined
from allocator.store import Transaction
from allocator.store.lineage import Lineage


@dataclass(frozen=True, slots=True)
class Known:
    """What prices are judged by; splits by ticker, believed dividends by the ticker that a paper has now.

    Of other tickers than those that it was asked for, it knows no dividends.
    """

    tickers: Mapping[str, Instrument]
    splits: dict[str, tuple[Split, ...]]
    dividends: Mapping[str, Sequence[Dividend]]
    renames: Sequence[Rename]
    lineage: Lineage
    calendar: Calendar

    @classmethod
    def of(cls, transaction: Transaction, asked: Iterable[str]) -> Self:
        splits: defaultdict[str, tuple[Split, ...]] = defaultdict(tuple)
        for split in transaction.splits.all():
            splits[split.ticker] += (split,)
        renames = transaction.renames.all()
        dividends: defaultdict[str, list[Dividend]] = defaultdict(list)
        tickers = {each.ticker: each for each in transaction.instruments.all()}
        lineage = Lineage(renames, tickers)
        rows = rows_of(transaction, map(lineage.head, asked), renames)
        for dividend in effective(joined(rows, renames)):
            dividends[dividend.ticker].append(dividend)
        return cls(tickers, dict(splits), dividends, renames, lineage, transaction.calendar.get())

    def paid(self, ticker: str) -> Sequence[Dividend]:
        """The dividends of a paper, under whichever of its tickers it paid them."""
        return self.dividends.get(self.lineage.head(ticker), ())

    def payments(self, ticker: str) -> tuple[tuple[date, Dividend], ...]:
        """The same with their ex-dates, by day."""
        paid = self.paid(ticker)
        records = np.array([each.record_date for each in paid], dtype="datetime64[D]")
        return tuple(zip(self.calendar.ex_dates(records).tolist(), paid, strict=True))


def judge(
    transaction: Transaction, ticker: str, interval: Interval, known: Known, *, newest: int | None = None
) -> list[Finding]:
    """Look for jumps in all bars of a ticker, or in so many of the newest and those that they shed light on.

    What a person accepted stays so while it is about the same bar. Returns the findings that nobody has accepted.
    """
    since: datetime | None = None
    if newest is None:
        bars = transaction.bars.read(ticker, interval)
    else:
        count = newest + history.BEHIND
        bars = transaction.bars.last(ticker, interval, count + history.AHEAD)
        since = bars.begin[-count].item() if len(bars) > count else None
    found = history.jumps(ticker, interval, bars, known.splits.get(ticker, ()), known.paid(ticker), known.calendar)
    found = [each for each in found if since is None or (each.begin is not None and each.begin >= since)]
    old = [each for each in transaction.findings.of(ticker, interval) if each.fault is Fault.JUMP]
    believed = {(each.begin, each.row) for each in old if each.accepted}
    found = [replace(each, accepted=(each.begin, each.row) in believed) for each in found]
    if found or old:
        transaction.findings.clear(ticker, interval, {Fault.JUMP}, since=since)
        transaction.findings.put(found)
    return [each for each in found if not each.accepted]


def restore_hours(transaction: Transaction, ticker: str, known: Known) -> list[Text]:
    """Stored hourly bars put back to what was paid, now that daily bars tell; what was done, in words."""
    splits = known.splits.get(ticker, ())
    if not splits:
        return []
    hours = transaction.bars.read(ticker, Interval.HOUR)
    if not len(hours):
        return []
    found = history.unadjust(ticker, hours, splits, reference=transaction.bars.read(ticker, Interval.DAY))
    if not found.worked_in:
        return []
    transaction.bars.put(ticker, Interval.HOUR, found.bars)
    judge(transaction, ticker, Interval.HOUR, known)
    days = ", ".join(str(split.day) for split in found.worked_in)
    return [
        text(
            "{ticker}: the daily bars show that the split of {days} was worked into the hourly prices; "
            "they are put back to what was paid.",
            ticker=ticker,
            days=days,
        )
    ]
