"""What a backtest of several strategies found: what the report prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocator.backtest.metrics import Metrics
from allocator.backtest.path import Path
from allocator.core.bars import Floats
from allocator.core.text import Text

if TYPE_CHECKING:  # half a second of imports that a report does not need
    from allocator.forecast.evaluation import Deflated, Overfitting


@dataclass(frozen=True, slots=True)
class Trial:
    """One setting that was tried on the tuning period: its values by name, and the Sharpe ratio of a year there."""

    settings: Mapping[str, float]
    sharpe: float


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One strategy over the period: `kind` as the settings name it, `tuned` if its settings were chosen by trials."""

    name: str
    kind: str
    path: Path
    metrics: Metrics
    tuned: Trial | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The tuning of one strategy over rows × columns: `sharpe` (A, B) of a year on the tuning period, no NaN.

    `chosen` is the place of the best. `trials` counts every setting that was run, in this grid or elsewhere;
    `independent` what they are worth when alike ones are discounted. `deflated` is what is left of the best ratio,
    `overfitting` the probability that choosing chose noise; None where the reason stands in `notes`.
    """

    row_name: str
    column_name: str
    rows: tuple[float, ...]
    columns: tuple[float, ...]
    sharpe: Floats
    chosen: tuple[int, int]
    trials: int
    independent: float
    deflated: Deflated | None
    overfitting: Overfitting | None
    notes: tuple[Text, ...] = ()

    @property
    def best(self) -> Trial:
        row, column = self.chosen
        return Trial(
            {self.row_name: self.rows[row], self.column_name: self.columns[column]}, float(self.sharpe[self.chosen])
        )


@dataclass(frozen=True, slots=True, eq=False)
class BacktestResult:
    """Strategies side by side over one period: `settings` are (what, value) as sentences, `verdict` the answer in one.

    `notes` say what a reader must know before believing the figures: names left out, events, costs assumed.
    """

    title: str
    settings: tuple[tuple[Text, Text], ...]
    runs: tuple[Run, ...]
    grid: Grid | None
    notes: tuple[Text, ...]
    verdict: Text
