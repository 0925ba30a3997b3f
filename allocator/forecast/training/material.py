"""What a training works on: the windows of each range, the scale of each feature, and proof that all are numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.features import Features, Scaler
from allocator.forecast.spec import ModelSpec
from allocator.forecast.training.split import Split, ends
from allocator.forecast.training.windows import Windows, refuse_nan, used_rows

LEAST = 64  # windows; fewer teach nothing
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """`train`, `validation` and `test` are places where windows end; the returns of the test ones may be unknown.

    `columns` are the features that the model sees, `scaler` is fitted on the rows of the training windows, `dead` has
    the names of features that are constant there.
    """

    features: Features
    split: Split
    columns: list[int]
    windows: Windows
    train: Places
    validation: Places
    test: Places
    scaler: Scaler
    dead: tuple[str, ...]


def prepare(spec: ModelSpec, features: Features, split: Split, device: torch.device) -> Material:
    """Raises: `ForecastError` for a bad split, too short a history, or a feature that is no number."""
    split.check(spec, features)
    columns = list(features.kept(spec.without))
    known = np.isfinite(features.returns(spec.horizon))
    train = ends(features, spec.window, split.train, known)
    validation = ends(features, spec.window, split.validation, known)
    test = ends(features, spec.window, split.test)
    _enough(spec, split, train, validation)
    every = np.concatenate((train, validation, test))
    refuse_nan(features, columns, used_rows(features, every, spec.window))
    rows = slice(max(0, split.train[0] - spec.window + 1), split.train[1])
    scaler = Scaler.fit(features, rows).select(columns)
    dead = tuple(name for name, scale in zip(scaler.names, scaler.scale, strict=True) if scale == 1.0)
    windows = Windows(features, columns, spec.window, spec.horizon, device)
    return Material(features, split, columns, windows, train, validation, test, scaler, dead)


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
