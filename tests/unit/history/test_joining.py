"""Weekends in their Mondays, old tickers before new ones, and the sessions that are missing."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import calendar as traded
from recorded import daily, event, needs_data
from series import calendar, same, walk, weekdays, without

from allocator.core.bars import Bars
from allocator.core.calendar import Calendar
from allocator.history import gaps, merge_weekends, splice

NOTHING = Bars.of(())
SUMMER = calendar("2025-01-01", 400)


def every_day(since: str, count: int, seed: int = 0) -> Bars:
    begin = np.datetime64(since) + np.arange(count) * np.timedelta64(1, "D")
    return replace(walk(count, seed=seed), begin=begin.astype("datetime64[s]"))


# --- weekends


def test_weekend_is_merged_into_its_monday():
    """Open of Saturday, close of Monday, extremes of all three, volume and turnover together."""
    bars = every_day("2025-05-30", 5)  # a Friday to a Tuesday
    found = merge_weekends(bars, SUMMER)
    assert ["2025-05-30", "2025-06-02", "2025-06-03"] == [str(each) for each in found.days]
    assert bars.open[1] == found.open[1]
    assert bars.close[3] == found.close[1]
    assert bars.high[1:4].max() == found.high[1]
    assert bars.low[1:4].min() == found.low[1]
    assert bars.volume[1:4].sum() == found.volume[1]
    assert bars.value[1:4].sum() == found.value[1]
    assert same(bars[[0, 4]], found[[0, 2]])


def test_what_is_not_known_of_a_weekend_hides_nothing():
    """Sums are of what is known, and not known when nothing is; extremes likewise."""
    bars = every_day("2025-05-30", 5)
    value, high = bars.value.copy(), bars.high.copy()
    value[[1, 4]], high[2] = np.nan, np.nan
    found = merge_weekends(replace(bars, value=value, high=high), SUMMER)
    assert value[2] + value[3] == found.value[1]
    assert np.isnan(found.value[2])
    assert max(high[1], high[3]) == found.high[1]
    assert np.isnan(merge_weekends(without(bars, "value"), SUMMER).value).all()


@given(count=st.integers(0, 40), seed=st.integers(0, 1000))
def test_merging_loses_nothing_and_merging_twice_is_merging_once(count, seed):
    """Volume stays in all; sessions are left; the last close is the last close."""
    bars = every_day("2025-02-20", count, seed)
    found = merge_weekends(bars, SUMMER)
    assert same(found, merge_weekends(found, SUMMER))
    assert bars.volume.sum() == pytest.approx(found.volume.sum())
    assert count == 0 or bars.close[-1] == found.close[-1]
    assert SUMMER.session_of(found.days).tolist() == found.days.tolist()


def test_bars_without_weekends_and_hours_are_left_alone():
    """The same object: nothing is copied for nothing."""
    bars = walk(30)
    assert merge_weekends(bars, SUMMER) is bars
    assert merge_weekends(NOTHING, SUMMER) is NOTHING
    hours = replace(bars, begin=np.datetime64("2025-05-31T09:00:00") + np.arange(30) * np.timedelta64(3600, "s"))
    assert merge_weekends(hours, SUMMER) is hours


# --- renames


def test_old_ticker_goes_before_the_new_one():
    """Prices of the old in units of the new: one old became ten new, so a tenth of the price, ten times the volume."""
    bars = walk(20)
    found = splice([(bars[:12], Fraction(10)), (bars[12:], Fraction(1))])
    assert bars.begin.tolist() == found.begin.tolist()
    assert np.allclose(bars.close[:12] / 10, found.close[:12], rtol=1e-12)
    assert (bars.volume[:12] * 10).tolist() == found.volume[:12].tolist()
    assert bars.value.tolist() == found.value.tolist()
    assert same(bars[12:], found[12:])


def test_newer_ticker_is_believed_where_both_traded():
    """Day by day: the new one's days are its own, the old one fills the others, also between."""
    old, new = walk(20, seed=1), walk(20, seed=2)[np.array([8, 9, 12, 13])]
    found = splice([(old, Fraction(1)), (new, Fraction(1))])
    assert old.begin.tolist() == found.begin.tolist()
    expected = old.close.copy()
    expected[[8, 9, 12, 13]] = new.close
    assert expected.tolist() == found.close.tolist()


