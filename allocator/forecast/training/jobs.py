"""What a worker is told: plain values, as they cross the border of a process or a machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from allocator.forecast.spec import ModelSpec
from allocator.forecast.training.split import Split


@dataclass(frozen=True, slots=True)
class Train:
    """Train the model of a spec on a folder of arrays, and leave its files in another folder."""

    spec: ModelSpec
    arrays: Path
    split: Split
    folder: Path
    device: str = "cpu"

    @property
    def name(self) -> str:
        return f"{self.spec.name} {self.spec.digest()[:8]}"


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask a trained model for forecasts of the windows that end at places n * T + t of a folder of arrays."""

    weights: Path
    arrays: Path
    ends: tuple[int, ...]
    device: str = "cpu"

    @property
    def name(self) -> str:
        return self.weights.name


Job = Train | Ask
