"""Small made-up markets and strategies for tests of the backtest."""

from __future__ import annotations

import numpy as np

from allocator.backtest.market import Market

DAY = np.timedelta64(86_400, "s")
NAN = np.nan


def days(count: int, first: str = "2024-01-01") -> np.ndarray:
    """`count` consecutive days."""
    return np.datetime64(first, "s") + np.arange(count) * DAY


def world(close, **more) -> Market:
    """A market of daily closes (T, N); securities are A, B, C, ..."""
    close = np.array(close, dtype=np.float64)
    return Market.of(days(len(close)), [chr(65 + each) for each in range(close.shape[1])], close, **more)


def random_world(bars: int, names: int, seed: int = 0, deviation: float = 0.01, **more) -> Market:
    """Prices that walk at random, opens between the closes, and a turnover."""
    generator = np.random.default_rng(seed)
    steps = deviation * generator.standard_normal((2 * bars, names))
    walk = 100 * np.exp(np.cumsum(steps, axis=0))
    turnover = np.exp(generator.normal(17, 1, (bars, names)))
    more.setdefault("turnover", turnover)
    return Market.of(days(bars), [f"A{each}" for each in range(names)], walk[1::2], open=walk[::2], **more)


class Scripted:
    """Wants the given weights at each decision in turn, then nothing."""

    name = "scripted"

    def __init__(self, *wanted) -> None:
        self.wanted = [None if each is None else np.array(each, dtype=np.float64) for each in wanted]

    def decide(self, seen):
        return self.wanted[seen.step] if seen.step < len(self.wanted) else None