def test_hours_of_two_tickers_are_not_mixed_within_a_day():
    """A day with any hour of the new ticker has no hour of the old one."""
    begin = np.datetime64("2024-11-28T10:00:00") + np.arange(20) * np.timedelta64(3600, "s")
    old, new = replace(walk(20, seed=1), begin=begin), replace(walk(20, seed=2), begin=begin)[3:4]
    found = splice([(old, Fraction(1)), (new, Fraction(1))])
    assert [str(new.begin[0]), str(begin[14])] == [str(each) for each in found.begin[:2]]


def test_nothing_spliced_is_nothing_and_one_part_is_itself():
    """No parts, empty parts, one part."""
    bars = walk(5)
    assert 0 == len(splice([]))
    assert same(bars, splice([(NOTHING, Fraction(3)), (bars, Fraction(1)), (NOTHING, Fraction(1))]))


@needs_data
def test_real_ticker_change_is_one_history():
    """TCSG became T on 2024-11-28: no session is missing, the days that both files have are counted once."""
    old, new = event("daily_TCSG_2024-11-11"), event("daily_T_2024-11-11")
    found = splice([(old, Fraction(1)), (new, Fraction(1))])
    assert len(np.union1d(old.days, new.days)) == len(found) == len(new) + 1
    assert [] == gaps(found.days, Calendar(weekdays("2024-11-11", 25)))


# --- gaps


def test_runs_of_missing_sessions():
    """First day, last day and how many sessions; a weekend within is none."""
    known = calendar("2024-01-08", 30)
    days = np.delete(known.days, [4, 5, 11])
    assert [(date(2024, 1, 12), date(2024, 1, 15), 2), (date(2024, 1, 23), date(2024, 1, 23), 1)] == gaps(days, known)


def test_gaps_are_between_the_first_and_the_last_bar():
    """Before a listing and after the last day nothing is missing; nothing is missing of nothing."""
    known = calendar("2024-01-08", 30)
    assert [] == gaps(known.days[10:20], known)
    assert [] == gaps(known.days[:0], known)
    assert [] == gaps(known.days[:1], known)
    assert [] == gaps(weekdays("2030-01-01", 9)[[0, 8]], known)


def test_a_weekend_bar_is_its_monday():
    """A share that traded on Sunday only has no hole where its Monday would be."""
    days = np.array(["2025-05-30", "2025-06-01", "2025-06-03"], dtype="datetime64[D]")
    assert [] == gaps(days, SUMMER)


@given(lost=st.sets(st.integers(1, 58)))
def test_gaps_are_all_that_is_lost(lost):
    """Runs are apart, in order, and together they are the days taken away."""
    known = calendar("2024-01-08", 60)
    found = gaps(np.delete(known.days, sorted(lost)), known)
    told = [each for each in known.days.tolist() if any(first <= each <= last for first, last, _ in found)]
    assert [known.days[at].item() for at in sorted(lost)] == told
    assert len(lost) == sum(count for *_, count in found)
    assert all(one[1] + timedelta(days=1) < other[0] for one, other in pairwise(found))


@needs_data
def test_real_suspension_is_a_gap():
    """GMKN before its split: 2 to 5 April 2024; TRNFP: 15 to 20 February."""
    spring = (date(2024, 4, 2), date(2024, 4, 5), 4)
    assert spring in gaps(daily()["GMKN"].days, traded())
    assert (date(2024, 2, 15), date(2024, 2, 20), 4) in gaps(daily()["TRNFP"].days, traded())
    assert [] == gaps(daily()["SBER"].days, traded())
