"""Local search: make a plan legal, then better, by moving one or two assets and letting cash take the rest.

A move changes one asset by a stride of money, at least a lot (up or down, to nothing, to its ideal), then a second one
likewise or by as many lots as absorb the cash that the first freed or took. Under `use all cash` a third, the cheapest
one dealt, absorbs what is left. All moves are priced at once in floats; the best are checked exactly before one is
made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from allocator.optimize.book import Book, Bools, Floats, Ints

PAIRS = 8_000  # moves of a first asset times second assets, priced at once
COARSE, FINER = 50, 5  # a stride starts at the wealth over COARSE and is divided by FINER where it no longer helps
TRIALS = 12  # of the best moves are checked before giving up
ROUNDS = 60
BIG = 1e100  # the price of what may not be bought


@dataclass(frozen=True)
class Curves:
    """Each asset's value and cash as functions of its lots, in floats; arrays of shape (assets,)."""

    slope: Floats
    offset: Floats
    ideal: Floats
    low: Floats
    high: Floats
    buy: tuple[Floats, Floats]
    sell: tuple[Floats, Floats]
    whole_sale: Floats  # the lots that sell everything with its fraction; nan if there is none
    whole_flow: Floats

    def score(self, book: Book, asset: Ints, lots: Floats) -> Floats:
        deviation = self.offset[asset] + self.slope[asset] * lots
        deviation = np.where(lots == self.whole_sale[asset], -self.ideal[asset], deviation)
        return deviation * deviation if book.squared else np.abs(deviation)

    def flow(self, asset: Ints, lots: Floats) -> Floats:
        bought = self.buy[0][asset] + self.buy[1][asset] * lots
        sold = np.where(
            lots == self.whole_sale[asset], self.whole_flow[asset], self.sell[0][asset] + self.sell[1][asset] * lots
        )
        return np.where(lots > 0, bought, np.where(lots < 0, sold, 0.0))

    def absorb(self, asset: Ints, lots: Floats, cash: Floats) -> Floats:
        """The lots after spending what cash allows, or after raising what it lacks."""
        unsold = np.minimum(np.floor(cash / np.maximum(-self.sell[1][asset], 1.0)), np.maximum(-lots, 0.0))
        rest = cash + unsold * self.sell[1][asset] + np.where(lots < -unsold, -np.inf, 0.0)
        fixed = np.where(lots <= 0, -self.buy[0][asset], 0.0)
        spend = lots + unsold + np.floor(np.maximum(rest - fixed, 0.0) / np.maximum(-self.buy[1][asset], 1.0))
        price = np.where(lots > 0, -self.buy[1][asset], -self.sell[1][asset])
        fixed = np.where(lots == 0, -self.sell[0][asset], 0.0)
        raised = lots - np.ceil((fixed - cash) / np.maximum(price, 1.0))
        return np.clip(np.where(cash >= 0, spend, raised), self.low[asset], self.high[asset])


def curves_of(book: Book) -> Curves:
    """The book's pieces, asset by asset."""
    size = book.assets
    slope, offset, low, high = np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size)
    buy = np.zeros(size), np.full(size, -BIG)
    sell = np.zeros(size), np.zeros(size)
    whole_sale, whole_flow = np.full(size, np.nan), np.zeros(size)
    for piece in book.pieces:
        at = piece.asset
        low[at], high[at] = min(low[at], piece.low), max(high[at], piece.high)
        if piece.deal and piece.value[1] == 0:
            whole_sale[at], whole_flow[at] = piece.low, piece.cash[0]
            continue
        slope[at], offset[at] = piece.value[1], piece.value[0] - book.ideals[at]
        if piece.deal:
            side = buy if piece.low > 0 else sell
            side[0][at], side[1][at] = piece.cash
    ideal = np.array([float(ideal) for ideal in book.ideals])
    return Curves(slope, offset, ideal, low, high, buy, sell, whole_sale, whole_flow)


