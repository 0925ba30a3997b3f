"""Makes deals at given prices: sells first, never overdraws cash, whole lots if asked, and says what it cost."""

from __future__ import annotations

from math import sqrt

import numpy as np

from allocator.backtest.costs import Costs
from allocator.core.bars import Floats

DUST = 1e-11  # units: what is left of a holding when rounding errors are all that is left
KOPECK = 0.01  # roubles: with a fixed fee, a smaller deal is a rounding error and not made
WHOLE = 1e-9  # of a lot


class Books:
    """`units` (N,) held, and `cash`, which is never below zero."""

    __slots__ = ("cash", "units")

    def __init__(self, cash: float, units: Floats) -> None:
        self.cash = cash
        self.units = units


class Dealer:
    """Deals for given costs; `lots` (N,) units of a lot, None: any share of a unit can be dealt."""

    __slots__ = ("_fixed", "_half", "_lots", "_ones", "_rates", "_single", "fee")

    def __init__(self, costs: Costs, names: int, lots: Floats | None = None) -> None:
        self.fee = costs.fee
        self._fixed = costs.fixed
        self._half = np.broadcast_to(np.asarray(costs.spread, dtype=np.float64) / 2, names)
        self._single = float(self._half[0]) if names and np.ptp(self._half) == 0 else None
        self._rates = costs.rates(names)
        self._lots = lots
        self._ones = np.ones(names)  # a scalar product with it is a sum at a fifth of the price of `sum`

    def deal(
        self, books: Books, amounts: Floats, price: Floats, inverse: Floats, impact: Floats | None
    ) -> tuple[float, float, float]:
        """Deals `amounts` (N,) roubles, bought above zero, changed in place to what was dealt; the fees, the half
        spread and the impact paid.

        `price` and its `inverse` (N,): 0 where nothing can be dealt. No more is sold than held; a sale that would cost
        more than it brings is not made; when cash is short, all buys shrink alike.
        """
        np.maximum(amounts, books.units * -price, out=amounts)
        if self._lots is not None:
            self._round(books, amounts, price, inverse)
        if self._fixed or impact is not None:
            self._refuse(amounts, impact)
        dealt = np.abs(amounts)
        fees, spread, push = self._cost(dealt, impact)
        left = books.cash - float(amounts.dot(self._ones)) - fees - spread - push
        if left < 0:
            self._shrink(books, amounts, price, impact)
            dealt = np.abs(amounts)
            fees, spread, push = self._cost(dealt, impact)
            left = books.cash - float(amounts.dot(self._ones)) - fees - spread - push
        books.cash = left if left > 0 else 0.0  # the least rounding error of a float is not a debt
        units = books.units
        units += amounts * inverse
        units *= units > DUST
        return fees, spread, push

    def _cost(self, dealt: Floats, impact: Floats | None) -> tuple[float, float, float]:
        total = float(dealt.dot(self._ones))
        fees = self.fee * total
        if self._fixed:
            fees += self._fixed * int(np.count_nonzero(dealt))
        spread = self._single * total if self._single is not None else float(self._half @ dealt)
        return fees, spread, 0.0 if impact is None else float(impact @ (dealt * np.sqrt(dealt)))

    def _round(self, books: Books, amounts: Floats, price: Floats, inverse: Floats) -> None:
        """To the nearest whole lots; of what is held, whole lots only are sold."""
        lots = self._lots
        assert lots is not None
        count = np.rint(amounts * inverse / lots)
        np.maximum(count, -np.floor(books.units / lots + WHOLE), out=count)
        np.multiply(count, lots * price, out=amounts)

    def _refuse(self, amounts: Floats, impact: Floats | None) -> None:
        """Drops deals that are rounding errors, and sales that would cost more than they bring."""
        dealt = np.abs(amounts)
        cost = dealt * self._rates + self._fixed
        if impact is not None:
            cost += impact * dealt * np.sqrt(dealt)
        drop = (amounts < 0) & (cost >= dealt)
        if self._fixed:
            drop |= dealt < KOPECK
        amounts[drop] = 0.0

    def _shrink(self, books: Books, amounts: Floats, price: Floats, impact: Floats | None) -> None:
        """Shrinks all buys by one factor, so that cash and what sales bring pay for them and for all costs."""
        sold, bought = np.minimum(amounts, 0.0), np.maximum(amounts, 0.0)
        have = books.cash - float(sold.sum()) - sum(self._cost(-sold, impact))
        have -= self._fixed * int(np.count_nonzero(bought))
        linear = float(bought @ (1 + self._rates))
        push = 0.0 if impact is None else float(impact @ (bought * np.sqrt(bought)))
        factor = _factor(have, linear, push)
        if self._lots is None:
            np.add(sold, factor * bought, out=amounts)
        else:
            np.add(sold, self._whole(bought, factor, price, have, impact), out=amounts)

    def _whole(self, bought: Floats, factor: float, price: Floats, have: float, impact: Floats | None) -> Floats:
        """Whole lots of shrunken buys: rounded down, then one lot more by the size of what was cut, while cash lasts.

        `have`: what there is to pay with, without the fixed fees of all buys. Each cost grows with the deal, so that
        lots rounded down cost no more than `factor` of the buys.
        """
        assert self._lots is not None
        lot = self._lots * price
        wanted = np.divide(bought * factor, lot, out=np.zeros_like(bought), where=lot > 0)
        count = np.floor(wanted + WHOLE)
        found = count * lot
        have += self._fixed * int(np.count_nonzero(bought) - np.count_nonzero(count))
        have -= self._price(found, impact)
        for at in np.argsort(count - wanted, kind="stable"):
            if wanted[at] - count[at] <= WHOLE:
                break
            more = float(lot[at] * (1 + self._rates[at]))
            if impact is not None:
                more += float(impact[at] * ((found[at] + lot[at]) ** 1.5 - found[at] ** 1.5))
            more += self._fixed if not count[at] else 0.0
            if more <= have:
                have -= more
                found[at] += lot[at]
        return found

    def _price(self, bought: Floats, impact: Floats | None) -> float:
        push = 0.0 if impact is None else float(impact @ (bought * np.sqrt(bought)))
        return float(bought @ (1 + self._rates)) + push


def _factor(have: float, linear: float, push: float) -> float:
    """The f in 0..1 for which f·linear + f^1.5·push = have: on a convex curve, Newton's steps come from above."""
    if have <= 0 or linear <= 0:
        return 0.0
    if not push:
        return min(have / linear, 1.0)
    factor = 1.0
    for _ in range(50):
        step = (factor * linear + factor**1.5 * push - have) / (linear + 1.5 * sqrt(factor) * push)
        factor -= step
        if step <= 1e-15:
            break
    return min(max(factor, 0.0), 1.0)
