"""Jumps: what is found, what is not, and what is said of it."""

import re
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import calendar as traded
from recorded import daily, hourly, needs_data, splits
from series import calendar, day, split_at, times, walk, without

from allocator.core.bars import Bars, Interval
from allocator.core.finding import Fault
from allocator.core.instrument import Dividend, Split
from allocator.history import AHEAD, BEHIND, jumps

KNOWN = calendar("2014-01-01", 3500)
JUMPS = {"2022-02-24", "2022-02-25", "2022-03-24", "2022-06-30", "2020-03-10", "2014-12-16", "2022-09-21"}


def found(bars, declared=(), paid=(), interval=Interval.DAY, ticker="X"):
    return jumps(ticker, interval, bars, declared, paid, KNOWN)


@given(seed=st.integers(0, 10**6), turnover=st.sampled_from([1e3, 1e7]))
def test_calm_trading_has_no_jumps(seed, turnover):
    """A walk of 1% a day."""
    assert [] == found(walk(60, seed=seed, turnover=turnover))


@given(
    seed=st.integers(0, 10**6),
    at=st.integers(21, 58),
    factor=st.sampled_from([0.01, 0.1, 0.5, 2.0, 10.0, 100.0]),
)
def test_a_bar_wrong_by_a_factor_of_two_is_found_and_only_it(seed, at, factor):
    """There and back: the bar between is the finding, with its time and its row."""
    bars = times(walk(60, seed=seed), factor, at + 1, at)
    (finding,) = found(bars)
    assert (Fault.JUMP, bars.begin[at].item()) == (finding.fault, finding.begin)
    assert str(day(bars, at)) == finding.row[:10]
    assert "the next bar is back" in str(finding.detail)
    assert f"allocator data accept X {day(bars, at)}" in str(finding.detail)


def test_thin_trading_has_a_wider_bound():
    """A factor of 1.6 is found where millions change hands, and is a day's limit where thousands do."""
    for turnover, count in ((1e7, 1), (1e5, 0)):
        bars = walk(60, turnover=turnover)
        bars = times(bars, 1.6, 31, 30)
        bars = replace(bars, value=bars.volume * bars.close)
        assert count == len(found(bars))


def test_few_deals_are_told():
    """One odd lot: the turnover is the reason."""
    bars = times(walk(60), 3.0, 31, 30)
    value, volume = bars.value.copy(), bars.volume.copy()
    value[30], volume[30] = bars.close[30], 1.0
    (finding,) = found(replace(bars, value=value, volume=volume))
    assert "deals for" in str(finding.detail)
    assert "RUB in all say little" in str(finding.detail)


def test_a_crash_that_trades_all_the_way_is_a_move():
    """From yesterday's close down by half within the day: the bar reaches back, nothing is found."""
    bars = times(walk(60), 0.5, 60, 30)
    high = bars.high.copy()
    high[30] = bars.close[29]
    assert [] == found(replace(bars, high=high))


def test_nearly_all_deals_at_a_third_are_found_although_the_bar_reaches_back():
    """BELU opened near its old price on the day of the bonus; average and close were far below."""
    bars = times(walk(60), 0.2, 60, 30)
    high, opened = bars.high.copy(), bars.open.copy()
    high[30] = opened[30] = bars.close[29] * 0.95
    bars = replace(bars, high=high, open=opened, value=np.r_[bars.value[:30], (bars.volume * bars.close)[30:]])
    (finding,) = found(bars)
    assert bars.begin[30].item() == finding.begin


def test_a_price_that_stays_is_found_once():
    """A new level is one finding, on its first bar; the next one agrees with it."""
    (finding,) = found(times(walk(60), 2.5, 60, 30))
    assert walk(60).begin[30].item() == finding.begin
    assert "no declared split or dividend explains it; deals for" in str(finding.detail)
    assert re.search(r"deals for \d{1,3}( \d{3})+ RUB, usually \d{1,3}( \d{3})+ RUB", str(finding.detail))


