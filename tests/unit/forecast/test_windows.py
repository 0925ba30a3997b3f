"""Splits that do not leak, and windows that are the rows they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import table
from torches import torch

from allocator.core.errors import ForecastError
from allocator.forecast.spec import Architecture, ModelSpec
from allocator.forecast.training.split import Split, ends
from allocator.forecast.training.windows import Windows, used_rows

CPU = torch.device("cpu")


@given(st.integers(1, 20), st.integers(0, 20), st.tuples(*[st.integers(0, 100)] * 4))
def test_no_return_of_one_range_reaches_into_the_next(horizon: int, embargo: int, starts: tuple[int, ...]):
    """The last training return is known when the first validation forecast is made, with the embargo to spare."""
    split = Split.purged(sorted(starts), horizon=horizon, embargo=embargo)
    for one, other in ((split.train, split.validation), (split.validation, split.test)):
        if one[0] < one[1]:
            assert one[1] - 1 + horizon + embargo < other[0]


@pytest.mark.parametrize(
    "split",
    [
        Split((0, 100), (100, 200), (203, 300)),  # the return of row 99 ends at 102
        Split((0, 100), (103, 206), (207, 300)),
        Split((0, 100), (103, 200), (203, 301)),
        Split((-1, 100), (103, 200), (203, 300)),
        Split((50, 50), (103, 200), (203, 300)),
        Split((150, 200), (0, 100), (203, 300)),
    ],
)
def test_a_split_that_leaks_is_refused(split: Split):
    """Ranges that overlap over the horizon, leave the data, or train on nothing."""
    features = table(rows=300)
    with pytest.raises(ForecastError, match="horizon 3") as found:
        split.check(ModelSpec(Architecture.LSTM, horizon=3), features)
    assert "horizon" in str(found.value.hint)


def test_a_split_without_validation_or_test_is_one():
    """Nothing stops training early, or testing is done elsewhere."""
    for split in (Split((0, 100), (100, 100), (103, 300)), Split((0, 300), (300, 300), (300, 300))):
        split.check(ModelSpec(Architecture.LSTM, horizon=3), table(rows=300))
        assert split == Split.of(split.plain())


def test_windows_end_where_rows_are_whole():
    """Long enough a run, a bar to trade at, a known volatility, a known return; by time and then by security."""
    features = table(tickers=2, rows=10)
    run, ready, sigma = features.run.copy(), features.ready.copy(), features.sigma.copy()
    run[0] = [1, 2, 3, 4, 0, 1, 2, 3, 4, 5]
    ready[1, 5] = False
    sigma[1, 6] = np.nan
    features = replace(features, run=run, ready=ready, sigma=sigma)
    assert [2, 12, 3, 13, 14, 7, 17, 8, 18, 9, 19] == ends(features, 3, (0, 10)).tolist()
    known = np.isfinite(features.returns(2))
    assert [13, 14, 7, 17] == ends(features, 3, (3, 9), known)[1:].tolist()
    assert [] == ends(features, 3, (5, 5)).tolist()


def test_a_batch_is_the_rows_it_says():
    """x is values[n, t-L+1 : t+1] of the columns asked for; beside it σ√h, the return and the price."""
    features = table(tickers=3, rows=30, channels=4)
    windows = Windows(features, [0, 2], 5, 4, CPU)
    batch = windows.batch(torch.tensor([30 + 4, 2 * 30 + 20]))
    assert np.array_equal(features.values[1, 0:5][:, [0, 2]], batch.x[0].numpy())
    assert np.array_equal(features.values[2, 16:21][:, [0, 2]], batch.x[1].numpy())
    assert pytest.approx([0.02, 0.02]) == batch.sigma.tolist()
    assert [features.returns(4)[1, 4], features.returns(4)[2, 20]] == batch.r.tolist()
    assert pytest.approx([features.close[1, 4], features.close[2, 20]]) == batch.close.tolist()


def test_windows_copy_no_features():
    """The rows are those of the array itself, and a batch is its own to write to."""
    features = table(rows=30)
    windows = Windows(features, [0, 1, 2], 5, 1, CPU)
    assert windows.rows.data_ptr() == features.values.ctypes.data
    before = features.values.copy()
    windows.batch(torch.tensor([7])).x.zero_()
    assert np.array_equal(before, features.values)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(2, 19)), max_size=9))
def test_used_rows_are_those_of_the_windows(pairs: list[tuple[int, int]]):
    """Exactly the rows that some window has in it."""
    expected = np.zeros((2, 20), dtype=bool)
    for n, t in pairs:
        expected[n, t - 2 : t + 1] = True
    places = np.array([n * 20 + t for n, t in pairs], dtype=np.int64)
    assert np.array_equal(expected, used_rows(table(tickers=2, rows=20), places, 3))
