"""Chooses among many settings on the tuning period, and says how much of the best one's figure is luck."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from allocator.backtest.metrics import metrics
from allocator.backtest.path import Path
from allocator.backtest.result import Grid
from allocator.core.bars import Floats
from allocator.core.errors import ConfigError, ForecastError
from allocator.core.text import Text, text
from allocator.forecast.evaluation import (
    Deflated,
    Overfitting,
    backtest_overfitting,
    deflated_sharpe,
    independent_trials,
)

LEAST_PERIODS = 10  # that a Sharpe ratio is made of
BLOCKS = 16  # of time, for the probability of overfitting; fewer when the tuning period is short
STILL = 1e-12  # a trial whose returns deviate by less never dealt


def check_tuning(periods: int) -> None:
    """Raises: `ConfigError` for a tuning period with too few decisions to compare settings by."""
    if periods < LEAST_PERIODS:
        raise ConfigError(
            text(
                "The tuning period has {periods} {periods:decision|decisions}; {least} are needed to compare settings.",
                periods=periods,
                least=LEAST_PERIODS,
            ),
            text("Choose a longer tuning period."),
        )


def grid(
    rows: Sequence[float],
    columns: Sequence[float],
    paths: Sequence[Path],
    *,
    row_name: str = "lambda",
    column_name: str = "gamma",
    periods_a_year: int | None = None,
    other_trials: int = 0,
) -> Grid:
    """The best of A × B settings by Sharpe ratio on the tuning period; of equals, the first.

    `paths` of the tuning period, row by row: all of one market and period. A path that went broke earns nothing more
    than cash from then on, and its ratio is that of what it did till then. `other_trials`: settings that were tried on
    the same data elsewhere; they count.

    Raises: `ConfigError` for an empty grid, paths that do not fit it, or a tuning period below ten decisions.
    """
    shape = len(rows), len(columns)
    if not paths or shape[0] * shape[1] != len(paths):
        raise ConfigError(
            text(
                "A grid of {rows} × {columns} settings has {paths} {paths:backtest|backtests}.",
                rows=shape[0],
                columns=shape[1],
                paths=len(paths),
            ),
        )
    excess = excess_table(paths)
    check_tuning(excess.shape[1])
    year = periods_a_year or max(metrics(path).periods_a_year for path in paths if path.periods == excess.shape[1])
    ratios = np.array([metrics(path, periods_a_year=year).sharpe_ratio for path in paths])
    still = excess.std(axis=1) <= STILL
    excess[still], ratios[still] = 0.0, 0.0  # what the rounding of interest leaves is no skill
    best = int(ratios.argmax())
    trials = len(paths) + other_trials
    independent = min(independent_trials(excess) + other_trials, float(trials))
    deflated, overfitting, notes = _luck(excess, best, independent)
    return Grid(
        row_name,
        column_name,
        tuple(map(float, rows)),
        tuple(map(float, columns)),
        ratios.reshape(shape),
        (best // shape[1], best % shape[1]),
        trials,
        independent,
        deflated,
        overfitting,
        notes,
    )


def excess_table(paths: Sequence[Path]) -> Floats:
    """(K, P) excess returns of paths over one period; 0 after a path went broke.

    Raises: `ConfigError` for paths that begin at different times, or none that lasts.
    """
    longest = max(paths, key=lambda path: path.periods)
    found = np.zeros((len(paths), longest.periods))
    for row, path in zip(found, paths, strict=True):
        if path.times[0] != longest.times[0]:
            raise ConfigError(text("Backtests of different periods cannot be compared."))
        row[: path.periods] = path.excess_returns
    return found


def _luck(
    excess: Floats, best: int, independent: float
) -> tuple[Deflated | None, Overfitting | None, tuple[Text, ...]]:
    notes: list[Text] = []
    deflated: Deflated | None = None
    overfitting: Overfitting | None = None
    spread = _spread(excess)
    try:
        deflated = deflated_sharpe(excess[best], independent, spread)
    except ForecastError as error:
        notes.append(text("How much of the Sharpe ratio is luck cannot be said. {why}", why=error.message))
    blocks = min(BLOCKS, excess.shape[1] // 4 * 2)
    try:
        overfitting = backtest_overfitting(excess, blocks=blocks)
    except ForecastError as error:
        notes.append(text("Whether choosing overfits cannot be said. {why}", why=error.message))
    return deflated, overfitting, tuple(notes)


def _spread(excess: Floats) -> float | None:
    """The deviation of the trials' ratios per period; None for fewer than two trials that moved."""
    moved = excess[excess.any(axis=1)]
    if len(moved) < 2:
        return None
    return float((moved.mean(axis=1) / moved.std(axis=1, ddof=1)).std(ddof=1))
