"""Files of hours become sound histories, adjusted for splits."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from allocator.app.experiment import adjusted, joined, read
from allocator.core.bars import Bars
from allocator.core.errors import UsageError
from allocator.core.instrument import Split

HEADER = "ticker,begin,open,high,low,close,volume,value\n"
SPLIT = Split("A", date(2021, 3, 3), 1, 10, "test")
TODAY = date(2024, 1, 1)


def bars(closes, first="2021-03-01T10:00:00") -> Bars:
    """A bar a day at these closes."""
    begin = np.datetime64(first) + np.arange(len(closes)) * np.timedelta64(1, "D")
    price = np.array(closes, dtype=float)
    return Bars(begin.astype("datetime64[s]"), price, price, price, price, np.full(len(price), 60.0), price * 60)


def test_a_split_that_shows_is_taken_out():
    """Prices before it are of the shares after it, volumes too; turnover is what it was."""
    found = adjusted("A", bars([100, 110, 11, 12]), [SPLIT])
    assert [10, 11, 11, 12] == found.close.tolist() == found.open.tolist()
    assert [600, 600, 60, 60] == found.volume.tolist()
    assert [6000, 6600, 660, 720] == found.value.tolist()


def test_a_split_that_is_worked_in_is_left():
    """As many sources do, and nothing is divided twice."""
    assert [10, 11, 11, 12] == adjusted("A", bars([10, 11, 11, 12]), [SPLIT]).close.tolist()


@pytest.mark.parametrize("day", [date(2021, 3, 1), date(2021, 3, 9)])
def test_a_split_outside_of_the_bars_changes_nothing(day):
    """There is no price on one side of it."""
    assert [100, 110, 11] == adjusted("A", bars([100, 110, 11]), [Split("A", day, 1, 10, "test")]).close.tolist()


def test_the_split_of_another_is_its_own():
    """Even if the price jumps."""
    assert [100, 11] == adjusted("B", bars([100, 11], "2021-03-02T10:00:00"), [SPLIT]).close.tolist()


def test_a_file_named_first_counts():
    """Where two have a bar of one time; the others are put in by time."""
    found = joined([bars([1, 2], "2021-03-02T10:00:00"), bars([7, 8, 9], "2021-03-01T10:00:00")])
    assert [7, 1, 2] == found.close.tolist()


def test_rows_that_cannot_be_are_left_out(tmp_path):
    """And counted, in one sentence for a file."""
    path = tmp_path / "hours.csv"
    good = "SBER,2021-03-01 10:00:00,1,2,1,2,10,15\n"
    path.write_text(HEADER + good + "SBER,2021-03-01 11:00:00,1,2,3,2,10,15\nSBER,never,1,2,1,2,10,15\n")
    found = read([path], today=TODAY)
    assert [2.0] == found.bars["SBER"].close.tolist()
    assert 1 == len(found.notes)
    assert "left out: 2" in str(found.notes[0])


def test_days_are_refused(tmp_path):
    """The experiment is one of hours."""
    path = tmp_path / "days.csv"
    path.write_text("ticker,date,close\nSBER,2021-03-01,1\n")
    with pytest.raises(UsageError, match="days"):
        read([path], today=TODAY)
