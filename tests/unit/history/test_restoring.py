"""Candles put back to what was paid on the day."""

from datetime import date

import numpy as np
from recorded import daily, hourly, needs_data, splits

from allocator.core.instrument import Split
from allocator.history import unadjust

SPLIT = Split("GMKN", date(2024, 4, 8), 1, 100, "iss")


@needs_data
def test_worked_in_split_is_taken_out_of_real_hours_without_turnover():
    """GMKN's hours of 2022-2024 come back to the last kopeck of the raw closes, told by the continuity of the price."""
    raw = daily()["GMKN"]
    found = unadjust("GMKN", hourly("leaders_2022_2024")["GMKN"], splits())
    assert (SPLIT.day,) == tuple(split.day for split in found.worked_in)
    last = np.flatnonzero(np.r_[found.bars.days[1:] != found.bars.days[:-1], True])
    _, here, there = np.intersect1d(found.bars.days[last], raw.days, return_indices=True)
    assert len(here) > 700
    assert raw.close[there].tolist() == found.bars.close[last][here].tolist()
