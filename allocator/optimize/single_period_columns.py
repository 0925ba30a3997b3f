"""The convex quadratic programme of one period over buys and sells, solved by PIQP on few columns at a time.

Each of N names has two columns, what is bought and what is sold of it, so that |u| is linear. Of the 2N columns an
optimum uses few: who is not held cannot be sold, who promises little is not bought. PIQP's dense solver, whose time
grows with the cube, gets those that promise most; the gradient of the others then says whether one was missed, and
those join in. The columns only grow, and the last set is all of them: what ends is the optimum of the whole
programme.

A solver is set up anew for each set of columns: measured, that costs what an update costs.
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


class NoSolution(Exception):  # noqa: N818 -- it is an answer
    """PIQP has no answer; who asks knows what the limits are called, and whether they can hold."""


class Quadratic:
    """Q (N, N), symmetric, with its table over (bought, sold): [[Q, -Q], [-Q, Q]]. `largest`: of its usual diagonal."""

    def __init__(self, matrix: Floats, largest: float | None = None) -> None:
        self.matrix = matrix
        self.largest = float(matrix.diagonal().max()) if largest is None else largest
        self._signed = np.block([[matrix, -matrix], [-matrix, matrix]])
        self._exponent = 0

    def scaled(self, size: float) -> tuple[Floats, float]:
        """The signed table in units of about `size`, and the unit: the nearest power of 16, so that the table keeps."""
        exponent = 4 * round(math.log2(size) / 4)
        if exponent != self._exponent:
            self._signed *= 2.0 ** (self._exponent - exponent)  # a power of two: no digit is lost
            self._exponent = exponent
        return self._signed, 2.0**exponent


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


def minimise(programme: Programme, tolerance: float) -> Optimum:
    """The optimum, the gradient of the Lagrangian within `tolerance` of the largest linear term.

    Raises:
        NoSolution: no x satisfies all limits, or PIQP ends nowhere near the tolerance.
    """
    count = programme.linear.size // 2
    largest = max(float(np.abs(programme.linear).max()), 1e-3 * programme.quadratic.largest) or 1.0
    signed, unit = programme.quadratic.scaled(largest)
    used = programme.high if programme.low is None else np.abs(programme.high) + np.abs(programme.low)
    possible = used.nonzero()[0]
    if not possible.size:
        return _nothing(programme)
    columns = possible if possible.size <= ALL else _first(programme, possible)
    iterations, few = 0, FEW
    while True:
        result = _interior(programme, columns, signed, unit, tolerance)
        if result is None:
            if columns.size < possible.size:  # the limits may need those that promise little
                columns = possible
                continue
            raise NoSolution
        iterations += result.info.iter
        x = np.zeros(2 * count)
        x[columns] = _settled(programme, columns, result.x)
        prices = unit * (np.concatenate([result.y, result.z_u]) if programme.equal else result.z_u)
        change = x[:count] - x[count:]
        if columns.size == possible.size:
            return Optimum(change, prices, iterations)
        missed = _missed(programme, columns, change, prices, SLACK * tolerance * largest)
        if not missed.size:
            return Optimum(change, prices, iterations)
        columns, few = np.concatenate([columns, missed[:few]]), 2 * few


def _nothing(programme: Programme) -> Optimum:
    """No deal is possible: none is made, if the rows let it."""
    if programme.most.min() < -NEARLY or (programme.equal and programme.most[0] > NEARLY):
        raise NoSolution
    return Optimum(np.zeros(programme.linear.size // 2), np.zeros(programme.most.size), 0)


def _first(programme: Programme, possible: Positions) -> Positions:
    """Of the possible columns those that must be dealt, and the steepest of either direction."""
    start = int(possible.searchsorted(programme.linear.size // 2))
    chosen = []
    for side in (possible[:start], possible[start:]):
        if side.size > FEW:
            chosen.append(side[programme.linear[side].argpartition(FEW)[:FEW]])
        else:
            chosen.append(side)
    columns = np.concatenate(chosen)
    return columns if programme.low is None else np.union1d(columns, programme.low.nonzero()[0])


def _interior(
    programme: Programme, columns: Positions, signed: Floats, unit: float, tolerance: float
) -> piqp.Result | None:
    """PIQP's answer with these columns; None if it has none that is accurate.

    The objective is in `unit`, so that tolerances mean the same for any data. Large terms that cancel can leave more
    rounding than that; what PIQP has then counts if the limits, slacks times prices and the gradient are right.
    """
    rows, most, first = programme.rows[:, columns], programme.most, int(programme.equal)
    some = most.size > first
    solver = piqp.DenseSolver()
    settings = solver.settings
    settings.eps_abs = settings.eps_rel = settings.eps_duality_gap_abs = settings.eps_duality_gap_rel = tolerance
    settings.max_iter = STEPS
    settings.preconditioner_iter = 3  # of 10: the set-up takes half the time, the iterations stay as many
    solver.setup(
        signed.take(columns, 0)
        .take(columns, 1)
        .T,  # symmetric: the view has Fortran's order, which PIQP takes without a copy
        programme.linear[columns] / unit,
        rows[:1] if first else None,
        most[:1] if first else None,
        np.asfortranarray(rows[first:]) if some else None,
        None,
        most[first:] if some else None,
        np.zeros(columns.size) if programme.low is None else programme.low[columns],
        programme.high[columns],
    )
    if solver.solve() == piqp.PIQP_SOLVED:
        return solver.result
    info = solver.result.info
    return solver.result if max(info.primal_res, info.mu) <= NEARLY and info.dual_res <= STEEP else None


def _settled(programme: Programme, columns: Positions, x: Floats) -> Floats:
    """PIQP's x, put on the limits that it all but touches; the column with most room then keeps the first row."""
    high = programme.high[columns]
    low = 0.0 if programme.low is None else programme.low[columns]
    settled = np.where(x - low < DUST, low, x)
    settled = np.where(high - settled < DUST, high, settled)
    row = programme.rows[0, columns]
    excess = float(row @ settled - programme.most[0])
    if excess > DIGIT or (programme.equal and excess < -DIGIT):
        room = np.minimum(settled, high - settled)
        largest = int(room.argmax())
        if room[largest] > abs(excess):
            settled[largest] -= excess / row[largest]
    return settled


def _missed(programme: Programme, columns: Positions, change: Floats, prices: Floats, allowed: float) -> Positions:
    """The columns outside that would lower the objective, the steepest first."""
    count = change.size
    gradient = programme.linear + prices @ programme.rows
    slope = programme.quadratic.matrix @ change
    gradient[:count] += slope
    gradient[count:] -= slope
    gradient[columns] = 0.0
    gradient[programme.high <= 0.0] = 0.0
    missed = (gradient < -allowed).nonzero()[0]
    return missed[gradient[missed].argsort()] if missed.size > 1 else missed
