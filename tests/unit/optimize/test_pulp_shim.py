"""One way to PuLP: the real one that is installed, and the surfaces of PuLP 3 and 4 where they differ."""

from __future__ import annotations

import enum
import math
import random
import sys
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any, Self

import pytest

from allocator.core.errors import UsageError
from allocator.optimize.pulp_shim import SOLVERS, SUBPROBLEMS, Column, Constraint, Solution, minimise

FREE = -math.inf, math.inf


def installed(solver: str) -> bool:
    try:
        minimise([Column(0, 1, 1.0, whole=True)], [], solver=solver, time_limit_s=10, gap=0)
    except UsageError:
        return False
    return True


@pytest.fixture(params=SOLVERS)
def solver(request: pytest.FixtureRequest) -> str:
    """Each solver that the installed PuLP finds."""
    if not installed(request.param):
        pytest.skip(f"PuLP finds no {request.param}")
    return str(request.param)


def solved(columns: list[Column], rows: list[Constraint], solver: str, seconds: float = 30, gap: float = 0) -> Solution:
    return minimise(columns, rows, solver=solver, time_limit_s=seconds, gap=gap)


def split(things: int, ways: int) -> tuple[list[Column], list[Constraint]]:
    """A market split: which of the things add up to half of the whole in every way at once? As good as unsolvable.

    The columns after the things are what is missing or too much, and the objective.
    """
    rng = random.Random(0)
    columns = [Column(0, 1, whole=True)] * things + [Column(0, math.inf, 1.0)] * (2 * ways)
    rows = []
    for way in range(ways):
        sizes = [rng.randint(1, 99) for _ in range(things)]
        terms = dict(enumerate(map(float, sizes))) | {things + 2 * way: 1.0, things + 2 * way + 1: -1.0}
        rows.append(Constraint(terms, sum(sizes) // 2, sum(sizes) // 2))
    return columns, rows


class TestInstalled:
    """The PuLP at hand, with each solver that it finds."""

    def test_a_whole_program(self, solver: str) -> None:
        """4a + 3b >= 10.5 for the least 4a + 2b: b = 4 costs 8; half a unit of b less is no choice."""
        rows = [Constraint({0: 4.0, 1: 3.0}, low=10.5)]
        solution = solved([Column(0, 9, 4.0, whole=True), Column(0, 9, 2.0, whole=True)], rows, solver)
        assert solution.values is not None
        assert [0, 4] == [round(value) for value in solution.values]
        assert pytest.approx(8) == solution.bound

    def test_a_linear_program(self, solver: str) -> None:
        """Without a whole column the bound is the objective itself."""
        solution = solved([Column(-5, 5, 1.0)], [Constraint({0: 1.0}, low=-3.5)], solver)
        assert pytest.approx(-3.5) == solution.bound
        assert solution.values is not None
        assert pytest.approx([-3.5]) == solution.values

    def test_rows_with_two_ends(self, solver: str) -> None:
        """low <= ... <= high, both held; a column without ends is free."""
        columns = [Column(*FREE, 1.0), Column(*FREE), Column(0, 3, whole=True)]
        rows = [Constraint({0: 1.0, 2: 2.0}, low=1.5, high=1.5), Constraint({1: 1.0, 0: 1.0}, low=-7.0, high=-7.0)]
        solution = solved(columns, rows, solver)
        assert solution.values is not None
        assert pytest.approx([-4.5, -2.5, 3]) == solution.values

    def test_an_infeasible_program(self, solver: str) -> None:
        """No values, and a bound above everything."""
        assert Solution(None, math.inf) == solved(
            [Column(0, 5, 1.0, whole=True)], [Constraint({0: 1.0}, low=7)], solver
        )

    def test_an_infeasible_program_in_whole_numbers_only(self, solver: str) -> None:
        """2a + 2b = 3."""
        rows = [Constraint({0: 2.0, 1: 2.0}, low=3, high=3)]
        assert Solution(None, math.inf) == solved([Column(0, 5, 1.0, whole=True)] * 2, rows, solver)

    @pytest.mark.parametrize("seconds", [0.0, 0.2])
    def test_the_time_limit_leaves_a_bound(self, solver: str, seconds: float) -> None:
        """A program that takes hours: what comes back in time is not called proven."""
        columns, rows = split(things=50, ways=6)
        solution = solved(columns, rows, solver, seconds=seconds)
        assert solution.bound <= 0  # a sum of what is missing: its relaxation is 0
        if solution.values is not None:
            assert len(columns) == len(solution.values)

    def test_the_gap_is_absolute(self, solver: str) -> None:
        """Within a gap of 1,000 the first solution will do; the bound stays one."""
        columns, rows = split(things=50, ways=6)
        solution = solved(columns, rows, solver, gap=1000.0)
        assert solution.values is not None
        objective = sum(solution.values[50:])
        assert objective - 1000.01 <= solution.bound <= 0

    def test_says_nothing(self, solver: str, capfd: pytest.CaptureFixture[str]) -> None:
        """Standard output is for the answer."""
        solved([Column(0, 5, 1.0, whole=True)], [Constraint({0: 1.0}, low=2)], solver)
        assert ("", "") == tuple(capfd.readouterr())


@dataclass
class Ending:
    """How the pretended solver ends."""

    name: str  # as the tables below have it
    values: tuple[float, ...] = ()
    dual_bound: float = -math.inf
    raised: Exception | None = None


@dataclass
class Seen:
    """What the pretended PuLP was asked."""

    variables: list[tuple[str, float | None, float | None, str]] = field(default_factory=list)
    rows: list[tuple[dict[str, float], str, float]] = field(default_factory=list)
    objective: dict[str, float] = field(default_factory=dict)
    engine: dict[str, Any] = field(default_factory=dict)


class Status(enum.IntEnum):
    """PuLP 4's `constants.LpSolveStatus`, as far as it is read."""

    NotSolved = 0
    Optimal = 1
    Infeasible = -1
    Unbounded = -2
    TimeLimit = -4
    GapLimit = -7


# PuLP 3: the status that `solve()` returns, and `sol_status`. A time limit with a solution is called optimal.
THREE = {
    "optimal": (1, 1),
    "within the gap": (1, 1),
    "time limit, a solution": (1, 2),
    "time limit, no solution": (0, 0),
    "infeasible": (-1, -1),
}
# PuLP 4: the status and `has_solution` of what `solve()` returns.
FOUR = {
    "optimal": (Status.Optimal, True),
    "within the gap": (Status.GapLimit, True),
    "time limit, a solution": (Status.TimeLimit, True),
    "time limit, no solution": (Status.TimeLimit, False),
    "infeasible": (Status.Infeasible, False),
}


class Variable:
    """An `LpVariable`, hashable by itself, that makes a term when it is multiplied."""

    def __init__(self, name: str, low: float | None, high: float | None, kind: str) -> None:
        self.name, self.asked = name, (name, low, high, kind)
        self.varValue: float | None = None

    def __rmul__(self, factor: float) -> tuple[str, float]:
        return self.name, factor


class Expression:
    """An `LpAffineExpression` that becomes a row when it is compared."""

    def __init__(self, terms: dict[Variable, float]) -> None:
        self.terms = {variable.name: value for variable, value in terms.items()}

    def __ge__(self, end: float) -> tuple[dict[str, float], str, float]:
        return self.terms, ">=", end

    def __le__(self, end: float) -> tuple[dict[str, float], str, float]:
        return self.terms, "<=", end


class ExpressionFour(Expression):
    """PuLP 4 makes one from a dictionary by name only."""

    def __init__(self, *_: object) -> None:
        raise TypeError

    @classmethod
    def from_dict(cls, terms: dict[Variable, float]) -> Expression:
        return Expression(terms)


class Program:
    """An `LpProblem`. In PuLP 4 it makes the variables."""

    def __init__(self, version: int, ending: Ending, seen: Seen) -> None:
        self.version, self.ending, self.seen = version, ending, seen
        self.variables: list[Variable] = []
        self.status = self.sol_status = 0
        self.objective = SimpleNamespace(value=self._objective)
        self.solverModel = SimpleNamespace(getInfo=lambda: SimpleNamespace(mip_dual_bound=ending.dual_bound))
        if version == 4:
            self.add_variable = self.variable

    def variable(self, *asked: Any) -> Variable:
        self.variables.append(Variable(*asked))
        self.seen.variables.append(self.variables[-1].asked)
        return self.variables[-1]

    def __iadd__(self, what: Any) -> Self:
        if isinstance(what, dict):
            self.seen.objective.update(what)
        else:
            self.seen.rows.append(what)
        return self

    def solve(self, engine: Any) -> Any:
        self.seen.engine.update(engine.options)
        if self.ending.raised:
            raise self.ending.raised
        for variable, value in zip(self.variables, self.ending.values, strict=False):
            variable.varValue = value
        if self.version == 3:
            self.status, self.sol_status = THREE[self.ending.name]
            return self.status
        status, has_solution = FOUR[self.ending.name]
        return SimpleNamespace(status=status, has_solution=has_solution)

    def _objective(self) -> float:
        return sum(self.seen.objective.get(variable.name, 0.0) * variable.varValue for variable in self.variables)


def pretend(version: int, ending: Ending, seen: Seen, *, cbc: bool = True) -> ModuleType:
    """The surface of PuLP that the shim touches, as the version has it."""
    program = Program(version, ending, seen)

    def engine(name: str) -> Any:
        return lambda **options: SimpleNamespace(options={"engine": name, **options}, available=lambda: cbc)

    pulp, constants = ModuleType("pulp"), ModuleType("pulp.constants")
    both = {"LpProblem": lambda *_: program, "LpMinimize": 1, "LpInteger": "Integer", "LpContinuous": "Continuous"}
    pulp.__dict__.update(both, constants=constants, lpSum=dict, HiGHS=engine("HiGHS"))
    if version == 3:
        three = {"LpVariable": program.variable, "LpAffineExpression": Expression, "LpStatusInfeasible": -1}
        pulp.__dict__.update(three, PULP_CBC_CMD=engine("bundled CBC"))
        constants.__dict__.update(LpSolutionOptimal=1, LpSolutionIntegerFeasible=2)
    else:
        pulp.__dict__.update(LpAffineExpression=ExpressionFour, COIN_CMD=engine("CBC"))
        constants.__dict__.update(LpSolveStatus=Status)
    return pulp


@pytest.fixture(params=[3, 4])
def version(request: pytest.FixtureRequest) -> int:
    return int(request.param)


COLUMNS = [Column(0, 9, 3.0, whole=True), Column(-math.inf, 9.5), Column(1, math.inf, 2.0)]
ROWS = [Constraint({0: 4.0, 2: 3.0}, low=10.5), Constraint({1: 1.0}, low=2.0, high=2.0), Constraint({2: 1.0}, high=8.0)]
GAP = 0.25


def pretended(
    monkeypatch: pytest.MonkeyPatch, version: int, ending: Ending, solver: str, seen: Seen | None = None, **how: bool
) -> Solution:
    pulp = pretend(version, ending, seen or Seen(), **how)
    monkeypatch.setitem(sys.modules, "pulp", pulp)
    monkeypatch.setitem(sys.modules, "pulp.constants", pulp.constants)
    return minimise(COLUMNS, ROWS, solver=solver, time_limit_s=5.0, gap=GAP)


class TestBothVersions:
    """Pretended PuLPs of both versions, for the ends that cannot be arranged at will."""

    @pytest.mark.parametrize("name", ["optimal", "within the gap"])
    def test_a_proven_solution(self, monkeypatch: pytest.MonkeyPatch, version: int, name: str) -> None:
        """HiGHS tells its bound; CBC does not, but has proven its objective, 3·2 + 2·1.5, to the gap."""
        ending = Ending(name, (2.0, 2.0, 1.5), dual_bound=8.9)
        assert Solution([2.0, 2.0, 1.5], 8.9) == pretended(monkeypatch, version, ending, "highs")
        assert pytest.approx(9 - GAP, rel=1e-6) == pretended(monkeypatch, version, ending, "cbc").bound

    def test_the_time_limit_with_a_solution(self, monkeypatch: pytest.MonkeyPatch, version: int) -> None:
        """A solution, but no proof of it: PuLP 3 calls it optimal, and is not believed."""
        ending = Ending("time limit, a solution", (2.0, 2.0, 1.5), dual_bound=4.0)
        assert Solution([2.0, 2.0, 1.5], 4.0) == pretended(monkeypatch, version, ending, "highs")
        assert Solution([2.0, 2.0, 1.5], -math.inf) == pretended(monkeypatch, version, ending, "cbc")

    def test_the_time_limit_without_a_solution(self, monkeypatch: pytest.MonkeyPatch, version: int) -> None:
        """Only what HiGHS has proven so far."""
        ending = Ending("time limit, no solution", dual_bound=4.0)
        assert Solution(None, 4.0) == pretended(monkeypatch, version, ending, "highs")
        assert Solution(None, -math.inf) == pretended(monkeypatch, version, ending, "cbc")

    @pytest.mark.parametrize("solver", SOLVERS)
    def test_an_infeasible_program(self, monkeypatch: pytest.MonkeyPatch, version: int, solver: str) -> None:
        """No values, and a bound above everything."""
        assert Solution(None, math.inf) == pretended(monkeypatch, version, Ending("infeasible"), solver)

    @pytest.mark.parametrize("solver", SOLVERS)
    def test_a_solver_that_fails(self, monkeypatch: pytest.MonkeyPatch, version: int, solver: str) -> None:
        """Whatever it raises, it has proven nothing."""
        ending = Ending("optimal", raised=OSError("no space left on device"))
        assert Solution(None, -math.inf) == pretended(monkeypatch, version, ending, solver)

    def test_a_bound_that_is_no_number(self, monkeypatch: pytest.MonkeyPatch, version: int) -> None:
        """NaN bounds nothing."""
        ending = Ending("optimal", (2.0, 2.0, 1.5), dual_bound=math.nan)
        assert Solution([2.0, 2.0, 1.5], -math.inf) == pretended(monkeypatch, version, ending, "highs")

    def test_cbc_is_taken_at_its_eight_digits(self, monkeypatch: pytest.MonkeyPatch, version: int) -> None:
        """A solution that was printed as 2.0 and 1.5 may be a little less, so the bound is."""
        told = pretended(monkeypatch, version, Ending("optimal", (2.0, 2.0, 1.5)), "cbc").bound
        assert told < 3 * (2.0 - 5e-8) + 2 * (1.5 - 5e-8) - GAP

    @pytest.mark.parametrize("solver", SOLVERS)
    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    def test_values_that_are_no_numbers(
        self, monkeypatch: pytest.MonkeyPatch, version: int, solver: str, value: float
    ) -> None:
        """No solution, and for CBC, whose bound is made of it, no bound."""
        told = pretended(monkeypatch, version, Ending("optimal", (2.0, value, 1.5), dual_bound=1.0), solver)
        assert Solution(None, 1.0 if solver == "highs" else -math.inf) == told

    def test_a_column_without_a_value(self, monkeypatch: pytest.MonkeyPatch, version: int) -> None:
        """A variable that presolve took away has none: it is 0."""
        ending = Ending("optimal", (2.0,), dual_bound=1.0)
        assert Solution([2.0, 0.0, 0.0], 1.0) == pretended(monkeypatch, version, ending, "highs")

    def test_without_cbc_says_what_to_type(self, monkeypatch: pytest.MonkeyPatch, version: int) -> None:
        """An error of usage, with the way out."""
        with pytest.raises(UsageError, match=r"cbc is not installed.*or use --solver highs"):
            pretended(monkeypatch, version, Ending("optimal"), "cbc", cbc=False)

    def test_hands_the_program_over(self, monkeypatch: pytest.MonkeyPatch, version: int) -> None:
        """Columns with their ends (None for none) and kinds, rows by their ends, and only priced columns priced."""
        seen = Seen()
        pretended(monkeypatch, version, Ending("infeasible"), "highs", seen)
        assert [
            ("x0", 0, 9, "Integer"),
            ("x1", None, 9.5, "Continuous"),
            ("x2", 1, None, "Continuous"),
        ] == seen.variables
        assert {"x0": 3.0, "x2": 2.0} == seen.objective
        assert [
            ({"x0": 4.0, "x2": 3.0}, ">=", 10.5),
            ({"x1": 1.0}, ">=", 2.0),
            ({"x1": 1.0}, "<=", 2.0),
            ({"x2": 1.0}, "<=", 8.0),
        ] == seen.rows

    @pytest.mark.parametrize(
        ("solver", "engines"), [("highs", {3: "HiGHS", 4: "HiGHS"}), ("cbc", {3: "bundled CBC", 4: "CBC"})]
    )
    def test_asks_for_silence_one_thread_and_an_absolute_gap(
        self, monkeypatch: pytest.MonkeyPatch, version: int, solver: str, engines: dict[int, str]
    ) -> None:
        """The options of both solvers go by the same names in both versions."""
        seen = Seen()
        pretended(monkeypatch, version, Ending("infeasible"), solver, seen)
        expected = {"msg": False, "timeLimit": 5.0, "gapAbs": GAP, "gapRel": 0.0, "threads": 1}
        expected |= dict.fromkeys(SUBPROBLEMS, False) if solver == "highs" else {}
        assert {"engine": engines[version], **expected} == seen.engine
