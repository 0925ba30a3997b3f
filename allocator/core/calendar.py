"""Trading days of the exchange: which session a day belongs to, and when a dividend leaves the price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Mask, Times

T_PLUS_2 = date(2013, 9, 2)  # shares settle two trading days after the deal, at once before
T_PLUS_1 = date(2023, 7, 31)  # and one day since (SETTLEDATE of recorded answers shows it)
WEEKEND_SESSIONS = date(2025, 3, 1)  # before it, a Saturday with deals is a working Saturday
DAY = np.timedelta64(1, "D")

Positions = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """What the exchange says of a day: `session` is the day that its deals are booked on, None without any."""

    day: date
    is_session: bool  # a main session is held
    session: date | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """`days` (n,) are the days with a main session, `datetime64[D]`, strictly increasing; working Saturdays too.

    `weekend` maps a day of an extra session to the session day that it is booked on, where the exchange told.
    Outside of the span of `days`, on either side, Mondays to Fridays are taken for session days.
    """

    days: Times
    weekend: Mapping[date, date] = field(default_factory=dict)

    def is_session(self, days: Times) -> Mask:
        """(m,) which of the days hold a main session."""
        days = days.astype("datetime64[D]")
        found: Mask = self._sessions(self._latest(days)) == days
        return found

    def session_of(self, days: Times) -> Times:
        """(m,) the session day that the deals of each day are booked on.

        A weekend session belongs to the next session day (seen in the exchange's own history: Saturday, Sunday
        and Monday together are its Monday), and a day that the exchange declared to where it said. Every other day
        is its own, so that no known deal is moved.
        """
        days = days.astype("datetime64[D]")
        found = days.copy()
        extra = (days >= np.datetime64(WEEKEND_SESSIONS)) & ~np.is_busday(days)
        if self.weekend:
            extra |= np.isin(days, np.array(list(self.weekend), dtype="datetime64[D]"))
        at = np.flatnonzero(extra)
        if len(at):
            at = at[~self.is_session(days[at])]
        if not len(at):
            return found
        distinct, back = np.unique(days[at], return_inverse=True)
        moved = self._sessions(self._latest(distinct) + 1)
        for position, day in enumerate(distinct.tolist()):
            if day in self.weekend:
                moved[position] = np.datetime64(self.weekend[day])
        found[at] = moved[back]
        return found

    def ex_date(self, record_date: date) -> date:
        """The first day on which a buyer no longer gets the dividend; see `ex_dates`."""
        day: date = self.ex_dates(np.array([record_date], dtype="datetime64[D]"))[0].item()
        return day

    def ex_dates(self, record_dates: Times) -> Times:
        """(m,) the first session day whose deals settle too late for the register of each record date.

        Deals settle on the day itself before 2013-09-02, two session days later until 2023-07-28, one since. So
        of a record date on a session day R, the ex-date is the session after R, the one before R, and R itself.
        (The exchange's "record date -1 / -2" names the day before: the last one that brings the dividend.)
        """
        record = self._latest(record_dates.astype("datetime64[D]"))
        ex = record + 1
        for earlier in (record, record - 1):
            ex = np.where(earlier + self._lag(earlier) > record, earlier, ex)
        return self._sessions(ex)

    def _lag(self, positions: Positions) -> Positions:
        """(m,) session days from a deal to its settlement."""
        days = self._sessions(positions)
        lags: Positions = np.where(
            days < np.datetime64(T_PLUS_2), 0, np.where(days < np.datetime64(T_PLUS_1), 2, 1)
        ).astype(np.int64)
        return lags

    def _latest(self, days: Times) -> Positions:
        """(m,) the position of the last session on each day or before; beyond `days` positions go on by weekdays."""
        first, last = self._ends()
        found = np.searchsorted(self.days, days, side="right").astype(np.int64) - 1
        after = np.busday_count(last + DAY, np.maximum(days, last) + DAY)
        before = np.busday_count(np.minimum(days, first - DAY) + DAY, first)
        return np.where(days < first, -1 - before, found + after)

    def _sessions(self, positions: Positions) -> Times:
        """(m,) the days at the positions of `_latest`."""
        first, last = self._ends()
        n = len(self.days)
        beyond = np.busday_offset(last + DAY, np.maximum(positions - n, 0), roll="forward")
        ahead = np.busday_offset(first - DAY, np.minimum(positions + 1, 0), roll="backward")
        if not n:
            return np.where(positions < 0, ahead, beyond)
        inside = self.days[np.clip(positions, 0, n - 1)].astype("datetime64[D]")
        return np.where(positions < 0, ahead, np.where(positions < n, inside, beyond))

    def _ends(self) -> tuple[np.datetime64, np.datetime64]:
        """The first and the last known session; of none, a Friday and the day before it, so that nothing is between."""
        if not len(self.days):
            return np.datetime64("1999-12-31"), np.datetime64("1999-12-30")
        return self.days[0].astype("datetime64[D]"), self.days[-1].astype("datetime64[D]")


def span(since: date, till: date) -> Times:
    """(n,) all calendar days from `since` to `till`, both included."""
    return np.arange(np.datetime64(since), np.datetime64(till + timedelta(days=1)), dtype="datetime64[D]")
