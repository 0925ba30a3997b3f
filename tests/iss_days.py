"""The days and hours of the local exchange, with the oddities of the real one."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

HOLIDAYS = {(1, 1), (1, 2), (1, 7), (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4), (12, 31)}
WORKING_SATURDAYS = {
    *(date(2016, 2, 20), date(2018, 4, 28), date(2018, 6, 9), date(2018, 12, 29), date(2021, 2, 20)),
    *(date(2024, 4, 27), date(2024, 11, 2), date(2024, 12, 28), date(2025, 11, 1)),
}
SHUT = date(2022, 2, 26), date(2022, 3, 23)  # the long pause
WEEKENDS = date(2025, 3, 1)  # since then there are sessions on Saturdays and Sundays
EVENINGS = ((date(2020, 6, 22), date(2022, 2, 25)), (date(2022, 9, 12), date(2100, 1, 1)))
MORNINGS = ((date(2021, 12, 6), date(2022, 2, 24)), (date(2025, 1, 27), date(2100, 1, 1)))


class Days:
    """All days from `since` to `till`: sessions, extra weekend sessions, and which session those are booked on."""

    def __init__(self, since: date, till: date) -> None:
        self.since, self.till = since, till
        every = [since + timedelta(days=n) for n in range((till - since).days + 1)]
        self.sessions = [day for day in every if is_session(day)]
        self._sessions = set(self.sessions)
        extra = [day for day in every if day >= WEEKENDS and day.weekday() >= 5 and day not in self._sessions]
        self.weekend = {day: self.next_session(day) for day in extra if (day.month, day.day) not in HOLIDAYS}
        self.trading = np.array(sorted({*self.sessions, *self.weekend}), dtype="M8[D]")

    def adopt(self, sessions: np.ndarray) -> None:
        """The sessions were these, up to the last of them."""
        last = sessions[-1].item()
        self.sessions = [*sessions.tolist(), *(day for day in self.sessions if day > last)]
        self._sessions = set(self.sessions)
        self.trading = np.array(sorted({*self.sessions, *self.weekend}), dtype="M8[D]")

    def is_session(self, day: date) -> bool:
        return day in self._sessions

    def next_session(self, day: date) -> date:
        day += timedelta(days=1)
        while not is_session(day):
            day += timedelta(days=1)
        return day

    def booked(self, days: np.ndarray) -> np.ndarray:
        """The session that each day's deals are booked on."""
        return np.array([self.weekend.get(day, day) for day in days.tolist()], dtype="M8[D]")

    def hours(self, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How many hours each day has, and the first of them."""
        first = np.where(within(days, MORNINGS), 6, 9)
        last = np.where(within(days, EVENINGS), 23, 18)
        extra = np.isin(days, np.array(list(self.weekend), dtype="M8[D]"))
        first[extra], last[extra] = 9, 18
        short = days == np.datetime64("2022-03-24")  # the first day after the pause
        first[short], last[short] = 9, 13
        return last - first + 1, first


def is_session(day: date) -> bool:
    if SHUT[0] <= day <= SHUT[1] or (day.month, day.day) in HOLIDAYS:
        return False
    return day.weekday() < 5 or day in WORKING_SATURDAYS


def within(days: np.ndarray, spans: tuple[tuple[date, date], ...]) -> np.ndarray:
    inside = np.zeros(len(days), dtype=bool)
    for since, till in spans:
        inside |= (days >= np.datetime64(since)) & (days <= np.datetime64(till))
    return inside