def polish(
    book: Book, lots: tuple[int, ...], accept: Callable[[tuple[int, ...]], bool], *, enough: Callable[[], bool]
) -> None:
    """Offer ever better plans near `lots` (which may be illegal) to `accept`, which says whether it took one.

    Ends when the smallest stride finds none, when `enough` says so, or after `ROUNDS`.
    """
    curves = curves_of(book)
    now = np.array(lots, dtype=np.float64)
    merit = book.account(lots)
    best = np.inf if merit is None else float(merit.objective)
    stride = max(book.wealth, 1) / COARSE
    for _ in range(ROUNDS):
        for total, plan in _best_moves(book, curves, now, stride):
            if total < best * (1 - 1e-12) and accept(tuple(int(k) for k in plan)):
                now, best = plan, total
                break
        else:
            if stride < curves.slope.min():
                return
            stride /= FINER
        if enough():
            return


@dataclass
class Moves:
    """Many moves from one plan at once: which assets they change to how many lots, and what that comes to.

    Arrays of any shapes that broadcast together, (first moves, second assets, ways) in the end.
    """

    book: Book
    curves: Curves
    lots: Floats  # the plan that all start from, shape (assets,)
    left: Floats  # cash, in quanta
    total: Floats  # the assets' scores
    deals: Floats
    changed: list[tuple[Ints, Floats]]  # assets (-1: changed again later) and their lots

    def before(self, asset: Ints) -> Floats:
        """The lots of the asset so far, in each move."""
        lots = self.lots[asset]
        for who, after in self.changed:
            lots = np.where(who == asset, after, lots)
        return lots

    def change(self, asset: Ints, after: Floats) -> None:
        """Give the asset other lots, in each move."""
        before = self.before(asset)
        self.left = self.left + self.curves.flow(asset, after) - self.curves.flow(asset, before)
        self.total = (
            self.total + self.curves.score(self.book, asset, after) - self.curves.score(self.book, asset, before)
        )
        self.deals = self.deals + (after != 0) - (before != 0)
        self.changed = [(np.where(who == asset, -1, who), lots) for who, lots in self.changed] + [(asset, after)]

    def objective(self) -> Floats:
        """Of each move the objective of its plan; inf where it would be illegal."""
        total, book = self.total, self.book
        if book.cash_ideal is not None:
            miss = self.left - float(book.cash_ideal)
            total = total + (miss * miss if book.squared else np.abs(miss))
        illegal = (self.left < -0.5) | (self.left >= self._next_prices())
        if book.max_deals is not None:
            illegal |= self.deals > book.max_deals
        return np.where(illegal, np.inf, total)

    def plan(self, move: tuple[np.intp, ...], shape: tuple[int, ...]) -> Floats:
        """The lots of all assets after one of the moves."""
        plan = self.lots.copy()
        for who, after in self.changed:
            asset = np.broadcast_to(who, shape)[move]
            if asset >= 0:
                plan[asset] = np.broadcast_to(after, shape)[move]
        return plan

    def _next_prices(self) -> Floats:
        """What cash must stay below under `use all cash` after each move; inf where nothing binds."""
        book, deals = self.book, self.deals
        if not book.must_spend:
            return np.full(deals.shape, np.inf)
        dealt, idle = (
            np.array([np.inf if prices is None else float(prices[way]) for prices in book.next_lot]) for way in (0, 1)
        )
        full = deals >= book.max_deals if book.max_deals is not None else np.zeros(deals.shape, dtype=bool)

        def price(asset: Ints, after: Floats, full: Bools) -> Floats:
            binding = np.where(after > 0, dealt[asset], np.where((after == 0) & full, np.inf, idle[asset]))
            return np.where(asset >= 0, binding, np.inf)

        least = np.full(deals.shape, np.inf)
        for who, after in self.changed:
            least = np.minimum(least, price(who, after, full))
        everyone = np.arange(book.assets)
        for mode in (False, True):
            prices = price(everyone, self.lots, np.full(book.assets, mode))
            unmoved = np.full(deals.shape, np.inf)
            for asset in np.argsort(prices)[: len(self.changed) + 1][::-1]:  # the cheapest that did not move stands
                still = np.ones(deals.shape, dtype=bool)
                for who, _ in self.changed:
                    still &= asset != who
                unmoved = np.where(still, prices[asset], unmoved)
            least = np.where(full == mode, np.minimum(least, unmoved), least)
        return least


