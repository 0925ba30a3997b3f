"""Every plan of a small problem, so that what a step of the optimiser promises of all plans can be tried on each.

The plans come from the problem's book, in whole quanta; `test_book` holds the book to the exact decimals of `plan`
and to the oracle, which knows nothing of either.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, cached_property

import instances

from allocator.core.portfolio import Fee
from allocator.optimize import Problem, pose
from allocator.optimize.book import Account, Book, flow, write_book
from allocator.optimize.dual import Prices, Table, best_prices
from allocator.optimize.problem import exact

MOST_PLANS = 600
FEW_DEALS = 7  # the seeds 7, 17, 27, ... are of the flavour in which `use all cash` meets a limit of deals


@dataclass(frozen=True)
class Small:
    """A drawn problem with all its legal plans, the best first."""

    flavour: str
    problem: Problem
    book: Book
    plans: tuple[tuple[Account, tuple[int, ...]], ...]

    @cached_property
    def table(self) -> Table:
        return Table(self.book, self.book.pieces)

    @cached_property
    def prices(self) -> Prices:
        return best_prices(self.table)

    @property
    def best(self) -> Account:
        return self.plans[0][0]

    @property
    def feasible(self) -> bool:
        return bool(self.plans)

    def cash_after(self, lots: Sequence[int]) -> int:
        return cash_after(self.book, lots)


@cache
def small(seed: int, most_plans: int = MOST_PLANS) -> Small:
    """The problem of this seed, and every plan of it."""
    instance = instances.draw(seed, most_plans)
    return enumerated(pose(instance.portfolio, instance.quotes), instance.flavour)


def enumerated(problem: Problem, flavour: str = "by hand") -> Small:
    """A problem with all its legal plans."""
    book = write_book(problem)
    found = ((book.account(lots), lots) for lots in itertools.product(*reach(book)))
    return Small(flavour, problem, book, tuple(sorted((account, lots) for account, lots in found if account)))


def feasible(seeds: Sequence[int]) -> list[tuple[int, Small]]:
    """The problems of these seeds that have a plan at all."""
    drawn = [(seed, small(seed)) for seed in seeds]
    return [(seed, one) for seed, one in drawn if one.feasible]


def reach(book: Book) -> list[range]:
    """The lots that each asset may have in any plan."""
    return [range(min(p.low for p in own), max(p.high for p in own) + 1) for own in book.by_asset]


def cash_after(book: Book, lots: Sequence[int]) -> int:
    """What lots within reach leave, in quanta."""
    pieces = (
        next(piece for piece in own if piece.low <= k <= piece.high) for own, k in zip(book.by_asset, lots, strict=True)
    )
    return book.cash_before + sum(flow(piece, k) for piece, k in zip(pieces, lots, strict=True))


def in_other_money(problem: Problem, factor: Decimal) -> Problem:
    """The same problem counted in another currency: its legal plans and their order stay."""
    with exact():
        return replace(
            problem,
            positions=tuple(
                replace(
                    position,
                    bid=position.bid * factor,
                    ask=position.ask * factor,
                    fee=Fee(position.fee.fixed * factor, position.fee.rate),
                    ideal=position.ideal * factor,
                )
                for position in problem.positions
            ),
            cash_before=problem.cash_before * factor,
            cash_ideal=None if problem.cash_ideal is None else problem.cash_ideal * factor,
            wealth=problem.wealth * factor,
            percent_part=problem.percent_part * factor,
        )
