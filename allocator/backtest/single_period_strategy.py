"""The strategy of forecasts: at each decision, the deals of the single-period optimiser."""

from __future__ import annotations

from dataclasses import replace
from math import isnan
from typing import Any, Literal

import numpy as np

from allocator.backtest.forecasts import Forecasts, View
from allocator.backtest.seen import Seen
from allocator.core.bars import Floats
from allocator.core.errors import ConfigError
from allocator.core.text import text
from allocator.optimize.single_period import DealCosts, Limits, SinglePeriod

Missing = Literal["hold", "sell"]
NOTHING = 1e-6  # of wealth that can be moved: all of it is in what cannot be sold


class SinglePeriodStrategy:
    """Maximises mean'h - costs - `gamma`·h'Σh until the horizon of the forecasts, at every `every`-th decision.

    `limits` are those of the optimiser, a minimum deal among them: with `every`, what keeps small forecasts from
    feeding the broker. Costs are those of the backtest (`Seen.rates`, `Seen.impact`; the fixed part of a deal is not a
    matter of size, and `limits.minimum_deal` is the remedy). Where the forecasts do not say what cash will earn, it is
    expected to earn until the next decision what it earned in the last bar, for each of the bars until then.

    What has no bar can neither be bought nor sold. What has no forecast is not bought; with `missing` "hold" it is not
    sold either, with "sell" it is sold. A lower or upper bound that such a weight breaks is moved to the weight. When
    all wealth is in what cannot be sold, nothing is dealt.

    Raises: `ConfigError` for a gamma that is not above zero, or an `every` below 1.
    """

    __slots__ = ("_costs", "_solver", "every", "forecasts", "gamma", "limits", "missing", "name", "tolerance")

    def __init__(
        self,
        forecasts: Forecasts,
        gamma: float,
        *,
        limits: Limits | None = None,
        every: int = 1,
        missing: Missing = "hold",
        tolerance: float = 1e-11,
        name: str = "single period",
    ) -> None:
        if not 0 < gamma < np.inf or every < 1:
            raise ConfigError(
                text(
                    "A risk aversion of {gamma} at every {every} {every:bar|bars} cannot be.", gamma=gamma, every=every
                ),
                text("The risk aversion is above 0, and decisions are at every bar or rarer."),
            )
        self.forecasts, self.gamma, self.limits, self.name = forecasts, gamma, limits, name
        self.every, self.missing, self.tolerance = every, missing, tolerance
        self._solver: SinglePeriod | None = None
        self._costs: DealCosts | None = None

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        """Without the solver, which the other process sets up anew."""
        kept = ("every", "forecasts", "gamma", "limits", "missing", "name", "tolerance")
        return None, {**{name: getattr(self, name) for name in kept}, "_solver": None, "_costs": None}

    def decide(self, seen: Seen) -> Floats | None:
        if seen.step % self.every:
            return None
        view = self.forecasts.at(seen.row)
        if view is None:
            seen.note(text("From here on there are bars without any forecast; nothing is dealt at them."))
            return None
        if self._solver is None:
            self._solver = SinglePeriod(len(seen.weights), tolerance=self.tolerance)
        mean, limits, can = view.mean, self.limits, seen.tradable
        if seen.impact is None:
            costs = self._without_impact(seen)
        else:
            can = can & np.isfinite(seen.impact)
            costs = DealCosts(seen.rates, seen.rates, np.where(can, seen.impact, 0.0) * np.sqrt(seen.value))
        if np.count_nonzero(can) < len(can) or isnan(mean.dot(mean)):  # sooner said than all() and isnan().any()
            mean, limits = self._restricted(seen, view, can)
            if seen.weights[limits.may_sell].sum() + seen.cash_weight <= NOTHING:
                return None
        cash = self.every * seen.cash_return if view.cash is None else view.cash
        return self._solver.solve(
            mean,
            view.covariance,
            seen.weights,
            gamma=self.gamma,
            costs=costs,
            limits=limits,
            cash_return=cash,
        ).weights

    def _without_impact(self, seen: Seen) -> DealCosts:
        """The same object while rates are the same: the optimiser checks costs that it does not know."""
        if self._costs is None or self._costs.buy is not seen.rates:
            self._costs = DealCosts(seen.rates, seen.rates)
        return self._costs

    def _restricted(self, seen: Seen, view: View, can: np.ndarray[Any, np.dtype[np.bool_]]) -> tuple[Floats, Limits]:
        """The forecast without its gaps, and limits that leave alone what has no bar or no forecast."""
        limits, held = self.limits or Limits(), seen.weights
        unknown = np.isnan(view.mean)
        self._tell(seen, unknown & can)
        may_buy, may_sell = can & ~unknown, can.copy()
        if self.missing == "hold":
            may_sell &= ~unknown
        if limits.may_buy is not None:
            may_buy &= limits.may_buy
        if limits.may_sell is not None:
            may_sell &= limits.may_sell
        lower = np.zeros(len(held)) if limits.lower is None else limits.lower
        upper = np.ones(len(held)) if limits.upper is None else limits.upper
        if self.missing == "sell":
            lower, upper = np.where(unknown, 0.0, lower), np.where(unknown, 0.0, upper)
        lower = np.where(may_buy, lower, np.minimum(lower, held))
        upper = np.where(may_sell, upper, np.maximum(upper, held))
        mean = np.where(unknown, 0.0, view.mean)
        return mean, replace(limits, lower=lower, upper=upper, may_buy=may_buy, may_sell=may_sell)

    def _tell(self, seen: Seen, unknown: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
        count = int(unknown.sum())
        if not count:
            return
        if self.missing == "sell":
            seen.note(text("From here on securities lack a forecast at times: they are sold then."))
        else:
            seen.note(text("From here on securities lack a forecast at times: they are left as they are then."))
