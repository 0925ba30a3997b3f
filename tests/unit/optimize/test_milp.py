"""The mixed-integer program alone, over all lots of small problems: both solvers find what brute force finds."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from enumeration import FEW_DEALS, Small, enumerated, feasible, small

from allocator.core.errors import UsageError
from allocator.core.portfolio import Asset, Cash, Model, Options, Percent, Portfolio, Units
from allocator.core.quote import Quote, Quotes
from allocator.optimize import milp, pose
from allocator.optimize.book import Account, Book, Piece, write_book
from allocator.optimize.dual import Table
from allocator.optimize.milp import ROUNDS, Result, solve_program
from allocator.optimize.narrow import narrow
from allocator.optimize.pulp_shim import SOLVERS, Column, Constraint, Solution, minimise

SEEDS = {"highs": (*range(30), *range(FEW_DEALS + 30, FEW_DEALS + 100, 10)), "cbc": tuple(range(12))}
TOLERANCE = 1e-6  # of a solver, in units of 1/10,000 of the portfolio


@pytest.fixture(params=SOLVERS)
def solver(request: pytest.FixtureRequest) -> str:
    """Each solver that the installed PuLP finds."""
    try:
        minimise([Column(0, 1, 1.0, whole=True)], [], solver=request.param, time_limit_s=10, gap=0)
    except UsageError:
        pytest.skip(f"PuLP finds no {request.param}")
    return str(request.param)


def run(table: Table, solver: str, *, gap: float = 0.0, seconds: Iterator[float] | None = None) -> list[Result]:
    """All results, from lines that start where nothing is traded."""
    left = itertools.repeat(60.0) if seconds is None else seconds
    liked = np.clip(np.zeros((1, len(table.pieces))), table.low, table.high)
    return list(solve_program(table, liked, solver=solver, gap=gap, seconds_left=lambda: next(left)))


def merit(book: Book, results: Sequence[Result]) -> Account | None:
    """The best legal plan among the results."""
    accounts = [book.account(result.lots) for result in results if result.lots is not None]
    return min((account for account in accounts if account is not None), default=None)


def quanta(one: Small, tolerance: float) -> float:
    """How far a solver's tolerance may move the best objective."""
    unit = max(one.book.wealth, 1) / milp.UNITS
    return tolerance * unit * (unit + math.sqrt(one.best.objective)) if one.book.squared else tolerance * unit


class TestWhole:
    """Over the full table: no narrowing, no cutoff."""

    def test_finds_the_best_plan(self, solver: str) -> None:
        """The best of the results is as good as the best of all plans, to the solver's tolerance."""
        wrong = []
        for seed, one in feasible(SEEDS[solver]):
            found = merit(one.book, run(one.table, solver))
            if found is None or found.objective - one.best.objective > quanta(one, 10 * TOLERANCE):
                wrong.append((seed, one.flavour, one.best, found))
        assert [] == wrong

    def test_never_bounds_above_the_best_plan(self, solver: str) -> None:
        """Each round's bound holds, for least squares before all lines are written too; the last one meets the plan."""
        wrong = []
        for seed, one in feasible(SEEDS[solver]):
            results = run(one.table, solver)
            slack = quanta(one, 10 * TOLERANCE)
            if max(result.bound for result in results) > one.best.objective + slack:
                wrong.append((seed, one.flavour, one.best, results))
            if max(result.bound for result in results) < one.best.objective * (1 - 1e-6) - 10 * slack:
                wrong.append((seed, one.flavour, one.best, results))
        assert [] == wrong

    def test_of_an_infeasible_problem_has_none(self, solver: str) -> None:
        """No lots, and a bound above everything."""
        problems = [one for one in map(small, range(60)) if not one.feasible and one.book.cash_cap >= 0][:6]
        results = [run(one.table, solver) for one in problems]
        assert [[Result(None, math.inf)]] * len(problems) == results

    def test_within_a_gap(self, solver: str) -> None:
        """The solver may stop at the gap: plan and bound are no further apart, and on both sides of the best plan."""
        wrong = []
        for seed, one in feasible(SEEDS[solver][:12]):
            if one.book.squared:
                continue
            gap = one.book.wealth / 50
            results = run(one.table, solver, gap=gap)
            found, bound = merit(one.book, results), max(result.bound for result in results)
            if found is None or not found.objective - gap * 1.001 <= bound <= one.best.objective + quanta(one, 1e-5):
                wrong.append((seed, one.flavour, one.best, found, bound))
        assert [] == wrong


