"""Trained models in files: safetensors, so that reading one runs nothing, with all that is known of its making.

This half needs no torch: whoever lists models, compares their scores or checks a file reads `provenance` only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from allocator.core.errors import ForecastError
from allocator.core.text import Text, text
from allocator.forecast.spec import ModelSpec
from allocator.forecast.training.files import sum_of, write_whole
from allocator.forecast.training.split import Split

FORMAT = "allocator model 2"
HEADER_LIMIT = 100_000_000  # bytes; what the format itself allows
Tensors = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Provenance:
    """Where a model comes from and how it did.

    `data` is the digest of its features and `names` those that it sees, in order; `code` and `torch` are versions;
    `precision` is that of its matrix products while training. `history` has the (training, validation) loss of each
    epoch, validation None without such windows; `best` is the epoch, from 1, whose weights these are. `scores` has
    `metrics.Scores` as JSON by part, "validation" and "test", where known; `recalibration` the line fitted on
    validation, or None. `dead` names features that were constant; `saturated` is the share of validation forecasts at
    the bound of the head (NaN is None): near 1, the loss ran away. `peak_bytes` of memory, 0 where the system does not
    say.
    """

    spec: ModelSpec
    data: str
    names: tuple[str, ...]
    split: Split
    code: str
    torch: str
    precision: str
    windows: int
    seconds: float
    best: int
    history: tuple[tuple[float, float | None], ...]
    scores: Mapping[str, Any] = field(default_factory=dict)
    recalibration: Mapping[str, float] | None = None
    dead: tuple[str, ...] = ()
    saturated: float | None = None
    peak_bytes: int = 0

    @property
    def key(self) -> str:
        return key(self.spec, self.data, self.split)

    @property
    def loss(self) -> float:
        """The validation loss of the weights kept, or the training loss where nothing validated."""
        trained, validated = self.history[self.best - 1]
        return trained if validated is None else validated

    def plain(self) -> dict[str, Any]:
        rest = {name: value for name, value in asdict(self).items() if name not in {"spec", "split"}}
        return {**rest, "spec": json.loads(self.spec.json()), "split": self.split.plain()}

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        values = dict(values)
        values["spec"] = ModelSpec.from_json(json.dumps(values["spec"]))
        values["split"] = Split.of(values["split"])
        values["names"], values["dead"] = tuple(values["names"]), tuple(values["dead"])
        values["history"] = tuple((float(a), b if b is None else float(b)) for a, b in values["history"])
        return cls(**values)


def key(spec: ModelSpec, data: str, split: Split) -> str:
    """20 hexadecimal digits that name a training: equal keys, equal models."""
    whole = json.dumps([spec.digest(), data, split.plain()], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:20]


def save(path: Path, tensors: Tensors, provenance: Provenance) -> None:
    """Raises: `ForecastError` when the file cannot be written; then there is none."""
    from safetensors.numpy import save as packed  # noqa: PLC0415 -- lazily, as whoever imports this may not save

    described = json.dumps(provenance.plain(), allow_nan=False)
    about = {"format": FORMAT, "sum": sum_of(tensors), "model": described, "sum of model": sum_of({}, described)}
    content = packed({name: np.asarray(value, order="C") for name, value in tensors.items()}, metadata=about)
    write_whole(path, lambda file: file.write(content))


def provenance(path: Path) -> Provenance:
    """What the file says of its model; its tensors are not read. Raises: `ForecastError` as `load`."""
    return _provenance(path, _metadata(path))


def load(path: Path) -> tuple[dict[str, NDArray[Any]], Provenance]:
    """The tensors of a model and its provenance.

    Raises: `ForecastError` with the reason for a file that is not there, is cut or changed, or is not a model of this
    program and format.
    """
    from safetensors import SafetensorError  # noqa: PLC0415
    from safetensors.numpy import load as unpacked  # noqa: PLC0415

    about = _metadata(path)
    try:
        tensors = cast("dict[str, NDArray[Any]]", unpacked(path.read_bytes()))
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise _refused(path, text("its numbers cannot be read")) from error
    if sum_of(tensors) != about.get("sum"):
        raise _refused(path, text("its numbers are not those that were written"))
    if not all(np.isfinite(value).all() for value in tensors.values() if value.dtype.kind == "f"):
        raise _refused(path, text("it has numbers that are not finite"))
    return tensors, _provenance(path, about)


def _provenance(path: Path, about: Mapping[str, str]) -> Provenance:
    try:
        if about["sum of model"] != sum_of({}, about["model"]):
            raise _refused(path, text("its description is not what was written"))
        return Provenance.of(json.loads(about["model"]))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise _refused(path, text("its description is incomplete")) from error


def _metadata(path: Path) -> dict[str, str]:
    """The free part of the header: 8 bytes of its length, then JSON (the published layout of safetensors)."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = file.read(length) if 0 < length <= HEADER_LIMIT else b""
    except OSError as error:
        gone = isinstance(error, FileNotFoundError)
        raise _refused(path, text("there is no such file") if gone else text("it cannot be read")) from error
    try:
        about = json.loads(header).get("__metadata__") if len(header) == length else None
    except (ValueError, AttributeError, RecursionError):
        about = None
    if not isinstance(about, dict):
        raise _refused(path, text("it is no safetensors file, or a part of one"))
    if about.get("format") != FORMAT:
        raise _refused(path, text("it is of another program or version"))
    return about


def _refused(path: Path, reason: Text) -> ForecastError:
    return ForecastError(
        text("{path} is not a model that can be used: {reason}.", path=path, reason=reason),
        text("Delete it and train the model again."),
    )
