"""A market made ready to be walked through: all that does not depend on a strategy is worked out once, as tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.backtest.costs import Costs
from allocator.backtest.market import Market
from allocator.core.bars import Floats, Mask
from allocator.core.panel import filled


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """`price` (T, N): last known close, in units of its row, 0 before the first. `tradable` (T, N): has turnover.

    `bars` (T, 5N + 1): what strategies may look at, as `Seen` lays it out. `splits`, `dividends` (T lists): whether any
    is on the row. `gone`: row after the last bar of securities -> their columns.
    """

    market: Market
    price: Floats
    tradable: Mask
    bars: Floats
    splits: list[bool]
    dividends: list[bool]
    gone: dict[int, list[int]]

    @classmethod
    def of(cls, market: Market) -> Ground:
        known = ~np.isnan(market.close)
        cumulative = np.cumprod(market.ratio, axis=0)
        price = np.where(known, market.close, np.nan_to_num(filled(market.close * cumulative) / cumulative))
        level = market.benchmark if market.benchmark is not None else np.full(len(market.times), np.nan)
        tables = (market.open, market.close, market.turnover, market.ratio, market.dividend, level[:, None])
        gone: dict[int, list[int]] = {}
        for column in np.flatnonzero(known.any(axis=0)):
            row = len(known) - int(np.argmax(known[::-1, column]))
            if row < len(known):
                gone.setdefault(row, []).append(int(column))
        return cls(
            market,
            price,
            known & (market.turnover > 0),
            np.hstack(tables),
            [bool(each.any()) for each in market.ratio != 1],
            [bool(each.any()) for each in market.dividend > 0],
            gone,
        )

    def dealing(self, execution: str) -> tuple[Floats, Floats, Floats]:
        """For the decision on each row, (T, N) each, 0 where nothing can be dealt: price, 1 / price, and roubles dealt
        for a rouble wanted.

        Units are fixed at the decision, by the price known then; at the next bar they cost what that bar says. A
        security is dealt when it has a bar with turnover both at the decision and at the deal.
        """
        market = self.market
        if execution == "close":
            price = np.where(self.tradable, market.close, 0.0)
            return price, _inverse(price), self.tradable.astype(np.float64)
        theirs = market.open if execution == "next open" else market.close
        price = np.zeros_like(theirs)
        can = self.tradable[:-1] & self.tradable[1:] & ~np.isnan(theirs[1:])
        price[:-1] = np.where(can, theirs[1:], 0.0)
        gain = np.zeros_like(theirs)
        gain[:-1] = price[:-1] * market.ratio[1:] * _inverse(self.price[:-1])
        return price, _inverse(price), gain

    def impact(self, costs: Costs) -> Floats:
        """(T, N) k of the k·x^1.5 roubles that dealing x roubles costs; infinite where no turnover or σ is known.

        k = impact · σ / √turnover, σ the deviation of the returns of the last `window` bars and turnover their mean,
        the row itself included; a suspended bar has return and turnover 0.
        """
        market, window = self.market, costs.window
        worth = self.price * np.cumprod(market.ratio, axis=0)
        returns = np.zeros_like(worth)
        listed = np.zeros(worth.shape, dtype=np.bool_)
        listed[1:] = (worth[:-1] > 0) & (worth[1:] > 0)
        np.divide(worth[1:], worth[:-1], out=returns[1:], where=listed[1:])
        returns[listed] -= 1
        count = np.maximum(_rolling(listed.astype(np.float64), window), 1)
        mean = _rolling(returns, window) / count
        deviation = np.sqrt(np.maximum(_rolling(returns**2, window) / count - mean**2, 0))
        endless = np.isinf(market.turnover)
        bars = np.minimum(np.arange(1, len(worth) + 1), window)[:, None]
        turnover = np.where(self.price > 0, _rolling(np.where(endless, 0.0, market.turnover), window) / bars, 0.0)
        found = np.full_like(worth, np.inf)
        known = (turnover > 0) & (_rolling(listed.astype(np.float64), window) > 1.5)
        np.divide(costs.impact * deviation, np.sqrt(turnover), out=found, where=known)
        found[_rolling(endless.astype(np.float64), window) > 0.5] = 0.0
        return found


def _inverse(price: Floats) -> Floats:
    return np.divide(1.0, price, out=np.zeros_like(price), where=price > 0)


def _rolling(table: Floats, window: int) -> Floats:
    """(T, N) sums of the last `window` rows."""
    total = np.cumsum(table, axis=0)
    total[window:] -= total[:-window].copy()
    return total
