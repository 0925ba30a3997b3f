"""Candles put back to what was paid on the day, and splits that explain a rewritten history."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import daily, event, hourly, needs_data, splits
from series import PRICES, RATIOS, day, same, split_at, times, walk, without

from allocator.core.bars import Bars
from allocator.core.instrument import Split
from allocator.history import detect_split, unadjust
from allocator.history.ratios import clean

GMKN = Split("GMKN", date(2024, 4, 8), 1, 100, "iss")


def closes_of_days(hours: Bars) -> Bars:
    """The last hour of each day, under the day."""
    last = hours[np.flatnonzero(np.r_[hours.days[1:] != hours.days[:-1], True])]
    return replace(last, begin=last.days.astype("datetime64[s]"))


def share_of_equal_closes(one: Bars, other: Bars) -> tuple[float, int]:
    _, here, there = np.intersect1d(one.begin, other.begin, return_indices=True)
    return float(np.mean(one.close[here] == other.close[there])), len(here)


# --- the exchange's own bars


@needs_data
@pytest.mark.parametrize("by_store", [False, True])
def test_worked_in_split_is_taken_out_of_real_hours(by_store):
    """GMKN's hours of three years (no turnover) come back to raw closes to the last kopeck: told by the stored days,
    and without them by the price, which goes on over the split.
    """
    raw = daily()["GMKN"]
    given_hours = hourly("leaders_2022_2024")["GMKN"]
    found = unadjust("GMKN", given_hours, splits(), reference=raw if by_store else None)
    assert [GMKN.day] == [split.day for split in found.worked_in]
    assert ((), ()) == (found.detected, found.notes)
    assert (1.0, 740) == share_of_equal_closes(closes_of_days(found.bars), raw)
    assert given_hours.volume.tolist() == found.bars.volume.tolist()


@needs_data
def test_undeclared_split_is_found_in_real_hours_by_the_stored_days():
    """The same without a declared split: found, dated to the first day at the new price."""
    found = unadjust("GMKN", hourly("leaders_2022_2024")["GMKN"], (), reference=daily()["GMKN"])
    assert (replace(GMKN, source="detected"),) == found.detected
    assert (1.0, 740) == share_of_equal_closes(closes_of_days(found.bars), daily()["GMKN"])


@needs_data
def test_split_after_the_last_bar_is_told_by_the_store_alone():
    """PLZL's hours to 2024 have the split of 2025 worked in: the stored days tell, and without them a note does."""
    hours, raw = hourly("leaders_2022_2024")["PLZL"], daily()["PLZL"]
    told = unadjust("PLZL", hours, splits(), reference=raw)
    assert [date(2025, 3, 27)] == [split.day for split in told.worked_in]
    assert 1.0 == share_of_equal_closes(closes_of_days(told.bars), raw)[0]
    guessed = unadjust("PLZL", hours, splits())
    assert same(hours, guessed.bars)
    assert [
        (
            "PLZL: nothing tells whether the split of 2025-03-27 is worked into the prices before it; "
            "they are taken as given"
        )
    ] == [str(note) for note in guessed.notes]


@needs_data
def test_split_that_nobody_declared_yet_is_not_dated():
    """The store tells that prices are a tenth of its own, not when they became so: restored, told, not declared."""
    hours, raw = hourly("leaders_2022_2024")["PLZL"], daily()["PLZL"]
    found = unadjust("PLZL", hours, (), reference=raw)
    assert 1.0 == share_of_equal_closes(closes_of_days(found.bars), raw)[0]
    assert ((), (), 1) == (found.worked_in, found.detected, len(found.notes))


@needs_data
def test_raw_history_is_left_alone():
    """`history` is raw: with or without declared splits, no bar of 260 tickers changes and nothing is imagined."""
    for ticker, bars in daily().items():
        for declared in ((), splits()):
            found = unadjust(ticker, bars, declared)
            assert found.bars is bars
            assert ((), (), ()) == (found.worked_in, found.detected, found.notes)


