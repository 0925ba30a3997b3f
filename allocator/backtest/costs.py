"""What a deal of a backtest costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.core.bars import Floats
from allocator.core.errors import ConfigError
from allocator.core.text import text


@dataclass(frozen=True, slots=True)
class Costs:
    """A deal of x roubles costs fee·|x| + fixed + spread/2·|x| + impact·σ·|x|·√(|x|/turnover) roubles.

    `fee` and `spread` (the whole of it, a number or (N,)) are shares of what is dealt; `fixed` is roubles a deal;
    `impact` is the coefficient of the square-root law, about 1 for shares (Boyd et al., Multi-Period Trading via Convex
    Optimization, section 2.3). σ (the deviation of the returns of one bar) and the mean turnover of a bar come from the
    last `window` bars known when the deal is decided.
    """

    fee: float = 0.0
    fixed: float = 0.0
    spread: float | Floats = 0.0
    impact: float = 0.0
    window: int = 60

    def check(self) -> None:
        """Raises: `ConfigError` that names the cost that is below zero, unknown, or a whole deal and more."""
        for name, value in (("fee", self.fee), ("fixed", self.fixed), ("spread", self.spread), ("impact", self.impact)):
            if not (np.isfinite(value).all() and (np.asarray(value) >= 0).all()):
                raise ConfigError(text("The cost {name} is {value}: it must be 0 or more.", name=name, value=value))
        if self.fee >= 1 or (np.asarray(self.spread) >= 1).any():
            raise ConfigError(
                text("A fee or a spread of 1 or more takes the whole deal."),
                text("They are shares of what is dealt: 0.0002 is 0.02%."),
            )
        if self.window < 2:
            raise ConfigError(text("The impact of a deal needs a window of two bars or more."))

    def rates(self, names: int) -> Floats:
        """(N,) what dealing a rouble costs without the impact and the fixed part."""
        return np.broadcast_to(self.fee + np.asarray(self.spread, dtype=np.float64) / 2, names).copy()