def test_two_wrong_bars_in_a_row():
    """They agree with each other: the way there and the way back are found."""
    assert [30, 32] == [int(np.flatnonzero(walk(60).begin == np.datetime64(each.begin))[0])
                        for each in found(times(walk(60), 4.0, 32, 30))]  # fmt: skip


def test_a_wick_is_found():
    """A low of a third of open and close."""
    bars = walk(60)
    low = bars.low.copy()
    low[30] /= 3.5
    (finding,) = found(replace(bars, low=low))
    assert "in one bar, that opened at" in str(finding.detail)


@pytest.mark.parametrize("ratio", [(1, 10), (1, 100), (1, 5), (100, 1), (5000, 1)])
def test_undeclared_split_is_named_with_what_to_type(ratio):
    """The ratio and the day, ready to be declared."""
    before, after = ratio
    bars = split_at(walk(60, price=5000.0), 30, before, after)
    (finding,) = found(bars)
    assert f"allocator data split X {day(bars, 30)} {before}:{after};" in str(finding.detail)


def test_split_of_no_clean_ratio_is_left_to_the_person():
    """Volumes changed, but the ratio is not near any: the command has a place for it."""
    assert "2024-02-19 BEFORE:AFTER" in str(found(split_at(walk(60), 30, 10, 65))[0].detail)


@pytest.mark.parametrize("ratio", [(1, 10), (1, 100), (2, 1), (5000, 1)])
def test_declared_split_explains(ratio):
    """Also when it is declared for a day within a suspension before."""
    bars = split_at(walk(60), 30, *ratio)
    assert [] == found(bars, [Split("X", day(bars, 30), *ratio, "iss")])
    rest = bars[np.r_[0:25, 30:60]]
    assert [] == found(rest, [Split("X", day(bars, 27), *ratio, "iss")])


def test_dividend_explains():
    """A payment of two thirds of the price on its ex-date; without it the fall is found."""
    bars = times(walk(60), 1 / 3, 60, 30)
    paid = Dividend("X", day(bars, 30), Decimal(str(round(walk(60).close[29] * 2 / 3, 2))), "RUB", "manual")
    assert [] == found(bars, (), [paid])
    assert 1 == len(found(bars))


def test_long_silence_is_told():
    """After weeks without deals many a price is possible: found, with that reason."""
    bars = times(walk(60), 2.5, 60, 30)[np.r_[0:30, 45:60]]
    assert "15 sessions passed without deals" in str(found(bars)[0].detail)


def test_closes_alone_and_hours_are_judged_too():
    """An index has no range and no turnover; hours are as days."""
    bars = times(walk(60), 2.5, 31, 30)
    (finding,) = found(without(bars, "open", "high", "low", "volume", "value"))
    assert bars.begin[30].item() == finding.begin
    hours = replace(bars, begin=np.datetime64("2024-03-04T10:00:00") + np.arange(60) * np.timedelta64(3600, "s"))
    assert [Interval.HOUR] == [each.interval for each in found(hours, interval=Interval.HOUR)]


def test_too_few_bars_have_no_moves():
    """None and one."""
    assert [] == found(walk(1)) == found(Bars.of(()))


def test_first_and_last_bars():
    """A wrong last bar is found the same night; of a wrong first one the step after it."""
    assert [59] == [int(np.flatnonzero(walk(60).begin == np.datetime64(each.begin))[0])
                    for each in found(times(walk(60), 10.0, 60, 59))]  # fmt: skip
    assert [1] == [int(np.flatnonzero(walk(60).begin == np.datetime64(each.begin))[0])
                   for each in found(times(walk(60), 10.0, 1))]  # fmt: skip


@given(seed=st.integers(0, 10**6), wrong=st.lists(st.tuples(st.integers(30, 118), st.sampled_from([0.1, 0.4, 3.0]))),
       new=st.integers(1, 30))  # fmt: skip
