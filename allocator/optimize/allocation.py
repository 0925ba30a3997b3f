"""Shares for the names that a portfolio file leaves to the forecast (`[want] SBER = auto`), and the reasons for them.

The names share `total` by the optimiser of one period, among themselves and without cash. What the forecast, the
horizon and the costs are is for the caller to say, in returns of one horizon.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from allocator.core.bars import Floats
from allocator.core.errors import Infeasible
from allocator.core.text import text
from allocator.optimize.single_period import DealCosts, Limits, SinglePeriod
from allocator.optimize.single_period_terms import check_number

NEARLY = 1e-12
TOO_LITTLE = 1e-9  # to choose by: such a total is shared as the caps are


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """Why the shares are what they are; each (N,), a return of one horizon.

    `forecast`: the mean. `risk`: 2γ·(Σh)ᵢ, what one more unit of the name costs in risk. `deal`: what one more unit
    costs to deal: positive where the name is bought, negative where it is sold (one unit less would cost), 0 where it
    is kept. `gradient`: forecast - risk - deal. Names that are dealt and between their bounds have it in common; who is
    at the cap has no less, who sells all has no more. `share_of_risk`: of h'Σh, adds up to 1; 0 where there is no risk.
    """

    forecast: Floats
    risk: Floats
    deal: Floats
    gradient: Floats
    share_of_risk: Floats


def allocate(
    mean: Floats,
    covariance: Floats,
    held: Floats,
    *,
    gamma: float,
    costs: DealCosts,
    cap: float | Floats,
    total: float,
    limits: Limits | None = None,
    cash_return: float | None = None,
) -> Floats:
    """Shares of wealth (N,) of the names, which add up to `total`.

    `mean` (N,) and `covariance` (N, N) of the returns over the horizon, `held` (N,) what is held, as shares of wealth.
    `cap`: most of each name, a share of wealth, one for all or (N,). `limits` adds groups or other bounds.
    With `cash_return` the shares may add up to less: the rest is cash that earns so much, and pays the deals.

    Raises:
        Infeasible: the caps leave no room for the total, or a limit forbids it.
        PlanError: gamma, costs or limits make no sense.
        ForecastError: a mean is missing, or the covariance is none.
    """
    count = mean.size
    check_number(text("the total to share"), total, above=-NEARLY)
    caps = np.minimum(np.broadcast_to(np.asarray(cap, dtype=np.float64), count), max(total, 0.0))
    limits = limits or Limits()
    upper = caps if limits.upper is None else np.minimum(caps, limits.upper)
    if float(upper.sum()) < total - NEARLY and cash_return is None:
        raise Infeasible(
            text(
                "The cap on each of {count} auto {count:asset|assets} leaves {room:.4%}, and {total:.4%} is to "
                "be shared.",
                count=count,
                room=float(upper.sum()),
                total=total,
            ),
            text("Raise the cap, or make more assets auto."),
        )
    limits = replace(limits, upper=upper)
    optimiser = SinglePeriod(count)
    if cash_return is not None:
        limits = replace(limits, cash_lower=max(limits.cash_lower, 1.0 - total))
        return optimiser.solve(
            mean, covariance, held, gamma=gamma, costs=costs, limits=limits, cash_return=cash_return
        ).weights
    if total <= TOO_LITTLE:
        return upper * (total / float(upper.sum())) if total > 0.0 else np.zeros(count)
    shares = optimiser.solve(mean, covariance, held, gamma=gamma, costs=costs, limits=limits, total=total).weights
    shares *= total / float(shares.sum())
    shares[int(shares.argmax())] += total - float(shares.sum())  # the last digit
    return shares


def reasons(
    shares: Floats, mean: Floats, covariance: Floats, held: Floats, *, gamma: float, costs: DealCosts
) -> Reasons:
    """What speaks for and against one more unit of each name at these shares; arguments as for `allocate`."""
    change = shares - held
    marginal = covariance @ shares
    bend = 0.0 if costs.impact is None else 1.5 * costs.impact * np.sqrt(np.abs(change))
    dealt = np.abs(change) > NEARLY
    deal = np.where(dealt, np.where(change > 0.0, costs.buy + bend, -costs.sell - bend), 0.0)
    risk = 2.0 * gamma * marginal
    gradient = mean - risk - deal
    variance = float(shares @ marginal)
    return Reasons(
        forecast=mean,
        risk=risk,
        deal=deal,
        gradient=gradient,
        share_of_risk=shares * marginal / variance if variance > 0.0 else np.zeros_like(shares),
    )
