"""Features: bars in, (N, T, C) numbers out that are causal, free of scale, and known to be usable row by row.

No torch: networks read what is made here as memory-mapped arrays. What makes features is imported when it is asked
for: TA-Lib wraps pandas when it finds it, which is more than a second that a training worker need not spend.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.features.features import Features
from allocator.forecast.features.scaling import Scaler
from allocator.forecast.features.storing import load, save

if TYPE_CHECKING:
    from allocator.forecast.features.building import build
    from allocator.forecast.features.context import Context, as_of
    from allocator.forecast.features.supercandles import SuperCandles, resample

__all__ = ["Context", "Features", "Scaler", "SuperCandles", "as_of", "build", "load", "resample", "save"]

_MAKERS = {
    "Context": "context",
    "SuperCandles": "supercandles",
    "as_of": "context",
    "build": "building",
    "resample": "supercandles",
}


def __getattr__(name: str) -> object:
    if name not in _MAKERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f"{__name__}.{_MAKERS[name]}")
    except ModuleNotFoundError as error:
        if error.name != "talib":
            raise
        raise ForecastError(
            text("Features are made with TA-Lib, which is not installed."),
            text("With the Python that runs allocator: python -m pip install {libraries}", libraries="TA-Lib"),
        ) from error
    return getattr(module, name)