class TestNarrowed:
    """Over what narrowing leaves, with single lots and single pieces."""

    def test_finds_the_best_plan(self, solver: str) -> None:
        """Pieces of one lot, assets of one piece: the same plan."""
        wrong = []
        for seed, one in feasible(SEEDS[solver][:20]):
            prices = replace(one.prices)
            table = narrow(one.table, prices, one.best.objective * 1.02 + 1)
            found = merit(one.book, run(table, solver))
            if found is None or found.objective - one.best.objective > quanta(one, 10 * TOLERANCE):
                wrong.append((seed, one.flavour, one.best, found))
        assert [] == wrong

    def test_of_a_single_plan_is_that_plan(self, solver: str) -> None:
        """Every asset down to one lot: nothing is left to choose."""
        for _, one in feasible(SEEDS[solver][:10]):
            lots = one.plans[0][1]
            pieces = tuple(
                replace(piece, low=k, high=k)
                for own, k in zip(one.book.by_asset, lots, strict=True)
                for piece in own
                if piece.low <= k <= piece.high
            )
            results = run(Table(one.book, pieces), solver)
            assert lots == results[-1].lots
            assert one.best.objective == pytest.approx(results[-1].bound, rel=1e-6, abs=quanta(one, 10 * TOLERANCE))


class TestLines:
    """The integer envelope: lines through neighbouring whole-lot points."""

    @staticmethod
    def value(rows: Sequence[Constraint], part: int, lots: int, at: int, chosen: int) -> float:
        """The least score that the rows of a piece allow at these lots."""
        lines = [row for row in rows if part in row.terms and row.terms[part] == 1.0 and lots in row.terms]
        return max(-(row.terms[lots] * at + row.terms[chosen]) for row in lines)

    def test_agree_with_the_score_at_whole_lots(self) -> None:
        """LAD everywhere; least squares nowhere above, and exactly where lines were written."""
        for seed in range(30):
            one = small(seed)
            program = milp._write(
                one.table, np.clip(np.zeros((1, len(one.book.pieces))), one.table.low, one.table.high)
            )
            scale = program.unit**2 if one.book.squared else program.unit
            for piece in one.book.pieces:
                part, lots, chosen = (
                    program.score[-1 - program.chosen[piece]],
                    program.lots[piece],
                    program.chosen[piece],
                )
                for k in range(piece.low, piece.high + 1):
                    told = self.value(program.rows, part, lots, k, chosen)
                    score = one.book.score(one.book.deviation(piece, k)) / scale
                    assert told <= score * (1 + 1e-9) + 1e-6
                    if not one.book.squared or piece.high - piece.low <= milp.FEW_LOTS:
                        assert pytest.approx(score, rel=1e-9, abs=1e-6) == told

    @pytest.mark.parametrize(
        ("hints", "starts"), [([], {39, 40, 41}), ([0, 90], {0, 15, 30, 39, 40, 41, 45, 60, 75, 89, 90})]
    )
    def test_of_least_squares_start_at_the_kink_the_hints_and_evenly(self, hints: list[int], starts: set[int]) -> None:
        """The ideal between 40 and 41 lots of 90: lines there, and (least squares) near each hint and sixth."""
        problem = pose(
            Portfolio(
                Path("p.ini"),
                (Asset("A", target=Units(Decimal("40.5"))),),
                Cash(Decimal(900)),
                Options(model=Model.LSAPPROX if hints else Model.LAD),
            ),
            Quotes("FILE", {"A": Quote("A", Decimal(10), Decimal(10))}),
        )
        one = enumerated(problem)
        buy = next(piece for piece in one.book.pieces if piece.low == 1)
        told = set(milp._line_starts(one.book, buy, hints))
        assert {min(max(k, 1), 89) for k in starts} <= told | {1 + width for width in range(-1, 0)}
        assert all(1 <= k <= 89 for k in told)


