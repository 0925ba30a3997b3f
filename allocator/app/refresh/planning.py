"""What a refresh has to ask for: up to which day, for which tickers, from where on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from allocator.core.bars import Interval
from allocator.core.instrument import Instrument, Kind
from allocator.core.moscow import MOSCOW
from allocator.store import Load, Transaction

DAY = timedelta(days=1)
# How much of what is stored is asked for again, to see whether the exchange still says the same.
OVERLAP = {Interval.DAY: 4, Interval.HOUR: 45}  # bars: some three sessions of either
WEEKEND = timedelta(days=3)  # before them, so that a Monday comes with its weekend session
UNTRADED = timedelta(days=14)  # asked for again when nothing is stored
GONE = timedelta(days=30)  # after the last day of a paper that left: the store was behind, or the exchange tells more
QUARTER = timedelta(days=92)  # how long the exchange is asked again for bars that were bad


@dataclass(frozen=True, slots=True)
class Days:
    """`final` is the last day whose data the exchange no longer changes; `till` the last one asked for.

    They differ when the user insists on a day that is not over: its bars are replaced by the next refresh.
    """

    final: date
    till: date


@dataclass(frozen=True, slots=True)
class Task:
    """One series to ask for, from `since` on. `load` is what was asked before, None at first."""

    instrument: Instrument
    interval: Interval
    since: date
    load: Load | None

    @property
    def ticker(self) -> str:
        return self.instrument.ticker

    @property
    def market(self) -> str:
        return "index" if self.instrument.kind is Kind.INDEX else "shares"

    @property
    def anew(self) -> bool:
        """Whether nothing of what is stored may be kept as it is, since it was never asked for as a whole."""
        return self.load is None


def days(now: datetime, ready: time, *, force: bool = False) -> Days:
    """The last day whose data is ready at the aware time `now`; `ready` is a time of the Moscow night after it."""
    moscow = now.astimezone(MOSCOW)
    shift = timedelta(hours=ready.hour, minutes=ready.minute)
    final = (moscow.replace(tzinfo=None) - shift).date() - DAY
    return Days(final, moscow.date() if force else final)


def ready_at(day: date, ready: time) -> datetime:
    """When the data of a day is ready."""
    return datetime.combine(day + DAY, ready, tzinfo=MOSCOW)


def last_day(instrument: Instrument, days: Days) -> date:
    """The last day that a series is asked for."""
    return days.till if instrument.delisted is None else min(days.till, instrument.delisted + GONE)


def tasks(
    transaction: Transaction,
    instruments: Iterable[Instrument],
    intervals: Iterable[Interval],
    days: Days,
    since: date,
    *,
    deepen: bool,
) -> list[Task]:
    """The series that are not yet loaded up to `days.till`, each from where it has to be asked.

    `deepen` asks for bars before the first ones that were asked for, too. A paper that left the exchange is asked
    for a month more: its last stored bar need not have been its last one. Indexes have daily bars only.
    """
    found: list[Task] = []
    for interval in intervals:
        loads = {load.ticker: load for load in transaction.loads.all(interval)}
        bad = _bad(transaction, interval, days.final - QUARTER)
        for instrument in instruments:
            if instrument.kind is Kind.INDEX and interval is not Interval.DAY:
                continue
            task = _task(transaction, instrument, interval, loads, bad, days, since, deepen=deepen)
            if task is not None:
                found.append(task)
    return found


def _task(
    transaction: Transaction,
    instrument: Instrument,
    interval: Interval,
    loads: Mapping[str, Load],
    bad: Mapping[str, date],
    days: Days,
    since: date,
    *,
    deepen: bool,
) -> Task | None:
    load = loads.get(instrument.ticker)
    first = max(since, instrument.listed or since)
    last = last_day(instrument, days)
    if first > (instrument.delisted or last):
        return None
    if load is None:
        return Task(instrument, interval, first, None)
    deeper = deepen and first < load.since
    if load.till >= last and not deeper:
        return None
    if deeper:
        return Task(instrument, interval, first, load)
    overlap = _overlap(transaction, instrument, interval, load)
    return Task(instrument, interval, max(load.since, min(overlap, bad.get(instrument.ticker, overlap))), load)


def _bad(transaction: Transaction, interval: Interval, since: date) -> dict[str, date]:
    """By ticker the day before the first bar since that day which the exchange may have mended meanwhile."""
    found: dict[str, date] = {}
    for finding in transaction.findings.all(accepted=False):
        if finding.interval is interval and finding.begin is not None and finding.begin.date() >= since:
            day = finding.begin.date() - WEEKEND
            found[finding.ticker] = min(day, found.get(finding.ticker, day))
    return found


def _overlap(transaction: Transaction, instrument: Instrument, interval: Interval, load: Load) -> date:
    """The day to ask from: some sessions before the last stored bar, wherever the last question ended.

    Not the end of the last question: an answer that broke off early is so made whole the next night.
    """
    tail = transaction.bars.last(instrument.ticker, interval, OVERLAP[interval])
    if not len(tail):
        return max(load.since, load.till - UNTRADED)
    first: datetime = tail.begin[0].item()
    return max(load.since, first.date() - WEEKEND)
