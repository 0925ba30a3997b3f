"""Trading days of the exchange: which session a day belongs to, and when a dividend leaves the price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from allocator.core.bars import Mask, Times

T_PLUS_2 = date(2013, 9, 2)  # shares settle two trading days after the deal, at once before
T_PLUS_1 = date(2023, 7, 31)  # and one day since (SETTLEDATE of recorded answers shows it)
WEEKEND_SESSIONS = date(2025, 3, 1)  # before it, a Saturday with deals is a working Saturday
DAY = np.timedelta64(1, "D")


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
    Beyond `days`, working days are taken for trading days.
    """

    days: Times
    weekend: Mapping[date, date] = field(default_factory=dict)

    def is_session(self, days: Times) -> Mask:
        """(m,) which of the days hold a main session."""
        days = days.astype("datetime64[D]")
        inside = np.isin(days, self.days)
        if not len(self.days):
            return np.is_busday(days)
        return inside | ((days > self.days[-1]) & np.is_busday(days))

    def session_of(self, days: Times) -> Times:
        """(m,) the session day that the deals of each day are booked on.

        A weekend session belongs to the next session day (seen in the exchange's own history: Saturday, Sunday
        and Monday together are its Monday); every other day is its own, so that no known deal is moved.
        """
        days = days.astype("datetime64[D]")
        found = days.copy()
        extra = ~np.is_busday(days) & (days >= np.datetime64(WEEKEND_SESSIONS)) & ~self.is_session(days)
        for position in np.flatnonzero(extra):
            day: date = days[position].item()
            found[position] = self.weekend.get(day) or self._next(days[position])
        return found

    def ex_date(self, record_date: date) -> date:
        """The first day on which a buyer no longer gets the dividend.

        A deal must settle by the record date: on the day itself before 2013-09-02, two trading days later until
        2023-07-30, one since.
        """
        day = np.datetime64(record_date)
        while not self.is_session(np.array([day]))[0]:
            day -= DAY
        while (earlier := self._previous(day)) is not None and self._settles(earlier) > np.datetime64(record_date):
            day = earlier
        if self._settles(day) <= np.datetime64(record_date):
            day = self._next(day)
        found: date = day.item()
        return found

    def _settles(self, day: np.datetime64) -> np.datetime64:
        lag = 0 if day < np.datetime64(T_PLUS_2) else 2 if day < np.datetime64(T_PLUS_1) else 1
        for _ in range(lag):
            day = self._next(day)
        return day

    def _next(self, day: np.datetime64) -> np.datetime64:
        """The next session day."""
        position = int(np.searchsorted(self.days, day, side="right"))
        if position < len(self.days):
            return self.days[position].astype("datetime64[D]")
        return np.busday_offset(day + DAY, 0, roll="forward")

    def _previous(self, day: np.datetime64) -> np.datetime64 | None:
        """The session day before; None before the first one."""
        if len(self.days) and day > self.days[-1] + DAY:
            guess = np.busday_offset(day - DAY, 0, roll="backward")
            return max(guess, self.days[-1].astype("datetime64[D]"))
        position = int(np.searchsorted(self.days, day, side="left")) - 1
        if position >= 0:
            return self.days[position].astype("datetime64[D]")
        return None if len(self.days) else np.busday_offset(day - DAY, 0, roll="backward")


def span(since: date, till: date) -> Times:
    """(n,) all calendar days from `since` to `till`, both included."""
    return np.arange(np.datetime64(since), np.datetime64(till + timedelta(days=1)), dtype="datetime64[D]")