class TestRounds:
    """Least squares gets its lines round by round."""

    def many_lots(self) -> Small:
        """Four assets of some forty lots each, far more plans than lines."""
        quotes = {f"A{i}": Quote(f"A{i}", Decimal(7 + i), Decimal(7 + i)) for i in range(4)}
        assets = tuple(Asset(ticker, target=Percent(Decimal(25))) for ticker in quotes)
        portfolio = Portfolio(Path("p.ini"), assets, Cash(Decimal(1000)), Options(model=Model.LSAPPROX))
        problem = pose(portfolio, Quotes("FILE", quotes))
        return replace(small(0), problem=problem, book=write_book(problem), plans=())

    def test_bounds_rise_to_the_plan(self, solver: str) -> None:
        """Lines are only added: no bound is below the one before, and the last meets its own plan."""
        one = self.many_lots()
        results = run(one.table, solver)
        bounds = [result.bound for result in results]
        found = merit(one.book, results)
        assert 1 < len(results) <= ROUNDS
        assert sorted(bounds) == pytest.approx(bounds, rel=1e-6)
        assert found is not None
        assert one.book.gap(found.objective, math.ceil(bounds[-1])) < 1e-6

    def test_end_when_time_does(self, solver: str) -> None:
        """Two rounds' time: two results at the most; no time: none."""
        table = self.many_lots().table
        assert 2 >= len(run(table, solver, seconds=iter([60.0, 60.0, 0.0])))
        assert [] == run(table, solver, seconds=iter([0.0]))
        assert [] == run(table, solver, seconds=iter([-3.0]))


class TestRounding:
    """What a solver returns is rounded, never cut."""

    @pytest.mark.parametrize("error", [-0.4, -1e-6, -7.8e-16, 0.0, 1e-6, 0.4])
    def test_a_whole_number_may_come_a_little_off(self, monkeypatch: pytest.MonkeyPatch, error: float) -> None:
        """HiGHS returns 0.9999999999999992 for one lot: `int()` would lose it."""
        one = small(0)
        rng = random.Random(0)
        wanted = one.plans[0][1]

        def off(columns: Sequence[Column], rows: Sequence[Constraint], **_: object) -> Solution:
            solution = minimise(columns, rows, solver="highs", time_limit_s=60, gap=0)
            assert solution.values is not None
            moved = [
                round(value) + error * rng.random() if column.whole else value
                for value, column in zip(solution.values, columns, strict=True)
            ]
            return Solution(moved, solution.bound)

        monkeypatch.setattr(milp, "minimise", off)
        assert one.book.account(wanted).objective == merit(one.book, run(one.table, "highs")).objective

    def test_lots_stay_within_their_piece(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A solver that oversteps a bound by more than a half is put back."""
        one = small(0)
        monkeypatch.setattr(milp, "minimise", lambda columns, *_, **__: Solution([1e9] * len(columns), 0.0))
        (result,) = run(one.table, "highs") if not one.book.squared else run(one.table, "highs")[:1]
        assert result.lots is not None
        assert all(own[0].low <= k or k in _reach(own) for own, k in zip(one.book.by_asset, result.lots, strict=True))

    def test_no_piece_chosen_is_no_deal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Binaries of 0.4999 choose nothing: the asset is kept."""
        one = small(0)
        monkeypatch.setattr(milp, "minimise", lambda columns, *_, **__: Solution([0.4999] * len(columns), 0.0))
        assert {(0,) * one.book.assets} == {result.lots for result in run(one.table, "highs")}


def _reach(pieces: Sequence[Piece]) -> set[int]:
    return {k for piece in pieces for k in range(piece.low, piece.high + 1)}
