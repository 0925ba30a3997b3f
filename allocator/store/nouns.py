"""What the store knows besides the market: how far it is loaded, and what past runs did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from allocator.core.bars import Interval
from allocator.core.text import Text


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many bars of a ticker are stored, and from when to when (Moscow wall clock)."""

    ticker: str
    rows: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Load:
    """The exchange was asked for these days, both included, and gave its final answer."""

    ticker: str
    interval: Interval
    since: date
    till: date


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command that changes the store; `ended` is None while it runs, and for ever when it was killed."""

    id: int
    kind: str
    began: datetime
    ended: datetime | None = None
    outcome: str | None = None
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence of a run's journal; `level` is "info", "warning" or "error"."""

    at: datetime
    ticker: str | None
    level: str
    text: Text