def _best_moves(book: Book, curves: Curves, lots: Floats, stride: float) -> list[tuple[float, Floats]]:
    """The most promising plans one move away, best first."""
    moves = _moves(book, curves, lots, stride)
    objective = moves.objective()
    flat = objective.ravel()
    ranked = np.argpartition(flat, TRIALS)[:TRIALS] if flat.size > TRIALS else np.arange(flat.size)
    return [
        (float(flat[at]), moves.plan(np.unravel_index(at, objective.shape), objective.shape))
        for at in sorted(ranked, key=lambda at: float(flat[at]))
        if np.isfinite(flat[at])
    ]


def _moves(book: Book, curves: Curves, lots: Floats, stride: float) -> Moves:
    """A first asset to each of its targets; a second that stays, steps, or absorbs the cash; the last spender."""
    everyone = np.arange(book.assets)
    moves = Moves(
        book,
        curves,
        lots,
        left=np.array(float(book.cash_before) + curves.flow(everyone, lots).sum()),
        total=np.array(curves.score(book, everyone, lots).sum()),
        deals=np.array(float((lots != 0).sum())),
        changed=[],
    )
    strides = np.maximum(1.0, np.floor(stride / np.maximum(curves.slope, 1.0)))  # in lots
    first, target = _first_moves(curves, lots, strides)
    moves.change(first[:, None, None], target[:, None, None])
    second = _absorbers(book, curves, lots, len(first))[None, :, None]
    before = moves.before(second)
    steps = np.clip(before + strides[second] * np.array([0.0, -1.0, 1.0]), curves.low[second], curves.high[second])
    moves.change(second, np.concatenate([steps, curves.absorb(second, before, moves.left)], axis=2))
    last = _last_spender(book, lots)
    if last is not None:
        spender = np.full((1, 1, 1), last)
        moves.change(spender, curves.absorb(spender, moves.before(spender), moves.left))
    return moves


def _first_moves(curves: Curves, lots: Floats, strides: Floats) -> tuple[Ints, Floats]:
    """Where each asset might go first: a stride down or up, to nothing, to either side of its ideal; or nowhere."""
    kink = -curves.offset / np.where(curves.slope > 0, curves.slope, 1.0)
    targets = np.stack([lots, lots - strides, lots + strides, np.zeros_like(lots), np.floor(kink), np.ceil(kink)])
    targets = np.clip(targets, curves.low, curves.high)
    moved = targets != lots
    moved[0, 0] = True
    ways, assets = np.nonzero(moved)
    return assets, targets[ways, assets]


def _absorbers(book: Book, curves: Curves, lots: Floats, moves: int) -> Ints:
    """The assets that take the cash of a first move: those of small lots, and already dealt in where deals are few."""
    able = np.flatnonzero(curves.low < curves.high)
    idle = (lots[able] == 0) if book.max_deals is not None else np.zeros(len(able))
    return able[np.lexsort((curves.slope[able], idle))][: max(6, PAIRS // max(moves, 1))]


def _last_spender(book: Book, lots: Floats) -> int | None:
    """Under `use all cash`, the asset whose next lot is the cheapest of those that bind."""
    free = book.max_deals is None or (lots != 0).sum() < book.max_deals
    binding = [
        (prices[0], asset) for asset, prices in enumerate(book.next_lot) if prices and (free or lots[asset] != 0)
    ]
    return min(binding)[1] if binding else None
