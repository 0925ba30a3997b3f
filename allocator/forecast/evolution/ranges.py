"""Which days train a recipe, stop it, judge it, and which no choice ever sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.core.bars import Times
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.training.split import Range, Split

HOLDOUT_DAYS = 60  # all days of the verdict on a forecast; a sixth of the history where that is less
LEAST_TEST_DAYS = 20  # fewer, and the bootstrap finds differences that are not there
LEAST_HORIZONS = 8  # of bars that judge: returns over the horizon overlap, and fewer say next to nothing
MOST_TEST_DAYS = 66  # with the holdout half a year: what forecasts has learnt from nothing newer
LEAST_TRAIN_ROWS = 128
VALIDATION = (60, 2000)  # rows; an eighth of the history between them


@dataclass(frozen=True, slots=True)
class Ranges:
    """`split` trains, stops and judges; `holdout` are the rows after it. `test_days` are the days judged by."""

    split: Split
    holdout: Range
    test_days: int


def most_test_days(times: Times) -> int:
    """A quarter of the days before the holdout, three months at most: more would leave too little to learn from."""
    count = len(_days(times))
    return min(max(LEAST_TEST_DAYS, (count - _held_out(count)) // 4), MOST_TEST_DAYS)


def ranges(times: Times, *, horizon: int, test_days: int) -> Ranges:
    """Of (T,) times of rows: the last days are held out, the `test_days` before them judge.

    Each return that is trained, stopped or judged on is over before the next range begins, the holdout included.
    Raises: `ForecastError` when too little is left to train on.
    """
    days = _days(times)
    held = _held_out(len(days))
    wanted = min(max(test_days, LEAST_TEST_DAYS), most_test_days(times))
    rows = len(times)
    dates = times.astype("datetime64[D]")
    hold = int(np.searchsorted(dates, days[-held])) if held else rows
    hold = min(hold, rows - max(40 + horizon, 4 * horizon + 5))  # a verdict takes no fewer rows
    stop = hold - horizon
    before = np.unique(dates[: max(stop, 0)])
    validation = min(max(rows // 8, VALIDATION[0]), VALIDATION[1])
    begin = int(np.searchsorted(dates, before[-wanted])) if len(before) >= wanted else 0
    begin = min(begin, stop - LEAST_HORIZONS * horizon)
    first = begin - horizon - validation
    if first - horizon < LEAST_TRAIN_ROWS:
        raise ForecastError(
            text(
                "The history is too short for models to breed: {days} days of which {held} are held out and {test} "
                "judge.",
                days=len(days),
                held=len(_days(times[max(hold, 0) :])),
                test=wanted,
            ),
            text("Load a longer history: allocator refresh"),
        )
    split = Split.purged((0, first, begin, stop), horizon=horizon)
    return Ranges(split, (hold, rows), len(_days(times[begin:stop])))


def _days(times: Times) -> Times:
    return np.unique(times.astype("datetime64[D]"))


def _held_out(days: int) -> int:
    return min(HOLDOUT_DAYS, days // 6)
