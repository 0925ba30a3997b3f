"""How far ahead forecasts look: as the settings say, else about as long as what is bought is kept.

Models of one horizon say nothing of another. So there are few to choose from, and while there are no models yet for the
one that is wanted, those of the nearest are asked.
"""

from __future__ import annotations

import math

from allocator.app.accounts_pace import pace
from allocator.config.settings import ForecastSettings
from allocator.core.bars import Interval
from allocator.forecast.spec import ModelSpec
from allocator.store import Transaction

USUAL = 5  # bars, while no account says how long anything is kept
RUNGS = (1, 2, 5, 10, 21, 63)  # trading days


def wanted_horizon(tx: Transaction, settings: ForecastSettings, interval: Interval) -> int:
    """Bars ahead that models are to be trained for. Raises: `StoreError`."""
    if settings.horizon is not None:
        return settings.horizon
    kept = pace(tx)
    if kept.since is None:
        return USUAL
    return max(rung for rung in RUNGS if rung <= kept.horizon) * interval.bars_a_day


def living_horizon(tx: Transaction, settings: ForecastSettings, interval: Interval) -> int:
    """Bars ahead that models can be asked about: of those that live the nearest to what is wanted.

    Raises: `StoreError`.
    """
    wanted = wanted_horizon(tx, settings, interval)
    living = {
        ModelSpec.from_json(each.spec_json).horizon
        for each in tx.models.all()
        if each.interval is interval and each.file
    }
    if settings.horizon is not None or not living:
        return wanted
    return min(living, key=lambda each: (abs(math.log(each / wanted)), each))
