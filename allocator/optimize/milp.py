"""The mixed-integer program over the lots that are left, as tight as whole lots allow.

For every piece of an asset a binary says whether it is chosen, and its lots k are bounded by that binary. The
deviation |value0 + value1·k − ideal| (or its square) is replaced by its integer envelope: the lines through
neighbouring whole-lot points, which agree with it wherever k is whole, each multiplied by the binary so that a piece
not chosen costs nothing. LAD needs three lines at the most; least squares gets its lines where the solutions fall,
a few more each round. Amounts are in units of 1/10,000 of the portfolio.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from allocator.optimize.book import Book, Floats, Piece
from allocator.optimize.dual import Table
from allocator.optimize.pulp_shim import Column, Constraint, minimise

UNITS = 10_000  # of the model in the portfolio's value
FEW_LOTS = 12  # up to this many, all lines of least squares are there from the start
SPACED = 6  # else lines at so many places along the lots, beside those near the relaxed solution
ROUNDS = 40


@dataclass
class Program:
    """Columns and rows under construction, and where each piece's variables are."""

    book: Book
    unit: float  # quanta in one unit of the model
    columns: list[Column] = field(default_factory=list)
    rows: list[Constraint] = field(default_factory=list)
    chosen: dict[Piece, int] = field(default_factory=dict)
    lots: dict[Piece, int] = field(default_factory=dict)
    score: dict[int, int] = field(default_factory=dict)  # by asset
    cash: int = -1
    cash_score: int = -1

    def column(self, low: float, high: float, objective: float = 0.0, *, whole: bool = False) -> int:
        self.columns.append(Column(low, high, objective, whole))
        return len(self.columns) - 1

    def row(self, terms: dict[int, float], low: float = -math.inf, high: float = math.inf) -> None:
        self.rows.append(Constraint(terms, low, high))


@dataclass(frozen=True, slots=True)
class Result:
    """The best lots that the solver found (unchecked), and a bound of the objective in quanta or their squares."""

    lots: tuple[int, ...] | None
    bound: float


def solve_program(
    table: Table, liked: Floats, *, solver: str, gap: float, seconds_left: Callable[[], float]
) -> Iterator[Result]:
    """Solve the program, adding lines until it prices its own solution rightly; each round's result as it comes.

    `liked`, of shape (lines, pieces), are lots that a relaxed solution would choose: lines start there.
    `gap`: an absolute distance of objective and bound, in quanta or their squares, at which the solver may stop.
    Every bound is valid for the whole-lot problem over the lots of `table`.
    """
    program = _write(table, liked)
    scale = program.unit**2 if table.book.squared else program.unit
    seen: set[tuple[int, ...]] = set()
    for _ in range(ROUNDS):
        left = seconds_left()
        if left <= 0:
            return
        solution = minimise(program.columns, program.rows, solver=solver, time_limit_s=left, gap=gap / scale)
        lots = None if solution.values is None else _lots(program, table, solution.values)
        yield Result(lots, solution.bound * scale)
        if lots is None or not table.book.squared or lots in seen:
            return
        seen.add(lots)
        _add_lines(program, table, lots, None if program.cash < 0 else solution.values[program.cash])  # type: ignore[index]


def _write(table: Table, liked: Floats) -> Program:
    book = table.book
    program = Program(book, unit=max(book.wealth, 1) / UNITS)
    unit = program.unit
    hints = {piece: [int(k) for k in np.unique(lots)] for piece, lots in zip(table.pieces, liked.T, strict=True)}
    for asset, group in itertools.groupby(table.pieces, key=lambda piece: piece.asset):
        _write_asset(program, asset, {piece: hints[piece] for piece in group})
    cash = program.column(0.0, book.cash_cap / unit)
    program.cash = cash
    terms = {cash: -1.0}
    for piece, column in program.chosen.items():
        terms[column] = piece.cash[0] / unit
        terms[program.lots[piece]] = piece.cash[1] / unit
    program.row(terms, low=-book.cash_before / unit, high=-book.cash_before / unit)
    if book.cash_ideal is not None:
        program.cash_score = program.column(0.0, math.inf, 1.0)
        _cash_lines(program, book.cash_ideal / unit, [0.0, book.cash_ideal / unit, book.cash_cap / unit])
    deals = {column: 1.0 for piece, column in program.chosen.items() if piece.deal}
    if book.max_deals is not None:
        program.row(dict(deals), high=float(book.max_deals))
    if book.must_spend:
        _write_spending(program, deals)
    return program


