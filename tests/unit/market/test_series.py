"""Pages of numbers made bars: columns by name, nulls as NaN, and what can be no bar named."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.market.history import HistoryFault
from allocator.market.iss import Page
from allocator.market.series import CANDLE, DAY, bars_of

ROW = {"begin": "2024-04-01 00:00:00", "open": 1, "high": 2.5, "low": 0.5, "close": 2, "volume": 10, "value": 20.5}


def page(*rows: dict) -> Page:
    return Page({name: tuple(row[name] for row in rows) for name in rows[0]}, len(rows))


def test_columns_are_found_by_name():
    """In any order, strangers aside; a whole number is as good as a fraction."""
    strange = {"novelty": "?", **dict(reversed(ROW.items())), "end": "2024-04-01 18:48:03"}
    bars = bars_of("SBER", page(strange), CANDLE)
    assert ["2024-04-01T00:00:00"] == bars.begin.astype(str).tolist()
    assert [1, 2.5, 0.5, 2, 10, 20.5] == [getattr(bars, name)[0] for name in list(ROW)[1:]]


def test_days_of_history_spell_their_columns_in_capitals():
    """TRADEDATE stands for the begin."""
    row = {"TRADEDATE" if name == "begin" else name.upper(): value for name, value in ROW.items()}
    bars = bars_of("SBER", page(row | {"TRADEDATE": "2024-04-01"}), DAY)
    assert np.datetime64("2024-04-01T00:00:00") == bars.begin[0]
    assert 2.5 == bars.high[0]


def test_null_is_nan():
    """A suspension day has prices of null; they are unknown, never 0."""
    bars = bars_of("GMKN", page(ROW | dict.fromkeys(("open", "high", "low", "close")) | {"volume": 0}), CANDLE)
    assert np.isnan([bars.open[0], bars.high[0], bars.low[0], bars.close[0]]).all()
    assert 0 == bars.volume[0]


def test_wrong_prices_are_left_to_the_sieve():
    """Zero, negative, beyond floats: a bar can hold them, so that somebody else can say what is wrong."""
    bars = bars_of("SBER", page(ROW | {"close": 0, "low": -3, "high": 1e400}), CANDLE)
    assert [0, -3, math.inf] == [bars.close[0], bars.low[0], bars.high[0]]


@pytest.mark.parametrize("column", list(ROW))
def test_a_missing_column_is_named(column: str):
    """Every column is needed."""
    row = {name: value for name, value in ROW.items() if name != column}
    with pytest.raises(HistoryFault, match=f"SBER: the exchange sends no column {column}") as caught:
        bars_of("SBER", page(row), CANDLE)
    assert "SBER" == caught.value.ticker


@pytest.mark.parametrize(
    "begin",
    [
        *("", "2024", "NaT", "2024-02-31 00:00:00", "2024-04-01T00:00+03", "2024-04-01 25:00:00", "today"),
        *(None, 20240401, 1.5, True, ["2024-04-01"], "0000-00-00", "٢٠٢٤-04-01 00:00:00"),
    ],
)
def test_a_time_that_is_none_is_told_with_its_ticker(begin: object):
    """Without a traceback, and without guessing: the row would be lost, so the ticker waits."""
    with pytest.raises(HistoryFault, match=r"SBER: a row of the exchange has begin = .*which is no time"):
        bars_of("SBER", page(ROW, ROW | {"begin": begin}), CANDLE)


@pytest.mark.parametrize("value", ["NaN", "1.5", "", True, [1], {"a": 1}, pytest.param(10**400, id="huge")])
def test_a_number_that_is_none_is_told_with_its_row(value: object):
    """Text is no price, even if Python would read it as one."""
    with pytest.raises(HistoryFault, match=r"SBER: a row of the exchange has close = .*which is no number") as caught:
        bars_of("SBER", page(ROW, ROW | {"begin": "2024-04-02 00:00:00", "close": value}), CANDLE)
    assert "2024-04-02 00:00:00" in str(caught.value)
    assert len(str(caught.value)) < 500


@given(st.lists(st.floats(allow_nan=False) | st.integers(-(10**15), 10**15) | st.none(), min_size=1, max_size=30))
def test_numbers_come_through_unchanged(values: list[float | int | None]):
    """To the last bit; nothing but null becomes NaN."""
    rows = [ROW | {"close": value} for value in values]
    close = bars_of("SBER", page(*rows), CANDLE).close
    assert [math.nan if value is None else float(value) for value in values] == pytest.approx(
        close.tolist(), rel=0, abs=0, nan_ok=True
    )
