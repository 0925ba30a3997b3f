"""What is known of securities besides their bars, and the bars judged by it anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from allocator import history
from allocator.core.bars import Interval
from allocator.core.calendar import Calendar
from allocator.core.finding import Fault, Finding
from allocator.core.instrument import Dividend, Instrument, Split
from allocator.core.text import Text, text
from allocator.store import Transaction


@dataclass(frozen=True, slots=True)
class Known:
    """What prices are judged by; splits and dividends by ticker."""

    tickers: Mapping[str, Instrument]
    splits: dict[str, tuple[Split, ...]]
    dividends: Mapping[str, Sequence[Dividend]]
    calendar: Calendar

    @classmethod
    def of(cls, transaction: Transaction) -> Self:
        splits: defaultdict[str, tuple[Split, ...]] = defaultdict(tuple)
        for split in transaction.splits.all():
            splits[split.ticker] += (split,)
        dividends: defaultdict[str, list[Dividend]] = defaultdict(list)
        for dividend in transaction.dividends.all():
            dividends[dividend.ticker].append(dividend)
        tickers = {each.ticker: each for each in transaction.instruments.all()}
        return cls(tickers, dict(splits), dividends, transaction.calendar.get())


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
    found = history.jumps(
        ticker, interval, bars, known.splits.get(ticker, ()), known.dividends.get(ticker, ()), known.calendar
    )
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
