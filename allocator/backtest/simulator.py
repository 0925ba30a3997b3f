"""Walks through a market bar by bar: shows what is known, deals what is wanted, keeps the books."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from allocator.backtest.costs import Costs
from allocator.backtest.path import Path
from allocator.backtest.seen import Seen, Strategy
from allocator.core.bars import Floats

Execution = Literal["close", "next open", "next close"]

__all__ = ["Execution", "Path", "Rules", "Seen", "Strategy"]


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """How a backtest is run. `cash` roubles and `units` (N,) to begin with (None: none); `lots`: deal in whole lots.

    `execution` says where the deals of a decision at the close of bar t are made: at that close ("close", as
    cvxportfolio does), at the next open or at the next close. `start`, `stop`: rows of the market with decisions,
    half-open; None: up to the last but one. `Market.rows` makes them of dates.
    """

    costs: Costs = field(default_factory=Costs)
    cash: float = 1e6
    units: Floats | None = None
    lots: bool = False
    execution: Execution = "next open"
    start: int = 0
    stop: int | None = None
