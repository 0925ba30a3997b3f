"""How much of the best recipe's return is the luck of having tried so many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from allocator.core.errors import ForecastError
from allocator.forecast.evaluation.sharpe import Deflated, deflated_sharpe, independent_trials
from allocator.forecast.evolution.judging import LEAST_BARS
from allocator.forecast.evolution.record import Record, common


def luck(best: Record, living: Sequence[Record], tried: int, *, horizon: int) -> Deflated | None:
    """The deflated Sharpe ratio of what `best` earned above equal weights on the days that it was judged by.

    Every recipe `tried` is a trial, whether it lives or not; how alike they are is seen on the days that `living`
    have in common. None where too few days, or returns that never change, tell nothing.
    """
    times = common(living) if living else best.times[:0]
    alike = np.stack([each.at(times).excess for each in living]) if len(times) >= LEAST_BARS else np.zeros((0, 0))
    trials = independent_trials(alike, tried) if len(alike) else float(tried)
    try:
        return deflated_sharpe(best.excess, trials, horizon=horizon)
    except ForecastError:
        return None
