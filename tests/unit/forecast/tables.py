"""Features made up from a seed: quick to train on, with as much to find in them as asked."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(eq=False)
class Table:
    """What `Arrays.write` takes; `values` are noise but for channel 0, the last return in units of σ."""

    close: np.ndarray
    values: np.ndarray
    run: np.ndarray
    sigma: np.ndarray
    times: np.ndarray
    tickers: tuple[str, ...]
    names: tuple[str, ...]
    digest: str = "made up"
    gaps: set[tuple[int, int]] = field(default_factory=set)

    @property
    def ready(self):
        return self.run > 0

    def returns(self, horizon):
        found = np.full(self.close.shape, np.nan, dtype=np.float32)
        found[:, :-horizon] = self.close[:, horizon:] / self.close[:, :-horizon] - 1
        return found


def table(*, tickers=3, rows=400, channels=3, echo=0.0, seed=0, sigma=0.01):
    """Returns r_t = echo * r_{t-1} + noise, of deviation about σ."""
    rng = np.random.default_rng(seed)
    returns = np.zeros((tickers, rows))
    noise = rng.normal(0, sigma, returns.shape)
    for t in range(1, rows):
        returns[:, t] = echo * returns[:, t - 1] + noise[:, t]
    values = rng.normal(size=(tickers, rows, channels)).astype(np.float32)
    values[..., 0] = returns / sigma
    return Table(
        close=100 * np.cumprod(1 + returns, axis=1),
        values=values,
        run=np.tile(np.arange(1, rows + 1, dtype=np.int32), (tickers, 1)),
        sigma=np.full((tickers, rows), sigma, dtype=np.float32),
        times=np.datetime64("2024-01-03T10:00:00") + np.arange(rows) * np.timedelta64(3600, "s"),
        tickers=tuple(f"T{n}" for n in range(tickers)),
        names=("close", *(f"noise{c}" for c in range(1, channels))),
        digest=f"made up {tickers} {rows} {channels} {echo} {seed} {sigma}",
    )
