"""Bars as they came: which may be stored, and why the rest may not."""

import csv
import math
from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import DATA, daily, hourly, needs_data
from series import same, walk

from allocator.core.bars import Bars, Interval
from allocator.core.finding import Fault
from allocator.history import sift

TODAY = date(2024, 6, 3)
GOOD = ("2024-05-30", 10.0, 12.0, 9.0, 11.0, 100, 1100.0)


def sifted(*rows):
    return sift("SBER", Interval.DAY, Bars.of(rows), today=TODAY)


@pytest.mark.parametrize(
    ("fault", "row"),
    [
        (Fault.NULLS, ("2024-05-31", 10, 12, 9, None, 100, 1100)),
        (Fault.NULLS, ("2024-05-31", None, 12, 9, 11, 100, 1100)),
        (Fault.NULLS, ("2024-05-31", None, None, None, None, 100, 1100)),
        (Fault.NULLS, (None, 10, 12, 9, 11, 100, 1100)),
        (Fault.BAD_PRICE, ("2024-05-31", 10, 12, 0, 11, 100, 1100)),
        (Fault.BAD_PRICE, ("2024-05-31", 0, 0, 0, 0, 100, 1100)),
        (Fault.BAD_PRICE, ("2024-05-31", -10, -9, -12, -11, 100, 1100)),
        (Fault.BAD_PRICE, ("2024-05-31", 10, math.inf, 9, 11, 100, 1100)),
        (Fault.BAD_RANGE, ("2024-05-31", 10, 9, 12, 11, 100, 1100)),
        (Fault.BAD_RANGE, ("2024-05-31", 10, 12, 9, 13, 100, 1100)),
        (Fault.BAD_RANGE, ("2024-05-31", 8, 12, 9, 11, 100, 1100)),
        (Fault.BAD_VOLUME, ("2024-05-31", 10, 12, 9, 11, -1, 1100)),
        (Fault.BAD_VOLUME, ("2024-05-31", 10, 12, 9, 11, 100, -1)),
        (Fault.BAD_VOLUME, ("2024-05-31", 10, 12, 9, 11, math.inf, 1100)),
        (Fault.BAD_VOLUME, ("2024-05-31", 10, 12, 9, 11, 0, 1100)),
        (Fault.FUTURE, ("2024-06-04", 10, 12, 9, 11, 100, 1100)),
    ],
)
def test_bad_row_is_kept_out_and_named(fault, row):
    """One finding of the right kind, with its time and the row; the good one stays."""
    bars, findings = sifted(row, GOOD)
    assert [datetime(2024, 5, 30)] == bars.begin.tolist()
    assert [fault] == [finding.fault for finding in findings]
    assert row[0] is None or row[0] == str(findings[0].begin.date())
    assert findings[0].row.startswith(f"{row[0]} 00:00:00," if row[0] else ",")


@pytest.mark.parametrize(
    "row",
    [
        ("2024-05-31", None, None, None, None, 0, 0),
        ("2024-05-31", None, None, None, None, None, None),
        ("2024-05-31", 0.0, 0.0, 0.0, 0.0, 0, 0),
        ("2024-05-31", None, None, None, 0.0, 0, None),
    ],
)
def test_day_without_trades_is_no_bar_and_no_finding(row):
    """Suspension days come as nulls, those of old years as zeros."""
    bars, findings = sifted(GOOD, row)
    assert (1, []) == (len(bars), findings)


@pytest.mark.parametrize(
    "row",
    [
        ("2024-05-31", None, None, None, 3200.5, None, None),  # an index
        ("2024-05-31", 10, 12, 9, 11, None, None),
        ("2024-05-31", 10, 12, 9, 11, 0, None),  # turnover of an index is of its members
        ("2024-06-03", 10, 10, 10, 10, 1, 10.0),
    ],
)
def test_what_the_source_does_not_say_is_no_fault(row):
    """A close alone, no volume, no turnover; and today."""
    bars, findings = sifted(GOOD, row)
    assert (2, []) == (len(bars), findings)


def test_pages_out_of_order_and_overlapping_are_put_right():
    """Identical repeats count once, without a word."""
    rows = [("2024-05-31", 10, 12, 9, 11, 100, None), GOOD, ("2024-05-29", 10, 12, 9, 11, 1, 1.0), GOOD]
    bars, findings = sifted(*rows, *rows)
    assert ["2024-05-29", "2024-05-30", "2024-05-31"] == [str(day) for day in bars.days]
    assert [] == findings


