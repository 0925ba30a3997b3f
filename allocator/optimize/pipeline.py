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
from dataclasses import dataclass
from decimal import Decimal

from allocator.core.errors import Infeasible, PlanError, TimeLimit
from allocator.core.text import Text, text
from allocator.optimize.book import Account, Book, write_book
from allocator.optimize.dual import Prices, Table, best_prices, spread_prices
from allocator.optimize.milp import solve_program
from allocator.optimize.narrow import limit_cash, lots_of, narrow
from allocator.optimize.plan import Plan, Status, objective_of, rows_of, violations
from allocator.optimize.polish import polish
from allocator.optimize.problem import Problem, exact
from allocator.optimize.pulp_shim import SOLVERS
from allocator.optimize.start import starting_lots
from allocator.optimize.sweep import options_of, sweep, whole_dtype

Clock = Callable[[], float]
Progress = Callable[[Text], None]

PATIENCE_S = 1.0  # of searching for an exact proof, when no gap is asked for
ENOUGH = Decimal("0.0001")  # the gap that is enough after that
EXACT = 1e-9  # a gap below this is a solver's rounding, not a better plan
SHARE_OF_LINES = 0.5  # of the gap of least squares; the rest is for what the lines miss of the squares
ROUNDING = 1e-12  # of a solver's bound
NARROW = 12  # states kept by the first sweep
WIDE = (192, 1000)  # and by the enumerations, one after the other
KEPT = 0.8  # narrowing goes on while it drops more than the rest
MANY_LOTS = 20_000  # with more left, nothing is enumerated;
SOME_LOTS = 1_000  # nor with more than this, where a gap is enough: the solver is sooner there
SWEEP_S = 0.15  # after which an enumeration gives way to the solver


@dataclass
class Search:
    """The best plan and the best bound known so far, in quanta; and what is left to look at."""

    book: Book
    clock: Clock
    deadline: float
    asked: float  # the gap at which to stop
    lots: tuple[int, ...]
    merit: Account
    table: Table
    prices: Prices  # the best known for the table
    bound: int = 0
    proof: str = "search"

    @property
    def objective(self) -> int:
        return self.merit.objective

    def propose(self, lots: tuple[int, ...] | None) -> bool:
        """Take the lots if they are legal and better: by objective, then cost, then deals."""
        merit = None if lots is None else self.book.account(lots)
        if lots is None or merit is None or merit >= self.merit:
            return False
        self.lots, self.merit = lots, merit
        return True

    def raise_bound(self, bound: float, proof: str) -> None:
        """Take a lower bound of the objective if it is better; objectives are whole numbers of quanta."""
        whole = self.objective if bound >= self.objective else math.ceil(max(bound, 0))
        if whole > self.bound:
            self.bound, self.proof = whole, proof

    def gap(self) -> float:
        """What is proven, as a share of W."""
        return self.book.gap(self.objective, self.bound)

    def open(self) -> bool:
        """Whether a better plan may still be worth a search."""
        return self.gap() > max(self.asked, EXACT if self.proof in SOLVERS else 0.0)

    def over(self) -> bool:
        """Whether there is nothing more to look for, or no time left to do it."""
        return not self.open() or self.clock() >= self.deadline

    def cutoff(self) -> float:
        """The objective up to which a plan would be of interest; a little inside of the gap that is asked."""
        return self.book.within(self.objective, 0.999 * self.asked)


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
    if not problem.positions:
        raise PlanError(text("there is no asset to hold or to trade"))
    started = clock()
    book = write_book(problem)
    lots = starting_lots(problem)
    merit = book.account(lots) or book.worst
    table = Table(book, book.pieces)
    asked = float(gap or 0)
    search = Search(book, clock, started + time_limit_s, asked, lots, merit, table, best_prices(table))
    _search(search)
    if search.open():
        if progress:
            progress(text("solving; the plan so far is within {gap} of the best", gap=f"{search.gap():.4%}"))
        if gap is None:
            _solve_program(search, solver, min(search.deadline, started + PATIENCE_S))
            search.asked = float(ENOUGH)
        _solve_program(search, solver, search.deadline)
    return _plan(problem, search, clock() - started)


def _search(search: Search) -> None:
    """Everything short of the solver."""
    _take_bound(search)
    _sweep_near(search)
    for width in WIDE[: 1 if search.asked else None]:
        if (search.asked and not search.open()) or search.clock() >= search.deadline:
            return
        _narrow(search)
        if sum(map(lots_of, search.table.pieces)) > (SOME_LOTS if search.asked else MANY_LOTS) or _sweep_all(
            search, width
        ):
            return


