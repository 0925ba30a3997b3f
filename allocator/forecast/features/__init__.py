"""Features: bars in, (N, T, C) numbers out that are causal, free of scale, and known to be usable row by row.

Other rooms of this house import from here only. No torch: networks read what is made here as memory-mapped arrays.
"""

from allocator.forecast.features.building import build
from allocator.forecast.features.context import Context, as_of
from allocator.forecast.features.features import Features
from allocator.forecast.features.scaling import Scaler
from allocator.forecast.features.storing import load, save
from allocator.forecast.features.supercandles import SuperCandles, resample

__all__ = ["Context", "Features", "Scaler", "SuperCandles", "as_of", "build", "load", "resample", "save"]
