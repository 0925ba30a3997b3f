"""How far ahead forecasts look: as the settings say, else about as long as what is bought is kept.

Models of one horizon say nothing of another. So there are few to choose from, and while there are no models yet for the
one that is wanted, those of the nearest are asked.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from allocator.app.accounts_pace import pace
from allocator.app.recipes import readable, recipe, unreadable
from allocator.config.settings import ForecastSettings
from allocator.core.bars import Interval
from allocator.core.errors import ForecastError
from allocator.core.text import Text, text
from allocator.forecast.spec import ModelSpec
from allocator.store import Store, StoredModel, Transaction

TRAIN = "allocator train --count 5"
USUAL = 5  # bars, while no account says how long anything is kept
RUNGS = (1, 2, 5, 10, 21, 63)  # trading days


@dataclass(frozen=True, slots=True)
class Living:
    """The living models of an interval that can be asked, by the bars ahead that they look; `notes` on the others."""

    at: dict[int, list[StoredModel]] = field(default_factory=dict)
    notes: list[Text] = field(default_factory=list)


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
    living = by_horizon(tx, interval).at
    if settings.horizon is not None or not living:
        return wanted
    return min(living, key=lambda each: (abs(math.log(each / wanted)), each))


def by_horizon(tx: Transaction, interval: Interval) -> Living:
    """Who can be asked. Raises: `StoreError`."""
    found = Living()
    for model in tx.models.all():
        if model.interval is interval and model.file:
            spec = recipe(model)
            if spec is None:
                found.notes.append(unreadable(model))
            else:
                found.at.setdefault(spec.horizon, []).append(model)
    return found


def living_models(store: Store, interval: Interval, horizon: int) -> tuple[list[StoredModel], list[Text]]:
    """The living models of this interval and horizon, and notes on the others.

    Raises: `ForecastError` when there are none; `StoreError`.
    """
    with store.reading() as tx:
        living = by_horizon(tx, interval)
    if horizon in living.at:
        return living.at[horizon], left_alone(horizon, living)
    train = text("Train some: {command}", command=f"{TRAIN} --interval {interval.value} --horizon {horizon}")
    if living.at:
        raise ForecastError(
            text(
                "No model looks {horizon} {horizon:bar|bars} ahead; there are models for {others}.",
                horizon=horizon,
                others=listed(living.at),
            ),
            train,
        )
    raise ForecastError(unasked(living.notes[0]) if living.notes else text("There are no models yet."), train)


def living_specs(store: Store, interval: Interval, horizon: int) -> list[ModelSpec]:
    """What the living models of this interval and horizon are made by, the oldest first. Raises: as `living_models`."""
    models, _ = living_models(store, interval, horizon)
    return [spec for _, spec in readable(models)]


def unasked(reason: Text) -> Text:
    """That no model can be asked, by the reason of the first."""
    return text("No model could be asked; {reason}.", reason=reason)


def left_alone(horizon: int, living: Living) -> list[Text]:
    """Notes on the living models that nobody asks now: those of other horizons, and those that cannot be read."""
    others = set(living.at) - {horizon}
    if not others:
        return living.notes
    note = text(
        "the horizon is {horizon} {horizon:bar|bars}; models of other horizons are left alone: {others} (--horizon N)",
        horizon=horizon,
        others=listed(others),
    )
    return [note, *living.notes]


def listed(horizons: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(horizons)))
