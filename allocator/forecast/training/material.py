"""What a training works on: the windows of each range, the scale of each feature, and proof that all are numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.spec import ModelSpec
from allocator.forecast.training.arrays import Arrays, Singles
from allocator.forecast.training.split import Split, ends
from allocator.forecast.training.windows import Windows, refuse_nan, scale, used_rows

LEAST = 64  # windows; fewer teach nothing
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """`train`, `validation` and `test` are places where windows end; the returns of the test ones may be unknown.

    `columns` are the features that the model sees, `mean` and `deviation` (C,) their scale in the training windows,
    `dead` the names of those that are constant there.
    """

    arrays: Arrays
    split: Split
    columns: list[int]
    windows: Windows
    train: Places
    validation: Places
    test: Places
    mean: Singles
    deviation: Singles
    dead: tuple[str, ...]


def prepare(spec: ModelSpec, arrays: Arrays, split: Split, device: torch.device) -> Material:
    """Raises: `ForecastError` for a bad split, too short a history, or a feature that is no number."""
    split.check(spec, arrays)
    columns = _columns(spec, arrays)
    known = np.isfinite(arrays.returns(spec.horizon))
    train = ends(arrays, spec.window, split.train, known)
    validation = ends(arrays, spec.window, split.validation, known)
    test = ends(arrays, spec.window, split.test)
    _enough(spec, split, train, validation)
    every = np.concatenate((train, validation, test))
    refuse_nan(arrays, columns, used_rows(arrays, every, spec.window))
    mean, deviation, dead = scale(arrays, columns, used_rows(arrays, train, spec.window))
    windows = Windows(arrays, columns, spec.window, spec.horizon, device)
    return Material(arrays, split, columns, windows, train, validation, test, mean, deviation, tuple(dead))


def _columns(spec: ModelSpec, arrays: Arrays) -> list[int]:
    """All features but those in `without`, which names one, or a group of them by what stands before a colon."""
    columns = [at for at, name in enumerate(arrays.names) if not {name, name.partition(":")[0]} & set(spec.without)]
    if not columns:
        raise ForecastError(
            text("model: without = {names} leaves no feature to learn from.", names=", ".join(spec.without)),
            text("Leave some of them out of it."),
        )
    return columns


def _enough(spec: ModelSpec, split: Split, train: Places, validation: Places) -> None:
    longer = text("Take a longer history, more securities, or a shorter window.")
    if len(train) < LEAST:
        raise ForecastError(
            text(
                "The history is too short: {found} windows of {window} bars to train on, {least} are the least.",
                found=len(train),
                window=spec.window,
                least=LEAST,
            ),
            longer,
        )
    start, stop = split.validation
    if start < stop and not len(validation):
        raise ForecastError(text("The history is too short: no whole window ends in the validation range."), longer)
