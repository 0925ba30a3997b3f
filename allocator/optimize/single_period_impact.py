"""Price impact, k·|u|^1.5, by a sequence of quadratic programmes.

Around the deals u of a step the impact is modelled by a parabola in the objective and by its tangent in the row of
cash, whose price weighs the curvature. Two parabolas:

- Newton's, of the same slope and curvature. It ends quickly, but may overshoot.
- The majoriser k·|u|^1.5 + ¾·k·(v² - u²)/|u|^½: |v|^1.5 is concave in v², so this lies above the impact everywhere and
  touches it at u. Its optimum cannot be worse than u.

The measure is the objective and a penalty on missing cash, convex, and exact once the penalty exceeds the price of
cash. A step of Newton's counts if it lowers the measure by a tenth of what its model promises, else the majoriser's
is taken, which lowers it in any case: the measure falls until no step can lower it, which of a convex function is its
optimum. The sequence ends when no deal moves by more than `STILL`, or when the majoriser's step lowers nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from allocator.core.bars import Floats
from allocator.core.errors import PlanError
from allocator.core.text import text
from allocator.optimize.single_period_columns import NEARLY, Optimum

NEWTON, MAJORISER = 0.75, 1.5  # curvature of the parabolas, in k / |u|^½
STILL = 5e-8  # of wealth
STEPS = 200
SMALLEST = 1e-7  # below it a deal's impact counts as the parabola that continues it: that differs by less than k·1e-11
DIGIT = 1e-14  # of the measure: it is a sum of a few hundred terms
DEAR = 100.0  # no price of cash is higher, unless the limits leave hardly a choice
ROUNDING = 1e-14  # of wealth: a fall of the measure by less is no news


@dataclass(slots=True)
class Parabola:
    """Of the impact around one u: `slope` (N,) of its tangent, `value` there, `curvature` (N,) of the model."""

    slope: Floats
    value: float
    curvature: Floats


class Model(Protocol):
    """The period as the sequence sees it; `parabola` None is no impact at all."""

    def solve(self, around: Floats, parabola: Parabola | None) -> Optimum:
        """The optimum of the model around these deals."""

    def measure(self, change: Floats, penalty: float) -> float:
        """What is minimised: with the impact itself, and the penalty on cash that is missing."""

    def short(self, change: Floats) -> float:
        """The cash that is missing after these deals, 0 or more."""

    def modelled(self, change: Floats, around: Floats, parabola: Parabola) -> float:
        """What the model says that the measure of these deals is."""

    def weight(self, price: float) -> float:
        """What a unit of impact counts for at this price of cash."""


def descend(impact: Floats, model: Model) -> Optimum:
    """The optimum with impact k (N,).

    Raises:
        PlanError: it does not come to rest.
    """
    best = model.solve(np.zeros_like(impact), None)
    iterations, penalty, floor = best.iterations, 0.0, 1e-3
    for _ in range(STEPS):
        change, price = best.change, min(abs(float(best.prices[0])), DEAR)
        penalty = max(penalty, 2.0 * price)
        now = model.measure(change, penalty)
        parabola = _parabola(impact, change, NEWTON, model.weight(price), floor)
        found = model.solve(change, parabola)
        iterations += found.iterations
        promised = now - model.modelled(found.change, change, parabola)
        if now - model.measure(found.change, penalty) < 0.1 * promised - ROUNDING:
            found = model.solve(change, _parabola(impact, change, MAJORISER, model.weight(penalty), SMALLEST))
            iterations += found.iterations
            if now - model.measure(found.change, penalty) <= DIGIT * abs(now):
                if model.short(change) <= NEARLY:
                    return replace(best, iterations=iterations)
                penalty = 10.0 * max(penalty, 1e-3)
        best = found
        still = floor <= SMALLEST and float(np.abs(best.change - change).max()) <= STILL
        if still and model.short(best.change) <= NEARLY:
            return replace(best, iterations=iterations)
        floor = max(0.1 * floor, SMALLEST)
    raise PlanError(
        text("The deals with price impact do not come to rest in {count} steps.", count=STEPS),
        text("Give the impact as k of k·|u|^1.5, u the share of wealth that is dealt; 0.1 is already much."),
    )


def _parabola(impact: Floats, change: Floats, kind: float, weight: float, smallest: float) -> Parabola:
    """Of this kind, and the majoriser where u is `smallest` or less: there Newton's knows nothing of what is ahead."""
    size = np.abs(change)
    slope = 1.5 * impact * change / np.sqrt(np.maximum(size, SMALLEST))
    bend = weight * np.where(size > smallest, kind, MAJORISER)
    return Parabola(slope, float(impact @ size**1.5), bend * impact / np.sqrt(np.maximum(size, smallest)))
