"""What models said of a market, and what is told of progress: nouns that need none of what makes forecasts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Floats
from allocator.core.text import Text

Tell = Callable[[Text, int, int], None]  # what is being done, steps done, steps in all


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What is forecast of a market's T bars and N securities, simple returns over the horizon.

    `means`: (T, N) by λ, NaN where nothing is forecast. `covariances` (K, N, N), of the horizon too, each known at its
    row of `rows` (K,) and held until the next; NaN for a security that had too few returns by then. `keys` name the
    models of each λ.
    """

    means: Mapping[float, Floats]
    rows: NDArray[np.int64]
    covariances: Floats
    keys: Mapping[float, tuple[str, ...]]
    notes: tuple[Text, ...] = ()