@needs_data
def test_hours_with_turnover_are_left_alone():
    """Hours that nobody adjusted stay as they are, the crash of 2022 within."""
    for ticker, bars in hourly("bars_2020_2023h1").items():
        found = unadjust(ticker, bars, splits())
        assert found.bars is bars
        assert () == found.notes


def test_bars_newer_than_the_store_may_be_of_after_the_split():
    """Prices alone, and a store that ends before them: where the new price begins cannot be seen, nothing is guessed;
    the overlap is then explained by `detect_split`.
    """
    raw = split_at(walk(30), 25, 1, 10)
    candles = without(times(raw, 0.1, 25), "value")
    found = unadjust("X", candles, (), reference=raw[:25])
    assert same(candles, found.bars)
    assert 1 == len(found.notes)
    split = detect_split("X", raw[:25], candles[10:])
    assert Split("X", day(raw, 25), 1, 10, "detected") == split
    assert np.allclose(raw.close, unadjust("X", candles, [split], reference=raw[:25]).bars.close, rtol=1e-9)


# --- made-up splits


def printed(bars: Bars, digits: int) -> Bars:
    """Prices as decimals of so many digits."""
    return replace(
        bars, **{name: np.array([float(f"{price:.{digits}g}") for price in getattr(bars, name)]) for name in PRICES}
    )


@st.composite
def histories(draw):
    """Raw bars with up to three splits, and the candles that the exchange makes of them."""
    count = draw(st.integers(30, 90))
    raw = walk(count, seed=draw(st.integers(0, 10**6)), price=draw(st.sampled_from([3.0, 150.0, 20000.0])))
    at = sorted(draw(st.sets(st.integers(4, count - 2), max_size=3)))
    at = [one for one, other in pairwise([*at, count + 9]) if other - one >= 4]
    declared = []
    for position in at:
        before, after = draw(RATIOS)
        raw = split_at(raw, position, before, after)
        declared.append(Split("X", day(raw, position), before, after, "iss"))
    return printed(raw, 9), declared


def candles_of(raw: Bars, declared: list[Split]) -> Bars:
    """What the exchange shows after the splits: all earlier prices multiplied by their factors."""
    candles = raw
    for split in declared:
        until = int(np.searchsorted(raw.days, np.datetime64(split.day)))
        candles = times(candles, float(split.factor), until)
    return printed(candles, 12)


@given(histories())
def test_unadjusting_what_was_adjusted_gives_raw_bars_back(history):
    """Any splits, worked in or not, known by turnover: raw prices come back to the last bit."""
    raw, declared = history
    for number in range(len(declared) + 1):
        worked = declared[number:]  # the older ones were never worked in
        found = unadjust("X", candles_of(raw, worked), declared)
        assert set(worked) == set(found.worked_in)
        assert ((), ()) == (found.detected, found.notes)
        assert same(raw, found.bars)


@given(histories())
def test_undeclared_splits_are_found_by_turnover(history):
    """Nobody declared them: each that changes prices visibly is found with its day and ratio, and taken out."""
    raw, declared = history
    found = unadjust("X", candles_of(raw, declared), ())
    assert [(each.day, each.factor) for each in declared] == [(each.day, each.factor) for each in found.detected]
    assert same(raw, found.bars)


@given(histories())
def test_without_turnover_the_store_tells(history):
    """Prices alone, and stored bars of the same days: raw prices come back."""
    raw, declared = history
    candles = without(candles_of(raw, declared), "value")
    found = unadjust("X", candles, declared, reference=raw)
    assert same(without(raw, "value"), found.bars)


@given(histories())
def test_without_turnover_and_store_the_price_goes_on_over_a_split(history):
    """Prices alone: worked in when the price goes on, not worked in when it jumps."""
    raw, declared = history
    for shown in (raw, candles_of(raw, declared)):
        assert same(without(raw, "value"), unadjust("X", without(shown, "value"), declared).bars)


