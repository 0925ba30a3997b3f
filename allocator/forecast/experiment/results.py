"""What a cell came to: every figure of it, and the right directions of each hour, in a small file of its own."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Floats, Mask
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.experiment.grid import Cell
from allocator.forecast.metrics import Scores, Winrate, mean_variance, score
from allocator.forecast.spec import Architecture, Inputs
from allocator.forecast.training.files import write_whole
from allocator.forecast.training.results import Forecasts, Trained

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Result:
    """A cell, judged on the hours after its training.

    `loss` is the mean of the paper's loss in its form on percents at the cell's λ; `naive_loss` what the forecast "no
    change" has there (its MAPE: the term of λ is zero); `error` is the standard deviation of `loss` - `naive_loss`,
    hours being the observations. `saturated` is the share of validation forecasts at the bound of the head.
    `hours` are rows of the panel; of the bars of each, `moved` is how many changed their price, `right` how many of
    these had the direction forecast, `excess` the sum of what their loss was above that of "no change".
    """

    cell: Cell
    key: str
    loss: float
    naive_loss: float
    error: float
    scores: Scores
    saturated: float | None
    windows: int
    epochs: int
    best: int
    seconds: float
    precision: str
    torch: str
    hours: tuple[int, ...]
    moved: tuple[int, ...]
    right: tuple[int, ...]
    excess: tuple[float, ...]

    def save(self, folder: Path) -> None:
        """Raises: `ForecastError` when the disk is full."""
        content = json.dumps({"format": FORMAT, **_plain(asdict(self))}, allow_nan=False)
        write_whole(where(folder, self.key), lambda file: file.write(content.encode()))

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """The inverse of what `save` writes. Raises: `KeyError`, `TypeError`, `ValueError` for what it is not."""
        values = dict(values)
        if values.pop("format") != FORMAT:
            raise ValueError("format")
        cell, scores = dict(values["cell"]), _nan(values["scores"])
        cell["network"], cell["inputs"] = Architecture(cell["network"]), Inputs(cell["inputs"])
        for name in ("winrate", "winrate_nonzero"):
            scores[name] = Winrate(**_nan(scores[name]))
        values["cell"], values["scores"] = Cell(**cell), Scores(**scores)
        for name in ("hours", "moved", "right"):
            values[name] = tuple(int(each) for each in values[name])
        values["excess"] = tuple(float(each) for each in values["excess"])
        return cls(**values)


def where(folder: Path, key: str) -> Path:
    """The file of a cell."""
    return folder / f"{key}.json"


def opened(folder: Path, key: str) -> Result | None:
    """The result of a key, None when there is none or it cannot be read: then the cell is trained again."""
    try:
        return Result.of(json.loads(where(folder, key).read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def judged(cell: Cell, trained: Trained) -> Result:
    """The result of a finished training.

    Raises: `ForecastError` when its forecasts cannot be read or no return after its training is known.
    """
    made = trained.provenance
    test = Forecasts.open(trained.forecasts).within(*made.split.test)
    known = np.isfinite(test.actual) & np.isfinite(test.mean)
    forecasts, returns, times = test.mean[known], test.actual[known], test.t[known]
    if not len(returns):
        raise ForecastError(text("There are no hours after the training to judge it on."))
    losses, naive = percents(forecasts, returns, cell.lam), percents(np.zeros_like(returns), returns, cell.lam)
    excess = losses - naive
    hours, which = np.unique(times, return_inverse=True)
    moved = returns != 0
    right = moved & (np.sign(forecasts) == np.sign(returns))
    return Result(
        cell=cell,
        key=made.key,
        loss=float(losses.mean()),
        naive_loss=float(naive.mean()),
        error=math.sqrt(max(0.0, mean_variance(excess - excess.mean(), times))),
        scores=score(forecasts, returns, times),
        saturated=made.saturated,
        windows=made.windows,
        epochs=len(made.history),
        best=made.best,
        seconds=made.seconds,
        precision=made.precision,
        torch=made.torch,
        hours=tuple(int(each) for each in hours),
        moved=_sums(which, moved),
        right=_sums(which, right),
        excess=tuple(float(f"{each:.6g}") for each in np.bincount(which, weights=excess)),
    )


def _sums(which: NDArray[np.intp], flags: Mask) -> tuple[int, ...]:
    """How many of each hour's flags are set."""
    return tuple(np.bincount(which, weights=flags).astype(int).tolist())


def percents(forecasts: Floats, returns: Floats, lam: float) -> Floats:
    """(B,) the paper's loss on percents, pair by pair: 100 |r̂ - r| / (1 + r) - λ (100 r̂)(100 r)."""
    return 100 * np.abs(forecasts - returns) / (1 + returns) - lam * (100 * forecasts) * (100 * returns)


def _plain(value: Any) -> Any:  # noqa: ANN401 -- JSON
    """Enums by their value, NaN as None."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, Architecture | Inputs):
        return value.value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _nan(values: dict[str, Any]) -> dict[str, Any]:
    return {name: math.nan if each is None else each for name, each in values.items()}
