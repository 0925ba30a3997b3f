"""How good an ensemble is, said frankly: beside what needs no skill, with what chance alone would give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np

from allocator.core.bars import Floats, Mask
from allocator.core.text import Text, text
from allocator.forecast.evaluation.averages import mean_losses, per_time, positive, squared
from allocator.forecast.evaluation.comparison import Comparison, diebold_mariano, superior_predictive_ability
from allocator.forecast.metrics import Winrate, winrate
from allocator.forecast.recalibration import LEAST_HOURS, Recalibration, recalibrate

LEVEL = 0.05
COVERED = 0.9  # of the ensemble's pairs a model must know, to be among those that are compared
ENSEMBLE = "ensemble"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of an ensemble's worth from `times` bars and `pairs` of them with securities.

    `versus`: by the name of each naive forecast, the ensemble against it. `superior`: the p-value of "neither the
    ensemble nor any of its models beats the zero-return forecast", None when no models were given. `winrate`: of bars
    that moved. `slope`: of true returns on forecasts, before shrinking; 1 for forecasts of the right size.
    `shrink` in 0..1: how much of a forecast's distance from the market to keep.
    `uncompared`: models that knew too few of the pairs to be tested with the others.

    With too few bars to judge by, `versus` is empty, `winrate` and `slope` are NaN, and nothing is kept.
    """

    versus: Mapping[str, Comparison]
    superior: float | None
    winrate: Winrate
    slope: float
    shrink: float
    times: int
    pairs: int
    least: int
    uncompared: tuple[str, ...] = ()
    level: float = LEVEL

    @property
    def judged(self) -> bool:
        """Whether there was enough to judge by."""
        return bool(self.versus)

    @property
    def hardest(self) -> str:
        """The naive forecast that the ensemble is least sure to beat."""
        return max(self.versus, key=lambda name: self.versus[name].p)

    @property
    def beats(self) -> bool:
        """Whether it beats each naive forecast: its largest p is below the level, which needs no correction.

        To claim all at once is to reject the union of their hypotheses (Berger, 1982).
        """
        return self.judged and self.versus[self.hardest].p < self.level

    @property
    def sentence(self) -> Text:
        """The one plain line that goes with every forecast."""
        if not self.judged:
            return text(
                "The forecast cannot be judged: {bars} bars have known returns, {least} are needed. Scores are shrunk "
                "to the market.",
                bars=self.times,
                least=self.least,
            )
        if not self.beats:
            return text(
                "The forecast does not beat the naive forecast ({name}: p {p}, {bars} bars): scores are shrunk toward "
                "the market, {kept}% of them is kept.",
                name=named(self.hardest),
                p=_p(self.versus[self.hardest].p),
                bars=self.times,
                kept=_percent(self.shrink),
            )
        first = next(iter(self.versus))
        return text(
            "The forecast beats the naive forecast: its squared error is {gain}% below that of {name} (p {p}, {bars} "
            "bars), and no other naive forecast is as good (p < {level}).",
            gain=_percent(self.versus[first].gain),
            name=named(first),
            p=_p(self.versus[first].p),
            bars=self.times,
            level=self.level,
        )

    @property
    def direction(self) -> Text | None:
        """Winrate beside the majority's rate; None when no bar moved or nothing was judged."""
        if not self.winrate.bars:
            return None
        return text(
            "It names the direction rightly in {rate}% of cases ({low}% to {high}%); always naming the more frequent "
            "one would do so in {majority}%.",
            rate=f"{100 * self.winrate.rate:.1f}",
            low=f"{100 * self.winrate.low:.1f}",
            high=f"{100 * self.winrate.high:.1f}",
            majority=f"{100 * self.winrate.majority:.1f}",
        )

    def plain(self) -> dict[str, Any]:
        """For JSON; NaN becomes None."""
        values = asdict(self) | {"versus": {name: asdict(each) for name, each in self.versus.items()}}
        return {name: _finite(each) for name, each in values.items()} | {"uncompared": list(self.uncompared)}

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """The inverse of `plain`."""
        versus = {name: Comparison(**_numbers(each)) for name, each in values["versus"].items()}
        nan = {"winrate": Winrate(**_numbers(values["winrate"])), "slope": _number(values["slope"])}
        return cls(**(values | nan | {"versus": versus, "uncompared": tuple(values["uncompared"])}))