def test_other_units_of_volume_are_no_split():
    """A security whose turnover is always ten times price x volume keeps its prices, with a note."""
    bars = walk(50)
    odd = replace(bars, value=bars.value * 10)
    found = unadjust("X", odd, ())
    assert found.bars is odd
    assert [
        "X: turnover / volume is always 10 of the price; taken for another unit of volume, prices left as given"
    ] == [str(note) for note in found.notes]


def test_other_units_do_not_hide_a_split():
    """The same security split: told against its own units."""
    raw = split_at(walk(60), 40, 1, 10)
    odd = replace(raw, value=raw.value * 10)
    split = Split("X", day(raw, 40), 1, 10, "iss")
    found = unadjust("X", candles_of(odd, [split]), [split])
    assert (split,) == found.worked_in
    assert np.allclose(raw.close, found.bars.close, rtol=1e-9)


def test_what_no_split_explains_is_told_and_left():
    """Prices a third too low up to a day, by no clean ratio: left as given, with a note."""
    bars = times(walk(50), 0.0731, 20)
    found = unadjust("X", bars, ())
    assert same(bars, found.bars)
    assert 1 == len(found.notes)
    assert f"X: up to {day(bars, 19)} turnover / volume is 13.68 of the price" in str(found.notes[0])


def test_one_odd_bar_is_no_split():
    """A single wrong price is for others to find."""
    bars = times(walk(50), 0.1, 21, 20)
    assert () == unadjust("X", bars, ()).detected


def test_split_on_the_last_day_is_found():
    """The night after: all bars but one are adjusted."""
    raw = split_at(walk(12), 11, 1, 10)
    split = Split("X", day(raw, 11), 1, 10, "detected")
    found = unadjust("X", candles_of(raw, [split]), ())
    assert (split,) == found.detected


def test_prices_rounded_by_the_exchange_are_put_to_the_stored_ones():
    """5000:1 at two decimals: 0.019445 x 5000 = 97.225, shown as 97.23 or 97.22; the store has the true price."""
    cheap = Split("X", date(2024, 7, 15), 5000, 1, "iss")
    raw = times(walk(40, price=200.0, since="2024-06-03")[:30], 1e-4, 30)
    ticks = {name: np.round(np.rint(getattr(raw, name) / 5e-6) * 5e-6, 6) for name in PRICES}
    raw = replace(raw, **ticks, volume=raw.volume * 1e4)
    candles = times(raw, 5000, len(raw), digits=2)
    assert same(raw, unadjust("X", candles, [cheap], reference=raw).bars)
    assert not same(raw, unadjust("X", candles, [cheap]).bars)


def test_splits_of_others_and_of_other_times_do_nothing():
    """Another ticker's split, one before the first bar."""
    bars = walk(30)
    declared = [Split("Y", day(bars, 10), 1, 10, "iss"), Split("X", day(bars, 0) - timedelta(days=5), 1, 10, "iss")]
    assert unadjust("X", bars, declared).bars is bars
    assert 0 == len(unadjust("X", bars[:0], declared).bars)


# --- the overlap of a nightly refresh


@given(ratio=RATIOS, seed=st.integers(0, 10**6), overlap=st.integers(3, 10), new=st.integers(0, 5))
def test_rewritten_overlap_is_a_split(ratio, seed, overlap, new):
    """Stored raw bars against candles of the night after: the ratio, and the first day that is paid the price shown."""
    before, after = ratio
    count = 20 + new
    raw = split_at(walk(count, seed=seed, price=5000.0), 20, before, after)
    shown = times(raw, before / after, 20, digits=6)
    found = detect_split("X", raw[:20], shown[20 - overlap :])
    first = day(raw, 20) if new else day(raw, 19) + timedelta(days=1)
    assert Split("X", first, before, after, "detected") == found


def test_split_inside_of_the_overlap():
    """The store has days at the new price already: the day is the first of them."""
    raw = split_at(walk(30), 25, 1, 10)
    found = detect_split("X", raw, times(raw, 0.1, 25)[15:])
    assert Split("X", day(raw, 25), 1, 10, "detected") == found


