"""What recipes are trained and judged on: the material of a store, with what evolution asks of it."""

from __future__ import annotations

from datetime import date
from typing import Protocol

import numpy as np

from allocator.app.forecast_material import Arrays, Material, bars_a_year
from allocator.app.forecasting import taught_until
from allocator.core.bars import Interval
from allocator.core.errors import ForecastError
from allocator.core.text import Text, text
from allocator.forecast.ensemble import Risk, estimate_risk
from allocator.forecast.evolution import Ranges, Space, ranges
from allocator.forecast.evolution.ranges import most_test_days
from allocator.forecast.failures import NotWrittenError
from allocator.forecast.spec import Inputs
from allocator.forecast.training import Split

SEARCHED = (Inputs.UNIVARIATE, Inputs.TA57, Inputs.OTHERS, Inputs.CONTEXT)
SHARE = 8  # of the history that the longest window may take, as a divisor
LEAST_WINDOW, MOST_WINDOW = 16, 256


class Ground(Protocol):
    """Bars of one interval as features, and which of them are for what."""

    @property
    def interval(self) -> Interval: ...

    @property
    def day(self) -> date:
        """That of the last bar."""

    @property
    def space(self) -> Space: ...

    @property
    def notes(self) -> tuple[Text, ...]: ...

    @property
    def bars_a_year(self) -> float: ...

    @property
    def most_test_days(self) -> int: ...

    @property
    def held_out(self) -> tuple[date, date]:
        """The first and the last day that no choice sees."""

    def knows(self, inputs: Inputs) -> bool:
        """Whether recipes with these inputs can be trained here."""

    def arrays(self, inputs: Inputs) -> Arrays: ...

    def ranges(self, test_days: int) -> Ranges: ...

    def risk(self, stop: int) -> Risk:
        """As it was known before row `stop`."""

    def taught_until(self, split: Split, horizon: int) -> date: ...


class MaterialGround:
    """`Ground` over a `Material`. Raises: `ForecastError` for too short a history, or without any inputs."""

    def __init__(self, material: Material, horizon: int) -> None:
        self._material, self._horizon = material, horizon
        self._times = material.panel.times
        self._risks: dict[int, Risk] = {}
        self._ranges = {0: ranges(self._times, horizon=horizon, test_days=0)}
        groups: dict[Inputs, tuple[str, ...]] = {}
        notes: list[Text] = list(material.notes)
        for inputs in SEARCHED:
            try:
                groups[inputs] = tuple(dict.fromkeys(material.arrays(inputs).features.groups))
            except NotWrittenError:
                raise
            except ForecastError as error:
                notes.append(
                    text("recipes go without the inputs {inputs}: {reason}", inputs=inputs.value, reason=error.message)
                )
        if not groups:
            raise ForecastError(text("There are no features to breed models on; {reason}.", reason=notes[-1]))
        longest = min(max(self._ranges[0].split.train[1] // SHARE, LEAST_WINDOW), MOST_WINDOW)
        self.space, self.notes = Space(groups, horizon, longest), tuple(notes)
        self.interval = material.interval
        self.day: date = self._times[-1].astype("datetime64[D]").item()
        self.bars_a_year = bars_a_year(self._times)
        self.most_test_days = most_test_days(self._times)
        first, end = self._ranges[0].holdout
        days = self._times[[first, end - 1]].astype("datetime64[D]").tolist()
        self.held_out: tuple[date, date] = (days[0], days[1])

    def knows(self, inputs: Inputs) -> bool:
        return inputs in self.space.groups

    def arrays(self, inputs: Inputs) -> Arrays:
        return self._material.arrays(inputs)

    def ranges(self, test_days: int) -> Ranges:
        if test_days not in self._ranges:
            self._ranges[test_days] = ranges(self._times, horizon=self._horizon, test_days=test_days)
        return self._ranges[test_days]

    def risk(self, stop: int) -> Risk:
        if stop not in self._risks:
            close = self._material.panel["close"][:stop]
            with np.errstate(invalid="ignore", divide="ignore"):
                returns = close[1:] / close[:-1] - 1.0
            self._risks[stop] = estimate_risk(returns, self._material.panel.tickers, rows_a_year=self.bars_a_year)
        return self._risks[stop]

    def taught_until(self, split: Split, horizon: int) -> date:
        return taught_until(self._material, split, horizon)
