"""A model that is trained in seconds, and what it is trained on: for pools of workers here and on other machines."""

from __future__ import annotations

import sys
from pathlib import Path

from allocator.forecast.sizes import TsmixerSize
from allocator.forecast.spec import Architecture, ModelSpec, Training
from allocator.forecast.training import Split

sys.path.append(str(Path(__file__).parent / "unit" / "forecast"))
from tables import table

SPLIT = Split.purged((0, 250, 330, 400), horizon=1)
FEATURES = table(echo=0.7)


def spec(seed: int = 0, epochs: int = 1) -> ModelSpec:
    return ModelSpec(
        Architecture.TSMIXER,
        window=4,
        size=TsmixerSize(feedforward=4),
        training=Training(epochs=epochs, batch=64, lr=0.02, patience=1000),
        seed=seed,
    )