def test_store_left_behind_for_weeks():
    """The split came five bars after the last stored one: turnover tells the day."""
    raw = split_at(walk(40), 30, 1, 10)
    found = detect_split("X", raw[:25], times(raw, 0.1, 30)[20:])
    assert Split("X", day(raw, 30), 1, 10, "detected") == found


@pytest.mark.parametrize(
    "rewritten",
    [
        lambda raw: raw,
        lambda raw: times(raw, 1.07, 20),  # no ratio of a split
        lambda raw: times(raw, 0.1, 15, 10),  # the newest stored bars agree, and so do older ones
        lambda raw: replace(times(raw, 0.1, 20), volume=raw.volume * 10),  # volumes do not confirm
        lambda raw: times(times(raw, 0.1, 20), 1.01, 12),  # not constant
        lambda raw: replace(raw, close=raw.close * 0.1),  # only closes
    ],
)
def test_what_is_no_split(rewritten):
    """No change, a change of no clean ratio, in some bars only, of volumes too, or of some prices only."""
    raw = walk(22)
    assert None is detect_split("X", raw[:20], rewritten(raw)[8:])


def test_no_overlap_tells_nothing():
    """Bars that do not meet."""
    raw = walk(30)
    assert None is detect_split("X", raw[:10], times(raw, 0.1, 30)[20:])


@needs_data
@pytest.mark.parametrize(
    ("ticker", "window"),
    [("GMKN", "daily_GMKN_2024-03-15"), ("TRNFP", "daily_TRNFP_2024-02-01"), ("VTBR", "daily_VTBR_2024-06-24"),
     ("PLZL", "daily_PLZL_2025-03-10"), ("ROLO", "daily_ROLO_2022-12-26"), ("T", "daily_T_2026-04-01")],
)  # fmt: skip
def test_real_splits_are_detected_the_night_after(ticker, window):
    """Raw days before each real split are stored; the exchange then shows them divided, to its new decimals."""
    raw = event(window)
    real = next(split for split in splits() if split.ticker == ticker)
    at = int(np.searchsorted(raw.days, np.datetime64(real.day)))
    shown = times(raw, float(real.factor), at, digits=4)
    found = detect_split(ticker, raw[:at], shown[: at + 1])
    assert Split(ticker, day(raw, at), real.before, real.after, "detected") == found


# --- ratios


@pytest.mark.parametrize("ratio", ["2", "3", "10", "100", "5000", "12", "1000", "3/2", "5/2", "4/3"])
def test_clean_ratio_is_named_both_ways(ratio):
    """A consolidation, and the split that undoes it."""
    exact = Fraction(ratio)
    assert exact == clean(np.log(float(exact)) + 0.0009, 0.001)
    assert 1 / exact == clean(-np.log(float(exact)), 0.001)


@pytest.mark.parametrize("move", [0.0, 0.1, -0.17, np.log(1.7), np.log(13.37), np.nan])
def test_other_moves_are_no_ratio(move):
    """Small moves, odd ones, and none."""
    assert None is clean(move, 0.001)


def test_a_bad_bar_beside_an_undeclared_split_does_not_move_its_day():
    """Bars before the split are in its units but one, which is tenfold besides: the split is still of its own day."""
    days = np.arange("2025-10-01", "2025-10-31", dtype="M8[D]")
    shown = np.where(np.arange(30) < 25, 200.0, 201.0)
    volume, paid = np.full(30, 50.0), np.where(np.arange(30) < 25, 100.0, 201.0)
    shown[23] = 2000.0
    bars = Bars(days.astype("M8[s]"), shown, shown * 1.01, shown * 0.99, shown, volume, volume * paid)
    [split] = unadjust("AAA", bars, []).detected
    assert (date(2025, 10, 26), 2, 1) == (split.day, split.before, split.after)
