"""The convex quadratic programme of one period over buys and sells, solved by PIQP on few columns at a time.

Each of N names has two columns, what is bought and what is sold of it, so that |u| is linear. Of the 2N columns an
optimum uses few: who is not held cannot be sold, who promises little is not bought. PIQP's dense solver, whose time
grows with the cube, gets those that promise most; the gradient of the others then says whether one was missed, and
those join in. The columns only grow, and the last set is all of them: what ends is the optimum of the whole
programme.

A solver is set up anew for each set of columns: measured, that costs what an update costs. At these sizes a call of
numpy costs more than what it computes: reductions, numbers among arrays and copies are avoided where all pass by.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import piqp
from numpy.typing import NDArray

from allocator.core.bars import Floats

Positions = NDArray[np.intp]

ALL = 18  # up to here all columns at once are faster than a choice of them
FEW = 10  # columns of each direction to begin with
DUST = 1e-10  # a weight this near to its limit is at it: the solver ends well within
STEPS = 60  # of the interior point: it ends within 20, or hovers at the last digits
STEEP = 1e-7  # of the largest linear term: a gradient less steep is rounding
DIGIT = 1e-15  # of wealth: rounding of a sum
NEARLY = 1e-9  # of wealth: to so much limits hold
SLACK = 10.0  # a column is missed if its gradient is steeper than so many tolerances
LOOSER = (10.0, 100.0, 1000.0)  # times the tolerance, for limits so near to each other that its digits do not part them


class NoSolution(Exception):  # noqa: N818 -- it is an answer
    """PIQP has no answer; who asks knows what the limits are called, and whether they can hold."""


class Quadratic:
    """Q (N, N), symmetric, with its tables over (bought, sold): `both` [Q, -Q] (2N, N), and [[Q, -Q], [-Q, Q]].

    `largest`: of its usual diagonal.
    """

    def __init__(self, matrix: Floats, largest: float | None = None) -> None:
        self.matrix = matrix
        self.largest = float(matrix.diagonal().max()) if largest is None else largest
        self.both = np.concatenate([matrix, -matrix])
        self._signed = np.concatenate([self.both, -self.both], axis=1)
        self._exponent = 0
        self._unit = np.array(1.0)

    def scaled(self, size: float) -> tuple[Floats, Floats]:
        """The signed table in units of about `size`, and the unit: the nearest power of 16, so that the table keeps."""
        exponent = 4 * round(math.log2(size) / 4)
        if exponent != self._exponent:
            self._signed *= 2.0 ** (self._exponent - exponent)  # a power of two: no digit is lost
            self._exponent, self._unit = exponent, np.array(2.0**exponent)
        return self._signed, self._unit


@dataclass(slots=True)
class Programme:
    """Minimise ½·u'Qu + linear'x over x = (bought, sold), u = bought - sold.

    `linear` (2N,), `low` <= x <= `high` (2N,) with `low` None for zeros, `rows` (R, 2N) · x <= `most` (R,), R >= 1;
    with `equal` the first row is an equality. All finite.
    """

    quadratic: Quadratic
    linear: Floats
    low: Floats | None
    high: Floats
    rows: Floats
    most: Floats
    equal: bool = False


@dataclass(frozen=True, slots=True)
class Optimum:
    """`change` (N,) u = bought - sold; `prices` (R,) multipliers of the rows; `iterations` of PIQP."""

    change: Floats
    prices: Floats
    iterations: int


class Interior:
    """PIQP's dense solver; `tolerance` is of the gradient, as a share of the largest linear term."""

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance
        self._solver = piqp.DenseSolver()
        settings = self._solver.settings
        settings.max_iter = STEPS
        settings.preconditioner_iter = 3  # of 10: the set-up takes half the time, the iterations stay as many
        self._aim(tolerance)

    def solve(self, part: _Part, most: Floats, *, equal: bool) -> piqp.Result | None:
        """The answer; None if there is none that is accurate.

        The objective is in units of its own size, so that tolerances mean the same for any data. Large terms that
        cancel can leave more rounding than that; what PIQP has then counts if the limits, slacks times prices and the
        gradient are right. A column no wider than the tolerance (the dust of a holding) can lead it astray altogether:
        it then tries with less.
        """
        solver, rows = self._solver, part.rows
        low = np.zeros(part.high.size) if part.low is None else part.low
        if not equal:
            first, total, others, others_most = None, None, np.asfortranarray(rows), most
        elif most.size > 1:
            first, total, others, others_most = rows[:1], most[:1], np.asfortranarray(rows[1:]), most[1:]
        else:
            first, total, others, others_most = rows, most, None, None
        solver.setup(part.table, part.linear, first, total, others, None, others_most, low, part.high)
        if solver.solve() == piqp.PIQP_SOLVED:
            return solver.result
        info = solver.result.info
        if max(info.primal_res, info.mu) <= NEARLY and info.dual_res <= STEEP:
            return solver.result
        return self._again() if info.status == piqp.PIQP_MAX_ITER_REACHED else None

    def _again(self) -> piqp.Result | None:
        """The same programme, to fewer digits."""
        try:
            for times in LOOSER:
                self._aim(times * self.tolerance)
                if self._solver.solve() == piqp.PIQP_SOLVED:
                    return self._solver.result
        finally:
            self._aim(self.tolerance)
        return None

    def _aim(self, tolerance: float) -> None:
        settings = self._solver.settings
        settings.eps_abs = settings.eps_rel = settings.eps_duality_gap_abs = settings.eps_duality_gap_rel = tolerance


