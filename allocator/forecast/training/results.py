"""What a training tells while it runs, and what it leaves."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Floats
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.training.files import read_arrays, write_arrays
from allocator.forecast.training.weights import Provenance, load


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training is. `done` is a share of all epochs; losses are those of the last whole epoch, None before.

    `seconds_left` is at the present pace and without early stopping; None while the pace is not known.
    """

    key: str
    epoch: int  # from 1, the one that runs
    epochs: int
    done: float
    loss: float | None
    validation_loss: float | None
    seconds_left: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Forecasts:
    """(B,) forecasts: of the security in row `n` made at row `t` of the times.

    `mean` is the return as the network says it (see `recalibration`); `deviation` is NaN for a network without a
    distribution; `actual` is the return that came, NaN where that is not known yet; `log_likelihood` of the
    distribution at it, NaN likewise; `sigma` is the volatility over the horizon that the network was told.
    """

    n: NDArray[np.int64]
    t: NDArray[np.int64]
    mean: Floats
    deviation: Floats
    actual: Floats
    log_likelihood: Floats
    sigma: Floats

    def __len__(self) -> int:
        return len(self.n)

    def within(self, start: int, stop: int) -> Self:
        """Those made at times start..stop-1."""
        chosen = (self.t >= start) & (self.t < stop)
        return type(self)(*(getattr(self, each.name)[chosen] for each in fields(self)))

    def save(self, path: Path) -> None:
        write_arrays(path, {each.name: getattr(self, each.name) for each in fields(self)})

    @classmethod
    def open(cls, path: Path) -> Self:
        """Raises: `ForecastError` when the file is not there or damaged."""
        found = read_arrays(path, [each.name for each in fields(cls)])
        if found is None:
            raise ForecastError(
                text("{path} has no forecasts that can be read.", path=path),
                text("Delete it and train the model again."),
            )
        return cls(**found)


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished model: its file, the file of its forecasts of the validation and test ranges, and what it says.

    Not `new`: an earlier run had finished it.
    """

    weights: Path
    forecasts: Path
    provenance: Provenance
    new: bool = True


def paths(folder: Path, key: str) -> tuple[Path, Path, Path]:
    """Where a training of this key keeps its weights, its forecasts and, until it is finished, its checkpoint."""
    return (
        folder / f"{key}.safetensors",
        folder / f"{key}.forecasts.npz",
        folder / f"{key}.unfinished.safetensors",
    )


def answers_path(weights: Path) -> Path:
    """Where what a model has said is kept (`answers`)."""
    return weights.with_name(weights.name.removesuffix(".safetensors") + ".answers.npz")


def finished(folder: Path, key: str) -> Trained | None:
    """What an earlier run has left of this training, if it is whole."""
    path, forecasts, _ = paths(folder, key)
    if not path.exists():
        return None
    try:
        _, made = load(path)
        Forecasts.open(forecasts)
    except ForecastError:
        return None  # it is trained again, over what is there
    return Trained(path, forecasts, made, new=False) if made.key == key else None