def test_the_newest_bars_are_judged_by_few_before_them(seed, wrong, new):
    """What new bars bring is found from BEHIND + AHEAD bars before them as from all: the rest cannot change."""
    bars = walk(120, seed=seed)
    for at, factor in wrong:
        bars = times(bars, factor, at + 1, at)
    since = bars.begin[-new - BEHIND].item()
    tail = bars[-new - BEHIND - AHEAD :]
    newest = [(each.begin, str(each.detail)) for each in found(tail) if each.begin >= since]
    assert [(each.begin, str(each.detail)) for each in found(bars) if each.begin >= since] == newest
    before = [(each.begin, str(each.detail)) for each in found(bars[:-new]) if each.begin < since]
    assert before == [(each.begin, str(each.detail)) for each in found(bars) if each.begin < since]


# --- the exchange's own bars


@needs_data
def test_recorded_days_have_few_jumps_each_with_a_reason():
    """Of 546,841 bars 59 are found: 42 of a few deals, 3 that are back at once, 3 after silence, 11 for a person.

    None on the days of crashes: 16 December 2014, March 2020, 24 February 2022, GAZP's of 30 June 2022.
    """
    findings = [
        each
        for ticker, bars in daily().items()
        for each in jumps(
            ticker, Interval.DAY, bars, [split for split in splits() if split.ticker == ticker], (), traded()
        )
    ]
    reasons = [str(finding.detail) for finding in findings]
    assert 59 == len(findings)
    assert 42 == sum("RUB in all say little" in reason for reason in reasons)
    assert 3 == sum("the next bar is back" in reason for reason in reasons)
    assert 3 == sum("sessions passed without deals" in reason for reason in reasons)
    assert 10 == sum("no declared split or dividend explains it; deals for" in reason for reason in reasons)
    assert 1 == sum("in one bar" in reason for reason in reasons)
    assert not JUMPS & {str(finding.begin.date()) for finding in findings}


@needs_data
@pytest.mark.parametrize("name", ["leaders_2022_2024", "bars_2020_2023h1"])
def test_recorded_hours_have_no_jumps(name):
    """Half a million hours, the months of 2022 within."""
    for ticker, bars in hourly(name).items():
        assert [] == jumps(ticker, Interval.HOUR, bars, (), (), traded())


@needs_data
def test_errors_put_into_recorded_days_are_found():
    """A factor of two, up or down, in one bar of each of 260 histories: 98 of 100 are found, all where a million
    changes hands every day.
    """
    rng = np.random.default_rng(4)
    missed = []
    for ticker, bars in daily().items():
        declared = [split for split in splits() if split.ticker == ticker]
        at = int(rng.integers(25, len(bars) - 1))
        wrong = times(bars, float(rng.choice([0.5, 2.0])), at + 1, at)
        told = {each.begin for each in jumps(ticker, Interval.DAY, wrong, declared, (), traded())}
        if bars.begin[at].item() not in told:
            missed.append(min(float(np.median(bars.value[at - 20 : at])), *bars.value[at - 1 : at + 1]))
    assert len(missed) <= 0.02 * len(daily())
    assert not [usual for usual in missed if usual > 1e6]


@needs_data
@pytest.mark.parametrize(
    ("ticker", "when", "typed"),
    [
        ("GMKN", "2024-04-08", "1:100"),
        ("TRNFP", "2024-02-21", "1:100"),
        ("ROLO", "2023-01-19", "1:10"),
        ("GEMA", "2024-02-08", "1:10"),
        ("VTBR", "2024-07-15", "5000:1"),
        ("IRAO", "2015-01-20", "100:1"),
        ("BELU", "2024-08-22", "BEFORE:AFTER"),
    ],
)
def test_real_splits_are_named_when_nobody_declared_them(ticker, when, typed):
    """The night after the first day at the new price, with one bar of it."""
    bars = daily()[ticker]
    until = int(np.searchsorted(bars.days, np.datetime64(when))) + 1
    last = jumps(ticker, Interval.DAY, bars[:until], (), (), traded())[-1]
    assert datetime.fromisoformat(when) == last.begin
    assert f"allocator data split {ticker} {when} {typed};" in str(last.detail)


def test_rates_do_not_matter_to_findings():
    """A dividend in dollars neither explains nor harms."""
    paid = Dividend("X", date(2024, 2, 19), Decimal(60), "USD", "iss")
    assert 1 == len(found(times(walk(60), 1 / 3, 60, 30), (), [paid]))
