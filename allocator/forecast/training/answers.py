"""What a model has said, kept by what it was shown: a night asks each model about the windows of new bars alone.

A window is named by a hash of all that the answer depends on: the model's file, the device, the rows of the window,
the volatility, and the return that came. What was mended in the past changes the rows, and so the names.
"""

from __future__ import annotations

import hashlib
import zipfile
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Floats
from allocator.forecast.failures import NotWrittenError
from allocator.forecast.features import Features
from allocator.forecast.training.files import write_whole
from allocator.forecast.training.results import Forecasts, answers_path

BYTES = 16  # of a name: two windows of the same one are less likely than a failing disk
Names = NDArray[np.void]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """(B,) `names` of windows, sorted, and what was said of each."""

    names: Names
    mean: Floats
    deviation: Floats
    log_likelihood: Floats

    @classmethod
    def of(cls, names: Names, said: Forecasts) -> Self:
        order = np.argsort(names.view(f"S{BYTES}"))
        return cls(names[order], said.mean[order], said.deviation[order], said.log_likelihood[order])

    @classmethod
    def open(cls, weights: Path) -> Self:
        """Those kept beside a model's file; none when there are none that can be read."""
        try:
            with np.load(answers_path(weights), allow_pickle=False) as file:
                found = cls(*(file[each.name] for each in fields(cls)))
                if found.names.dtype == np.dtype(f"V{BYTES}") and len({len(each) for each in found.columns}) == 1:
                    return found
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            pass
        none = np.empty(0)
        return cls(np.empty(0, dtype=f"V{BYTES}"), none, none, none)

    @property
    def columns(self) -> tuple[Names | Floats, ...]:
        return self.names, self.mean, self.deviation, self.log_likelihood

    def save(self, weights: Path) -> None:
        """Beside the model's file, as far as the disk takes it: without, the same is asked again."""
        kept = {each.name: column for each, column in zip(fields(self), self.columns, strict=True)}
        with suppress(NotWrittenError):
            write_whole(answers_path(weights), lambda file: np.savez(file, allow_pickle=False, **kept))

    def places(self, names: Names) -> NDArray[np.int64]:
        """(B,) where these windows stand here; -1 for those that do not."""
        if not len(self.names):
            return np.full(len(names), -1)
        ours, theirs = self.names.view(f"S{BYTES}"), names.view(f"S{BYTES}")
        at = np.minimum(np.searchsorted(ours, theirs), len(ours) - 1)
        return np.where(ours[at] == theirs, at, -1)

    def fill(self, said: Forecasts, at: NDArray[np.int64]) -> None:
        """Write what is known here into `said`, at the places that `places` gave."""
        known = at >= 0
        for name in ("mean", "deviation", "log_likelihood"):
            getattr(said, name)[known] = getattr(self, name)[at[known]]


def names_of(
    weights: Path, device: str, features: Features, columns: list[int], ends: NDArray[np.int64], shape: tuple[int, int]
) -> Names:
    """(B,) what names the windows that end at these places n * T + t; `shape` is (window, horizon)."""
    window, horizon = shape
    model = hashlib.blake2b(weights.read_bytes(), key=device.encode()).digest()
    rows = np.unique((ends[:, None] - np.arange(window)).ravel())
    values = np.ascontiguousarray(features.values.reshape(-1, features.shape[2])[rows][:, columns])
    hashed = b"".join(hashlib.blake2b(row, digest_size=BYTES, key=model).digest() for row in values)
    last = np.stack((features.sigma.reshape(-1)[ends], features.returns(horizon).reshape(-1)[ends]), axis=1)
    first = (np.searchsorted(rows, ends - (window - 1)) * BYTES).tolist()
    names = [
        hashlib.blake2b(hashed[start : start + window * BYTES], digest_size=BYTES, key=told.tobytes()).digest()
        for start, told in zip(first, last, strict=True)
    ]
    return np.frombuffer(b"".join(names), dtype=f"V{BYTES}")