def honesty(
    forecasts: Floats,
    returns: Floats,
    naive: Mapping[str, Floats],
    *,
    rng: np.random.Generator,
    models: Mapping[str, Floats] | None = None,
    sigma: Floats | None = None,
    horizon: int = 1,
    level: float = LEVEL,
) -> Verdict:
    """Judge (T, N) forecasts of an ensemble by the returns that came, on bars that nothing was chosen by.

    `naive`: `naive_forecasts`, computed on the whole history and cut to these bars; its first is the one that the
    sentence and `superior` speak of. `models`: each model's (T, N) forecasts. `sigma` (T, N): the volatility over the
    horizon, by which errors are divided. NaN is what is not known.

    The rule of `shrink`: the slope of true returns on forecasts over these bars, cut to 0..1, times the positive part
    of 1 - (its error / it)² (`recalibration`). It makes the squared error least where forecasts are too large, is zero
    while the slope is not above its own error, is whole only where the slope is sure, however timid the forecasts, and
    does not jump where a p-value passes a level.

    Raises: `ForecastError` when a naive forecast or the ensemble knows nothing at all.
    """
    sigma = None if sigma is None else positive(sigma)
    least = max(LEAST_HOURS, 3 * horizon)
    unknown = Verdict({}, None, Winrate(*4 * (np.nan,), 0), np.nan, 0.0, 0, 0, least, level=level)
    if np.isfinite(forecasts).any() and not (np.isfinite(forecasts) & np.isfinite(returns)).any():
        return unknown  # all of it is about returns to come
    losses = mean_losses({ENSEMBLE: forecasts, **naive}, returns, sigma)
    times = len(losses.rows)
    if times < least:
        return replace(unknown, times=times, pairs=losses.pairs)
    pairs = _common(forecasts, returns, sigma, *naive.values())
    versus = {name: diebold_mariano(losses[ENSEMBLE], losses[name], horizon=horizon) for name in naive}
    superior: float | None = None
    uncompared: tuple[str, ...] = ()
    if models:
        first = next(iter(naive.values()))
        superior, uncompared = _superior(forecasts, first, returns, models, sigma, horizon, rng)
    at = np.broadcast_to(np.arange(len(returns))[:, None], returns.shape)[pairs]
    said, came = forecasts[pairs], returns[pairs]
    line = recalibrate(said, came, at, None if sigma is None else sigma[pairs], horizon=horizon)
    moved = came != 0
    return Verdict(
        versus,
        superior,
        winrate(said[moved], came[moved], at[moved], horizon=horizon),
        line.raw_slope,
        _kept(line),
        times,
        losses.pairs,
        least,
        uncompared,
        level,
    )


def named(naive: str) -> Text:
    """A naive forecast in words; an unknown name stands for itself."""
    words = {
        "zero": text("zero return"),
        "last": text("the last return"),
        "mean": text("the mean return"),
        "rolling": text("the recent mean return"),
        "ar1": text("a line through the last return"),
        "majority": text("the more frequent direction"),
    }
    return words.get(naive) or Text("{name}", {"name": naive})


def _superior(
    forecasts: Floats,
    baseline: Floats,
    returns: Floats,
    models: Mapping[str, Floats],
    sigma: Floats | None,
    horizon: int,
    rng: np.random.Generator,
) -> tuple[float, tuple[str, ...]]:
    """Each model is set against the baseline on the pairs that it knows; at a time when it is silent it is as good."""
    pairs = _common(forecasts, baseline, returns, sigma)
    rows = pairs.any(axis=1)
    uncompared = tuple(name for name, each in models.items() if np.isfinite(each)[pairs].mean() < COVERED)
    ours = [forecasts, *(each for name, each in models.items() if name not in uncompared)]
    theirs = squared(baseline, returns, sigma)
    worse = np.stack(
        [per_time(squared(each, returns, sigma) - theirs, pairs & np.isfinite(each))[rows] for each in ours]
    )
    worse = np.nan_to_num(worse, nan=0.0)
    p = superior_predictive_ability(worse, np.zeros(worse.shape[1]), rng=rng, horizon=horizon)
    return p, uncompared


def _kept(line: Recalibration) -> float:
    """The slope cut to 1, times how sure it is: a steep slope of timid forecasts is no surer for being steep."""
    return min(1.0, line.raw_slope) * line.slope / line.raw_slope if line.slope > 0 else 0.0


def _common(*tables: Floats | None) -> Mask:
    known: Mask = np.logical_and.reduce([np.isfinite(each) for each in tables if each is not None])
    return known


def _p(p: float) -> str:
    """Two digits always, as 0.70: fewer read as another number beside those of a table."""
    if p < 0.001:
        return "< 0.001"
    return f"= {p:.2f}" if p >= 0.1 else f"= {p:#.2g}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}" if share >= 0.1 else f"{100 * share:.2g}"


def _finite(value: Any) -> Any:  # noqa: ANN401 -- JSON
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _number(value: Any) -> Any:  # noqa: ANN401 -- JSON
    return np.nan if value is None else value


def _numbers(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _number(each) for name, each in values.items()}
