"""What a strategy is shown at a decision, and what it answers with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from allocator.backtest.costs import Costs
from allocator.core.bars import Floats, Mask
from allocator.core.text import Text


class Seen:
    """The world at the close of bar `row`, and nothing later: the bars to come have not been written yet.

    The tables are views into a store of the strategy's own, which the simulator fills bar by bar; behind its last row
    there is NaN. All are read-only.

    `row`: of the market; `step`: 0 at the first decision; `time`, `previous`: of this bar and of the decision before
    (None at the first). `weights` (N,) now, shares of `value`; `cash_weight`; `units` (N,). `price` (N,): the last
    known, 0 before the first. `tradable` (N,): has a bar with turnover now. `cash_return`: of the bar that ended.
    `costs`, `rates` (N,): what deals cost, `Costs.rates`; `impact` (N,): k of k·x^1.5 roubles for a deal of x, None
    without impact; infinite where no turnover is known.
    """

    __slots__ = (
        "_bars",
        "_dealing",
        "_names",
        "cash_return",
        "cash_weight",
        "costs",
        "impact",
        "note",
        "previous",
        "price",
        "rates",
        "row",
        "step",
        "time",
        "tradable",
        "units",
        "value",
        "weights",
    )
    row: int
    step: int
    time: np.datetime64
    previous: np.datetime64 | None
    weights: Floats
    cash_weight: float
    value: float
    units: Floats
    price: Floats
    tradable: Mask
    cash_return: float
    costs: Costs
    rates: Floats
    impact: Floats | None
    note: Callable[[Text], None]
    _bars: Floats
    _names: int

    @property
    def open(self) -> Floats:
        """(row + 1, N), NaN where there was no bar."""
        return self._table(0)

    @property
    def close(self) -> Floats:
        """(row + 1, N), NaN where there was no bar."""
        return self._table(1)

    @property
    def turnover(self) -> Floats:
        """(row + 1, N) roubles, 0 where there was no bar."""
        return self._table(2)

    @property
    def ratio(self) -> Floats:
        """(row + 1, N) units that one unit became before each bar."""
        return self._table(3)

    @property
    def dividend(self) -> Floats:
        """(row + 1, N) roubles per unit, after tax."""
        return self._table(4)

    @property
    def benchmark(self) -> Floats:
        """(row + 1,) level, NaN where unknown."""
        return self._bars[: self.row + 1, 5 * self._names]

    def _table(self, which: int) -> Floats:
        return self._bars[: self.row + 1, which * self._names : (which + 1) * self._names]


class Strategy(Protocol):
    """Decides from what is seen. One object serves any number of backtests: all state is in `Seen`."""

    @property
    def name(self) -> str: ...

    def decide(self, seen: Seen) -> Floats | None:
        """(N,) weights wanted after the deals, 0 or more and at most 1 in sum (the rest is cash); None: no deals.

        A security that cannot be dealt stays as it is, whatever is wanted; costs come out of the cash, and when it
        does not suffice, out of what is bought.
        """
        ...
