"""Walk-forward folds: nothing that a test or the holdout will tell is known before."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from allocator.core.errors import ForecastError
from allocator.forecast.evaluation import walk_forward

SMALL = st.integers(1, 40)
NONE = st.integers(0, 40)


def labels(span, horizon):
    """The rows whose closes the returns of forecasts made in a range read."""
    return set(range(span[0] + 1, span[1] + horizon)) if span[0] < span[1] else set()


@given(st.integers(50, 600), SMALL, NONE, SMALL, st.integers(1, 15), NONE, NONE, st.booleans(), st.none() | SMALL)
def test_no_label_of_one_range_is_in_the_next(
    rows, train, validation, test, horizon, embargo, holdout, rolling, folds
) -> None:
    """Purged and embargoed, whatever the sizes; tests touch and do not overlap; the holdout is never seen."""
    sizes = {"train": train, "validation": validation, "test": test, "horizon": horizon, "embargo": embargo}
    assume(rows >= train + validation + test + holdout + 3 * (horizon + embargo))
    found = walk_forward(rows, **sizes, holdout=holdout, rolling=rolling, folds=folds)
    assert (rows - holdout, rows) == found.holdout
    assert folds is None or len(found.folds) <= folds
    for fold in found.folds:
        ranges = [each for each in (fold.train, fold.validation, fold.test, found.holdout) if each[0] < each[1]]
        assert all(0 <= start < stop <= rows for start, stop in ranges)
        for before, after in pairwise(ranges):
            assert not labels(before, horizon) & labels(after, horizon)
            assert after[0] - before[1] >= horizon + embargo
        assert validation == fold.validation[1] - fold.validation[0]
        assert test == fold.test[1] - fold.test[0]
        length = fold.train[1] - fold.train[0]
        assert (train == length) if rolling else (train <= length and 0 == fold.train[0])
    assert all(a.test[1] == b.test[0] for a, b in pairwise(found.folds))


@given(st.integers(50, 300), SMALL, SMALL, st.integers(1, 9))
def test_as_many_folds_as_fit(rows: int, train: int, test: int, horizon: int) -> None:
    """The first has too little before it for one more."""
    assume(rows >= train + test + horizon)
    first = walk_forward(rows, train=train, validation=0, test=test, horizon=horizon).folds[0]
    assert train <= first.train[1] < train + test


def test_by_hand() -> None:
    """100 rows, a horizon of 2, an embargo of 3, the last 10 held out."""
    found = walk_forward(100, train=30, validation=10, test=15, horizon=2, embargo=3, holdout=10)
    assert [(55, 70), (70, 85)] == [fold.test for fold in found.folds]
    assert ((0, 35), (40, 50)) == (found.folds[0].train, found.folds[0].validation)
    assert (90, 100) == found.holdout
    assert (
        found.folds[1:]
        == walk_forward(100, train=30, validation=10, test=15, horizon=2, embargo=3, holdout=10, folds=1).folds
    )
    rolled = walk_forward(100, train=30, validation=10, test=15, horizon=2, embargo=3, holdout=10, rolling=True)
    assert (20, 50) == rolled.folds[1].train


def test_a_history_too_short_says_how_long_it_must_be() -> None:
    """With the number of bars that would do; one less would not."""
    sizes = {"train": 30, "validation": 10, "test": 15, "horizon": 2, "embargo": 3, "holdout": 10}
    with pytest.raises(ForecastError, match="79 bars are too few to walk forward: 80 are needed"):
        walk_forward(79, **sizes)
    assert 1 == len(walk_forward(80, **sizes).folds)


@pytest.mark.parametrize("wrong", [{"train": 0}, {"test": 0}, {"horizon": 0}, {"embargo": -1}, {"folds": 0}])
def test_sizes_make_sense(wrong) -> None:
    """A size below one is a mistake of the caller."""
    with pytest.raises(ValueError, match="train"):
        walk_forward(100, **({"train": 10, "validation": 5, "test": 5} | wrong))
