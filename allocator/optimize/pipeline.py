"""The pipeline from a problem to a proven plan.

1. `start`: a legal plan by plain rules, or the proof that there is none.
2. `dual`: prices of cash and of deals, and with them a lower bound.
3. `sweep`, narrow: a good plan near those prices.
4. `narrow`: only the lots that could still be part of a better plan; prices again, on what is left.
5. `sweep`, wide: enumeration of what is left, in exact integers. Small and middle problems end here.
6. `milp`: what is still open goes to HiGHS or CBC through PuLP.

Every plan that any step proposes is checked against every constraint in exact integers before it counts, and
every bound holds for the whole problem; so whatever the tolerance of a solver, what is printed is legal and its
gap is proven. Measurements: `docs/decisions/0004-integer-envelope-pipeline.md`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from allocator.core.errors import PlanError
from allocator.core.text import Text, text
from allocator.optimize.book import Book, write_book
from allocator.optimize.dual import Prices, Table, best_prices, spread_prices
from allocator.optimize.milp import solve_program
from allocator.optimize.narrow import lots_of, narrow
from allocator.optimize.plan import Plan, Status, objective_of, rows_of, violations
from allocator.optimize.polish import polish
from allocator.optimize.problem import Problem
from allocator.optimize.start import starting_lots
from allocator.optimize.sweep import options_of, sweep, whole_dtype

Clock = Callable[[], float]
Progress = Callable[[Text], None]

PATIENCE_S = 1.0  # of searching for an exact proof, when no gap is asked for
ENOUGH = Decimal("0.0001")  # the gap that is enough after that
EXACT = 1e-9  # a gap below this is a solver's rounding, not a better plan
NARROW, WIDE = 48, 3000  # states kept by the two sweeps
POLISH_ROUNDS = 60
MANY_LOTS = 20_000  # with more left, nothing is enumerated
SWEEP_S = 0.25  # after which an enumeration gives way to the solver


@dataclass
class Search:
    """The best plan and the best bound known so far, in quanta; and what is left to look at."""

    problem: Problem
    book: Book
    clock: Clock
    deadline: float
    lots: tuple[int, ...]
    objective: float  # int for exactness; float only in comparisons
    bound: float = 0.0
    proof: str = "search"
    table: Table = field(init=False)

    def __post_init__(self) -> None:
        self.table = Table(self.book, self.book.pieces)

    def propose(self, lots: tuple[int, ...] | None) -> bool:
        """Take the lots if they are legal and better; by objective, then cost, then deals."""
        if lots is None or violations(self.problem, lots):
            return False
        objective = exact_objective(self.problem, self.book, lots)
        if (objective, *_cost(self.book, lots)) < (self.objective, *_cost(self.book, self.lots)):
            self.lots, self.objective = lots, objective
            return True
        return False

    def raise_bound(self, bound: float, proof: str) -> None:
        if math.isfinite(bound):
            bound = math.ceil(bound)  # objectives are whole numbers of quanta
        if bound > self.bound:
            self.bound, self.proof = min(bound, self.objective), proof

    def gap(self) -> float:
        return self.book.gap(self.objective, self.bound)

    def seconds_left(self) -> float:
        return self.deadline - self.clock()


def solve(
    problem: Problem,
    *,
    solver: str = "highs",
    time_limit_s: float = 30.0,
    gap: Decimal | None = None,
    clock: Clock = time.monotonic,
    progress: Progress | None = None,
) -> Plan:
    """The best whole-lot plan, with a proven gap.

    `gap` is the share of W at which to stop; None asks for an exact optimum and settles for `ENOUGH` after
    `PATIENCE_S`. Ties go to the lower cost, then to fewer deals (when the proof is exact).

    Raises: `Infeasible` when no plan satisfies the constraints; `PlanError` if a plan fails its last check.
    """
    started = clock()
    book = write_book(problem)
    lots = starting_lots(problem)
    search = Search(problem, book, clock, started + time_limit_s, lots, exact_objective(problem, book, lots))
    asked = float(gap or 0)
    if problem.positions:
        _search(search, solver, asked, started, patient=gap is None, progress=progress)
    return _plan(search, started, asked if gap is not None else float(ENOUGH))


def exact_objective(problem: Problem, book: Book, lots: tuple[int, ...]) -> int:
    """The objective in quanta (or their squares), from the exact decimals of the plan."""
    digits = book.digits * (2 if book.squared else 1)
    return int(objective_of(problem, lots).scaleb(digits))


def _search(
    search: Search, solver: str, asked: float, started: float, *, patient: bool, progress: Progress | None
) -> None:
    prices = best_prices(search.table)
    _take_bound(search, prices, "prices")
    _sweep_near(search, prices)
    widths = [NARROW * 4, WIDE]
    while not _done(search, asked):
        prices = _narrow(search, prices, asked)
        if _done(search, asked):
            return
        if widths and _enumerable(search):
            before = search.objective
            _sweep_all(search, prices, asked, widths.pop(0))
            if search.objective < before:
                continue
        elif not widths or not _enumerable(search):
            break
    if _done(search, asked):
        return
    if progress:
        progress(text("solving; the plan so far is proven within {gap} of the best", gap=f"{search.gap():.4%}"))
    if patient:
        _milp(search, solver, asked, started + PATIENCE_S)
        asked = max(asked, float(ENOUGH))
        if search.gap() <= asked:
            return
    _milp(search, solver, asked, search.deadline)


def _done(search: Search, asked: float) -> bool:
    return search.gap() <= max(asked, 0.0) or search.seconds_left() <= 0


def _take_bound(search: Search, prices: Prices, proof: str) -> None:
    bound = search.table.bound(prices) - search.table.slack(prices)
    search.raise_bound(float(bound.max()), proof)


def _sweep_near(search: Search, prices: Prices) -> None:
    """A good plan: a narrow sweep over the lots that some line of prices likes best, and their neighbours."""
    table, book = search.table, search.book
    lines = spread_prices(book, prices)
    _, best = table.best(lines)
    choices = []
    for index, piece in enumerate(table.pieces):
        liked = np.unique(best[:, index])
        near = np.unique(np.concatenate([liked - 1, liked, liked + 1]))
        choices.append((piece, [int(k) for k in near if piece.low <= k <= piece.high]))
    outcome = sweep(
        table,
        options_of(book, choices, whole_dtype(book)),
        lines,
        cutoff=float(search.objective),
        width=NARROW,
        out_of_time=lambda: search.seconds_left() <= 0,
        draft=True,
    )
    search.propose(outcome.lots)
    _polish(search, outcome.lots or search.lots)


def _polish(search: Search, lots: tuple[int, ...]) -> None:
    polish(search.book, lots, search.propose, out_of_time=lambda: search.seconds_left() <= 0, rounds=POLISH_ROUNDS)


def _narrow(search: Search, prices: Prices, asked: float) -> Prices:
    """Drop the lots that no interesting plan holds, and price what is left; until little more goes."""
    while True:
        cutoff = search.book.within(search.objective, asked)
        size = sum(map(lots_of, search.table.pieces))
        table = narrow(search.table, spread_prices(search.book, prices), cutoff)
        if len(table.starts) < search.book.assets:
            search.raise_bound(cutoff, "prices")
            return prices
        search.table = table
        prices = best_prices(table)
        bound = float((table.bound(prices) - table.slack(prices)).max())
        search.raise_bound(min(bound, cutoff), "prices")
        if search.gap() <= asked or sum(map(lots_of, table.pieces)) > 0.8 * size:
            return prices


def _enumerable(search: Search) -> bool:
    return sum(map(lots_of, search.table.pieces)) <= MANY_LOTS


def _sweep_all(search: Search, prices: Prices, asked: float, width: int) -> None:
    table, book = search.table, search.book
    cutoff = book.within(search.objective, asked)
    until = min(search.deadline, search.clock() + SWEEP_S)
    choices = [(piece, range(piece.low, piece.high + 1)) for piece in table.pieces]
    outcome = sweep(
        table,
        options_of(book, choices, whole_dtype(book)),
        spread_prices(book, prices),
        cutoff=cutoff,
        width=width,
        out_of_time=lambda: search.clock() > until,
    )
    search.propose(outcome.lots)
    search.raise_bound(outcome.bound, "enumeration")


def _milp(search: Search, solver: str, asked: float, until: float) -> None:
    table, book = search.table, search.book
    cutoff = book.within(search.objective, asked)
    absolute = float(search.objective) - book.within(search.objective, asked)
    _, liked = table.best(spread_prices(book, best_prices(table)))
    for result in solve_program(
        table, liked, cutoff, solver=solver, gap=absolute * 0.5, seconds_left=lambda: until - search.clock()
    ):
        search.propose(result.lots)
        search.raise_bound(min(result.bound, cutoff) - 1e-12 * abs(cutoff), solver)
        if search.gap() <= max(asked, EXACT):
            return


def _cost(book: Book, lots: tuple[int, ...]) -> tuple[int, int]:
    """Fees and spread of these lots in quanta, and the number of deals."""
    by_asset = {
        (piece.asset, k): piece for piece in book.pieces for k in (lots[piece.asset],) if piece.low <= k <= piece.high
    }
    cost = sum(piece.cost[0] + piece.cost[1] * k for (_, k), piece in by_asset.items())
    return cost, sum(k != 0 for k in lots)


def _plan(search: Search, started: float, enough: float) -> Plan:
    problem, lots = search.problem, search.lots
    broken = violations(problem, lots)
    if broken:
        raise PlanError(text("the plan breaks a constraint: {violation}", violation=broken[0]))
    rows, cash = rows_of(problem, lots)
    gap = search.gap()
    digits = search.book.digits * (2 if search.book.squared else 1)
    objective = objective_of(problem, lots)
    exact = gap <= 0
    return Plan(
        problem=problem,
        lots=lots,
        rows=rows,
        cash=cash,
        objective=objective,
        bound=objective if exact else Decimal(search.bound).scaleb(-digits),
        gap=gap,
        status=Status.OPTIMAL if gap <= max(enough, EXACT) else Status.FEASIBLE,
        solver=search.proof,
        seconds=search.clock() - started,
        notes=problem.notes,
    )
