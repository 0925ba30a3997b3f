"""Windows of rows, gathered a batch at a time from one array that several processes share."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.features import Features

Singles = NDArray[np.float32]


class Batch(NamedTuple):
    """x (B, L, C) windows, sigma (B,) over the horizon, r (B,) returns, close (B,) last prices."""

    x: Tensor
    sigma: Tensor
    r: Tensor
    close: Tensor


class Windows:
    """Batches of windows by the place n * T + t where each ends.

    The rows of all securities are one (N*T, C) tensor over the mapped file (a copy on a graphics card), the windows a
    view of it in which each begins one row after another; taking some is one `index_select`, which copies whole
    windows as blocks of memory. To hold all windows would take `window` times the memory.
    """

    def __init__(self, features: Features, columns: list[int], window: int, horizon: int, device: torch.device) -> None:
        every = columns == list(range(len(features.names)))
        values = np.ascontiguousarray(features.values if every else features.values[:, :, columns])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch cannot mark a tensor as read-only, and says so; nobody writes here
            self.rows = torch.from_numpy(values.reshape(-1, len(columns))).to(device)
        count, channels = self.rows.shape
        shape = max(0, count - window + 1), window, channels
        self.view = self.rows.as_strided(shape, (channels, channels, 1))
        self.window, self.times = window, features.shape[1]
        self.sigma = _flat(features.sigma * np.float32(horizon**0.5), device)
        self.returns = _flat(features.returns(horizon), device)
        self.close = _flat(features.close.astype(np.float32), device)

    def batch(self, ends: Tensor) -> Batch:
        """(B,) places -> `Batch`; `x` is the caller's to overwrite."""
        x = self.view.index_select(0, ends - (self.window - 1))
        return Batch(
            x, self.sigma.index_select(0, ends), self.returns.index_select(0, ends), self.close.index_select(0, ends)
        )


def _flat(column: Singles, device: torch.device) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(column, dtype=np.float32)).reshape(-1).to(device)


def used_rows(features: Features, ends: NDArray[np.int64], window: int) -> NDArray[np.bool_]:
    """(N, T) which rows the windows that end at `ends` have in them."""
    rows, times, _ = features.shape
    edges = np.zeros((rows, times + 1), dtype=np.int32)
    n, t = np.divmod(ends, times)
    np.add.at(edges, (n, t - window + 1), 1)
    np.add.at(edges, (n, t + 1), -1)
    return np.cumsum(edges, axis=1)[:, :-1] > 0


def refuse_nan(features: Features, columns: list[int], used: NDArray[np.bool_]) -> None:
    """Raises: `ForecastError` naming the security, the time and the feature of the first unknown number in a window."""
    for n, ticker in enumerate(features.tickers):
        bad = used[n] & ~np.isfinite(features.values[n]).all(axis=1)
        for t in np.flatnonzero(bad):
            wrong = [features.names[c] for c in columns if not np.isfinite(features.values[n, t, c])]
            if wrong:
                when = str(features.times[t]).replace("T", " ")
                raise ForecastError(
                    text("{ticker} at {time}: {name} is not a number.", ticker=ticker, time=when, name=wrong[0]),
                    text("Build the features again; if it stays, train without {name}.", name=wrong[0]),
                )
