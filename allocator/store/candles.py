"""Bars, how far they are loaded, and what is wrong with some."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from allocator.core.bars import FIELDS, Bars, Interval
from allocator.core.finding import Fault, Finding
from allocator.core.instrument import Kind
from allocator.store import rows
from allocator.store.failures import not_stored
from allocator.store.link import Link
from allocator.store.moments import DAY_S, EPOCH, moment_of, seconds_of, times_of_seconds
from allocator.store.nouns import Coverage, Load
from allocator.store.schema import BARS, FINDINGS, INSTRUMENTS, LOADS, SEEN_DAYS, WHOLE, hours
from allocator.store.sentences import read, storable, written


class BarTable:
    """Raw candles. A ticker must be among the instruments before it has bars.

    Raises (all methods): `StoreError`, also for a ticker that is not there.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._known: dict[str, tuple[int, str]] = {}  # ticker: (id, kind)

    def read(self, ticker: str, interval: Interval, start: datetime | None = None, end: datetime | None = None) -> Bars:
        """Bars that begin from `start` to `end`, both included; sorted."""
        span = (None if start is None else seconds_of(start), None if end is None else seconds_of(end))
        return _bars(rows.fetch(self._link, FIELDS, interval, [self._id(ticker)], *span))

    def last(self, ticker: str, interval: Interval, n: int) -> Bars:
        """The last `n` bars, or as many as there are; sorted."""
        if n < 1:
            return Bars.of(())
        table = BARS.c
        first = self._link.one(
            sa.select(table.begin)
            .where(table.interval_h == hours(interval), table.instrument_id == self._id(ticker))
            .order_by(table.begin.desc())
            .offset(n - 1)
            .limit(1)
        )
        return self.read(ticker, interval, moment_of(first.begin) if first else None)

    def put(self, ticker: str, interval: Interval, bars: Bars) -> int:
        """Insert or replace by `begin`; of several bars of one time the last counts.

        Returns how many rows are new or changed.
        """
        if not len(bars):
            return 0
        number = self._id(ticker)
        changed = rows.put(self._link, interval, number, bars)
        if changed and interval is Interval.DAY and self._known[ticker][1] != Kind.INDEX.value:
            rows.see(self._link, bars)  # asked of the bars themselves, the days of trading would take a sweep over all
        return changed

    def drop(self, ticker: str, interval: Interval, start: datetime | None = None) -> int:
        """Forget the bars that begin at `start` or later, all without it. Returns how many."""
        number = self._id(ticker)
        mine = sa.and_(BARS.c.interval_h == hours(interval), BARS.c.instrument_id == number)
        if start is not None:
            mine = sa.and_(mine, BARS.c.begin >= seconds_of(start))
        begins = [row.begin for row in self._link.rows(sa.select(BARS.c.begin).where(mine))]
        self._link.run(sa.delete(BARS).where(mine))
        if interval is Interval.DAY and begins:
            self._unsee(begins)
        return len(begins)

    def coverage(self, interval: Interval) -> list[Coverage]:
        """Of each ticker that has bars; by ticker."""
        found = self._link.rows(
            sa.select(INSTRUMENTS.c.ticker, sa.func.count(), sa.func.min(BARS.c.begin), sa.func.max(BARS.c.begin))
            .join_from(BARS, INSTRUMENTS)
            .where(BARS.c.interval_h == hours(interval))
            .group_by(INSTRUMENTS.c.ticker)
        )
        return sorted(
            (Coverage(ticker, count, moment_of(first), moment_of(last)) for ticker, count, first, last in found),
            key=lambda each: each.ticker,
        )

    def _id(self, ticker: str) -> int:
        if ticker not in self._known:
            table = INSTRUMENTS.c
            row = self._link.one(sa.select(table.id, table.kind).where(table.ticker == ticker))
            if row is None:
                raise not_stored(ticker)
            self._known[ticker] = row.id, row.kind
        return self._known[ticker][0]

    def _unsee(self, begins: Iterable[int]) -> None:
        """Forget the days on which no other security has a bar."""
        days = sorted({begin // DAY_S for begin in begins})
        others = (
            sa.select(BARS.c.begin)
            .join_from(BARS, INSTRUMENTS)
            .where(
                BARS.c.interval_h == hours(Interval.DAY),
                INSTRUMENTS.c.kind != Kind.INDEX.value,
                BARS.c.begin.between(days[0] * DAY_S, (days[-1] + 1) * DAY_S - 1),
            )
            .distinct()
        )
        left = {row.begin // DAY_S for row in self._link.rows(others)}
        gone = [{"gone": moment_of(day * DAY_S).date()} for day in days if day not in left]
        if gone:
            self._link.run(sa.delete(SEEN_DAYS).where(SEEN_DAYS.c.day == sa.bindparam("gone")), gone)


class Loads:
    """Which days of which ticker the exchange has answered for."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, ticker: str, interval: Interval) -> Load | None:
        table = LOADS.c
        row = self._link.one(sa.select(LOADS).where(table.ticker == ticker, table.interval_h == interval))
        return Load(row.ticker, row.interval_h, row.since, row.till) if row else None

    def all(self, interval: Interval) -> list[Load]:
        """By ticker."""
        found = self._link.rows(sa.select(LOADS).where(LOADS.c.interval_h == interval))
        return sorted(
            (Load(row.ticker, row.interval_h, row.since, row.till) for row in found), key=lambda each: each.ticker
        )

    def put(self, load: Load) -> None:
        """Add, or replace by ticker and interval."""
        row = {"ticker": load.ticker, "interval_h": load.interval, "since": load.since, "till": load.till}
        self._link.upsert(LOADS, [row])

    def remove(self, ticker: str, interval: Interval) -> int:
        """Forget that the exchange has answered: the next refresh asks for all of it anew. How many were there."""
        table = LOADS.c
        return self._link.run(sa.delete(LOADS).where(table.ticker == ticker, table.interval_h == interval))


class Findings:
    """Bad data in words; one for a ticker, interval, time and fault."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def all(self, *, accepted: bool | None = None) -> list[Finding]:
        """By ticker, interval (daily first) and time; of those that a person accepted, or of the others, when asked."""
        statement = sa.select(FINDINGS)
        if accepted is not None:
            statement = statement.where(FINDINGS.c.accepted == accepted)
        return self._found(statement)

    def of(self, ticker: str, interval: Interval) -> list[Finding]:
        """By time, those about the whole ticker first."""
        table = FINDINGS.c
        return self._found(sa.select(FINDINGS).where(table.ticker == ticker, table.interval_h == interval))

    def put(self, findings: Iterable[Finding]) -> None:
        """Add, or replace by ticker, interval, time and fault.

        What a person accepted stays accepted while it is about the same bar; of a whole ticker, in the same words.
        """
        old = FINDINGS.c
        new = self._link.insert(FINDINGS).excluded
        same = sa.and_(
            new.bar.is_not_distinct_from(old.bar), sa.or_(old.begin != WHOLE, new.field_values == old.field_values)
        )
        self._link.upsert(
            FINDINGS,
            [
                {
                    "ticker": each.ticker,
                    "interval_h": each.interval,
                    "begin": WHOLE if each.begin is None else seconds_of(each.begin),
                    "fault": each.fault.value,
                    **written(each.detail),
                    "bar": None if each.row is None else storable(each.row),
                    "accepted": each.accepted,
                }
                for each in findings
            ],
            accepted=sa.or_(new.accepted, sa.and_(old.accepted, same)),
        )

    def clear(self, ticker: str, interval: Interval, faults: set[Fault], since: datetime | None = None) -> int:
        """Forget findings of these faults; with `since`, only of bars from then on. Returns how many."""
        table = FINDINGS.c
        which = sa.and_(
            table.ticker == ticker, table.interval_h == interval, table.fault.in_([fault.value for fault in faults])
        )
        if since is not None:
            which = sa.and_(which, table.begin >= seconds_of(since))
        return self._link.run(sa.delete(FINDINGS).where(which))

    def accept(self, ticker: str, interval: Interval | None = None, begin: date | None = None) -> int:
        """A person believes the exchange: of one bar, of an interval, or of all of the ticker. Returns how many."""
        table = FINDINGS.c
        which = sa.and_(table.ticker == ticker, sa.not_(table.accepted))
        if interval is not None:
            which = sa.and_(which, table.interval_h == interval)
        if begin is not None:
            which = sa.and_(which, table.begin == seconds_of(begin))
        return self._link.run(sa.update(FINDINGS).where(which).values(accepted=True))

    def _found(self, statement: sa.Select[Any]) -> list[Finding]:
        found = [
            Finding(
                row.ticker,
                row.interval_h,
                None if row.begin == WHOLE else moment_of(row.begin),
                Fault(row.fault),
                read(row.template, row.field_values),
                row.bar,
                row.accepted,
            )
            for row in self._link.rows(statement)
        ]
        return sorted(
            found,
            key=lambda each: (each.ticker, -each.interval.seconds, each.begin or EPOCH, each.fault.value),
        )


def _bars(found: rows.Rows) -> Bars:
    # A copy of each column: what is left of the rows need not be kept.
    return Bars(times_of_seconds(found.begin.copy()), *(found.values[name].copy() for name in FIELDS))
