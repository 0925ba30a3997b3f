"""What happened in a backtest: one row for each decision, one value more than that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.core.bars import Floats, Times
from allocator.core.text import Text


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """P periods of N securities: period p is from decision p to the next, and there is no NaN anywhere.

    `times` (P + 1,) datetime64[s]: the bar at whose close each decision is taken; the last has only a value. `value`,
    `cash` (P + 1,) roubles and `weights` (P + 1, N) shares of value, all before the deals of the period. `deals` (P, N)
    roubles, bought above zero. `fees` (rate and fixed), `spread`, `impact` (P,) roubles paid. `cash_returns` (P,) of a
    rouble over the period; `benchmark_returns` (P,) or None without a benchmark. `policy_s` (P,) seconds that each
    decision took; `simulator_s` all seconds besides, of which `market_data_s` for reading the market and `result_s` for
    putting this together. `events`: what happened to securities and to the strategy, with the bar's time. `broke`: the
    value went to nothing before the end, and the path ends there.
    """

    name: str
    tickers: tuple[str, ...]
    times: Times
    value: Floats
    cash: Floats
    weights: Floats
    deals: Floats
    fees: Floats
    spread: Floats
    impact: Floats
    cash_returns: Floats
    benchmark_returns: Floats | None
    policy_s: Floats
    simulator_s: float = 0.0
    market_data_s: float = 0.0
    result_s: float = 0.0
    benchmark_name: str = ""
    events: tuple[tuple[np.datetime64, Text], ...] = ()
    broke: bool = False

    @property
    def periods(self) -> int:
        return len(self.deals)

    @property
    def returns(self) -> Floats:
        """(P,) of value over each period, fractions."""
        return self.value[1:] / self.value[:-1] - 1

    @property
    def excess_returns(self) -> Floats:
        """(P,) returns less those of cash."""
        return self.returns - self.cash_returns

    @property
    def active_returns(self) -> Floats:
        """(P,) returns less those of the benchmark; of cash without one."""
        return self.returns - (self.cash_returns if self.benchmark_returns is None else self.benchmark_returns)

    @property
    def costs(self) -> Floats:
        """(P,) all that was paid for deals, roubles."""
        return self.fees + self.spread + self.impact

    @property
    def turnover(self) -> Floats:
        """(P,) half of what was dealt over the value before: a switch of everything is 1."""
        found: Floats = np.abs(self.deals).sum(axis=1) / (2 * self.value[:-1])
        return found

    @property
    def leverage(self) -> Floats:
        """(P + 1,) sum of |weights| without cash."""
        found: Floats = np.abs(self.weights).sum(axis=1)
        return found

    @property
    def drawdown(self) -> Floats:
        """(P + 1,) value over its greatest so far, less 1: zero or below."""
        return self.value / np.maximum.accumulate(self.value) - 1
