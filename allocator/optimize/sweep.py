"""Dynamic programming over the assets, bounded below by cash prices: the incumbent, and often the proof.

Assets are decided one after another, the largest lots first. A state is what the decided assets leave behind
(cash, objective, cost, deals, and under `use all cash` the cheapest next lots), in exact integers. A state goes
when its lower bound (its objective plus `dual`'s bound of the undecided assets, the best of several lines in
its own cash) exceeds the best plan known, or when another state is at least as good in every respect. With
at most `width` states kept it is a beam search; if none was cut for width it has enumerated the problem, and what
it returns is the optimum with the tie rule: objective, then cost, then deals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from allocator.optimize.book import Book, Floats, Piece, flow
from allocator.optimize.dual import Prices, Table, cash_minimum

Whole = npt.NDArray[np.generic]  # int64, or object (Python integers) where 64 bits would overflow
Index = npt.NDArray[np.intp]
INT64_SAFE = 2**61


@dataclass(frozen=True)
class Options:
    """What one asset may do: lots and their exact consequences, each of shape (options,)."""

    asset: int
    step: int  # what one lot is worth, in quanta
    lots: list[int]
    flow: Whole
    score: Whole
    cost: Whole
    deal: Whole
    next_dealt: Whole  # `use all cash`: cash must stay below this, given the deal ...
    next_idle: Whole  # ... or, without a deal, below this while further deals are allowed


class States(NamedTuple):
    """Partial plans, each array of shape (states,)."""

    cash: Whole
    score: Whole
    cost: Whole
    deals: Whole
    next_dealt: Whole
    next_idle: Whole

    def take(self, index: Index) -> States:
        return States(*(column[index] for column in self))


@dataclass(frozen=True)
class Outcome:
    """`lots` by asset and their exact `objective`, or None; no plan among the options is below `bound`."""

    lots: tuple[int, ...] | None
    objective: int | None
    bound: float


def options_of(book: Book, choices: Sequence[tuple[Piece, Sequence[int]]], dtype: type) -> list[Options]:
    """The options of every asset from the lots chosen on each of its pieces."""
    by_asset: dict[int, list[tuple[Piece, int]]] = {}
    for piece, lots in choices:
        by_asset.setdefault(piece.asset, []).extend((piece, k) for k in lots)
    return [_options(book, asset, ways, dtype) for asset, ways in by_asset.items()]


def _options(book: Book, asset: int, ways: list[tuple[Piece, int]], dtype: type) -> Options:
    prices = book.next_lot[asset]
    never = book.most_cash + 1  # a next lot that no cash could buy

    def column(values: list[int]) -> Whole:
        return np.array(values, dtype=dtype)

    return Options(
        asset=asset,
        step=max(piece.value[1] for piece, _ in ways),
        lots=[k for _, k in ways],
        flow=column([flow(piece, k) for piece, k in ways]),
        score=column([book.score(book.deviation(piece, k)) for piece, k in ways]),
        cost=column([piece.cost[0] + piece.cost[1] * k for piece, k in ways]),
        deal=np.array([int(piece.deal) for piece, _ in ways], dtype=np.int64),
        next_dealt=column([never if prices is None or k == 0 else prices[k < 0] for _, k in ways]),
        next_idle=column([never if prices is None or k != 0 else prices[1] for _, k in ways]),
    )


def whole_dtype(book: Book) -> type:
    """int64 where every sum of the sweep fits it, else Python integers."""
    largest = max(
        abs(book.cash_before) + abs(book.most_cash),
        sum(max(abs(flow(p, p.low)), abs(flow(p, p.high))) for p in book.pieces),
        sum(max(abs(book.deviation(p, p.low)), abs(book.deviation(p, p.high))) for p in book.pieces) * 2,
    )
    return object if book.squared or largest > INT64_SAFE else np.int64


def sweep(
    table: Table,
    options: Sequence[Options],
    prices: Prices,
    *,
    cutoff: float,
    width: int,
    out_of_time: Callable[[], bool],
) -> Outcome:
    """The best plan among the options with an objective of at most `cutoff`.

    `prices` are the lines that bound what is undecided, over all lots of `table` (so a bound of the options
    is one of the whole table). `bound` is valid for the table if the options hold all its lots.
    """
    book = table.book
    order = sorted(options, key=lambda option: -option.step)
    rest = _rest_bounds(table, prices, [option.asset for option in order])
    most, least = _rest_flows(order)
    slack = 2 * float(table.slack(prices).max())
    states = _blank(book, order[0].flow.dtype)
    trail: list[tuple[Index, Index]] = []
    dropped = np.inf
    for step, option in enumerate(order):
        if out_of_time():
            return Outcome(None, None, -np.inf)
        states, parent, way = _expand(states, option)
        lower = _lower(book, states, prices, rest[step])
        keep = _possible(book, states, most[step], least[step]) & (lower <= cutoff + slack)
        index = np.flatnonzero(keep)
        index = index[_undominated(book, states.take(index))]
        if len(index) > width:
            ranked = np.argpartition(lower[index], width)
            dropped = min(dropped, float(lower[index[ranked[width:]]].min()))
            index = index[ranked[:width]]
        states = states.take(index)
        trail.append((parent[index], way[index]))
        if not len(index):
            break
    return _finish(book, states, order, trail, min(dropped, cutoff))


def _blank(book: Book, dtype: np.dtype[np.generic]) -> States:
    """The one state in which nothing is decided."""

    def one(value: int) -> Whole:
        return np.array([value], dtype=dtype)

    never = book.most_cash + 1
    return States(one(book.cash_before), one(0), one(0), np.zeros(1, np.int64), one(never), one(never))


def _expand(states: States, option: Options) -> tuple[States, Index, Index]:
    """Every state with every option, flattened; and where each came from."""

    def plus(left: Whole, right: Whole) -> Whole:
        return (left[:, None] + right).ravel()  # type: ignore[no-any-return]

    def least(left: Whole, right: Whole) -> Whole:
        return np.minimum(left[:, None], right).ravel()  # type: ignore[no-any-return]

    parent, way = np.divmod(np.arange(len(states.cash) * len(option.lots)), len(option.lots))
    grown = States(
        plus(states.cash, option.flow),
        plus(states.score, option.score),
        plus(states.cost, option.cost),
        plus(states.deals, option.deal),
        least(states.next_dealt, option.next_dealt),
        least(states.next_idle, option.next_idle),
    )
    return grown, parent, way


def _rest_bounds(table: Table, prices: Prices, order: list[int]) -> Floats:
    """For each step the bound of the assets decided after it, shape (steps, lines)."""
    least, _ = table.best(prices)
    by_asset = np.minimum.reduceat(least, table.starts, axis=1)[:, order]
    after = np.cumsum(by_asset[:, ::-1], axis=1)[:, ::-1] - by_asset
    return np.ascontiguousarray(after.T)


def _rest_flows(order: Sequence[Options]) -> tuple[list[int], list[int]]:
    """For each step the most and the least that the assets decided after it can add to cash."""
    most, least = [0], [0]
    for option in reversed(order[1:]):
        most.append(most[-1] + int(option.flow.max()))
        least.append(least[-1] + int(option.flow.min()))
    return most[::-1], least[::-1]


def _possible(book: Book, states: States, most: int, least: int) -> npt.NDArray[np.bool_]:
    """Whether a state can still end within cash, deals and `use all cash`."""
    keep = np.asarray(states.cash + most >= 0, dtype=bool)
    if book.max_deals is not None:
        keep &= states.deals <= book.max_deals
    if book.must_spend:
        keep &= np.asarray(states.cash + least < states.next_dealt, dtype=bool)
        if book.max_deals is None:
            keep &= np.asarray(states.cash + least < states.next_idle, dtype=bool)
    return keep


def _lower(book: Book, states: States, prices: Prices, rest: Floats) -> Floats:
    """The lower bound of each state's completions, shape (states,)."""
    cash = states.cash.astype(np.float64)[:, None]
    cap: Floats | np.float64 = np.float64(book.cash_cap)
    if book.must_spend:
        cap = np.minimum(cap, states.next_dealt.astype(np.float64)[:, None] - 1)
    lines = rest + cash_minimum(book, prices, cap) - prices.lam * cash
    if book.max_deals is not None:
        lines += prices.mu * (states.deals[:, None] - book.max_deals)
    return states.score.astype(np.float64) + lines.max(axis=1)  # type: ignore[no-any-return]


