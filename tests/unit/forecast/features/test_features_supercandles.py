"""Super Candles: the 57 fields, how an hour is made of them, and what stands for what is not given."""

import numpy as np
import pytest
from feature_panels import TICKERS, candles, hours, panel, whole

from allocator.core.bars import Interval
from allocator.core.errors import ForecastError
from allocator.forecast.features import SuperCandles, build, resample
from allocator.forecast.features.supercandles import FIELDS, METRICS
from allocator.forecast.spec import Inputs

# The three tables as the exchange's own client lists them; those of the book that another table has too begin with ob_.
TRADE = """pr_open pr_high pr_low pr_change trades vol val pr_std disb pr_vwap trades_b vol_b val_b pr_vwap_b trades_s
vol_s val_s pr_vwap_s"""
ORDER = """put_orders put_orders_b put_orders_s put_vol put_vol_b put_vol_s put_val put_val_b put_val_s cancel_orders
cancel_orders_b cancel_orders_s cancel_vol cancel_vol_b cancel_vol_s cancel_val cancel_val_b cancel_val_s put_vwap_b
put_vwap_s cancel_vwap_b cancel_vwap_s"""
BOOK = """spread_bbo spread_lv10 spread_1mio levels_b levels_s ob_vol_b ob_vol_s ob_val_b ob_val_s imbalance_vol_bbo
imbalance_val_bbo imbalance_vol imbalance_val ob_vwap_b ob_vwap_s ob_vwap_b_1mio ob_vwap_s_1mio"""
AT = {metric.name: 1 + at for at, metric in enumerate(METRICS)}


def five(**columns) -> SuperCandles:
    """The rows of one ticker from 10:05 on, every five minutes; what is not named is not given."""
    rows = len(next(iter(columns.values())))
    times = np.datetime64("2023-10-02T10:05:00", "s") + np.arange(rows) * np.timedelta64(300, "s")
    fields = {name: np.full((rows, 1), np.nan) for name in FIELDS}
    fields |= {name: np.array(column, dtype=np.float64)[:, None] for name, column in columns.items()}
    return SuperCandles(times, ("SBER",), fields)


def hour(name, **columns):
    return resample(five(**columns)).fields[name][:, 0].tolist()


def test_metrics_are_the_three_tables_without_the_close():
    """18 + 22 + 17 = 57, beside pr_close; not one of them is an indicator of `ta57`."""
    for table, expected in (("TradeStat", TRADE), ("OrderStat", ORDER), ("ObStat", BOOK)):
        assert set(expected.split()) == {metric.name for metric in METRICS if metric.table == table}
    assert 57 == len(AT) == len(METRICS)
    assert not set(AT) & set(build(panel(1), Inputs.TA57).names)


def test_rows_are_stamped_with_their_end():
    """The row of 11:00 belongs to the hour that begins at 10:00, the one of 11:05 to the next."""
    found = resample(five(trades=range(1, 14)))
    assert ["2023-10-02T10:00:00", "2023-10-02T11:00:00"] == found.times.astype(str).tolist()
    assert [sum(range(1, 13)), 13.0] == found.fields["trades"][:, 0].tolist()


def test_prices_of_an_hour():
    """First, highest, lowest, last of those given; the change is from the open of the hour to its close."""
    given = {
        "pr_open": [np.nan, 100, 101],
        "pr_high": [np.nan, 103, 102],
        "pr_low": [np.nan, 99, 98],
        "pr_close": [np.nan, 101, 110],
    }
    expected = {"pr_open": 100, "pr_high": 103, "pr_low": 98, "pr_close": 110, "pr_change": 10}
    for name, value in expected.items():
        assert [pytest.approx(value)] == hour(name, **given)


def test_mean_prices_are_weighted_by_their_volumes():
    """100 for one lot and 110 for three is 107.5, as value over volume says; a row without volume weighs nothing."""
    for vwap, volume in (
        ("pr_vwap", "vol"),
        ("pr_vwap_b", "vol_b"),
        ("put_vwap_s", "put_vol_s"),
        ("cancel_vwap_b", "cancel_vol_b"),
        ("ob_vwap_s", "ob_vol_s"),
    ):
        assert [107.5] == hour(vwap, **{vwap: [100, 110, 999, np.nan], volume: [1, 3, 0, 5]})
        assert [True] == np.isnan(hour(vwap, **{vwap: [100, 110], volume: [0, np.nan]})).tolist()


def test_balance_is_of_the_hour():
    """Bought less sold over all, of the sums: not a mean of shares of unequal rows."""
    assert [0.5] == hour("disb", vol=[1, 99], vol_b=[0, 75], vol_s=[1, 24])
    assert [True] == np.isnan(hour("disb", vol=[0, 0], vol_b=[0, 0], vol_s=[0, 0])).tolist()


