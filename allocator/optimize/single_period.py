"""The best deals of one period, given what is expected and what deals cost.

maximise  mean'h⁺ + cash_return·cash⁺ - cost(u) - γ·h⁺'Σh⁺  over the deals u, where h⁺ = held + u >= 0, and cash pays:
cash⁺ = cash - 1'u - cost(u), exactly. Its rules and its accuracy: `docs/optimizer.md`.
Source: Boyd et al., Multi-Period Trading via Convex Optimization, section 4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from allocator.core.bars import Floats, Mask
from allocator.core.errors import PlanError
from allocator.core.text import text
from allocator.optimize.single_period_columns import (
    DUST,
    Interior,
    NoSolution,
    Optimum,
    Programme,
    Quadratic,
    minimise,
)
from allocator.optimize.single_period_impact import Parabola, descend
from allocator.optimize.single_period_limits import Frame, Room, room, without_answer
from allocator.optimize.single_period_terms import (
    DealCosts,
    Limits,
    check_costs,
    check_held,
    check_limits,
    check_mean,
    check_number,
    checked_covariance,
)

__all__ = ["DealCosts", "Deals", "Limits", "SinglePeriod"]


@dataclass(frozen=True, slots=True, eq=False)
class Deals:
    """What to deal. Shares of the wealth before the deals.

    `change` (N,) signed u; `weights` (N,) after, which with `cash` and `cost` add up to 1; `objective` of the problem;
    `price`: what one more unit of cash (with a total: of it) would add to the objective; `iterations` of the solver.
    """

    change: Floats
    weights: Floats
    cash: float
    cost: float
    objective: float
    price: float
    iterations: int


class SinglePeriod:
    """The optimiser for N assets, to be kept from period to period: what it learns of a covariance it learns once.

    `tolerance`: of the gradient, as a share of the largest forecast or cost. No call influences the answer of another;
    `DealCosts` and `Limits` are values, whose arrays stay as they are. One thread at a time.
    """

    def __init__(self, assets: int, *, tolerance: float = 1e-12) -> None:
        self.assets = assets
        self.tolerance = tolerance
        self._shape = (assets,)
        self._ones = np.ones(assets)
        self._interior = Interior(tolerance)
        self._given = b""
        self._covariance = np.empty((0, 0))
        self._gamma = math.nan
        self._quadratic: Quadratic | None = None
        self._frame: Frame | None = None

    def solve(
        self,
        mean: Floats,
        covariance: Floats,
        held: Floats,
        *,
        gamma: float,
        costs: DealCosts,
        limits: Limits | None = None,
        cash_return: float = 0.0,
        total: float | None = None,
    ) -> Deals:
        """The optimum for `mean` (N,), `covariance` (N, N) and `held` (N,), cash being 1 - Σheld.

        With `total` the weights add up to it and cash is nobody's concern: it has no least and earns nothing.

        Raises:
            Infeasible: limits cannot hold, by name.
            PlanError: gamma, costs or limits make no sense, or the solver stopped short of its accuracy.
            ForecastError: a mean is missing, or the covariance is none.
        """
        period = self._period(mean, covariance, held, gamma, costs, limits, cash_return, total)
        space = room(period.frame, held, period.cash, total)
        optimum = period.optimum(space)
        if limits is not None and limits.minimum_deal > 0.0:
            optimum = _worthwhile(period, space, limits.minimum_deal, optimum)
        return period.deals(optimum)

    def _period(
        self,
        mean: Floats,
        covariance: Floats,
        held: Floats,
        gamma: float,
        costs: DealCosts,
        limits: Limits | None,
        cash_return: float,
        total: float | None,
    ) -> _Period:
        """All that is given, checked; what was checked before is not checked again."""
        shape = self._shape
        if mean.shape != shape or not math.isfinite(mean.dot(mean)):
            check_mean(mean, self.assets, limits)
        if held.shape != shape or not math.isfinite(held.dot(held)):
            check_held(held, self.assets, limits)
        if not -1.0 < cash_return < math.inf:
            check_number(text("the return of cash"), cash_return, above=-1.0)
        frame, quadratic = self._framed(costs, limits, total), self._risk(covariance, gamma)
        cash = 1.0 - float(held.dot(self._ones))
        slope = mean - quadratic.matrix.dot(held)
        if total is not None:
            cash_return = 0.0
        elif cash_return:
            slope -= cash_return
        return _Period(self._interior, mean, quadratic, held, cash, slope, frame, cash_return, total)

    def _framed(self, costs: DealCosts, limits: Limits | None, total: float | None) -> Frame:
        frame = self._frame
        if frame is not None and frame.suits(costs, limits, total=total is not None):
            return frame
        check_costs(costs, self.assets)
        if limits is not None and (frame is None or limits is not frame.limits):
            check_limits(limits, self.assets)
        self._frame = Frame.of(costs, limits, self.assets, total=total is not None)
        return self._frame

    def _risk(self, covariance: Floats, gamma: float) -> Quadratic:
        given = covariance.tobytes()  # compared sooner than numbers are
        if given != self._given or covariance.shape != self._covariance.shape:
            self._covariance = checked_covariance(covariance, self.assets)
            self._given = given
            self._quadratic = None
        if self._quadratic is None or gamma != self._gamma:
            check_number(text("the risk aversion"), gamma, above=0.0)
            self._quadratic = Quadratic(2.0 * gamma * self._covariance)
            self._gamma = gamma
        return self._quadratic


@dataclass(slots=True)
class _Period:
    """One period's problem: minimise ½·u'Qu - slope'u + (1 + cash_return)·cost(u) within a room."""

    interior: Interior
    mean: Floats
    quadratic: Quadratic
    held: Floats
    cash: float
    slope: Floats
    frame: Frame
    cash_return: float
    total: float | None

    def optimum(self, space: Room) -> Optimum:
        model = _Model(self, space)
        impact = self.frame.costs.impact
        if impact is None or not impact.any():
            return model.solve(self.held, None)
        return descend(impact, model)

    def deals(self, optimum: Optimum) -> Deals:
        change = optimum.change
        weights = self.held + change
        cost = self.frame.costs.of(change)
        cash = 1.0 - float(weights.dot(self.frame.ones)) - cost
        risk = 0.5 * float(weights.dot(self.quadratic.matrix.dot(weights)))
        value = float(self.mean.dot(weights)) + self.cash_return * cash - cost - risk
        return Deals(change, weights, cash, cost, value, optimum.prices.item(0), optimum.iterations)


