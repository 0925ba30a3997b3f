"""The paper's experiment, from files of hourly bars to figures of every cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from allocator.app.spreading import backend
from allocator.core.bars import Bars, Interval
from allocator.core.errors import UsageError
from allocator.core.instrument import Split
from allocator.core.text import Text, text
from allocator.forecast.experiment.grid import Grid, Scale
from allocator.forecast.experiment.running import Outcome, Tell, run
from allocator.history import sift, split_factors
from allocator.store.files import read_history
from allocator.store.shipped import shipped

PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True)
class Histories:
    """Sound hourly bars by ticker, adjusted for splits, and what had to be said of the files."""

    bars: Mapping[str, Bars]
    notes: tuple[Text, ...]


def run_paper(
    histories: Histories,
    grid: Grid,
    scale: Scale,
    *,
    cache: Path,
    workers: int | str | None,
    device: str,
    tell: Tell,
) -> Outcome:
    """The cells of the grid, trained where the cache lacks them. No worker (0): nothing is trained.

    Raises: `ForecastError`; `ClusterError` when the machines that are to train are not to be had.
    """
    with nullcontext() if workers == 0 else backend(cache / "models", workers, device=device) as pool:
        return run(grid, scale, histories.bars, cache, pool, tell)


def read(files: Sequence[Path], *, today: date) -> Histories:
    """The hourly bars of the files. Where two have a bar of one time, the file named first counts.

    Raises: `MarketError` for a file that is no history; `UsageError` for one of days.
    """
    parts: dict[str, list[Bars]] = {}
    notes: list[Text] = []
    for path in files:
        file = read_history(path)
        if file.interval is not Interval.HOUR:
            raise UsageError(
                text("{path}: bars of days, and the experiment is one of hours.", path=path),
                text("Give files with the column begin."),
            )
        wrong = len(file.bad)
        for series in file.series:
            bars, findings = sift(series.ticker, file.interval, series.bars, today=today)
            wrong += len(findings)
            parts.setdefault(series.ticker, []).append(bars)
        if wrong:
            notes.append(text("{path}: rows that cannot be right and are left out: {rows}.", path=path, rows=wrong))
    splits = shipped().splits
    return Histories({ticker: adjusted(ticker, joined(each), splits) for ticker, each in parts.items()}, tuple(notes))


def joined(parts: Sequence[Bars]) -> Bars:
    """The bars of several histories of one ticker, by time; of two of one time the first."""
    together = Bars.joined(parts)
    _, first = np.unique(together.begin, return_index=True)
    return together[first]


def adjusted(ticker: str, bars: Bars, splits: Iterable[Split]) -> Bars:
    """Bars in units of after the last split among them.

    Some sources have worked splits into their prices and some have not; a split counts when the price jumps on its day
    by more than half (in logarithms) of what it would.
    """
    mine = [each for each in splits if each.ticker == ticker and _jumps(bars, each)]
    factors = split_factors(bars.begin, mine)
    prices = {name: getattr(bars, name) * factors for name in PRICES}
    return replace(bars, **prices, volume=bars.volume / factors)


def _jumps(bars: Bars, split: Split) -> bool:
    at = int(np.searchsorted(bars.days, np.datetime64(split.day)))
    if not 0 < at < len(bars):
        return False
    seen = np.log(bars.close[at] / bars.close[at - 1]) / np.log(float(split.factor))
    return bool(seen > 0.5)
