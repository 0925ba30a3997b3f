"""The limits of one period as boxes and rows over what is bought and sold, and which of them cannot hold.

Two rules for limits that the present holdings break:

- A limit that only a missing permission keeps from holding is held as nearly as the permissions let it: what may not be
  sold is never infeasible for its own upper bound, nor its group's, nor the cash that its sale would have brought.
- Limits that contradict each other, whatever the permissions, are infeasible, and the error says which.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import piqp

from allocator.core.bars import Floats, Mask
from allocator.core.errors import Infeasible, PlanError
from allocator.core.text import Text, text
from allocator.optimize.single_period_columns import Programme
from allocator.optimize.single_period_terms import DealCosts, Limits

NEARLY = 1e-12  # rounding of a sum of weights
SHORT = 1e-8  # what is missing by less is the solver's tolerance


@dataclass(slots=True)
class Frame:
    """What costs and limits say whatever is held: made once, and kept while they are the same objects.

    `fees` (2N,) of buys and of sales; `rows` (R, 2N) over both: cash or the total, groups, turnover. `flat`: names
    whose deals cost nothing either way; None: none, or none where that matters. `loose`: cash and the other weights,
    which are not below zero, keep each weight at 1 or below, and no bound asks for less: buys need no bound.
    """

    costs: DealCosts
    limits: Limits
    total: bool
    fees: Floats
    rows: Floats
    flat: Mask | None
    loose: bool
    ones: Floats

    @classmethod
    def of(cls, costs: DealCosts, limits: Limits | None, count: int, *, total: bool) -> Frame:
        limits = limits or NO_LIMITS
        rows = np.empty((1 + (limits.turnover is not None) + len(limits.groups), 2 * count))
        if total:
            rows[0, :count], rows[0, count:] = 1.0, -1.0
        else:
            rows[0, :count], rows[0, count:] = 1.0 + costs.buy, costs.sell - 1.0
        for row, (mask, _) in enumerate(limits.groups, start=1):
            rows[row, :count] = mask
            np.negative(rows[row, :count], out=rows[row, count:])
        flat = None
        if limits.turnover is None:
            free = costs.buy + costs.sell == 0.0
            flat = free if free.any() else None
        else:
            rows[-1] = 1.0
        fees = np.concatenate([costs.buy, costs.sell], dtype=np.float64)
        loose = not total and limits.cash_lower >= 0.0 and (limits.upper is None or bool(limits.upper.min() >= 1.0))
        return cls(costs, limits, total, fees, rows, flat, loose, np.ones(count))

    def suits(self, costs: DealCosts, limits: Limits | None, *, total: bool) -> bool:
        return costs is self.costs and (limits or NO_LIMITS) is self.limits and total is self.total


@dataclass(slots=True)
class Room:
    """What can be dealt: `low` <= u <= `high`, both (N,); over (bought, sold) `rows` (R, 2N) · x <= `most` (R,).

    `forced`: a bound asks for a deal, so that no deals at all are outside.
    """

    low: Floats
    high: Floats
    rows: Floats
    most: Floats
    forced: bool

    def columns(self, flat: Mask | None = None) -> tuple[Floats | None, Floats]:
        """Least (2N,), None for zeros, and most (2N,) of buys and sales.

        `flat`: names whose deals cost nothing either way. Their sale is a negative purchase: two columns that undo each
        other would leave open how much of both.
        """
        if flat is not None:
            nothing = np.zeros(2 * flat.size)
            low, high = self.columns()
            either = np.concatenate([flat, flat])
            low = np.where(either, np.concatenate([self.low, nothing[flat.size :]]), nothing if low is None else low)
            return low, np.where(either, np.concatenate([self.high, nothing[flat.size :]]), high)
        count = self.high.size
        high = np.empty(2 * count)
        high[:count] = self.high
        np.negative(self.low, high[count:])
        if not self.forced:
            return None, high
        return np.maximum(np.concatenate([self.low, -self.high]), 0.0), np.maximum(high, 0.0)


def room(frame: Frame, held: Floats, cash: float, total: float | None) -> Room:
    """The room for deals; with `total` the weights must add up to it, without it `cash` pays and keeps its least.

    Raises:
        Infeasible: a limit cannot hold, by name.
    """
    limits, rows = frame.limits, frame.rows
    most = np.empty(len(rows))
    most[0] = cash - limits.cash_lower if total is None else total - (1.0 - cash)
    for row, (_, share) in enumerate(limits.groups, start=1):
        most[row] = share - held.dot(rows[row, : held.size])
    if limits.turnover is not None:
        most[-1] = 2.0 * limits.turnover
    if limits is NO_LIMITS:
        low, high = -held, frame.ones - held
    else:
        low, high = _permitted(limits, *_wanted(limits, held))
    forced = low.item(low.argmax()) > 0.0 or high.item(high.argmin()) < 0.0
    found = Room(low, high, rows, most, forced)
    if forced or total is not None or (most.item(most.argmin()) <= 0.0 and _tight(found)):
        _make_possible(found, limits, held, frame.costs.impact, total)
    return found


NO_LIMITS = Limits()


def _tight(found: Room) -> bool:
    """Whether a row needs deals, or allows none. A debt that half of what can be sold would pay is not looked into."""
    most = found.most.tolist()
    return (most[0] <= 0.0 and most[0] <= 0.5 * float(found.low.sum())) or min(most[1:], default=1.0) <= 0.0


def _wanted(limits: Limits, held: Floats) -> tuple[Floats, Floats]:
    """Least and most u by the bounds alone."""
    low = -held if limits.lower is None else limits.lower - held
    high = (1.0 if limits.upper is None else limits.upper) - held
    return low, high


def _permitted(limits: Limits, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    if limits.may_buy is not None:
        low = np.where(limits.may_buy, low, np.minimum(low, 0.0))
        high = np.where(limits.may_buy, high, np.minimum(high, 0.0))
    if limits.may_sell is not None:
        low = np.where(limits.may_sell, low, np.maximum(low, 0.0))
        high = np.where(limits.may_sell, high, np.maximum(high, 0.0))
    return low, high


def _make_possible(found: Room, limits: Limits, held: Floats, impact: Floats | None, total: float | None) -> None:
    """Each row for itself: refused if the bounds forbid it, eased to what the permissions leave of it.

    A row that is eased, or leaves no choice, is at its least: its columns are put where they make it so, and it binds
    no more. PIQP, which walks inside the limits, would find no inside.
    """
    permitted = replace(found)
    free = Room(*_wanted(limits, held), found.rows, found.most, forced=True)
    names = _names(limits, total)
    start = 0
    if total is not None:
        start = 1
        wrong = _outside(found, float(found.most[0]))
        if abs(wrong) > NEARLY:
            raise _cannot(names[0], abs(wrong))
    for row in range(start, len(found.rows)):
        pays = impact if row == 0 else None
        least, most = _least(found, row, pays), float(found.most[row])
        if least < most - NEARLY:
            continue
        only_permission = _least(permitted, row, pays) > most + NEARLY >= _least(free, row, pays)
        if least > most + NEARLY and not only_permission:
            raise _cannot(names[row], least - most)
        _put_at_least(found, row)
        found.most[row] = least + NEARLY


def _outside(found: Room, total: float) -> float:
    """By how much a total of u is above all that the boxes allow, or below (negative)."""
    return max(total - float(found.high.sum()), 0.0) or min(total - float(found.low.sum()), 0.0)


def _put_at_least(found: Room, row: int) -> None:
    """Leave no choice but what makes the row least: no deals where sales add to it, sales where they take from it."""
    bought, sold = np.split(found.rows[row], 2)
    least = np.where(sold > 0.0, np.clip(0.0, found.low, found.high), found.low)
    found.low = np.where(bought > 0.0, least, found.low)
    found.high = np.where(bought > 0.0, least, found.high)
    found.forced = True


def _least(found: Room, row: int, impact: Floats | None) -> float:
    """The least that the boxes leave of a row; of the row of cash with what the impact takes of it."""
    low, high = found.columns()
    start = np.zeros_like(high) if low is None else low
    paid = 0.0 if impact is None else float(impact @ np.abs(found.low) ** 1.5)
    each = found.rows[row]
    return float(np.where(each > 0.0, each * start, each * high).sum()) + paid


def _names(limits: Limits, total: float | None) -> list[Text]:
    if total is None:
        first = text("the least cash of {share:.4%}", share=limits.cash_lower)
    else:
        first = text("the total of {share:.4%}", share=total)
    groups = [
        text("the limit of {share:.4%} on group {group}", share=most, group=limits.group_name(k))
        for k, (_, most) in enumerate(limits.groups)
    ]
    turnover = [] if limits.turnover is None else [text("the turnover of {share:.4%}", share=limits.turnover)]
    return [first, *groups, *turnover]


def _cannot(name: Text, short: float) -> Infeasible:
    return Infeasible(
        text("No deals keep {limit}: {short:.4%} of wealth are missing.", limit=name, short=short),
        text("Ease this limit, or the bounds of the names in it."),
    )


def without_answer(programme: Programme, limits: Limits | None, total: float | None) -> PlanError:
    """Why PIQP has no answer: limits that contradict each other, by name, or the numbers.

    An elastic programme says by how much which rows must give way.
    """
    limits = limits or NO_LIMITS
    rows, most = programme.rows, programme.most
    count, width = rows.shape
    rows = np.hstack([rows, -np.eye(count)])
    if programme.equal:
        rows = np.vstack([rows, -rows[0]])
        rows[-1, width] = -1.0
        most = np.append(most, -most[0])
    everything = width + count
    solver = piqp.DenseSolver()
    settings = solver.settings
    settings.eps_abs = settings.eps_rel = settings.eps_duality_gap_abs = settings.eps_duality_gap_rel = SHORT / 100
    solver.setup(
        np.zeros((everything, everything), order="F"),
        np.repeat([0.0, 1.0], [width, count]),
        None,
        None,
        np.asfortranarray(rows),
        None,
        most,
        np.zeros(everything) if programme.low is None else np.append(programme.low, np.zeros(count)),
        np.append(programme.high, np.full(count, np.inf)),
    )
    solver.solve()
    result = solver.result
    gives = result.x[width:] if result.info.primal_res <= SHORT else np.zeros(count)
    if gives.sum() <= SHORT:
        return PlanError(
            text("The optimiser stopped short of the accuracy asked for."),
            text("Give returns and risks of one period as fractions of 1, and a risk aversion between 0.01 and 10000."),
        )
    names = _names(limits, total)
    worst = int(gives.argmax())
    if count == 1:
        return _cannot(names[worst], float(gives[worst]))
    others = [name for k, name in enumerate(names) if k != worst]
    together = others[0]
    for each in others[1:]:
        together = text("{one} and {other}", one=together, other=each)
    return Infeasible(
        text(
            "No deals keep {limit} together with {others}: {short:.4%} of wealth are missing.",
            limit=names[worst],
            others=together,
            short=float(gives.sum()),
        ),
        text("Ease one of these limits."),
    )
