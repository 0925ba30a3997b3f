"""Lower bounds: the problem with its cash and its number of deals bought at a price instead of limited.

With a price `lam` of cash and `mu` >= 0 of a deal the assets fall apart, each free to take its best lots:

    L(lam, mu) = sum_i min_k [ score_i(k) - lam*flow_i(k) + mu*deal_i(k) ]
                 + min_{0<=C<=cap} [ score_cash(C) + lam*C ] - lam*cash_before - mu*max_deals

is never above the best objective (Lagrangian relaxation; Fisher, "The Lagrangian Relaxation Method for
Solving Integer Programming Problems", 1981). Because every asset's minimum is over whole lots, with its fixed fee,
the bound is as tight as the linear relaxation over the convex hull of each asset's choices: the integer
envelope. The same prices tell which lots cannot be part of a better plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from allocator.optimize.book import Book, Floats, Piece

ROUNDS = 48  # of zooming in on the best prices, at the most
POINTS = 7  # along each axis of the grid that is zoomed in
SHRINK = 0.45  # of the grid where the best point is inside of it; a little more than one mesh
FINE = 1e-6  # the last mesh, against the usual size of a price
WARM = 0.05  # the first one where good prices are known
ROUNDING = 2e-15  # of a sum of products in floats, against its largest terms; some ten times what one operation loses


@dataclass(frozen=True)
class Prices:
    """Pairs of prices: arrays `lam` (objective per quantum of cash) and `mu` (objective per deal), one per line."""

    lam: Floats
    mu: Floats


@dataclass(frozen=True)
class Table:
    """The pieces that are left as float columns, each of shape (pieces,), for arithmetic over many at once."""

    book: Book
    pieces: tuple[Piece, ...]

    @cached_property
    def asset(self) -> np.ndarray:
        return np.array([piece.asset for piece in self.pieces])

    @cached_property
    def starts(self) -> np.ndarray:
        """Where each asset's pieces begin."""
        return np.flatnonzero(np.diff(self.asset, prepend=-1))

    @cached_property
    def low(self) -> Floats:
        return np.array([float(piece.low) for piece in self.pieces])

    @cached_property
    def high(self) -> Floats:
        return np.array([float(piece.high) for piece in self.pieces])

    @cached_property
    def offset(self) -> Floats:
        """The deviation at k = 0 of each line, subtracted in integers so that nothing is lost."""
        return np.array([float(piece.value[0] - self.book.ideals[piece.asset]) for piece in self.pieces])

    @cached_property
    def slope(self) -> Floats:
        return np.array([float(piece.value[1]) for piece in self.pieces])

    @cached_property
    def cash0(self) -> Floats:
        return np.array([float(piece.cash[0]) for piece in self.pieces])

    @cached_property
    def cash1(self) -> Floats:
        return np.array([float(piece.cash[1]) for piece in self.pieces])

    @cached_property
    def deal(self) -> Floats:
        return np.array([float(piece.deal) for piece in self.pieces])

    def at(self, lots: Floats, prices: Prices) -> Floats:
        """The priced score of these lots, shapes (lines, pieces)."""
        deviation = self.offset + self.slope * lots
        score = deviation * deviation if self.book.squared else np.abs(deviation)
        return score - prices.lam[:, None] * (self.cash0 + self.cash1 * lots) + prices.mu[:, None] * self.deal

    def best(self, prices: Prices) -> tuple[Floats, Floats]:
        """Of each piece the least priced score and the lots that reach it, shapes (lines, pieces)."""
        slope = np.where(self.slope > 0, self.slope, 1.0)
        vertex = np.broadcast_to(-self.offset / slope, (len(prices.lam), len(self.pieces)))
        if self.book.squared:
            vertex = vertex + prices.lam[:, None] * self.cash1 / (2 * slope * slope)
            trials = [np.floor(vertex), np.ceil(vertex)]
        else:
            trials = [self.low, np.floor(vertex), np.ceil(vertex), self.high]
        least = lots = np.empty(0)
        for trial in trials:
            clipped = np.broadcast_to(np.clip(trial, self.low, self.high), vertex.shape)
            value = self.at(clipped, prices)
            if least.size:
                better = value < least
                least, lots = np.where(better, value, least), np.where(better, clipped, lots)
            else:
                least, lots = value, clipped
        return least, lots

    def bound(self, prices: Prices) -> Floats:
        """L at each pair of prices, shape (lines,); exact up to rounding of `slack`."""
        least, _ = self.best(prices)
        return np.minimum.reduceat(least, self.starts, axis=1).sum(axis=1) + self.constant(prices)

    def constant(self, prices: Prices) -> Floats:
        """The part of L that no asset decides, shape (lines,)."""
        book = self.book
        fixed = prices.lam * float(book.cash_before) + prices.mu * float(book.max_deals or 0)
        return cash_minimum(book, prices, np.float64(book.cash_cap)) - fixed

    def slack(self, prices: Prices) -> Floats:
        """How far rounding may have moved each line of `bound`, or the priced score of any one plan; shape (lines,).

        A deviation is a small difference of large terms: what is rounded is the terms, at the farthest lots.
        """
        book = self.book
        far = np.maximum(-self.low, self.high)
        terms = np.abs(self.offset) + self.slope * far
        size = terms
        if book.squared:
            ends = [np.abs(self.offset + self.slope * end) for end in (self.low, self.high)]
            size = (2 * np.maximum(*ends) + ROUNDING * terms) * terms
        lam = np.abs(prices.lam)
        flows = np.abs(self.cash0) + np.abs(self.cash1) * far
        sizes = size + lam[:, None] * flows + prices.mu[:, None] * self.deal
        total = np.maximum.reduceat(sizes, self.starts, axis=1).sum(axis=1)
        cash = float(abs(book.cash_cap) + abs(book.cash_ideal or 0))
        total += lam * (abs(float(book.cash_before)) + cash) + prices.mu * float(book.max_deals or 0)
        if book.cash_ideal is not None:
            total += cash * cash if book.squared else cash
        return ROUNDING * total