def _undominated(book: Book, states: States) -> Index:
    """The states that no other one matches or beats whatever follows."""
    if len(states.cash) < 2:
        return np.arange(len(states.cash))
    cash, deals = states.cash, states.deals
    key = states.score
    if book.must_spend or (book.squared and book.cash_ideal is not None):
        # More cash may be worse here: only states that leave the same behind can be compared.
        same = (cash, deals, states.next_dealt, states.next_idle)
        order = np.lexsort((states.cost, key, *same))
        fresh = np.ones(len(order), dtype=bool)
        fresh[1:] = np.any([column[order][1:] != column[order][:-1] for column in same], axis=0)
        return order[fresh]
    if book.cash_ideal is not None:
        key = key + states.cash  # one quantum more of cash costs one of deviation at the most
    merit = _dense((key, states.cost, deals))
    order = np.lexsort((merit, -cash))
    merit, deals = merit[order], deals[order]
    beaten = np.zeros(len(order), dtype=bool)
    for limit in np.unique(deals) if book.max_deals is not None else (deals.max(),):
        rival = np.minimum.accumulate(np.where(deals <= limit, merit, len(order)))
        beaten[1:] |= (deals[1:] >= limit) & (rival[:-1] <= merit[1:])
    return order[~beaten]


def _dense(columns: Sequence[Whole]) -> Index:
    """Equal ranks for equal tuples, in lexicographic order of the columns."""
    order = np.lexsort(tuple(reversed(columns)))
    fresh = np.any([column[order][1:] != column[order][:-1] for column in columns], axis=0)
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.concatenate([[0], np.cumsum(fresh)])
    return rank


def _finish(
    book: Book, states: States, order: Sequence[Options], trail: list[tuple[Index, Index]], dropped: float
) -> Outcome:
    """The best finished plan by objective, cost and deals, traced back to its lots."""
    legal = np.asarray(states.cash >= 0, dtype=bool)
    if book.must_spend:
        idle = np.asarray(states.cash < states.next_idle, dtype=bool)
        if book.max_deals is not None:
            idle |= states.deals >= book.max_deals
        legal &= np.asarray(states.cash < states.next_dealt, dtype=bool) & idle
    ends = np.flatnonzero(legal) if len(trail) == len(order) else []

    def merit(end: int) -> tuple[int, int, int]:
        score = int(states.score[end])
        if book.cash_ideal is not None:
            score += book.score(int(states.cash[end]) - book.cash_ideal)
        return score, int(states.cost[end]), int(states.deals[end])

    best = min(ends, key=merit, default=None)
    if best is None:
        return Outcome(None, None, dropped)
    lots = [0] * book.assets
    at = int(best)
    for option, (parent, way) in zip(reversed(order), reversed(trail), strict=True):
        lots[option.asset] = option.lots[int(way[at])]
        at = int(parent[at])
    objective = merit(int(best))[0]
    return Outcome(tuple(lots), objective, min(dropped, float(objective)))
