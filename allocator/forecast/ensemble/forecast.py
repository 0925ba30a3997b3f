"""What the models say together: the value that the store keeps, the optimiser reads and the pages show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

import numpy as np

from allocator.core.bars import Floats
from allocator.core.text import Text
from allocator.forecast.evaluation import Verdict

ARRAYS = ("mean", "deviation", "lower", "upper", "agreement", "covariance")


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Of N securities. All figures are of simple total returns over a year, as fractions: 0.12 is 12 % a year.

    `mean` (N,): the median of the models' expected returns; `lower`, `upper`: its bounds with `confidence`, NaN where
    fewer than two models forecast. `deviation` (N,): of the return itself. `agreement` (N,) in 0..1: the share of
    models with the median's sign. `covariance` (N, N) has `deviation`² on its diagonal.
    `horizon`: bars ahead that the models forecast; `as_of`: the last bar that they saw, Moscow wall clock.
    `models`: how many; `rho`: the mean correlation of their forecasts, `witnesses`: how many independent ones they are
    worth. `left_out`: securities without a forecast, each with its reason. `verdict`: None while nobody has judged.
    """

    tickers: tuple[str, ...]
    mean: Floats
    deviation: Floats
    lower: Floats
    upper: Floats
    agreement: Floats
    covariance: Floats
    horizon: int
    as_of: datetime
    models: int
    rho: float
    witnesses: float
    confidence: float
    left_out: Mapping[str, Text] = field(default_factory=dict)
    verdict: Verdict | None = None

    @property
    def shrink(self) -> float:
        """How much of a score to keep, 0..1; none of a forecast that nobody has judged."""
        return 0.0 if self.verdict is None else self.verdict.shrink

    def beta(self, weights: Floats) -> Floats:
        """(N,) how much of each security's return goes with that of a portfolio: Σw / w'Σw; NaN without risk in it.

        `weights` (N,): shares of the portfolio; cash is what they lack to one.
        """
        moved = self.covariance @ weights
        variance = float(weights @ moved)
        return moved / variance if variance > 0 else np.full(len(moved), np.nan)

    def toward(self, prior: Floats | float) -> Self:
        """With scores shrunk toward a prior, (N,) or one for all: what the market expects, when nothing is proven.

        prior + shrink · (mean - prior), and the bounds likewise; risk stays.
        """
        keep = self.shrink
        lower, mean, upper = (prior + keep * (each - prior) for each in (self.lower, self.mean, self.upper))
        return replace(self, lower=lower, mean=mean, upper=upper)

    def plain(self) -> dict[str, Any]:
        """For JSON; NaN becomes None."""
        return {
            "tickers": list(self.tickers),
            **{name: _plain(getattr(self, name)) for name in ARRAYS},
            **{name: getattr(self, name) for name in ("horizon", "models", "rho", "witnesses", "confidence")},
            "as_of": self.as_of.isoformat(),
            "left_out": {
                ticker: {"template": why.template, "values": dict(why.values)} for ticker, why in self.left_out.items()
            },
            "verdict": None if self.verdict is None else self.verdict.plain(),
        }

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """The inverse of `plain`."""
        return cls(
            **values
            | {name: np.array(values[name], dtype=np.float64) for name in ARRAYS}
            | {
                "tickers": tuple(values["tickers"]),
                "as_of": datetime.fromisoformat(values["as_of"]),
                "left_out": {
                    ticker: Text(why["template"], why["values"]) for ticker, why in values["left_out"].items()
                },
                "verdict": None if values["verdict"] is None else Verdict.of(values["verdict"]),
            }
        )


def _plain(array: Floats) -> list[Any]:
    values = array.astype(object)
    values[~np.isfinite(array)] = None
    return values.tolist()