def test_two_different_bars_of_one_time_are_both_doubtful():
    """Neither is believed; the finding shows both."""
    other = (*GOOD[:4], 10.5, *GOOD[5:])
    bars, findings = sifted(GOOD, ("2024-05-31", 10, 12, 9, 11, 100, 1100), other, GOOD)
    assert ["2024-05-31"] == [str(day) for day in bars.days]
    assert [(Fault.DUPLICATE, datetime(2024, 5, 30))] == [(each.fault, each.begin) for each in findings]
    assert "2024-05-30 00:00:00,10,12,9,11,100,1100 | 2024-05-30 00:00:00,10,12,9,10.5,100,1100" == findings[0].row


def test_bad_twin_does_not_take_the_good_one_along():
    """Of two bars of a time the impossible one is out; the other is clean."""
    bars, findings = sifted((*GOOD[:4], -1, *GOOD[5:]), GOOD)
    assert [11.0] == bars.close.tolist()
    assert [Fault.BAD_PRICE] == [finding.fault for finding in findings]


def test_daily_bars_begin_at_midnight():
    """Whatever hour the source writes; hours keep theirs."""
    row = ("2024-05-30 10:00", *GOOD[1:])
    assert [datetime(2024, 5, 30)] == sifted(row)[0].begin.tolist()
    hours, _ = sift("SBER", Interval.HOUR, Bars.of([row]), today=TODAY)
    assert [datetime(2024, 5, 30, 10)] == hours.begin.tolist()


def test_nothing_is_nothing():
    """No bars, no findings."""
    bars, findings = sifted()
    assert (0, []) == (len(bars), findings)


@given(seed=st.integers(0, 2**32), order=st.randoms(use_true_random=False))
def test_clean_bars_come_back_as_they_were(seed, order):
    """In any order, with any repeats: sorted, once, to the last bit. Sifting twice changes nothing."""
    bars = walk(30, seed=seed)
    positions = [*range(30), *order.choices(range(30), k=10)]
    order.shuffle(positions)
    mixed = bars[np.array(positions)]
    found, findings = sift("SBER", Interval.DAY, mixed, today=date(2025, 1, 1))
    assert [] == findings
    assert same(bars, found)
    assert same(found, sift("SBER", Interval.DAY, found, today=date(2025, 1, 1))[0])


PRICE = st.sampled_from([1.0, 2.0, 3.0, 0.0, -1.0, math.nan, math.inf])
ROW = st.tuples(
    st.sampled_from(["2024-05-29", "2024-05-30", "2024-05-31", "2024-06-05"]),
    PRICE,
    PRICE,
    PRICE,
    PRICE,
    st.sampled_from([0.0, 1.0, -1.0, math.nan]),
    st.sampled_from([0.0, 5.0, -5.0, math.nan]),
)


@given(rows=st.lists(ROW, max_size=12))
def test_what_passes_is_sound(rows):
    """Whatever comes: times rise, closes are prices, ranges hold, and nothing disappears without a reason."""
    bars, findings = sifted(*rows)
    assert (np.diff(bars.begin) > np.timedelta64(0)).all()
    assert (bars.close > 0).all()
    assert not (bars.high < bars.low).any()
    assert not ((bars.close > bars.high) | (bars.close < bars.low) | (bars.volume < 0) | (bars.value < 0)).any()
    assert (bars.days <= np.datetime64(TODAY)).all()
    told = set(bars.begin.tolist()) | {finding.begin for finding in findings}
    traded = {datetime.fromisoformat(row[0]) for row in rows if row[5] != 0 and not math.isnan(row[5])}
    assert traded <= told


@needs_data
def test_recorded_bars_are_all_sound():
    """All 546,841 daily and 493,566 hourly rows of the exchange pass, untouched."""
    count = 0
    for interval, histories in (
        (Interval.DAY, daily()),
        (Interval.HOUR, hourly("leaders_2022_2024")),
        (Interval.HOUR, hourly("bars_2020_2023h1")),
    ):
        for ticker, bars in histories.items():
            found, findings = sift(ticker, interval, bars, today=date(2025, 1, 1))
            assert [] == findings
            assert len(bars) == len(found)
            count += len(found)
    assert 546_841 + 178_530 + 315_036 == count


@needs_data
def test_real_suspension_days_are_dropped():
    """GMKN before its split: four days of nulls among fifteen rows."""
    with (DATA / "events" / "history_null_rows_GMKN_2024-03-25.csv").open(encoding="utf-8") as lines:
        rows = [
            {name: float(cell or "nan") if name[0] != "T" else cell for name, cell in row.items()}
            for row in csv.DictReader(lines)
        ]
    names = ["TRADEDATE", "OPEN", "HIGH", "LOW", "CLOSE", "VOLUME"]
    bars = Bars.of([(*(row[name] for name in names), math.nan) for row in rows])
    found, findings = sift("GMKN", Interval.DAY, bars, today=TODAY)
    assert (15, 11, []) == (len(bars), len(found), findings)