@dataclass(slots=True)
class _Model:
    """The quadratic programme of a period in a room, with a parabola for the impact."""

    period: _Period
    space: Room

    def solve(self, around: Floats, parabola: Parabola | None) -> Optimum:
        period, space, count = self.period, self.space, self.period.held.size
        frame, slope, quadratic, rows, most = period.frame, period.slope, period.quadratic, space.rows, space.most
        each = 1.0 + period.cash_return
        if parabola is not None:
            quadratic = Quadratic(quadratic.matrix + np.diag(parabola.curvature), quadratic.largest)
            slope = slope - each * parabola.slope + parabola.curvature * around
            if period.total is None:
                rows, most = rows.copy(), most.copy()
                rows[0, :count] += parabola.slope
                rows[0, count:] -= parabola.slope
                most[0] += float(parabola.slope @ around) - parabola.value
        linear = frame.fees.copy() if each == 1.0 else each * frame.fees
        linear[:count] -= slope
        linear[count:] += slope
        low, high = space.columns(frame.flat)
        if frame.loose and not space.forced:  # PIQP ends one or two steps sooner without bounds that cannot bind
            buys = high[:count]
            buys[buys > 0.0] = math.inf
        programme = Programme(quadratic, linear, low, high, rows, most, equal=period.total is not None)
        try:
            return minimise(programme, period.interior)
        except NoSolution:
            raise without_answer(programme, frame.limits, period.total) from None

    def measure(self, change: Floats, penalty: float) -> float:
        cost = self.period.frame.costs.of(change)
        return self._smooth(change) + (1.0 + self.period.cash_return) * cost + penalty * self.short(change)

    def short(self, change: Floats) -> float:
        if self.period.total is not None:
            return 0.0
        return max(float(change.sum()) + self.period.frame.costs.of(change) - float(self.space.most[0]), 0.0)

    def modelled(self, change: Floats, around: Floats, parabola: Parabola) -> float:
        costs, moved = self.period.frame.costs, change - around
        cost = DealCosts(costs.buy, costs.sell).of(change) + parabola.value + float(parabola.slope @ moved)
        bend = 0.5 * float(parabola.curvature @ moved**2)
        return self._smooth(change) + (1.0 + self.period.cash_return) * cost + bend

    def weight(self, price: float) -> float:
        return 1.0 + self.period.cash_return + (price if self.period.total is None else 0.0)

    def _smooth(self, change: Floats) -> float:
        return float(change @ (0.5 * (self.period.quadratic.matrix @ change) - self.period.slope))


def _worthwhile(period: _Period, space: Room, smallest: float, optimum: Optimum) -> Optimum:
    """The deals without those below `smallest`: the least are forbidden and the rest dealt anew, until none is left.

    Deals that sell all of a name, or that a bound asks for, may be smaller; all may where the limits cannot hold else.
    """
    while True:
        small = _too_small(optimum.change, period.held, space, smallest)
        if not small.any():
            return optimum
        size = np.where(small, np.abs(optimum.change), np.inf)
        never = small & (size <= max(smallest / 2.0, float(size.min())))
        space = replace(space, low=np.where(never, 0.0, space.low), high=np.where(never, 0.0, space.high))
        iterations = optimum.iterations
        try:
            optimum = period.optimum(space)
        except PlanError:
            return optimum
        optimum = Optimum(optimum.change, optimum.prices, iterations + optimum.iterations)


def _too_small(change: Floats, held: Floats, space: Room, smallest: float) -> Mask:
    size = np.abs(change)
    whole = (change < 0.0) & (held + change < DUST)
    asked = (space.low > 0.0) | (space.high < 0.0)
    return (size > 0.0) & (size < smallest - DUST) & ~whole & ~asked
