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
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from allocator.optimize.book import Book, Floats, Piece, flow
from allocator.optimize.dual import Prices, Table, cash_minimum

Whole = npt.NDArray[Any]  # int64, or object (Python integers) where 64 bits would overflow
Index = npt.NDArray[np.intp]
INT64_SAFE = 2**61
PORTION = 150_000  # states times options held at once
MOST = 600_000  # and in one step; with more, the sweep is given up


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
    """The best lots by asset, or None; no plan among the options has an objective below `bound`."""

    lots: tuple[int, ...] | None
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
        2 * max((price for prices in book.next_lot if prices for price in prices), default=0),
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
    draft: bool = False,
) -> Outcome:
    """The best plan among the options with an objective of at most `cutoff`; as a `draft`, one that may leave
    too much cash for `use all cash`, or lack some.

    `prices` are the lines that bound what is undecided, over all lots of `table` (so a bound of the options
    is one of the whole table). `bound` is valid for the table if the options hold all its lots.
    """
    book = table.book
    order = sorted(options, key=lambda option: -option.step)
    slack = 2 * float(table.slack(prices).max())
    states = _blank(book, order[0].flow.dtype)
    trail: list[tuple[Index, Index]] = []
    dropped = np.inf
    for option, rest in zip(order, _rests(table, prices, order), strict=True):
        if out_of_time() or len(states.cash) * len(option.lots) > MOST:
            return Outcome(None, -np.inf)
        states, lower, parent, way = _grow(
            table, states, option, rest, prices, np.inf if draft else cutoff + slack, draft=draft
        )
        index = np.arange(len(states.cash)) if draft else _undominated(book, states)
        if len(index) > width:
            ranked = np.argpartition(lower[index], width)
            dropped = min(dropped, float(lower[index[ranked[width:]]].min()) - slack)
            index = index[ranked[:width]]
        states = states.take(index)
        trail.append((parent[index], way[index]))
        if not len(index):
            break
    end = _best_end(book, states) if len(trail) == len(order) else None
    if end is None and draft and len(index):
        end = int(np.argmin(lower[index]))  # its bound prices the cash that is still to be spent
    if end is None:
        return Outcome(None, min(dropped, cutoff))
    objective = _merit(book, states, end)[0]
    return Outcome(_trace(book, order, trail, end), min(dropped, cutoff, objective))


def _blank(book: Book, dtype: np.dtype[np.generic]) -> States:
    """The one state in which nothing is decided."""

    def one(value: int) -> Whole:
        return np.array([value], dtype=dtype)

    never = book.most_cash + 1
    return States(one(book.cash_before), one(0), one(0), np.zeros(1, np.int64), one(never), one(never))


