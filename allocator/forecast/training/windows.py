"""Windows of rows, gathered a batch at a time from one array that several processes share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.training.arrays import Arrays, Singles


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

    def __init__(self, arrays: Arrays, columns: list[int], window: int, horizon: int, device: torch.device) -> None:
        values = arrays.values if columns == list(range(len(arrays.names))) else arrays.values[:, :, columns]
        self.rows = torch.from_numpy(values.reshape(-1, len(columns))).to(device)
        count, channels = self.rows.shape
        shape = max(0, count - window + 1), window, channels
        self.view = self.rows.as_strided(shape, (channels, channels, 1))
        self.window, self.times = window, arrays.shape[1]
        self.sigma = _flat(arrays.sigma * np.float32(horizon**0.5), device)
        self.returns = _flat(arrays.returns(horizon), device)
        self.close = _flat(arrays.close.astype(np.float32), device)

    def batch(self, ends: Tensor) -> Batch:
        """(B,) places -> `Batch`; `x` is the caller's to overwrite."""
        x = self.view.index_select(0, ends - (self.window - 1))
        return Batch(
            x, self.sigma.index_select(0, ends), self.returns.index_select(0, ends), self.close.index_select(0, ends)
        )


def _flat(column: Singles, device: torch.device) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(column, dtype=np.float32)).reshape(-1).to(device)


def used_rows(arrays: Arrays, ends: NDArray[np.int64], window: int) -> NDArray[np.bool_]:
    """(N, T) which rows the windows that end at `ends` have in them."""
    rows, times = arrays.shape
    edges = np.zeros((rows, times + 1), dtype=np.int32)
    n, t = np.divmod(ends, times)
    np.add.at(edges, (n, t - window + 1), 1)
    np.add.at(edges, (n, t + 1), -1)
    return np.cumsum(edges, axis=1)[:, :-1] > 0


def refuse_nan(arrays: Arrays, columns: list[int], used: NDArray[np.bool_]) -> None:
    """Raises: `ForecastError` naming the security, the time and the feature of the first unknown number in a window."""
    for n, ticker in enumerate(arrays.tickers):
        bad = used[n] & ~np.isfinite(arrays.values[n]).all(axis=1)
        for t in np.flatnonzero(bad):
            wrong = [arrays.names[c] for c in columns if not np.isfinite(arrays.values[n, t, c])]
            if wrong:
                raise ForecastError(
                    text(
                        "{ticker} at {time}: {name} is not a number.",
                        ticker=ticker,
                        time=arrays.times[t],
                        name=wrong[0],
                    ),
                    text("Make the features again; if it stays, train without {name}.", name=wrong[0]),
                )


def scale(arrays: Arrays, columns: list[int], used: NDArray[np.bool_]) -> tuple[Singles, Singles, list[str]]:
    """(C,) means and deviations over the used rows, and the names of features that are constant there.

    A constant feature has deviation 1: it becomes zero, and tells nothing.
    """
    total = np.zeros(len(arrays.names))
    squares = np.zeros_like(total)
    count = int(used.sum())
    for n in range(len(arrays.tickers)):
        total += arrays.values[n][used[n]].sum(axis=0, dtype=np.float64)
    mean = total / count
    for n in range(len(arrays.tickers)):
        squares += np.square(arrays.values[n][used[n]] - mean).sum(axis=0)
    deviation = np.sqrt(squares / count)
    dead = deviation <= 1e-7 * np.maximum(np.abs(mean), 1e-5)
    deviation[dead] = 1.0
    names = [arrays.names[c] for c in columns if dead[c]]
    return mean[columns].astype(np.float32), deviation[columns].astype(np.float32), names
