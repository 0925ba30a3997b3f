"""What the optimiser of one period is told: costs, limits, risk; and what it refuses to be told.

All weights are shares of wealth (1 = all), cash apart; all returns are simple, fractions, of one period.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocator.core.bars import Floats, Mask
from allocator.core.errors import ForecastError, PlanError
from allocator.core.text import Text, text

ROUNDING = 1e-8  # a negative eigenvalue so small beside the largest is rounding: it is set to zero


@dataclass(frozen=True, slots=True, eq=False)
class DealCosts:
    """What a deal costs.

    `buy`, `sell` (N,): a share of what is dealt (fee and half the spread), from 0 to below 1. `impact` (N,): k of
    k·|u|^1.5, u the share of wealth that is dealt; None: none. The usual law is the square root of a deal's part of the
    turnover: k = b·σ·sqrt(wealth / turnover of a period).
    """

    buy: Floats
    sell: Floats
    impact: Floats | None = None

    def of(self, change: Floats) -> float:
        """What these deals cost together, a share of wealth; `change` (N,) signed."""
        size = np.abs(change)
        if self.buy is self.sell:
            cost = float(self.buy @ size)
        else:
            cost = float(self.buy @ np.maximum(change, 0.0) + self.sell @ np.maximum(-change, 0.0))
        return cost if self.impact is None else cost + float(self.impact @ size**1.5)

    def each(self, change: Floats) -> Floats:
        """(N,) what each of these deals costs, a share of wealth."""
        size = np.abs(change)
        cost = np.where(change > 0, self.buy, self.sell) * size
        return cost if self.impact is None else cost + self.impact * size**1.5


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """What the weights after the deals must satisfy.

    `lower`, `upper` (N,) of each weight (None: 0 and 1). `may_buy`, `may_sell` (N,) masks (None: all). `groups`: ((N,)
    mask, most of their sum), a sector for example. `turnover`: most of half the sum of |u|. `minimum_deal`: share of
    wealth below which a deal is not made. `cash_lower`: least cash after the deals. `names` (N,) and `group_names` are
    for errors only.
    """

    lower: Floats | None = None
    upper: Floats | None = None
    may_buy: Mask | None = None
    may_sell: Mask | None = None
    groups: Sequence[tuple[Mask, float]] = ()
    turnover: float | None = None
    minimum_deal: float = 0.0
    cash_lower: float = 0.0
    names: Sequence[str] = ()
    group_names: Sequence[str] = ()

    def name(self, position: int) -> str:
        return self.names[position] if position < len(self.names) else f"#{position + 1}"

    def group_name(self, position: int) -> str:
        return self.group_names[position] if position < len(self.group_names) else f"#{position + 1}"


def check_costs(costs: DealCosts, assets: int) -> None:
    """Raises: PlanError: a cost is missing, negative, or eats the whole deal."""
    for what, values, most in (
        (text("the cost of buying"), costs.buy, 1.0),
        (text("the cost of selling"), costs.sell, 1.0),
        (text("the price impact"), costs.impact, np.inf),
    ):
        if values is None:
            continue
        check_length(what, values, assets)
        if not ((values >= 0.0) & (values < most)).all():
            raise PlanError(
                text("{what} is {value}.", what=what, value=float(values[~((values >= 0.0) & (values < most))][0])),
                text("Give costs as shares of a deal, from 0 to below 1: 0.0005 is 0.05%."),
            )


def check_limits(limits: Limits, assets: int) -> None:
    """Raises: PlanError: a limit is no number, is negative where that means nothing, or contradicts itself."""
    for what, values in (
        (text("the lower bounds"), limits.lower),
        (text("the upper bounds"), limits.upper),
        (text("the permissions to buy"), limits.may_buy),
        (text("the permissions to sell"), limits.may_sell),
        *(
            (text("the members of group {group}", group=limits.group_name(k)), m)
            for k, (m, _) in enumerate(limits.groups)
        ),
    ):
        if values is not None:
            check_length(what, values, assets)
    lower = np.zeros(assets) if limits.lower is None else limits.lower
    upper = np.ones(assets) if limits.upper is None else limits.upper
    wrong = ~((lower >= 0.0) & (lower <= upper) & np.isfinite(upper))
    if wrong.any():
        worst = int(wrong.argmax())
        raise PlanError(
            text(
                "The bounds of {name} are {lower:.4g} and {upper:.4g}.",
                name=limits.name(worst),
                lower=float(lower[worst]),
                upper=float(upper[worst]),
            ),
            text("Give a lower bound of 0 or more, and an upper bound that is not below it."),
        )
    numbers = (limits.minimum_deal, 0.0 if limits.turnover is None else limits.turnover, *(m for _, m in limits.groups))
    if not (all(np.isfinite(each) and each >= 0.0 for each in numbers) and np.isfinite(limits.cash_lower)):
        raise PlanError(
            text("A turnover, a smallest deal or a limit of a group is negative or no number."),
            text("Give shares of wealth: 0.2 is 20%."),
        )


def check_mean(mean: Floats, assets: int, limits: Limits | None = None) -> None:
    """Raises: ForecastError: a forecast is missing or infinite."""
    check_length(text("the forecast"), mean, assets)
    missing = np.flatnonzero(~np.isfinite(mean))
    if missing.size:
        names = ", ".join((limits or Limits()).name(int(each)) for each in missing[:5])
        raise ForecastError(
            text("There is no forecast for {names}.", names=names),
            text("Leave a name without a forecast out, or forbid its deals and give 0."),
        )


def check_held(held: Floats, assets: int, limits: Limits | None = None) -> None:
    """Raises: PlanError: what is held of a name is no number."""
    check_length(text("what is held"), held, assets)
    missing = np.flatnonzero(~np.isfinite(held))
    if missing.size:
        names = ", ".join((limits or Limits()).name(int(each)) for each in missing[:5])
        raise PlanError(
            text("What is held of {names} is no number.", names=names),
            text("A holding without a price cannot be weighed: leave it out."),
        )


def checked_covariance(covariance: Floats, assets: int) -> Floats:
    """The covariance (N, N), symmetric to the last digit and without a negative eigenvalue.

    An eigenvalue down to -1e-8 of the largest is rounding and becomes zero; below that the matrix is refused.

    Raises:
        ForecastError: not finite, not symmetric, or not a covariance.
    """
    if covariance.shape != (assets, assets):
        raise PlanError(
            text(
                "The covariance has the shape {shape} for {count} {count:asset|assets}.",
                shape=covariance.shape,
                count=assets,
            )
        )
    again = text("Estimate it from complete returns, or shrink it towards its diagonal.")
    if not np.isfinite(covariance).all():
        raise ForecastError(text("The covariance has entries that are no numbers."), again)
    size = float(np.abs(covariance).max())
    if float(np.abs(covariance - covariance.T).max()) > ROUNDING * size:
        raise ForecastError(text("The covariance is not symmetric."), again)
    even = (covariance + covariance.T) / 2.0
    try:
        np.linalg.cholesky(even)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(even)
        if values[0] < -ROUNDING * max(float(values[-1]), 0.0) or values[-1] < 0.0:
            raise ForecastError(
                text(
                    "The covariance is not positive semidefinite: an eigenvalue is {lowest:.3g}, "
                    "the largest {highest:.3g}.",
                    lowest=float(values[0]),
                    highest=float(values[-1]),
                ),
                again,
            ) from None
        even = (vectors * np.maximum(values, 0.0)) @ vectors.T
        even = (even + even.T) / 2.0
    return even


def check_number(what: Text, value: float, *, above: float) -> None:
    """Raises: PlanError: `value` is not a finite number above `above`."""
    if not (np.isfinite(value) and value > above):
        raise PlanError(
            text("{what} is {value:g}.", what=what, value=value),
            text("Give a number above {above:g}.", above=above),
        )


def check_length(what: Text, values: Floats | Mask, assets: int) -> None:
    """Raises: PlanError: there is not one value for each asset."""
    if np.shape(values) != (assets,):
        raise PlanError(
            text(
                "{what}: {found} {found:value|values} for {count} {count:asset|assets}.",
                what=what,
                found=np.shape(values),
                count=assets,
            )
        )
