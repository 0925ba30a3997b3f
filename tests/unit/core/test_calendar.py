"""Which session a day belongs to, and when a dividend leaves the price."""

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.calendar import T_PLUS_1, T_PLUS_2, Calendar, span

DATA = Path(__file__).parents[4] / "shared" / "data"
NONE = np.array([], dtype="datetime64[D]")


def days(*names: str) -> np.ndarray:
    return np.array(names, dtype="datetime64[D]")


def weekdays(since: str, till: str, *holidays: str) -> Calendar:
    every = span(date.fromisoformat(since), date.fromisoformat(till))
    every = every[np.is_busday(every)]
    return Calendar(every[~np.isin(every, days(*holidays))])


def test_span_has_both_ends():
    """Every calendar day, the last one too."""
    assert days("2024-12-31", "2025-01-01").tolist() == span(date(2024, 12, 31), date(2025, 1, 1)).tolist()


@pytest.mark.parametrize(
    ("record", "ex"),
    [
        ("2023-07-25", "2023-07-24"),  # T+2: 21 July is the last day that settles by the 25th
        ("2023-07-28", "2023-07-27"),
        ("2023-07-31", "2023-07-28"),
        ("2023-08-01", "2023-08-01"),  # deals of 28 July (T+2) and of 31 July (T+1) settle on this day both
        ("2023-08-02", "2023-08-02"),
        ("2024-06-09", "2024-06-07"),  # a Sunday: the register is that of Friday's settlement
        ("2013-08-30", "2013-09-02"),  # before September 2013 deals settled at once
    ],
)
def test_ex_date_follows_the_settlement_of_its_time(record, ex):
    """The first day without the dividend, on both sides of both changes of the rule."""
    assert date.fromisoformat(ex) == weekdays("2013-01-01", "2024-12-31").ex_date(date.fromisoformat(record))


def test_ex_date_counts_session_days():
    """Holidays do not settle: under T+2 the record date after the New Year holidays reaches back over them."""
    calendar = weekdays("2018-12-01", "2019-02-01", "2019-01-01", "2019-01-02", "2019-01-07")
    assert date(2018, 12, 31) == calendar.ex_date(date(2019, 1, 3))


def test_ex_date_beyond_the_calendar_counts_weekdays():
    """Of a record date to come only weekends are known; of one before all known days, too."""
    calendar = weekdays("2024-01-08", "2024-06-28")
    assert date(2024, 7, 15) == calendar.ex_date(date(2024, 7, 15))
    assert date(2024, 7, 12) == calendar.ex_date(date(2024, 7, 14))
    assert date(2010, 5, 14) == calendar.ex_date(date(2010, 5, 13))
    assert date(2015, 5, 13) == calendar.ex_date(date(2015, 5, 14))
    assert date(2015, 5, 13) == Calendar(NONE).ex_date(date(2015, 5, 14))


def slow_ex_date(sessions: list[date], record: date) -> date:
    """The rule word for word: the first session whose deals settle after the record date."""
    for position, day in enumerate(sessions):
        lag = 0 if day < T_PLUS_2 else 2 if day < T_PLUS_1 else 1
        if sessions[position + lag] > record:
            return day
    raise AssertionError


@given(
    start=st.dates(date(2013, 7, 1), date(2013, 9, 15)) | st.dates(date(2023, 6, 1), date(2023, 8, 20)),
    steps=st.lists(st.integers(1, 5), min_size=25, max_size=40),
    at=st.floats(0.3, 0.7),
)
def test_ex_date_is_the_rule_word_for_word(start, steps, at):
    """On any calendar, holidays and working Saturdays where they may be."""
    sessions = [start]
    for step in steps:
        sessions.append(sessions[-1] + timedelta(days=step))
    record = start + timedelta(days=int(at * (sessions[-1] - start).days))
    calendar = Calendar(np.array(sessions, dtype="datetime64[D]"))
    assert slow_ex_date(sessions, record) == calendar.ex_date(record)


def test_many_ex_dates_are_those_one_by_one():
    """The whole column at once."""
    calendar = weekdays("2015-01-01", "2024-12-31", "2020-01-01")
    records = span(date(2014, 12, 1), date(2025, 1, 20))
    assert [calendar.ex_date(day) for day in records.tolist()[::37]] == calendar.ex_dates(records)[::37].tolist()


