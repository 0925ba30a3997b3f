"""Which securities to buy and which to sell: the slope of utility for each model, and the exchanges that are proven.

The utility of weights w, cash being what they lack to one, is that of the single-period optimiser, w'm - γ w'Σw, in
figures of a year. Moving a little of cash into security i raises it by

    m_i - 2γ (Σw)_i,

and moving a little of j into i by the difference of the two. Cash itself, without return and risk, has slope zero, so
it stands among the others: as what a sale may bring and what a purchase may be paid with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.core.bars import Floats, Mask


def gradients(mean: Floats, deviation: Floats, correlation: Floats, weights: Floats, aversion: Floats) -> Floats:
    """(M, N) the slope of utility by each weight, as each of M models sees it; NaN where a model is silent.

    `mean`, `deviation` (M, N): of a security's return; `correlation` (N, N) is common to all models; `weights` (N,) as
    held; `aversion` (M,): γ of each model. A deviation must be known wherever something is held.
    """
    moved = np.where(weights > 0, deviation * weights, 0.0) @ correlation
    slope: Floats = mean - 2.0 * aversion[:, None] * deviation * moved
    return slope


@dataclass(frozen=True, slots=True, eq=False)
class UnitCosts:
    """What dealing costs, (N,) each, as a share of what is dealt.

    `rate`: the broker's share and half the spread. `fixed`: fee of a deal, share of wealth. `impact`: k of a cost of
    k·|u|^1.5 of wealth for a deal of u, infinite where nothing is traded. Square-root impact: Boyd et al., Multi-Period
    Trading via Convex Optimization, 2017, section 2.3, with k = b·σ·√(wealth / turnover), σ and turnover of one period.
    """

    rate: Floats
    fixed: Floats
    impact: Floats

    def of(self, size: Floats) -> Floats:
        """(N,) the cost of the last rouble of deals of these sizes, shares of wealth; infinite for no deal at all."""
        with np.errstate(divide="ignore", invalid="ignore"):
            cost = self.rate + self.fixed / size + 1.5 * self.impact * np.sqrt(size)
        return np.where((size > 0) & np.isfinite(cost), cost, np.inf)


@dataclass(frozen=True, slots=True)
class Recommendations:
    """`buys` and `sells`: positions of securities, the surest first.

    `from_cash`: money is among what is sold, `to_cash`: among what is bought. `breakeven`: midway between the least
    lower bound of what is bought and the greatest upper bound of what is sold; None when no exchange is proven. `gain`:
    by how much all proven exchanges together lead, a sum of slopes. `spare`: where no purchase is proven, the security
    for free cash, the one with the greatest lower bound; None when none can be bought, or `buys` has some.
    """

    buys: tuple[int, ...] = ()
    sells: tuple[int, ...] = ()
    from_cash: bool = False
    to_cash: bool = False
    breakeven: float | None = None
    gain: float = 0.0
    spare: int | None = None


def recommend(
    lower: Floats, upper: Floats, may_buy: Mask, may_sell: Mask, *, free_cash: bool = False
) -> Recommendations:
    """What to buy and sell, by bounds of each slope net of the costs of a purchase (`lower`) or of a sale (`upper`).

    A purchase b and a sale s are a proven exchange when lower_b > upper_s. Cash is one of the names, with both bounds
    zero: it can always be bought, so no security is bought that is not proven to be better, lower_b > 0; with
    `free_cash` it can be sold. Of all choices of purchases B and sales S, both not empty, in which *every* pair is a
    proven exchange, the answer is the one whose pairs lead most in sum:

        max over B, S:  Σ_b Σ_s (lower_b - upper_s) = |S| Σ lower_B - |B| Σ upper_S.

    Any further name that is proven against all of the other side raises the sum, so the answer leaves none out: one
    dominant purchase and two bad holdings are one purchase and two sales. Ties go to the wider margin between the
    sides, then to more names, then to fewer purchases. (N,) each; a bound that is not finite is of a security that is
    left alone on that side. Each `lower` is at most its `upper`, so nothing is on both sides.
    """
    low, buyable = np.append(lower, 0.0), np.append(may_buy & np.isfinite(lower) & (lower > 0), True)
    high, sellable = np.append(upper, 0.0), np.append(may_sell & np.isfinite(upper), free_cash)
    buys = np.flatnonzero(buyable)[np.argsort(-low[buyable], kind="stable")]
    sells = np.flatnonzero(sellable)[np.argsort(high[sellable], kind="stable")]
    if not (best := _best(low[buys], high[sells])):
        return Recommendations(spare=_spare(lower, may_buy))
    gain, margin, taken, count = best
    cash = len(low) - 1
    bought, sold = buys[:taken].tolist(), sells[:count].tolist()
    securities = tuple(each for each in bought if each != cash)
    leaving = tuple(each for each in sold if each != cash)
    others = may_buy & ~np.isin(np.arange(cash), leaving)
    return Recommendations(
        buys=securities,
        sells=leaving,
        from_cash=cash in sold,
        to_cash=cash in bought,
        breakeven=float(high[sold[-1]]) + margin / 2,
        gain=gain,
        spare=None if securities else _spare(lower, others),
    )


def _best(lower: Floats, upper: Floats) -> tuple[float, float, int, int] | None:
    """Of bounds sorted from the surest on: the gain, the margin, and of how many purchases and sales; None of none."""
    best: tuple[float, float, int, int, int] | None = None
    ahead = np.searchsorted(upper, lower, side="left")  # sales that each purchase is proven against
    for count in np.unique(ahead[ahead > 0]):
        taken = int((ahead >= count).sum())
        gain = float((lower[:taken, None] - upper[:count]).sum())
        margin = float(lower[taken - 1] - upper[count - 1])
        found = (gain, margin, taken + int(count), -taken, int(count))
        best = found if best is None or found > best else best
    return None if best is None else (best[0], best[1], -best[3], best[4])


def _spare(lower: Floats, may_buy: Mask) -> int | None:
    possible = may_buy & np.isfinite(lower)
    return int(np.argmax(np.where(possible, lower, -np.inf))) if possible.any() else None