def _take_bound(search: Search, cutoff: float = math.inf) -> None:
    """The bound of a table that holds every plan with an objective up to `cutoff`."""
    bound = search.table.bound(search.prices) - search.table.slack(search.prices)
    search.raise_bound(min(float(bound.max()), cutoff), "prices")


def _sweep_near(search: Search) -> None:
    """A good plan: a narrow sweep over the lots that some line of prices likes best, and their neighbours."""
    table, book = search.table, search.book
    lines = spread_prices(book, search.prices)
    _, best = table.best(lines)
    choices = []
    for piece, liked in zip(table.pieces, best.T.tolist(), strict=True):
        near = {int(k) + step for k in set(liked) for step in (-1, 0, 1)}
        choices.append((piece, sorted(k for k in near if piece.low <= k <= piece.high)))
    outcome = sweep(
        table,
        options_of(book, choices, whole_dtype(book)),
        lines,
        cutoff=float(search.objective),
        width=NARROW,
        out_of_time=lambda: search.clock() >= search.deadline,
        draft=True,
    )
    if not search.propose(outcome.lots) or search.open():
        polish(book, outcome.lots or search.lots, search.propose, enough=search.over)


def _narrow(search: Search) -> None:
    """Drop the lots that no interesting plan holds, and price what is left; until little more goes."""
    while True:
        cutoff = search.cutoff()
        size = sum(map(lots_of, search.table.pieces))
        lines = spread_prices(search.book, search.prices)
        table = narrow(search.table, lines, cutoff)
        if len(table.starts) < search.book.assets:
            search.raise_bound(cutoff, "prices")
            return
        if table.book.must_spend and table.book.max_deals is not None:
            table = limit_cash(table, lines, cutoff)
        search.table, search.prices = table, best_prices(table, search.prices)
        _take_bound(search, cutoff)
        if search.over() or sum(map(lots_of, table.pieces)) > KEPT * size:
            return


def _sweep_all(search: Search, width: int) -> bool:
    """Enumerate what is left, keeping so many states; whether that was all of it."""
    table, cutoff = search.table, search.cutoff()
    book = table.book
    until = min(search.deadline, search.clock() + SWEEP_S)
    choices = [(piece, range(piece.low, piece.high + 1)) for piece in table.pieces]
    outcome = sweep(
        table,
        options_of(book, choices, whole_dtype(book)),
        spread_prices(book, search.prices),
        cutoff=cutoff,
        width=width,
        out_of_time=lambda: search.clock() > until,
    )
    search.propose(outcome.lots)
    search.raise_bound(outcome.bound, "enumeration")
    return outcome.bound >= min(cutoff, search.objective)


def _solve_program(search: Search, solver: str, until: float) -> None:
    """Let the solver look for a better plan until the gap is what is asked, or time is up."""
    table, cutoff = search.table, search.cutoff()
    book = table.book
    if not search.open() or search.clock() >= until:
        return
    _, liked = table.best(spread_prices(book, search.prices))
    results = solve_program(
        table,
        liked,
        solver=solver,
        gap=(search.objective - cutoff) * (SHARE_OF_LINES if book.squared else 1),
        seconds_left=lambda: until - search.clock(),
    )
    for result in results:
        if not search.propose(result.lots) and result.lots:
            polish(book, result.lots, search.propose, enough=search.over)
        # What a solver calls proven it has proven to its own tolerance.
        search.raise_bound(min(result.bound, cutoff) - ROUNDING * abs(cutoff), solver)
        if not search.open():
            return


def _no_plan(search: Search) -> PlanError:
    if search.bound >= search.objective - 1:
        return Infeasible(
            text("no plan leaves as little cash as use all cash asks"),
            text("Set use all cash = no, or allow more deals in [trade]."),
        )
    return TimeLimit(
        text("no plan that uses all cash was found in time"), text("Raise the time limit, or set use all cash = no.")
    )


def _plan(problem: Problem, search: Search, seconds: float) -> Plan:
    """The search's answer, every constraint checked once more in the decimals that will be printed."""
    lots = search.lots
    broken = violations(problem, lots)
    if broken and search.merit == search.book.worst:
        raise _no_plan(search)
    if broken:
        raise PlanError(text("the plan breaks a constraint: {violation}", violation=broken[0]))
    rows, cash = rows_of(problem, lots)
    gap = search.gap()
    digits = search.book.digits * (2 if search.book.squared else 1)
    objective = objective_of(problem, lots)
    with exact():
        bound = Decimal(search.bound).scaleb(-digits)
    return Plan(
        problem=problem,
        lots=lots,
        rows=rows,
        cash=cash,
        objective=objective,
        bound=bound,
        gap=gap,
        status=Status.FEASIBLE if search.open() else Status.OPTIMAL,
        solver=search.proof,
        seconds=seconds,
        notes=problem.notes,
    )