@dataclass(slots=True)
class _Part:
    """The programme of K columns: `table` (K, K) and `linear` (K,) in units, `rows` (R, K)."""

    table: Floats
    linear: Floats
    rows: Floats
    low: Floats | None
    high: Floats


def minimise(programme: Programme, interior: Interior) -> Optimum:
    """The optimum, the gradient of the Lagrangian within the tolerance of the largest linear term.

    Raises:
        NoSolution: no x satisfies all limits, or PIQP ends nowhere near the tolerance.
    """
    linear, low, high, rows, most = programme.linear, programme.low, programme.high, programme.rows, programme.most
    quadratic, count = programme.quadratic, linear.size // 2
    steepest = max(linear.item(linear.argmax()), -linear.item(linear.argmin()))
    largest = max(steepest, 1e-3 * quadratic.largest) or 1.0
    table, unit = quadratic.scaled(largest)
    columns, rest = _first(linear, low, high, count)
    if not columns.size:
        return _nothing(programme)
    iterations, few = 0, FEW
    while True:
        part = _Part(
            table.take(columns, 0).take(columns, 1).T,  # symmetric: the view has Fortran's order, without a copy
            linear.take(columns) / unit,
            rows.take(columns, 1),
            None if low is None else low.take(columns),
            high.take(columns),
        )
        result = interior.solve(part, most, equal=programme.equal)
        if result is None:
            if rest.size:  # the limits may need those that promise little
                columns, rest = np.concatenate([columns, rest]), rest[:0]
                continue
            raise NoSolution
        iterations += result.info.iter
        x = np.zeros(2 * count)
        x[columns] = _settled(part, result.x, most.item(0), equal=programme.equal)
        change = x[:count] - x[count:]
        prices = (np.concatenate([result.y, result.z_u]) if programme.equal else result.z_u) * unit
        if not rest.size:
            return Optimum(change, prices, iterations)
        gradient = _gradient(programme, change, prices)[rest]
        allowed = -SLACK * interior.tolerance * largest
        if gradient.item(gradient.argmin()) >= allowed:
            return Optimum(change, prices, iterations)
        order = gradient.argsort()[:few]
        joining = order[gradient[order] < allowed]
        columns, rest, few = np.concatenate([columns, rest[joining]]), np.delete(rest, joining), 2 * few


def _nothing(programme: Programme) -> Optimum:
    """No deal is possible: none is made, if the rows let it."""
    if programme.most.min() < -NEARLY or (programme.equal and programme.most[0] > NEARLY):
        raise NoSolution
    return Optimum(np.zeros(programme.linear.size // 2), np.zeros(programme.most.size), 0)


def _first(linear: Floats, low: Floats | None, high: Floats, count: int) -> tuple[Positions, Positions]:
    """The columns to begin with, and the rest of those that are possible.

    All if they are few, else those that must be dealt, and the steepest of either direction.
    """
    used = high if low is None else np.abs(high) + np.abs(low)
    possible = used.nonzero()[0]
    if possible.size <= ALL:
        return possible, possible[:0]
    start = np.count_nonzero(used[:count])
    chosen, left = [], []
    for side in (possible[:start], possible[start:]):
        if side.size > FEW:
            order = linear[side].argpartition(FEW)
            chosen.append(side[order[:FEW]])
            left.append(side[order[FEW:]])
        else:
            chosen.append(side)
    columns, rest = np.concatenate(chosen), left[0] if len(left) == 1 else np.concatenate([possible[:0], *left])
    if low is None:
        return columns, rest
    asked = low[rest] != 0.0
    return np.concatenate([columns, rest[asked]]), rest[~asked]


def _settled(part: _Part, x: Floats, most: float, *, equal: bool) -> Floats:
    """PIQP's x, put on the limits that it all but touches; the column with most room then keeps the first row."""
    low, high, settled = part.low, part.high, x.copy()
    if low is None:
        settled[settled < DUST] = 0.0
    else:
        near = settled - low < DUST
        settled[near] = low[near]
    room = high - settled
    near = room < DUST
    settled[near] = high[near]
    row = part.rows[0]
    excess = row.dot(settled) - most
    if excess > DIGIT or (equal and excess < -DIGIT):
        room = np.minimum(settled, room)
        largest = room.argmax()
        if room.item(largest) > abs(excess):
            settled[largest] -= excess / row.item(largest)
    return settled


def _gradient(programme: Programme, change: Floats, prices: Floats) -> Floats:
    """(2N,) of the Lagrangian."""
    gradient: Floats = programme.quadratic.both.dot(change)
    gradient += programme.linear
    gradient += prices.dot(programme.rows)
    return gradient
