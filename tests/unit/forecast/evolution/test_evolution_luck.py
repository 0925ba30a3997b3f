"""The best recipe's Sharpe ratio, after all that was tried."""

from __future__ import annotations

import numpy as np
from records import made

from allocator.forecast.evolution.luck import luck


def test_the_best_of_many_worthless_recipes_is_luck() -> None:
    """Of sixty recipes without skill the best is not believed once the sixty are counted."""
    rng = np.random.default_rng(1)
    records = [made(rng.normal(size=60), rng.normal(size=60)) for _ in range(60)]
    best = max(records, key=lambda each: each.excess.mean())
    found = luck(best, records, 60, horizon=1)
    assert found is not None
    assert found.alone > 0.95
    assert found.probability < 0.95
    assert 40 < found.trials <= 60


def test_recipes_that_died_are_trials_too() -> None:
    """The same record means less when more were tried, whether they live or not."""
    rng = np.random.default_rng(2)
    records = [made(rng.normal(size=60), rng.normal(0.2, 1, 60)) for _ in range(5)]
    few, many = (luck(records[0], records, tried, horizon=1) for tried in (5, 500))
    assert few is not None
    assert many is not None
    assert many.probability < few.probability


def test_nothing_is_said_of_few_days_or_of_no_return() -> None:
    """Where a ratio has no meaning there is none, and no failure."""
    flat = made(np.zeros(30), np.zeros(30))
    assert luck(flat, [flat], 1, horizon=1) is None
    short = made(np.zeros(5), [0.1, 0.2, 0.1, 0.0, 0.1])
    assert luck(short, [short], 3, horizon=5) is None
