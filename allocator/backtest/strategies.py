"""Strategies that need no forecast. All are plain values: one serves any number of backtests, in any process."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from allocator.backtest.rebalancing import Bands, Calendar, Period, Rebalancing
from allocator.backtest.seen import Seen
from allocator.core.bars import Floats
from allocator.core.errors import ConfigError
from allocator.core.text import text

__all__ = [
    "Bands",
    "BuyAndHold",
    "Calendar",
    "EqualWeight",
    "FixedTargets",
    "MarketWeight",
    "Momentum",
    "Period",
    "Rebalancing",
]


@dataclass(frozen=True, slots=True, eq=False)
class FixedTargets:
    """Fixed `weights` (N,), the rest cash, brought back when `rebalance` says so.

    Raises: `ConfigError` for weights that are unknown, negative or above 1 in sum.
    """

    weights: Floats
    rebalance: Rebalancing = field(default_factory=Calendar)
    name: str = "fixed targets"

    def __post_init__(self) -> None:
        _check_weights(self.weights)

    def decide(self, seen: Seen) -> Floats | None:
        return self.weights if _due(self.rebalance, seen, self.weights) else None


@dataclass(frozen=True, slots=True, eq=False)
class EqualWeight:
    """The same share of each security that can be dealt; what cannot be dealt keeps its weight."""

    rebalance: Rebalancing = field(default_factory=Calendar)
    name: str = "equal weight"

    def decide(self, seen: Seen) -> Floats | None:
        wanted = _among(seen, np.ones(len(seen.weights)))
        return wanted if _due(self.rebalance, seen, wanted) else None


@dataclass(frozen=True, slots=True, eq=False)
class MarketWeight:
    """As the market: by `sizes`, (N,) or a table (T, N) of what each row knew (capitalisation, weights of an index).

    Without sizes, by mean turnover of the last `window` bars. A size of NaN is 0; what cannot be dealt keeps its
    weight. Raises: `ConfigError` for a window below 1, or sizes below zero.
    """

    sizes: Floats | None = None
    window: int = 60
    rebalance: Rebalancing = field(default_factory=Calendar)
    name: str = "market"

    def __post_init__(self) -> None:
        if self.window < 1 or (self.sizes is not None and (np.nan_to_num(self.sizes) < 0).any()):
            raise ConfigError(text("The market is weighed by sizes of 0 or more, or by turnover over a bar or more."))

    def decide(self, seen: Seen) -> Floats | None:
        wanted = _among(seen, self._sizes(seen))
        return wanted if _due(self.rebalance, seen, wanted) else None

    def _sizes(self, seen: Seen) -> Floats:
        if self.sizes is None:
            turnover = seen.turnover[-self.window :]
            return np.where(np.isinf(turnover), 1.0, turnover).mean(axis=0)
        found: Floats = np.nan_to_num(self.sizes if self.sizes.ndim == 1 else self.sizes[seen.row])
        return found


@dataclass(frozen=True, slots=True, eq=False)
class BuyAndHold:
    """Buys once and never deals again: `weights` (N,), or equal shares. Who begins with securities just keeps them.

    The share of what cannot be dealt then goes to the others. Raises: `ConfigError`, as `FixedTargets`.
    """

    weights: Floats | None = None
    name: str = "buy and hold"

    def __post_init__(self) -> None:
        if self.weights is not None:
            _check_weights(self.weights)

    def decide(self, seen: Seen) -> Floats | None:
        if seen.units.any() or not seen.tradable.any():
            return None
        if self.weights is None:
            return _among(seen, np.ones(len(seen.weights)))
        return float(self.weights.sum()) * _among(seen, self.weights)


@dataclass(frozen=True, slots=True, eq=False)
class Momentum:
    """Equal shares of the `top` securities by total return over the last `lookback` bars, the last `skip` left out.

    What was not known at both ends does not compete; what cannot be dealt keeps its weight. Until `lookback` bars have
    passed there are no deals. Raises: `ConfigError` for numbers that cannot be.
    """

    lookback: int = 120
    top: int = 5
    skip: int = 0
    rebalance: Rebalancing = field(default_factory=Calendar)
    name: str = "momentum"

    def __post_init__(self) -> None:
        if self.lookback < 1 or self.top < 1 or not 0 <= self.skip < self.lookback:
            raise ConfigError(text("Momentum needs a lookback and a top of 1 or more, and a skip below the lookback."))

    def decide(self, seen: Seen) -> Floats | None:
        if seen.row < self.lookback:
            return None
        if seen.units.any() and not self._looks(seen):
            return None
        growth = np.where(seen.tradable, self._growth(seen), np.nan)
        best = np.argsort(-growth, kind="stable")[: self.top]  # NaN comes last
        sizes = np.zeros(len(growth))
        sizes[best[~np.isnan(growth[best])]] = 1.0
        wanted = _among(seen, sizes)
        return wanted if not seen.units.any() or self.rebalance.due(seen, wanted) else None

    def _looks(self, seen: Seen) -> bool:
        """A calendar need not know the ranks to say no."""
        return not isinstance(self.rebalance, Calendar) or self.rebalance.due(seen, seen.weights)

    def _growth(self, seen: Seen) -> Floats:
        """(N,) what a rouble became; dividends buy more of their security on their ex-date."""
        first, last = seen.row - self.lookback, seen.row - self.skip
        close = seen.close
        rows = slice(first + 1, last + 1)
        prices = close[rows]
        paid = np.divide(seen.dividend[rows], prices, out=np.zeros_like(prices), where=prices > 0)
        found: Floats = (close[last] / close[first]) * (seen.ratio[rows] * (1 + paid)).prod(axis=0)
        return found


def _among(seen: Seen, sizes: Floats) -> Floats:
    """Weights by `sizes` among what can be dealt, of the wealth that what cannot be dealt leaves; cash without any."""
    sizes = np.where(seen.tradable, sizes, 0.0)
    stuck = np.where(seen.tradable, 0.0, seen.weights)
    total = float(sizes.sum())
    return stuck if total <= 0 else stuck + sizes * (max(0.0, 1 - float(stuck.sum())) / total)


def _due(rebalance: Rebalancing, seen: Seen, wanted: Floats) -> bool:
    """At the first decision, when nothing is held yet, and when the rule says so."""
    return seen.step == 0 or not seen.units.any() or rebalance.due(seen, wanted)


def _check_weights(weights: Floats) -> None:
    if not ((weights >= 0).all() and weights.sum() <= 1 + 1e-9):
        raise ConfigError(
            text("Target weights are 0 or more and at most 1 in sum."), text("What is left of 1 is held in cash.")
        )