def _write_asset(program: Program, asset: int, pieces: dict[Piece, list[int]]) -> None:
    score = program.score[asset] = program.column(0.0, math.inf, 1.0)
    for piece in pieces:
        alone = len(pieces) == 1
        chosen = program.column(1.0 if alone else 0.0, 1.0, whole=not alone)
        low, high = min(piece.low, 0), max(piece.high, 0)
        lots = program.column(float(piece.low if alone else low), float(piece.high if alone else high), whole=True)
        program.chosen[piece], program.lots[piece] = chosen, lots
        if not alone:
            program.row({lots: 1.0, chosen: -float(piece.low)}, low=0.0)
            program.row({lots: 1.0, chosen: -float(piece.high)}, high=0.0)
    if len(pieces) > 1:
        program.row({program.chosen[piece]: 1.0 for piece in pieces}, low=1.0, high=1.0)
    # One line of every piece holds together: the score is at least each combination. Writing the score as a sum
    # over pieces keeps the rows few.
    for piece, hints in pieces.items():
        part = score if len(pieces) == 1 else program.column(0.0, math.inf)
        program.score[-1 - program.chosen[piece]] = part
        for start in _line_starts(program.book, piece, hints):
            _line(program, piece, start)
    if len(pieces) > 1:
        terms = {program.score[-1 - program.chosen[piece]]: -1.0 for piece in pieces}
        program.row({score: 1.0, **terms}, low=0.0)


def _line_starts(book: Book, piece: Piece, hints: list[int]) -> list[int]:
    """The lots k whose line through k and k+1 is written from the start."""
    if piece.low == piece.high:
        return [piece.low]
    slope = piece.value[1] or 1
    kink = -book.deviation(piece, 0) // slope
    last = piece.high - 1
    if book.squared and piece.high - piece.low <= FEW_LOTS:
        return list(range(piece.low, piece.high))
    near = [kink - 1, kink, kink + 1]
    if book.squared:
        width = piece.high - piece.low
        near += [*hints, *(k - 1 for k in hints), *(piece.low + width * part // SPACED for part in range(SPACED))]
    return sorted({min(max(k, piece.low), last) for k in near})


def _line(program: Program, piece: Piece, start: int) -> None:
    """Score >= the line through the whole-lot points `start` and `start` + 1, times the piece's binary."""
    book = program.book
    scale = program.unit**2 if book.squared else program.unit
    here = book.score(book.deviation(piece, start))
    rise = book.score(book.deviation(piece, start + 1)) - here if piece.low < piece.high else 0
    part = program.score[-1 - program.chosen[piece]]
    program.row(
        {part: 1.0, program.lots[piece]: -rise / scale, program.chosen[piece]: -(here - rise * start) / scale}, low=0.0
    )


def _cash_lines(program: Program, ideal: float, points: list[float]) -> None:
    """The cash row's score: |C − ideal| in two lines, (C − ideal)² in tangents at these points."""
    if not program.book.squared:
        for sign in (1.0, -1.0):
            program.row({program.cash_score: 1.0, program.cash: -sign}, low=-sign * ideal)
        return
    for point in points:
        slope = 2 * (point - ideal)
        program.row({program.cash_score: 1.0, program.cash: -slope}, low=(point - ideal) ** 2 - slope * point)


def _write_spending(program: Program, deals: dict[int, float]) -> None:
    """`use all cash`: cash stays below the next lot of every wanted asset, except idle ones at the limit of deals."""
    book, unit = program.book, program.unit
    at_limit = None
    if book.max_deals is not None:
        at_limit = program.column(0.0, 1.0, whole=True)
        program.row({**deals, at_limit: -float(book.max_deals)}, low=0.0)
    for asset, prices in enumerate(book.next_lot):
        if prices is None or prices[0] > book.cash_cap:
            continue
        mine = [piece for piece in program.chosen if piece.asset == asset and piece.deal]
        bought = [program.chosen[piece] for piece in mine if piece.low > 0]
        terms = {program.cash: 1.0, **dict.fromkeys(bought, (prices[1] - prices[0]) / unit)}
        if at_limit is not None:
            idle = program.column(0.0, 1.0)
            program.row({idle: 1.0, at_limit: -1.0}, high=0.0)
            program.row({idle: 1.0, **{program.chosen[piece]: 1.0 for piece in mine}}, high=1.0)
            terms[idle] = -(book.cash_cap - prices[0]) / unit
        program.row(terms, high=(prices[1] - 1) / unit)


def _lots(program: Program, table: Table, values: Sequence[float]) -> tuple[int, ...]:
    """Whole lots by asset: rounded, since a solver's 1 may be 0.9999999999999992."""
    lots = [0] * table.book.assets
    for piece, column in program.chosen.items():
        if values[column] > 0.5:
            lots[piece.asset] = min(max(round(values[program.lots[piece]]), piece.low), piece.high)
    return tuple(lots)


def _add_lines(program: Program, table: Table, lots: tuple[int, ...], cash: float | None) -> None:
    """The lines on both sides of each chosen point, and the tangent at the cash left."""
    for piece in table.pieces:
        k = lots[piece.asset]
        if piece.low <= k <= piece.high and piece.high - piece.low > FEW_LOTS:
            for start in {max(k - 1, piece.low), min(k, piece.high - 1)}:
                _line(program, piece, start)
    if program.cash_score >= 0 and cash is not None:
        _cash_lines(program, (table.book.cash_ideal or 0) / program.unit, [cash])
