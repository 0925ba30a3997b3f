"""Channels to zero mean and unit deviation, by what the training rows say and nothing later."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Floats, Mask
from allocator.core.errors import ForecastError
from allocator.core.text import text

if TYPE_CHECKING:
    from allocator.forecast.features.features import Features

CLIP = 5.0
# A few wild hours of 2022 must not set the scale of a channel: what is beyond these quantiles counts as being at them.
TAILS = (0.005, 0.995)


@dataclass(frozen=True, eq=False)
class Scaler:
    """`mean`, `scale` (C,) float64 of each channel; a scaled value is (x − mean)/scale cut at ±`clip`."""

    names: tuple[str, ...]
    mean: Floats
    scale: Floats
    clip: float = CLIP

    @classmethod
    def fit(cls, features: Features, rows: slice | Mask) -> Self:
        """The scaler of the usable rows of all tickers pooled, where `rows` (T,) are the rows of training.

        Mean and deviation are of the values with both tails of 0.5% drawn in; a channel that never differs has
        scale 1. Raises: ForecastError when the features are scaled already, or no usable row is among `rows`.
        """
        if features.scaler is not None:
            raise ForecastError(
                text("These features are scaled already."), text("Fit a scaler on features as they were built.")
            )
        inside = np.zeros(len(features.times), dtype=bool)
        inside[rows] = True
        picked = features.values[(features.run > 0) & inside]
        if not len(picked):
            raise ForecastError(
                text("No row to train on is usable."), text("Train on a longer history or on more tickers.")
            )
        moments = [_moments(np.ascontiguousarray(column)) for column in picked.T]
        mean, scale = np.array(moments).T
        return cls(features.names, mean, scale)

    def apply(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """(..., C) scaled values as float32; NaN stays NaN."""
        scaled: NDArray[np.float32] = values - self.mean.astype(np.float32)
        scaled /= self.scale.astype(np.float32)
        np.clip(scaled, -self.clip, self.clip, out=scaled)
        return scaled

    def select(self, at: Sequence[int]) -> Scaler:
        """The scaler of the channels at these positions."""
        chosen = list(at)
        return Scaler(tuple(self.names[i] for i in chosen), self.mean[chosen], self.scale[chosen], self.clip)

    def check(self, names: tuple[str, ...]) -> None:
        """Raises: ForecastError when `names` are not the channels that this was fitted on."""
        if names != self.names:
            differ = sorted(set(names) ^ set(self.names))
            raise ForecastError(
                text(
                    "The scaler was fitted on other features than these; they differ in: {names}.",
                    names=", ".join(differ) or "their order",
                ),
                text("Build the features that the model was trained on, or train it anew."),
            )

    def to_json(self) -> str:
        """Every digit of every number, so that `from_json` gives this scaler back to the bit."""
        return json.dumps(
            {"names": self.names, "mean": self.mean.tolist(), "scale": self.scale.tolist(), "clip": self.clip}
        )

    @classmethod
    def from_json(cls, source: str) -> Self:
        """Raises: ForecastError when this is not the JSON of a scaler."""
        try:
            said = json.loads(source)
            names = tuple(str(name) for name in said["names"])
            mean, scale = (np.array(said[key], dtype=np.float64) for key in ("mean", "scale"))
            clip = float(said["clip"])
        except (ValueError, TypeError, KeyError) as error:
            raise _foreign() from error
        if not (
            mean.shape == scale.shape == (len(names),)
            and np.isfinite(mean).all()
            and np.isfinite(scale).all()
            and (scale > 0).all()
            and clip > 0
        ):
            raise _foreign()
        return cls(names, mean, scale, clip)


def _foreign() -> ForecastError:
    return ForecastError(text("This is not a scaler of features."), text("Train the model anew."))


def _moments(column: NDArray[np.float32]) -> tuple[float, float]:
    """Mean and deviation of a column without its tails; of the whole of it where all but the tails is one value."""
    whole = column.astype(np.float64)
    for values in (np.clip(whole, *np.quantile(whole, TAILS)), whole):
        mean, deviation = float(values.mean()), float(values.std())
        if deviation > 1e-12 * max(1.0, abs(mean)):
            return mean, deviation
    return mean, 1.0
