"""A network at work: on which device, with which precision, from which file."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import fields
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from allocator.core.bars import Floats
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.features import Features
from allocator.forecast.losses import log_likelihood
from allocator.forecast.networks import build
from allocator.forecast.networks.heads import Mixture
from allocator.forecast.networks.standard import Standardised
from allocator.forecast.spec import Architecture, ModelSpec
from allocator.forecast.training import weights
from allocator.forecast.training.answers import Answers, Names, names_of, question_of, unsaid
from allocator.forecast.training.results import Forecasts
from allocator.forecast.training.weights import Provenance
from allocator.forecast.training.windows import Windows

AT_ONCE = 1024  # windows in a batch that needs no gradient


def device_of(name: str) -> torch.device:
    """Of "cpu", "cuda", "mps" the one named, by "auto" the best. Raises: `ForecastError` for one that is not there."""
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next(each for each in ("cuda", "mps", "cpu") if there[each]))
    if not there.get(name, False):
        raise ForecastError(
            text("There is no device {name} here.", name=name),
            text("Write one of {names}.", names=", ".join([*(each for each in there if there[each]), "auto"])),
        )
    return torch.device(name)


def halved(spec: ModelSpec, device: torch.device) -> bool:
    """Whether matrix products are in bfloat16 while training: where that was measured to be faster.

    With the instructions for it a CPU trained an LSTM 1.64 times and a TSMixer 1.86 times as fast, Transformers 0.73
    times; without them all are slower.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    if device.type == "cpu" and spec.architecture in {Architecture.LSTM, Architecture.TSMIXER}:
        return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())  # noqa: SLF001
    return False


def cast(device: torch.device, *, half: bool) -> AbstractContextManager[None]:
    """The context in which a network computes."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=half)


def forecast(model: Standardised, windows: Windows, ends: NDArray[np.int64], *, half: bool) -> Forecasts:
    """What the model says of the windows that end at these places n * T + t."""
    device = windows.rows.device
    columns: list[list[Tensor]] = [[], [], [], [], []]
    model.eval()
    with torch.inference_mode(), cast(device, half=half):
        for some in torch.from_numpy(ends).to(device).split(AT_ONCE):
            batch = windows.batch(some)
            for column, value in zip(columns, _said(model(batch.x, batch.sigma), batch.r), strict=False):
                column.append(value)
            columns[3].append(batch.r)
            columns[4].append(batch.sigma)
    mean, deviation, likelihood, actual, sigma = (_joined(column) for column in columns)
    n, t = np.divmod(ends, windows.times)
    return Forecasts(n, t, mean, deviation, actual, likelihood, sigma)


def _said(output: Tensor | Mixture, r: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(B,) mean, deviation and log-likelihood of an output."""
    if isinstance(output, Mixture):
        return output.mean(), output.deviation(), log_likelihood(output, r)
    unknown = torch.full_like(output, torch.nan)
    return output, unknown, unknown


def _joined(column: list[Tensor]) -> Floats:
    return torch.cat(column).cpu().double().numpy() if column else np.empty(0)


def load(path: Path, device: torch.device) -> tuple[Standardised, Provenance]:
    """A trained model. Raises: `ForecastError` as `weights.load`, or when the numbers do not fit the description."""
    tensors, provenance = weights.load(path)
    channels = len(provenance.names)
    model = Standardised(build(provenance.spec, channels), torch.zeros(channels), torch.ones(channels))
    try:
        model.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in tensors.items()})
    except RuntimeError as error:
        raise ForecastError(
            text("{path} is not a model that can be used: {reason}.", path=path, reason=text("its numbers do not fit")),
            text("Delete it and train the model again."),
        ) from error
    return model.to(device), provenance


def predict(path: Path, features: Features, ends: NDArray[np.int64], device: torch.device) -> Forecasts:
    """The forecasts of a trained model for windows of (other, later) data; it is asked what it has not said yet.

    Raises: `ForecastError`.
    """
    model, provenance = load(path, device)
    spec = provenance.spec
    columns = _columns(features, provenance.names)
    windows = Windows(features, columns, spec.window, spec.horizon, device)
    kept, names = Answers.open(path), named(path, spec, features, columns, ends, device)
    at = kept.places(names)
    new = at < 0
    said = unsaid(features, spec.horizon, ends)
    kept.fill(said, at)
    if new.any():
        fresh = forecast(model, windows, ends[new], half=halved(spec, device))
        for each in fields(said):
            getattr(said, each.name)[new] = getattr(fresh, each.name)
    question = question_of(path, features, ends)
    if new.any() or kept.question != question:
        Answers.of(question, names, said).save(path)
    return said


def named(
    path: Path, spec: ModelSpec, features: Features, columns: list[int], ends: NDArray[np.int64], device: torch.device
) -> Names:
    """What names the windows that a model is shown (`answers`)."""
    return names_of(path, device.type, features, columns, ends, (spec.window, spec.horizon))


def _columns(features: Features, names: Sequence[str]) -> list[int]:
    """Where the named features stand. Raises: `ForecastError` that names the ones which are not there."""
    places = {name: at for at, name in enumerate(features.names)}
    missing = [name for name in names if name not in places]
    if missing:
        raise ForecastError(
            text("The model needs features that the data lack: {names}.", names=", ".join(missing)),
            text("Train it again, or build the features with the inputs that it was trained on."),
        )
    return [places[name] for name in names]
