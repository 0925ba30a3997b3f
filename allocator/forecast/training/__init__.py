"""Training, one process per model. Importing this loads no torch: only the workers do."""

from __future__ import annotations

from allocator.forecast.training.answers import remembered
from allocator.forecast.training.pool import Backend, Pool
from allocator.forecast.training.results import Forecasts, Progress, Trained
from allocator.forecast.training.split import Split, ends
from allocator.forecast.training.weights import Provenance, key, provenance

__all__ = [
    "Backend",
    "Forecasts",
    "Pool",
    "Progress",
    "Provenance",
    "Split",
    "Trained",
    "ends",
    "key",
    "provenance",
    "remembered",
]