def test_book_is_a_mean_over_the_hour():
    """Spreads, levels, volumes and imbalances of the book are means of what is given."""
    for name in ("spread_bbo", "levels_b", "ob_val_s", "imbalance_vol_bbo", "ob_vwap_b_1mio", "pr_std"):
        assert [4.0] == hour(name, **{name: [3, np.nan, 5]})


def test_hour_without_rows_is_absent_and_value_without_rows_unknown():
    """Nothing is made up: no row, no hour; no number, NaN."""
    given = five(trades=range(30))
    night = np.arange(30) % 24 < 12
    cut = SuperCandles(given.times[night], given.tickers, {name: given.fields[name][night] for name in FIELDS})
    found = resample(cut)
    assert [10, 12] == (found.times.astype("datetime64[h]").astype(int) % 24).tolist()
    assert np.isnan(found.fields["val"]).all()
    assert 0 == len(resample(five(trades=[])).times)


def test_hours_of_hours_are_themselves():
    """Resampled rows, stamped with their ends again, resample to themselves: the rules agree with each other."""
    own = panel(3, 60)
    once = candles(own, 3)
    moved = SuperCandles(once.times + np.timedelta64(1, "h"), once.tickers, once.fields)
    found = resample(moved, Interval.HOUR)
    np.testing.assert_array_equal(once.times, found.times)
    for metric in METRICS:
        if metric.hour in {"first", "high", "low", "sum", "mean"}:
            np.testing.assert_array_equal(once.fields[metric.name], found.fields[metric.name])


def test_units_of_the_metrics():
    """Prices against the close of the candle, amounts in means of 20 bars of their kind, shares and points as given."""
    own = whole()
    book = candles(own, 31)
    for name in FIELDS:
        book.fields[name][:] = 2.0
    book.fields["pr_close"][:] = 4.0
    book.fields["pr_open"][:] = 3.0
    book.fields["vol"][-1] = 42.0
    found = build(own, Inputs.SUPERCANDLES57, candles=book).values[0, -1]
    expected = {
        "pr_open": 3 / 4 - 1,
        "vol": 42 / ((19 * 2 + 42) / 20),
        "vol_b": 2 / ((19 * 2 + 42) / 20),
        "cancel_orders_s": 1.0,
        "levels_b": 0.5,
        "disb": 2.0,
        "spread_bbo": 2.0,
        "pr_std": 1.0,
    }
    assert {name: pytest.approx(value) for name, value in expected.items()} == {
        name: float(found[AT[name]]) for name in expected
    }


def test_what_is_not_given_says_nothing():
    """A price of no trade is the close, an amount is none, a spread is the last one seen."""
    own = whole()
    book = candles(own, 31)
    book.fields["spread_1mio"][-5] = 17.0
    for name in FIELDS[1:]:
        book.fields[name][-4:] = np.nan
    found = build(own, Inputs.SUPERCANDLES57, candles=book).values[:, -1]
    assert {17.0} == set(found[:, AT["spread_1mio"]])
    assert {0.0} == set(found[:, [AT["pr_vwap_b"], AT["trades"], AT["imbalance_val"], AT["put_vol"]]].flat)


def test_spread_never_seen_is_no_number():
    """Before a first spread there is nothing to carry: those rows are not usable."""
    own = whole()
    book = candles(own, 31)
    book.fields["spread_bbo"][:300] = np.nan
    book.fields["spread_bbo"][300] = 1.0
    found = build(own, Inputs.SUPERCANDLES57, candles=book)
    assert [[0, 1]] * 4 == (found.run[:, 299:301] > 0).astype(int).tolist()


def test_ticker_and_hours_without_candles_are_missing():
    """A ticker that the exchange gave no candles of is refused; an hour that it gave none of is filled."""
    own = whole()
    book = candles(own, 31)
    rows = np.arange(len(hours(480))) != 400
    cut = SuperCandles(book.times[rows], TICKERS[:3], {name: book.fields[name][rows, :3] for name in FIELDS})
    found = build(own, Inputs.SUPERCANDLES57, candles=cut)
    assert [TICKERS[3]] == list(found.refused)
    assert [400] == np.flatnonzero((found.run[0] > 0) & ~found.ready[0]).tolist()


def test_candles_out_of_shape_are_refused():
    """A field too few, a row too many, times that go back, none at all: each named before anything is computed."""
    own = panel(31)
    book = candles(own, 31)
    with pytest.raises(ForecastError, match="lack vol_b"):
        SuperCandles(book.times, TICKERS, {name: book.fields[name] for name in FIELDS if name != "vol_b"})
    with pytest.raises(ForecastError, match="not in order: val"):
        SuperCandles(book.times, TICKERS, book.fields | {"val": book.fields["val"][1:]})
    with pytest.raises(ForecastError, match="not in order: times"):
        SuperCandles(book.times[::-1], TICKERS, book.fields)
    with pytest.raises(ForecastError, match=r"Use the inputs ta57"):
        build(own, Inputs.SUPERCANDLES57)
