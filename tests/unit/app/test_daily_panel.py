"""Days from hours, where the store has hours alone."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest

from allocator.app.daily import daily_panel
from allocator.app.universe import Size, select
from allocator.config.settings import UniverseSettings
from allocator.core.bars import Bars, Interval
from allocator.core.instrument import Instrument, Kind
from allocator.store import open_store


def hours(day: str, closes: list[float], volume: float = 10.0) -> Bars:
    """An hour after the other from ten, without a turnover, as some files have it."""
    begin = np.datetime64(f"{day}T10:00:00") + np.arange(len(closes)) * np.timedelta64(1, "h")
    close = np.array(closes)
    return Bars(begin.astype("datetime64[s]"), close, close, close, close, close * 0 + volume, close * math.nan)


def days(first: str, closes: list[float]) -> Bars:
    begin = np.busday_offset(first, np.arange(len(closes))).astype("datetime64[s]")
    close = np.array(closes)
    return Bars(begin, close, close, close, close, close * 0 + 5.0, close * 100.0)


@pytest.fixture
def store(tmp_path):
    with open_store(str(tmp_path / "store.db")) as opened:
        with opened.transaction() as tx:
            tx.instruments.put([Instrument(ticker, Kind.SHARE, "TQBR") for ticker in ("BOTH", "DAYS", "HOURS")])
            tx.bars.put("DAYS", Interval.DAY, days("2024-01-15", [1.0, 2.0]))
            tx.bars.put("BOTH", Interval.DAY, days("2024-01-15", [3.0]))
            tx.bars.put("BOTH", Interval.HOUR, hours("2024-01-16", [4.0, 5.0]))
            tx.bars.put("HOURS", Interval.HOUR, hours("2024-01-16", [6.0, 7.0]))
            tx.bars.put("HOURS", Interval.HOUR, hours("2024-01-17", [8.0]))
        yield opened


def test_hours_stand_in_for_days_that_are_not_there(store):
    """Close of the last hour, turnover summed from volume x close; who has a daily bar keeps to those."""
    with store.reading() as tx:
        panel, of_hours = daily_panel(tx, ["BOTH", "DAYS", "HOURS"])
    nan = math.nan
    assert ("HOURS",) == of_hours
    assert [date(2024, 1, day) for day in (15, 16, 17)] == panel.times.astype("datetime64[D]").tolist()
    np.testing.assert_array_equal([[3, 1, nan], [nan, 2, 7], [nan, nan, 8]], panel["close"])
    np.testing.assert_array_equal([[300, 100, nan], [nan, 200, 130], [nan, nan, 80]], panel["value"])
    np.testing.assert_array_equal(np.isfinite(panel["close"]), panel.valid)


def test_a_store_of_hours_has_a_universe(store):
    """What has hours alone may qualify, and a note says by what."""
    rules = UniverseSettings(min_history=2, holding_days=1)
    found = select(store, rules, Size(), today=date(2024, 1, 18))
    assert ("HOURS",) == tuple(found.universe.qualified)
    assert "without daily bars, and so by their hours put together: HOURS" in [str(each) for each in found.notes]


def test_without_hours_the_days_are_as_they_are(tmp_path):
    """A security without any bar stays without."""
    with open_store(str(tmp_path / "other.db")) as opened:
        with opened.transaction() as tx:
            tx.instruments.put([Instrument(ticker, Kind.SHARE, "TQBR") for ticker in ("DAYS", "NONE")])
            tx.bars.put("DAYS", Interval.DAY, days("2024-01-15", [1.0, 2.0]))
        with opened.reading() as tx:
            panel, of_hours = daily_panel(tx, ["DAYS", "NONE"])
    assert () == of_hours
    assert [[True, False], [True, False]] == panel.valid.tolist()