def test_weekend_session_belongs_to_the_next_session():
    """Saturday and Sunday since March 2025 are booked on Monday, or later when Monday is a holiday."""
    calendar = weekdays("2025-05-01", "2025-06-30", "2025-06-12", "2025-06-13", "2025-06-16")
    saturday, sunday = "2025-05-31", "2025-06-01"
    assert days("2025-06-02", "2025-06-02").tolist() == calendar.session_of(days(saturday, sunday)).tolist()
    assert days("2025-06-17").tolist() == calendar.session_of(days("2025-06-14")).tolist()


def test_weekend_after_the_known_days_belongs_to_the_next_weekday():
    """Last night's calendar does not know next Monday yet."""
    calendar = weekdays("2025-05-01", "2025-05-30")
    assert days("2025-06-02", "2025-06-02").tolist() == calendar.session_of(days("2025-05-31", "2025-06-01")).tolist()


def test_declared_session_is_believed():
    """Where the exchange told, a weekend day or a holiday goes where it said."""
    told = {date(2025, 5, 31): date(2025, 6, 3), date(2025, 6, 12): date(2025, 6, 16)}
    calendar = Calendar(weekdays("2025-05-01", "2025-06-30", "2025-06-12").days, told)
    assert days("2025-06-03", "2025-06-16").tolist() == calendar.session_of(days("2025-05-31", "2025-06-12")).tolist()


def test_no_other_day_is_moved():
    """Working Saturdays, a Saturday of the years without weekend sessions, and every weekday stay their own."""
    calendar = Calendar(np.union1d(weekdays("2019-01-01", "2025-12-31").days, days("2025-11-01")))
    own = days("2025-11-01", "2021-02-20", "2020-06-06", "2025-06-02", "2031-01-01")
    assert own.tolist() == calendar.session_of(own).tolist()


def test_session_of_hours_is_that_of_their_days():
    """Times of day may be asked as well; the answer is days."""
    calendar = weekdays("2025-05-01", "2025-06-30")
    hours = np.array(["2025-05-30T23:00:00", "2025-06-01T10:00:00"], dtype="datetime64[s]")
    assert days("2025-05-30", "2025-06-02").tolist() == calendar.session_of(hours).tolist()


@given(day=st.dates(date(2018, 1, 1), date(2027, 1, 1)))
def test_session_of_a_session_is_itself(day):
    """A session is never before its day, is a session itself when extra, and is its own session."""
    calendar = weekdays("2019-01-01", "2025-12-31", "2025-06-12", "2025-06-13")
    asked = np.array([day], dtype="datetime64[D]")
    found = calendar.session_of(asked)
    assert found[0] >= asked[0]
    assert found.tolist() == calendar.session_of(found).tolist()
    assert found[0] == asked[0] or calendar.is_session(found)[0]


def test_is_session_knows_holidays_and_guesses_beyond():
    """Inside of the known days a holiday is none; outside weekdays count."""
    calendar = weekdays("2024-01-01", "2024-12-31", "2024-05-01")
    asked = days("2024-05-01", "2024-05-02", "2024-05-04", "2025-01-03", "2025-01-04", "2023-12-29", "2023-12-30")
    assert [False, True, False, True, False, True, False] == calendar.is_session(asked).tolist()
    assert [True, False] == Calendar(NONE).is_session(days("2024-05-01", "2024-05-04")).tolist()


@pytest.mark.skipif(not DATA.is_dir(), reason="the recorded data (../shared/data) is not here")
def test_real_calendar_gives_known_ex_dates():
    """SBER: 2020-10-05 left the price on 2020-10-02 (T+2), 2023-05-11 on 2023-05-10, over the May holidays."""
    with (DATA / "calendar" / "tqbr_trading_days.csv").open(encoding="utf-8") as lines:
        calendar = Calendar(days(*(row["date"] for row in csv.DictReader(lines))))
    assert date(2020, 10, 2) == calendar.ex_date(date(2020, 10, 5))
    assert date(2023, 5, 10) == calendar.ex_date(date(2023, 5, 11))
