"""The trading calendar: what the exchange declared, and what its bars show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import sqlalchemy as sa

from allocator.core.bars import Mask, Times
from allocator.core.calendar import WEEKEND_SESSIONS, Calendar, CalendarDay
from allocator.store.link import Link
from allocator.store.schema import CALENDAR_DAYS, SEEN_DAYS


class CalendarTable:
    """Declared days; days of bars speak where the exchange said nothing."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self) -> Calendar:
        """The calendar.

        A day that was not declared holds a session when a security has a daily bar on it, unless it is a weekend since
        weekend sessions began; and when it is a working day between the last bar and the last declared day.
        """
        declared = self._link.rows(sa.select(CALENDAR_DAYS))
        seen = _days(row.day for row in self._link.rows(sa.select(SEEN_DAYS.c.day)))
        known = _days(row.day for row in declared)
        silent = seen[~np.isin(seen, known) & ~_is_extra(seen)]
        ahead = np.setdiff1d(_working(seen, known), known)
        sessions = _days(row.day for row in declared if row.is_session)
        weekend = {row.day: row.session for row in declared if row.session and not row.is_session}
        return Calendar(np.unique(np.concatenate([sessions, silent, ahead])), weekend)

    def put(self, days: Iterable[CalendarDay]) -> None:
        """Add, or replace by day."""
        self._link.upsert(
            CALENDAR_DAYS,
            [{"day": each.day, "is_session": each.is_session, "session": each.session} for each in days],
        )

    def seen(self) -> date | None:
        """The last day on which a security has a daily bar."""
        row = self._link.one(sa.select(sa.func.max(SEEN_DAYS.c.day)))
        return row[0] if row else None

    def span(self) -> tuple[date, date] | None:
        """The first and the last declared day."""
        day = CALENDAR_DAYS.c.day
        row = self._link.one(sa.select(sa.func.min(day), sa.func.max(day)))
        return (row[0], row[1]) if row and row[0] else None


def _days(days: Iterable[date]) -> Times:
    return np.array(list(days), dtype="datetime64[D]")


def _is_extra(days: Times) -> Mask:
    return ~np.is_busday(days) & (days >= np.datetime64(WEEKEND_SESSIONS))


def _working(seen: Times, known: Times) -> Times:
    """Working days after the last bar, up to the last declared day."""
    if not len(seen) or not len(known) or known.max() <= seen.max():
        return _days(())
    days = np.arange(seen.max() + np.timedelta64(1, "D"), known.max())
    ahead: Times = days[np.is_busday(days)]
    return ahead