def cash_minimum(book: Book, prices: Prices, cap: Floats | np.float64) -> Floats:
    """Min over 0 <= C <= cap of the cash row's score plus lam*C; `cap` broadcasts against the lines."""
    lam = prices.lam
    if book.cash_ideal is None:
        return np.minimum(0.0, lam * cap)
    ideal = float(book.cash_ideal)
    if book.squared:
        best = np.clip(ideal - lam / 2, 0.0, np.maximum(cap, 0.0))
        return (best - ideal) ** 2 + lam * best
    trials = [np.zeros_like(lam * cap), np.minimum(ideal, cap), cap + np.zeros_like(lam)]
    return np.minimum.reduce([np.abs(trial - ideal) + lam * trial for trial in trials])


def best_prices(table: Table, near: Prices | None = None) -> Prices:
    """The prices of the highest bound, by zooming in on the concave L; shape (1,). `near` is where to begin."""
    limited = table.book.max_deals is not None
    scale, mu_scale = _lambda_scale(table), _mu_scale(table) if limited else 0.0
    lam, mu = (0.0, 0.0) if near is None else (float(near.lam[0]), float(near.mu[0]))
    start = 1.0 if near is None else WARM
    width, reach = scale * start, mu_scale * start
    best = float(table.bound(Prices(np.array([lam]), np.array([mu])))[0])
    for _ in range(ROUNDS):
        lams = lam + width * np.linspace(-1, 1, POINTS)
        mus = np.maximum(0.0, mu + reach * np.linspace(-1, 1, POINTS)) if limited else np.zeros(1)
        grid = Prices(np.repeat(lams, len(mus)), np.tile(mus, len(lams)))
        bounds = table.bound(grid)
        at = int(np.argmax(bounds))
        moved_lam, moved_mu = abs(grid.lam[at] - lam), abs(grid.mu[at] - mu)
        if bounds[at] > best:
            best, lam, mu = float(bounds[at]), float(grid.lam[at]), float(grid.mu[at])
        width *= 2 if moved_lam >= width * 0.999 else SHRINK
        reach *= 2 if limited and moved_mu >= reach * 0.999 else SHRINK
        if width < FINE * scale and reach <= FINE * mu_scale:
            break
    return Prices(np.array([lam]), np.array([mu]))


def _lambda_scale(table: Table) -> float:
    """The usual size of the price of cash: 1 for LAD; twice a usual deviation for least squares."""
    if not table.book.squared:
        return 1.0
    return 2.0 * float(np.abs(table.slope).mean() + 1.0)


def _mu_scale(table: Table) -> float:
    return float(np.abs(table.offset).max() + 1.0) * (_lambda_scale(table) if table.book.squared else 1.0)


def spread_prices(book: Book, centre: Prices) -> Prices:
    """Lines around the best prices: a sweep prunes with all of them, since the best one differs from state to state."""
    lam, mu = float(centre.lam[0]), float(centre.mu[0])
    scale = max(abs(lam), 0.05) if not book.squared else max(abs(lam), 1.0)
    steps = np.array([0, -0.01, 0.01, -0.03, 0.03, -0.1, 0.1, -0.3, 0.3, -1, 1])
    lams = lam + scale * steps
    mus = np.full_like(lams, mu)
    if mu > 0:
        lams = np.concatenate([lams, np.full(4, lam)])
        mus = np.concatenate([mus, mu * np.array([0.5, 0.8, 1.25, 2.0])])
    return Prices(lams, mus)
