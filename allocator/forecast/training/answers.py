"""What a model has said, kept by what it was shown: a night asks each model about the windows of new bars alone.

A window is named by a hash of all that the answer depends on: the model's file, the device, the rows of the window,
the volatility, and the return that came. What was mended in the past changes the rows, and so the names. The whole
question has a name, too: when it is the last one over again, `remembered` has the answer without any network.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Floats
from allocator.forecast.failures import NotWrittenError
from allocator.forecast.features import Features
from allocator.forecast.training.files import read_arrays, write_arrays
from allocator.forecast.training.results import Forecasts, answers_path

BYTES = 16  # of a name: two windows of the same one are less likely than a failing disk
Names = NDArray[np.void]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What names a `question`, the (B,) `names` of its windows, and what was said of each."""

    question: str
    names: Names
    mean: Floats
    deviation: Floats
    log_likelihood: Floats

    @classmethod
    def of(cls, question: str, names: Names, said: Forecasts) -> Self:
        return cls(question, names, said.mean, said.deviation, said.log_likelihood)

    @classmethod
    def open(cls, weights: Path) -> Self:
        """Those kept beside a model's file; none when there are none that can be read."""
        found = read_arrays(answers_path(weights), [each.name for each in fields(cls)])
        if found is not None:
            return cls(str(found.pop("question")), **found)
        none = np.empty(0)
        return cls("", np.empty(0, dtype=f"V{BYTES}"), none, none, none)

    def save(self, weights: Path) -> None:
        """Beside the model's file, as far as the disk takes it: without, the same is asked again."""
        kept = {each.name: np.asarray(getattr(self, each.name)) for each in fields(self)}
        with suppress(NotWrittenError):
            write_arrays(answers_path(weights), kept)

    def places(self, names: Names) -> NDArray[np.int64]:
        """(B,) where these windows stand here; -1 for those that do not."""
        if not len(self.names):
            return np.full(len(names), -1)
        ours, theirs = self.names.view(f"S{BYTES}"), names.view(f"S{BYTES}")
        order = np.argsort(ours)
        at = order[np.minimum(np.searchsorted(ours, theirs, sorter=order), len(ours) - 1)]
        return np.where(ours[at] == theirs, at, -1)

    def fill(self, said: Forecasts, at: NDArray[np.int64]) -> None:
        """Write what is known here into `said`, at the places that `places` gave."""
        known = at >= 0
        for name in ("mean", "deviation", "log_likelihood"):
            getattr(said, name)[known] = getattr(self, name)[at[known]]


def remembered(weights: Path, horizon: int, features: Features, ends: NDArray[np.int64]) -> Forecasts | None:
    """What the model said of these windows, if that was what it was asked last, on whatever device; None otherwise."""
    kept = Answers.open(weights)
    try:
        if kept.question != question_of(weights, features, ends) or len(kept.names) != len(ends):
            return None
    except OSError:  # whoever asks the model will say so
        return None
    said = unsaid(features, horizon, ends)
    kept.fill(said, np.arange(len(ends)))
    return said


def question_of(weights: Path, features: Features, ends: NDArray[np.int64]) -> str:
    """What names the question of a model about all these windows."""
    asked = hashlib.blake2b(weights.read_bytes())
    asked.update(features.digest.encode())
    asked.update(np.ascontiguousarray(ends, dtype=np.int64).tobytes())
    return asked.hexdigest()


def unsaid(features: Features, horizon: int, ends: NDArray[np.int64]) -> Forecasts:
    """Nothing said of these windows, but all that is known of them without a model."""
    n, t = np.divmod(ends, features.shape[1])
    actual = features.returns(horizon)[n, t].astype(float)
    sigma = (features.sigma[n, t] * np.float32(horizon**0.5)).astype(float)
    mean, deviation, likelihood = np.full((3, len(ends)), np.nan)
    return Forecasts(n, t, mean, deviation, actual, likelihood, sigma)


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
