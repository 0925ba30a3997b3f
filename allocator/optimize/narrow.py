"""Which lots may still be part of a better plan: reduced-cost fixing with the prices of `dual`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from allocator.optimize.book import Bools, Floats, Piece
from allocator.optimize.dual import ROUNDING, Prices, Table

EXACT_FLOATS = 2**53
HALVINGS = 54


def narrow(table: Table, prices: Prices, cutoff: float) -> Table:
    """The table without the lots that no plan with an objective of at most `cutoff` can contain.

    For each line of prices, the bound with one asset forced to a lot is the bound plus what that lot scores above
    the asset's best. Both terms of a piece's priced score are convex in the lots, so what is left is an interval.
    """
    low, high = table.low.copy(), table.high.copy()
    for line in range(len(prices.lam)):
        price = Prices(prices.lam[line : line + 1], prices.mu[line : line + 1])
        least, lots = (column[0] for column in table.best(price))
        by_asset = np.minimum.reduceat(least, table.starts)
        slack = float(table.slack(price)[0])
        bound = float(by_asset.sum() + table.constant(price)[0]) - slack
        room = cutoff - bound + by_asset[np.searchsorted(table.asset[table.starts], table.asset)]
        left, right = _interval(table, price, room + 2 * slack + ROUNDING * abs(cutoff), lots)
        low, high = np.maximum(low, left), np.minimum(high, right)
    return Table(
        table.book,
        tuple(
            replace(piece, low=max(piece.low, int(first)), high=min(piece.high, int(last)))
            for piece, first, last in zip(table.pieces, low, high, strict=True)
            if first <= last
        ),
    )


def limit_cash(table: Table, prices: Prices, cutoff: float) -> Table:
    """The table with a lower limit of cash, where `use all cash` with few deals leaves none of its own.

    A plan that leaves `floor` or more has no deal in any asset whose next lot costs less. When the bound without
    those deals exceeds `cutoff`, every plan of interest leaves less than `floor`.
    """
    book = table.book
    floors = sorted({prices[1] for prices in book.next_lot if prices is not None and prices[1] <= book.cash_cap})
    low, high = 0, len(floors)  # bisect: floors[high] and above are too much cash
    while low < high:
        middle = (low + high) // 2
        if _bound_above(table, prices, floors[middle]) > cutoff:
            high = middle
        else:
            low = middle + 1
    if low == len(floors):
        return table
    return Table(replace(book, cash_limit=floors[low] - 1), table.pieces)


def _bound_above(table: Table, prices: Prices, floor: int) -> float:
    """A bound of the plans that leave at least `floor` of cash."""
    book = table.book

    def possible(piece: Piece) -> bool:
        prices = book.next_lot[piece.asset]
        return prices is None or not piece.deal or prices[piece.low <= 0] > floor

    rest = Table(book, tuple(piece for piece in table.pieces if possible(piece)))
    if len(rest.starts) < len(table.starts):
        return np.inf
    return float((rest.bound(prices) - rest.slack(prices)).max())


def _interval(table: Table, price: Prices, room: Floats, best: Floats) -> tuple[Floats, Floats]:
    """The lots of each piece whose priced score is at most `room`: an interval around the piece's best, or none."""

    def inside(lots: Floats) -> Bools:
        return table.at(lots[None, :], price)[0] <= room

    # Beyond 2^53 floats skip whole numbers, so there nothing is dropped.
    blurred = np.maximum(np.abs(table.low), np.abs(table.high)) > EXACT_FLOATS
    empty = ~inside(best) & ~blurred
    left = np.where(blurred, table.low, _furthest(best, table.low, inside))
    right = np.where(blurred, table.high, _furthest(best, table.high, inside))
    return np.where(empty, 1.0, left), np.where(empty, 0.0, right)


def _furthest(best: Floats, end: Floats, inside: Callable[[Floats], Bools]) -> Floats:
    """Bisect in whole lots from each piece's best towards its end for the last lot inside."""
    good = np.where(inside(end), end, best)
    bad = end
    for _ in range(HALVINGS):
        far = (np.abs(bad - good) > 1) & (good != end)
        if not far.any():
            break
        middle = np.where(far, np.trunc((good + bad) / 2), good)
        ok = inside(middle)
        good, bad = np.where(far & ok, middle, good), np.where(far & ~ok, middle, bad)
    return good


def lots_of(piece: Piece) -> int:
    """How many lots a piece still holds."""
    return piece.high - piece.low + 1