def _grow(
    table: Table, states: States, option: Options, rest: Rest, prices: Prices, cutoff: float, *, draft: bool
) -> tuple[States, Floats, Index, Index]:
    """Every state with every option that can still end legally and below `cutoff`; its bound; where it came from.

    In portions, so that many states times many lots never fill the memory.
    """
    book = table.book
    portion = max(1, PORTION // len(option.lots))
    grown = []
    for first in range(0, len(states.cash), portion):
        some, parent, way = _expand(states.take(np.arange(first, min(first + portion, len(states.cash)))), option)
        index = np.flatnonzero(_possible(book, some, rest, draft=draft))
        some = some.take(index)
        lower = _lower(book, some, prices, rest)
        kept = np.flatnonzero(lower <= cutoff)
        grown.append((some.take(kept), lower[kept], parent[index][kept] + first, way[index][kept]))
    columns = zip(*((*some, lower, parent, way) for some, lower, parent, way in grown), strict=True)
    *whole, lower, parent, way = (np.concatenate(column) for column in columns)
    return States(*whole), lower, parent, way


def _expand(states: States, option: Options) -> tuple[States, Index, Index]:
    """Every state with every option, flattened; and where each came from."""

    def plus(left: Whole, right: Whole) -> Whole:
        return (left[:, None] + right).ravel()

    def least(left: Whole, right: Whole) -> Whole:
        return np.minimum(left[:, None], right).ravel()

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


@dataclass(frozen=True)
class Rest:
    """What the assets not yet decided can still do: their bound by line of prices, and their extreme cash flows."""

    bound: Floats  # shape (lines,)
    most: int
    least: int


def _rests(table: Table, prices: Prices, order: Sequence[Options]) -> list[Rest]:
    """For each step, what is left after it."""
    least, _ = table.best(prices)
    by_asset = np.minimum.reduceat(least, table.starts, axis=1)
    rests = [Rest(np.zeros(len(prices.lam)), 0, 0)]
    for option in reversed(order[1:]):
        after = rests[-1]
        rests.append(
            Rest(
                after.bound + by_asset[:, option.asset],
                after.most + int(option.flow.max()),
                after.least + int(option.flow.min()),
            )
        )
    return rests[::-1]


def _possible(book: Book, states: States, rest: Rest, *, draft: bool) -> npt.NDArray[np.bool_]:
    """Whether a state can still end within cash, deals and `use all cash`."""
    keep = np.ones(len(states.cash), dtype=np.bool_)
    if book.max_deals is not None:
        keep &= states.deals <= book.max_deals
    if draft:
        return keep
    keep &= np.asarray(states.cash + rest.most >= 0, dtype=np.bool_)
    if book.must_spend:
        keep &= np.asarray(states.cash + rest.least < states.next_dealt, dtype=np.bool_)
        if book.max_deals is None:
            keep &= np.asarray(states.cash + rest.least < states.next_idle, dtype=np.bool_)
    return keep


def _lower(book: Book, states: States, prices: Prices, rest: Rest) -> Floats:
    """The lower bound of each state's completions, shape (states,)."""
    cash = states.cash.astype(np.float64)[:, None]
    cap: Floats | np.float64 = np.float64(book.cash_cap)
    if book.must_spend:
        cap = np.minimum(cap, states.next_dealt.astype(np.float64)[:, None] - 1)
    lines = rest.bound + cash_minimum(book, prices, cap) - prices.lam * cash
    if book.max_deals is not None:
        lines += prices.mu * (states.deals[:, None] - book.max_deals)
    return states.score.astype(np.float64) + lines.max(axis=1)


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
        fresh = np.ones(len(order), dtype=np.bool_)
        fresh[1:] = np.any([column[order][1:] != column[order][:-1] for column in same], axis=0)
        return order[fresh]
    if book.cash_ideal is not None:
        key = key + states.cash  # one quantum more of cash costs one of deviation at the most
    merit = _dense((key, states.cost, deals))
    if book.max_deals is None:
        deals = np.zeros_like(deals)  # any number may follow; what they decide of a tie is in the merit
    order = np.lexsort((merit, -cash))
    merit, deals = merit[order], deals[order]
    beaten = np.zeros(len(order), dtype=np.bool_)
    for limit in np.unique(deals):
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


def _best_end(book: Book, states: States) -> int | None:
    """The legal finished state of the least objective, then cost, then deals."""
    legal = np.asarray(states.cash >= 0, dtype=np.bool_)
    if book.must_spend:
        idle = np.asarray(states.cash < states.next_idle, dtype=np.bool_)
        if book.max_deals is not None:
            idle |= states.deals >= book.max_deals
        legal &= np.asarray(states.cash < states.next_dealt, dtype=np.bool_) & idle
    ends = (int(end) for end in np.flatnonzero(legal))
    return min(ends, key=lambda end: _merit(book, states, end), default=None)


def _merit(book: Book, states: States, end: int) -> tuple[int, int, int]:
    score = int(states.score[end])
    if book.cash_ideal is not None:
        score += book.score(int(states.cash[end]) - book.cash_ideal)
    return score, int(states.cost[end]), int(states.deals[end])


def _trace(book: Book, order: Sequence[Options], trail: list[tuple[Index, Index]], end: int) -> tuple[int, ...]:
    """The lots, by asset, that led to a finished state."""
    lots = [0] * book.assets
    for option, (parent, way) in zip(reversed(order), reversed(trail), strict=True):
        lots[option.asset] = option.lots[int(way[end])]
        end = int(parent[end])
    return tuple(lots)
