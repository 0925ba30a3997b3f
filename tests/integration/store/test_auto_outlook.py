"""What `auto` assets go by, read from a store on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np

from allocator.app.auto_forecast import read_outlook
from allocator.app.forecast_storing import stored_forecast
from allocator.core.bars import Bars, Interval
from allocator.core.errors import ForecastError
from allocator.core.instrument import Instrument, Kind
from allocator.core.text import text
from allocator.forecast.ensemble import Forecast
from allocator.store import Store, StoredForecast

NOW = datetime(2024, 5, 3, 1, tzinfo=UTC)


def forecast(mean: float, day: int = 2) -> Forecast:
    some = np.array([mean, np.nan])
    return Forecast(
        ("AAA", "BBB"), some, np.full(2, 0.3), some - 1, some + 1, np.ones(2), np.eye(2) * 0.09, 5,
        datetime(2024, 5, day), 2, 0.5, 1.5, 0.95, {"CCC": text("it is dull")},
    )  # fmt: skip


def bars(values: list[float], last: str = "2024-05-02") -> Bars:
    """A day for each turnover, the last one on `last`."""
    days = np.busday_offset(np.datetime64(last), np.arange(1 - len(values), 1), roll="backward")
    price = np.full(len(values), 10.0)
    return Bars(days.astype("datetime64[s]"), price, price, price, price, price, np.array(values))


def test_the_newest_forecast_and_the_turnover_of_sixty_sessions(store: Store):
    """The last that was made of bars of this kind; medians of what trades, whatever came before."""
    with store.transaction() as tx:
        tx.instruments.put([Instrument(name, Kind.SHARE, "TQBR") for name in ("AAA", "BBB", "GONE", "EMPTY")])
        tx.bars.put("AAA", Interval.DAY, bars([9e9] * 30 + [1e6] * 29 + [3e6] * 31))
        tx.bars.put("BBB", Interval.DAY, bars([5e5] * 25))
        tx.bars.put("GONE", Interval.DAY, bars([1e6] * 90, "2023-05-02"))
        for made in (forecast(0.1, 1), forecast(0.2)):
            tx.forecasts.put(stored_forecast(made, Interval.DAY, ("a", "b"), NOW))
        tx.forecasts.put(stored_forecast(forecast(0.9), Interval.HOUR, ("h",), NOW))
    found = read_outlook(store, Interval.DAY, ["AAA", "BBB", "GONE", "EMPTY", "UNKNOWN", "AAA"])
    assert found.forecast is not None
    assert (("AAA",), 0.2) == (found.forecast.tickers, found.forecast.mean[0])
    assert {"BBB": "its forecast is no number", "CCC": "it is dull"} == {
        name: str(why) for name, why in found.forecast.left_out.items()
    }
    assert "Nobody has judged this forecast." == str(found.verdict)
    assert {"AAA": 3e6} == dict(found.turnover)  # half of BBB's sixty days had no deal
    hourly = read_outlook(store, Interval.HOUR, ["AAA"]).forecast
    assert hourly is not None
    assert 0.9 == hourly.mean[0]


def test_a_store_without_a_forecast(store: Store):
    """The turnover all the same, and what to type; no bars, no turnover."""
    assert {} == dict(read_outlook(store, Interval.DAY, ["AAA"]).turnover)
    with store.transaction() as tx:
        tx.instruments.put([Instrument("AAA", Kind.SHARE, "TQBR")])
        tx.bars.put("AAA", Interval.DAY, bars([1e6] * 90))
    for interval, hint in ((Interval.DAY, "Type: allocator forecast"), (Interval.HOUR, "--interval hour")):
        found = read_outlook(store, interval, ["AAA"])
        assert (None, {"AAA": 1e6}) == (found.forecast, dict(found.turnover))
        assert isinstance(found.trouble, ForecastError)
        assert hint in str(found.trouble.hint)


def test_a_forecast_of_another_version(store: Store):
    """It is a trouble like any other: a fallback can stand in."""
    row = stored_forecast(forecast(0.1), Interval.DAY, ("a",), NOW)
    arrays = {name: getattr(row, name) for name in ("mean", "deviation", "lower", "upper", "agreement", "covariance")}
    old = StoredForecast(
        row.as_of, row.made, row.interval, row.horizon, row.tickers, **arrays, models=("a",), verdict=row.verdict,
        shrink=0.0, details={"as_of": date(2024, 5, 2).isoformat()},
    )  # fmt: skip
    with store.transaction() as tx:
        tx.forecasts.put(old)
    found = read_outlook(store, Interval.DAY, [])
    assert found.forecast is None
    assert "is of another version" in str(found.trouble)
