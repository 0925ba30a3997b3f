"""Whether the exchange says today what it said before."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from recorded import daily, event, hourly, needs_data, splits
from series import PRICES, calendar, day, times, walk, without

from allocator.core.bars import Bars
from allocator.core.calendar import Calendar
from allocator.history import Comparison, compare, merge_weekends, unadjust

CALENDAR = calendar()


def changed(bars: Bars, name: str, at: int, factor: float = 1.01) -> Bars:
    column = getattr(bars, name).copy()
    column[at] *= factor
    return replace(bars, **{name: column})


def days_of(hours: Bars) -> Bars:
    """The daily candles that the exchange makes of hours, weekends under their own dates."""
    first = np.flatnonzero(np.r_[True, hours.days[1:] != hours.days[:-1]])
    last = np.r_[first[1:], len(hours)] - 1
    return Bars(
        hours.days[first].astype("datetime64[s]"),
        hours.open[first],
        np.maximum.reduceat(hours.high, first),
        np.minimum.reduceat(hours.low, first),
        hours.close[last],
        np.add.reduceat(hours.volume, first),
        np.add.reduceat(hours.value, first),
    )


def test_the_same_bars_agree():
    """Every session of the overlap is compared, also when decimals went through arithmetic."""
    bars = walk(20)
    again = times(times(bars, 0.01, 20), 100.0, 20)
    found = compare(bars[:15], again[5:], CALENDAR)
    assert Comparison(10) == found
    assert found.same


@pytest.mark.parametrize("name", PRICES)
def test_a_changed_price_is_rewritten_history(name):
    """Any of the four prices; the sentence counts and shows the first."""
    bars = walk(20)
    found = compare(bars, changed(bars, name, 7, 1.0001), CALENDAR)
    assert not found.same
    assert str(found.rewritten).startswith(f"the exchange changed prices of 1 of 20 bars; first at {day(bars, 7)}")


@pytest.mark.parametrize("name", ["volume", "value"])
def test_a_changed_volume_is_a_correction(name):
    """Prices stay: the day is to be stored anew, nothing is in doubt."""
    bars = walk(20)
    found = compare(bars, changed(bars, name, 7), CALENDAR)
    assert Comparison(20, corrected=(day(bars, 7),)) == found
    assert not found.same


def test_what_was_not_known_is_a_correction_and_what_is_not_known_is_none():
    """Turnover that the store lacks is news; turnover that the source lacks is not."""
    bars = walk(5)
    assert 5 == len(compare(without(bars, "value"), bars, CALENDAR).corrected)
    assert compare(bars, without(bars, "value"), CALENDAR).same
    assert 5 == len(compare(without(bars, "open", "high", "low"), bars, CALENDAR).corrected)


def test_bars_that_came_and_went():
    """Sessions inside of the overlap that one side lacks; beyond it nobody misses anything."""
    bars = walk(20)
    ours, theirs = np.ones(20, dtype=bool), np.ones(20, dtype=bool)
    ours[[4, 18, 19]] = False
    theirs[[0, 1, 9]] = False
    found = compare(bars[ours], bars[theirs], CALENDAR)
    assert Comparison(14, added=(day(bars, 4),), missing=(day(bars, 9),)) == found


def test_nothing_to_compare():
    """Empty sides, or sides that do not meet."""
    bars = walk(20)
    assert Comparison(0) == compare(bars[:0], bars, CALENDAR)
    assert Comparison(0) == compare(bars, bars[:0], CALENDAR)
    assert Comparison(0) == compare(bars[:8], bars[12:], CALENDAR)


def test_hours_are_compared_hour_by_hour():
    """A changed hour, by its time."""
    days = walk(20)
    hours = replace(days, begin=np.datetime64("2025-05-31T06:00:00") + np.arange(20) * np.timedelta64(3600, "s"))
    assert Comparison(20) == compare(hours, hours, CALENDAR)
    found = compare(hours, changed(hours, "close", 3), CALENDAR)
    assert "first at 2025-05-31 09:00:00" in str(found.rewritten)


# --- weekends: 31 May 2025 is a Saturday, 2 June a Monday


def june(*names: str) -> Bars:
    """Days of one made-up share: each name is a day of May (29 to 31) or June (1 to 3) 2025."""
    full = {"29": 0, "30": 1, "31": 2, "1": 3, "2": 4, "3": 5, "4": 6}
    bars = replace(walk(7), begin=np.arange("2025-05-29", "2025-06-05", dtype="datetime64[D]").astype("datetime64[s]"))
    return bars[np.array([full[name] for name in names], dtype=np.intp)]


SUMMER = calendar("2025-01-01", 400)
WHOLE = ("29", "30", "31", "1", "2", "3")


def test_merged_weekends_agree_with_those_apart():
    """Stored from `history` (merged) or from candles (apart), fetched as the other."""
    apart = june(*WHOLE)
    merged = merge_weekends(apart, SUMMER)
    assert Comparison(4) == compare(merged, apart, SUMMER)
    assert Comparison(4) == compare(apart, merged, SUMMER)
    assert Comparison(6) == compare(apart, apart, SUMMER)


@pytest.mark.parametrize("first", ["1", "2"])
def test_a_session_whose_weekend_is_cut_off_is_not_judged(first):
    """Candles asked from Sunday or Monday on lack a part of the stored Monday: only Tuesday is compared."""
    apart = june(*WHOLE)
    cut = june(*WHOLE[WHOLE.index(first) :])
    assert Comparison(1) == compare(merge_weekends(apart, SUMMER), cut, SUMMER)
    assert Comparison(1) == compare(cut, merge_weekends(apart, SUMMER), SUMMER)


def test_a_session_asked_from_its_saturday_is_judged():
    """From Saturday on the Monday is whole."""
    merged = merge_weekends(june(*WHOLE), SUMMER)
    assert Comparison(2) == compare(merged, june("31", "1", "2", "3"), SUMMER)


def test_a_weekend_whose_monday_is_still_to_come():
    """Loaded on Sunday night: the next answer has the Monday, and the same Saturday and Sunday."""
    stored, fetched = june("29", "30", "31", "1"), june(*WHOLE)
    assert Comparison(4) == compare(stored, fetched, SUMMER)
    assert "1 of 4 bars" in str(compare(stored, changed(fetched, "high", 3), SUMMER).rewritten)


def test_a_changed_weekend_changes_its_monday():
    """The store has merged Mondays: a Saturday that is rewritten shows."""
    merged = merge_weekends(june(*WHOLE), SUMMER)
    found = compare(merged, changed(june(*WHOLE), "high", 2, 2.0), SUMMER)
    assert "first at 2025-06-02" in str(found.rewritten)
    assert (date(2025, 6, 2),) == compare(merged, changed(june(*WHOLE), "volume", 3), SUMMER).corrected


@given(
    kept=st.sets(st.sampled_from(WHOLE), min_size=1),
    asked=st.sets(st.sampled_from(WHOLE), min_size=1),
    merged=st.sampled_from([(0, 0), (0, 1), (1, 0), (1, 1)]),
)
def test_whatever_days_either_side_has_of_one_truth_no_history_is_rewritten(kept, asked, merged):
    """A share that did not trade on the other days of either side, merged or not: never a false alarm.

    Only a Monday that has other weekend days on the two sides is truly another bar.
    """
    monday = {"31", "1", "2"}
    assume(kept & monday == asked & monday or (not any(merged) and not {"2"} <= kept & asked))
    stored, fetched = (june(*(name for name in WHOLE if name in days)) for days in (kept, asked))
    ours, theirs = (
        merge_weekends(bars, SUMMER) if merge else bars for bars, merge in zip((stored, fetched), merged, strict=True)
    )
    assert None is compare(ours, theirs, SUMMER).rewritten


# --- the exchange's own bars


@needs_data
def test_history_and_candles_of_one_exchange_agree():
    """Raw `history` of 17 leaders against their hours, un-adjusted and summed to days: all five fields, every day."""
    known = Calendar(np.unique(np.concatenate([bars.days for bars in daily().values()])))
    compared = 0
    for ticker, hours in hourly("leaders_2022_2024").items():
        raw = unadjust(ticker, hours, splits(), reference=daily()[ticker]).bars
        found = compare(daily()[ticker], days_of(raw), known)
        assert found.same, ticker
        compared += found.sessions
    assert 12_470 - 17 <= compared


@needs_data
def test_history_makes_its_monday_of_three_days():
    """SBER's Monday of `history`: open of Saturday, extremes and volume of all three days, close of Monday.

    The recorded hours end within Wednesday; the days before it agree in open, high, low, close and volume.
    """
    history = event("daily_SBER_2025-05-29")
    candles = days_of(event("hourly_SBER_2025-05-29"))
    candles = candles[candles.days < np.datetime64("2025-06-04")]
    assert 6 == len(candles)
    assert Comparison(4) == compare(history, candles, Calendar(history.days))
    monday = merge_weekends(candles, Calendar(history.days))[2:3]
    assert (309.31, 311.99, 300.51, 309.63, 54_580_610.0) == tuple(
        float(getattr(monday, name)[0]) for name in (*PRICES, "volume")
    )
