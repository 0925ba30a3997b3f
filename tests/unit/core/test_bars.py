"""Bars are columns that are cut and joined together."""

import numpy as np
import pytest

from allocator.core.bars import FIELDS, Bars, Interval

ROWS = [
    ("2024-01-03 10:00", 1.0, 2.0, 0.5, 1.5, 10, 15.0),
    ("2024-01-03 11:00", 1.5, 2.5, 1.0, 2.0, 20, 40.0),
    ("2024-01-04 10:00", 2.0, 3.0, 1.5, 2.5, 30, None),
]


def test_rows_become_columns():
    """Times in seconds, numbers as floats, None as NaN."""
    bars = Bars.of(ROWS)
    assert 3 == len(bars)
    assert np.dtype("datetime64[s]") == bars.begin.dtype
    assert [1.5, 2.0, 2.5] == bars.close.tolist()
    assert [False, False, True] == np.isnan(bars.value).tolist()
    assert {np.dtype(np.float64)} == {getattr(bars, name).dtype for name in FIELDS}


def test_no_rows_are_no_bars():
    """An empty answer has all columns, of the same types."""
    bars = Bars.of([])
    assert 0 == len(bars)
    assert np.dtype("datetime64[s]") == bars.begin.dtype
    assert np.dtype(np.float64) == bars.value.dtype
    assert 0 == len(Bars.joined([]))


@pytest.mark.parametrize("which", [slice(1, None), np.array([False, True, True]), np.array([1, 2])])
def test_every_column_is_cut_alike(which):
    """By a slice, a mask and positions."""
    part = Bars.of(ROWS)[which]
    assert [1.5, 2.0] == part.open.tolist()
    assert [20.0, 30.0] == part.volume.tolist()
    assert 2 == len(part.begin)


def test_joined_parts_keep_their_order():
    """One part after another, whatever their times."""
    bars = Bars.of(ROWS)
    assert [2.5, 1.5, 2.0] == Bars.joined([bars[2:], bars[:2]]).close.tolist()


def test_days_are_those_of_the_begin():
    """Calendar days of hours."""
    assert ["2024-01-03", "2024-01-03", "2024-01-04"] == [str(day) for day in Bars.of(ROWS).days]


def test_intervals_know_their_length():
    """A day and an hour, in seconds."""
    assert (86_400, 3_600) == (Interval.DAY.seconds, Interval.HOUR.seconds)
