"""From arrays to shares: what is left for `auto` assets, by a forecast, by proportions, or in equal parts. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from allocator.core.bars import Floats, Mask
from allocator.optimize.allocation import allocate
from allocator.optimize.single_period import DealCosts, Limits

QUANTUM = Decimal("1e-8")  # percent; less than a kopeck of a million
DUST = 1e-7  # of what is shared: what a solver may leave of nothing


@dataclass(frozen=True, slots=True, eq=False)
class Papers:
    """N `auto` papers that the forecast knows, in shares of wealth and figures of a year, simple returns as fractions.

    `mean` (N,), `covariance` (N, N); `believed` (N,): whose mean counts. `cross` (N,): covariance with the papers that
    the file itself gives a share, `elsewhere` the variance of those alone. `held` (N,) now, `market` (N,): the share of
    each in the market's own portfolio of them, of any sum. `lower`, `upper` (N,) of the shares to be found.
    """

    mean: Floats
    covariance: Floats
    believed: Mask
    cross: Floats
    elsewhere: float
    held: Floats
    market: Floats
    costs: DealCosts
    lower: Floats
    upper: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Sharing:
    """`weights` (N,) of wealth; `counted` (N,) a year: what of the forecast counts; `risk` (N,) of the variance."""

    weights: Floats
    counted: Floats
    risk: Floats


def by_forecast(papers: Papers, total: float, *, aversion: float, years: float, kept: float) -> Sharing:
    """Shares with the sum `total` that maximise, over a period of so many years,

        mean'w - costs - aversion · (variance of w beside what the file fixes).

    The mean is the forecast's, drawn toward what the market expects (`kept` of the distance is left): returns at which
    the market's shares are the best ones, `2 · aversion · (covariance · market + cross)` (Black & Litterman, Global
    Portfolio Optimization, 1992). The sum is fixed, so only differences matter: the forecast's mean lead over the
    market is taken off, and a paper whose mean does not count is expected to do as the market.

    Raises: `PlanError` when the solver falls short, `ForecastError` for a covariance that is none.
    """
    market = papers.market * (total / papers.market.sum())
    implied = 2 * aversion * (papers.covariance @ market)
    lead = papers.mean - (implied + 2 * aversion * papers.cross)
    counted = np.where(papers.believed, kept * (lead - lead @ market / total), 0.0)
    # In parts of the total, however small. What is held beyond a bound goes whatever is decided, and is left out.
    lower, upper = papers.lower / total, np.minimum(1.0, papers.upper / total)
    lower, upper = lower / max(1.0, lower.sum()), upper / min(1.0, upper.sum())  # rounding closes no way
    held = np.clip(papers.held / total, lower, upper)
    found = allocate(
        years * (counted + implied),
        years * papers.covariance,
        held,
        gamma=aversion * total,
        costs=papers.costs,
        cap=upper,
        total=1.0,
        limits=Limits(lower),
    )
    weights = _settled(found, held) * total
    moved = papers.covariance @ weights + papers.cross
    variance = weights @ moved + weights @ papers.cross + papers.elsewhere
    return Sharing(weights, counted, weights * moved / variance if variance > 0 else np.zeros(len(weights)))


def _settled(weights: Floats, held: Floats) -> Floats:
    """Without the dust of a solver: what is nearly nothing is nothing, what is nearly held is not dealt in; sum 1."""
    found = np.where(weights < DUST, 0.0, np.where(np.abs(weights - held) < DUST, held, weights))
    found[np.argmax(found)] += 1.0 - found.sum()
    return found


def in_proportion(sizes: Floats, total: float, most: float) -> Floats:
    """(N,) shares with the sum `total` in proportion to sizes >= 0, none above `most`; what is cut goes to the others.

    When those that have a size are full, the rest is shared equally. `most` times N is at least `total`.
    """
    found = np.zeros(len(sizes))
    free = np.ones(len(sizes), dtype=bool)
    while free.any() and (left := total - found.sum()) > 0:
        part = np.where(free, sizes, 0.0)
        part = part / part.sum() if part.sum() > 0 else free / free.sum()
        over = free & (left * part > most)
        if not over.any():
            found += left * part
            break
        found[over] = most
        free &= ~over
    return found


def as_percents(weights: Floats, left: Decimal, cap: Decimal | None = None) -> list[Decimal]:
    """Shares as percentages with the sum `left`, to the last digit; what rounding leaves goes where there is room."""
    total = float(weights.sum())
    found = [(left * Decimal(repr(float(each) / total))).quantize(QUANTUM) for each in weights]
    room = [each if cap is None else min(each, 100 * cap - each) for each in found]
    widest = max(range(len(found)), key=lambda at: (room[at], found[at]))
    found[widest] += left - sum(found)
    return found
