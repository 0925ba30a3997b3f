"""Which rows train a network, which stop its training, and which judge it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.features import Features
from allocator.forecast.spec import ModelSpec

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Split:
    """Half-open ranges of times at which forecasts are made: a window ends there, its return lies after.

    Between two ranges there is a gap of the horizon at least (the return of the last training window is known before
    the first validation window ends), and of an embargo besides, as near windows share most of their rows. An empty
    test range leaves testing to others; an empty validation range trains all epochs.
    """

    train: Range
    validation: Range
    test: Range

    @classmethod
    def purged(cls, starts: Sequence[int], *, horizon: int, embargo: int = 0) -> Self:
        """From (start of training, of validation, of test, end): each range ends horizon + embargo before the next."""
        start, validation, test, end = starts
        gap = horizon + embargo
        return cls((start, max(start, validation - gap)), (validation, max(validation, test - gap)), (test, end))

    def check(self, spec: ModelSpec, features: Features) -> None:
        """Raises: `ForecastError` for ranges that overlap, leak over the horizon, or leave the data."""
        rows = features.shape[1]
        ranges = [each for each in (self.train, self.validation, self.test) if each[0] < each[1]]
        inside = all(0 <= start < stop <= rows for start, stop in ranges) and self.train[0] < self.train[1]
        apart = all(a[1] - 1 + spec.horizon <= b[0] for a, b in pairwise(ranges))
        if not (inside and apart):
            raise ForecastError(
                text(
                    "Rows {train} to train on, {validation} to stop on and {test} to test on cannot be: {rows} rows, "
                    "horizon {horizon}.",
                    train=list(self.train),
                    validation=list(self.validation),
                    test=list(self.test),
                    rows=rows,
                    horizon=spec.horizon,
                ),
                text("Let each range end at least the horizon before the next one begins."),
            )

    def plain(self) -> dict[str, Any]:
        return {name: list(each) for name, each in asdict(self).items()}

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """The inverse of `plain`."""
        return cls(*((int(values[name][0]), int(values[name][1])) for name in ("train", "validation", "test")))


def ends(features: Features, window: int, within: Range, known: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """(B,) places n * T + t, by time and then by security, of each whole window that ends within a range of times.

    A row counts when it is `ready`, `window` usable rows in sequence end there, its σ is positive, and `known` (N, T),
    if given, says so.
    """
    start, stop = within
    if start >= stop:
        return np.empty(0, dtype=np.int64)
    part = np.s_[:, start:stop]
    with np.errstate(invalid="ignore"):
        good = features.ready[part] & (features.run[part] >= window) & (features.sigma[part] > 0)
    if known is not None:
        good &= known[part]
    t, n = np.nonzero(good.T)
    return n.astype(np.int64) * features.shape[1] + t + start
