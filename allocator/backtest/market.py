"""What could be dealt and what it paid, bar by bar: the only thing that a backtest knows of the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Self

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Floats, Times
from allocator.core.errors import ConfigError, MarketError
from allocator.core.panel import filled
from allocator.core.text import Text, text

GAP = 4.0  # no listed share of Moscow moved that much from one bar to the next but by a split
SLACK = np.timedelta64(10, "D")  # the new year's holidays: dates may stand that far outside of the first and last bar

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """T bars of N securities, prices as they traded, in roubles per unit.

    `times` (T,) datetime64[s], strictly increasing: when each bar begins. `open`, `close` (T, N): NaN where there is no
    bar. `turnover` (T, N): roubles, 0 where there is none, infinity where it does not matter. `ratio` (T, N): before
    the bar, units held become ratio × units (1 without a split). `dividend` (T, N): roubles per unit, in units after
    the split, after tax, for who held the security before the bar (its ex-date); 0 without. `lots` (N,): units of a
    lot. `cash_return` (T,): what a rouble earns from the close of t - 1 to that of t, as a fraction. `benchmark` (T,):
    a level, NaN where unknown; None without one.
    """

    times: Times
    tickers: tuple[str, ...]
    open: Floats
    close: Floats
    turnover: Floats
    ratio: Floats
    dividend: Floats
    lots: Integers
    cash_return: Floats
    benchmark: Floats | None = None
    benchmark_name: str = ""

    @classmethod
    def of(
        cls,
        times: Times,
        tickers: Sequence[str],
        close: Floats,
        *,
        open: Floats | None = None,  # noqa: A002 -- the field's word for it
        turnover: Floats | None = None,
        ratio: Floats | None = None,
        dividend: Floats | None = None,
        lots: Sequence[int] | Integers | None = None,
        cash_return: Floats | float = 0.0,
        benchmark: Floats | None = None,
        benchmark_name: str = "",
    ) -> Self:
        """A market from what is known: opens at the close before by default, endless turnover, lots of 1, no actions.

        Raises: `MarketError`, as `check`.
        """
        close = np.asarray(close, dtype=np.float64)
        bars, names = close.shape
        if open is None:  # within a bar nothing is known to move: a deal at the open is one at the close before
            open = np.vstack([close[:1], np.where(np.isnan(close[:-1]), close[1:], close[:-1])])  # noqa: A001
            open = np.where(np.isnan(close), np.nan, open)  # noqa: A001
        if turnover is None:
            turnover = np.where(np.isnan(close), 0.0, np.inf)
        made = cls(
            np.asarray(times, dtype="datetime64[s]"),
            tuple(tickers),
            np.asarray(open, dtype=np.float64),
            close,
            np.asarray(turnover, dtype=np.float64),
            np.ones((bars, names)) if ratio is None else np.asarray(ratio, dtype=np.float64),
            np.zeros((bars, names)) if dividend is None else np.asarray(dividend, dtype=np.float64),
            np.ones(names, dtype=np.int64) if lots is None else np.asarray(lots, dtype=np.int64),
            np.broadcast_to(np.asarray(cash_return, dtype=np.float64), bars).copy(),
            None if benchmark is None else np.asarray(benchmark, dtype=np.float64),
            benchmark_name,
        )
        made.check()
        return made

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.times), len(self.tickers)

    def check(self) -> None:
        """Raises: `MarketError` that names the first security and bar that cannot be true.

        Shapes that differ, times that do not increase, a price that is not above zero, a turnover or dividend below
        zero, a ratio that is not above zero, a lot below one, a cash return of -1 or less.
        """
        bars, names = self.shape
        tables = {"open": self.open, "close": self.close, "turnover": self.turnover, "ratio": self.ratio}
        for name, table in {**tables, "dividend": self.dividend}.items():
            if table.shape != (bars, names):
                raise MarketError(
                    text(
                        "The market's {name} is a table of {shape}, not of {bars} {bars:bar|bars} × {names} "
                        "{names:security|securities}.",
                        name=name,
                        shape=" × ".join(map(str, table.shape)),
                        bars=bars,
                        names=names,
                    )
                )
        if bars and not (self.times[1:] > self.times[:-1]).all():
            at = int(np.argmin(self.times[1:] > self.times[:-1])) + 1
            raise MarketError(
                text("Bar {time} of the market is not later than the one before.", time=when(self.times[at]))
            )
        for name, wrong in (
            ("open", ~(np.isnan(self.open) | ((self.open > 0) & np.isfinite(self.open)))),
            ("close", ~(np.isnan(self.close) | ((self.close > 0) & np.isfinite(self.close)))),
            ("turnover", ~(self.turnover >= 0)),
            ("ratio", ~((self.ratio > 0) & np.isfinite(self.ratio))),
            ("dividend", ~((self.dividend >= 0) & np.isfinite(self.dividend))),
        ):
            if wrong.any():
                row, column = (int(each[0]) for each in np.nonzero(wrong))
                raise MarketError(
                    text(
                        "{ticker}: its {name} on {time} is {value}.",
                        ticker=self.tickers[column],
                        name=name,
                        time=when(self.times[row]),
                        value=getattr(self, name)[row, column],
                    ),
                    text("Leave the security out, or set its bar right: allocator data status"),
                )
        self._check_rows()

    def _check_rows(self) -> None:
        bars, names = self.shape
        if self.lots.shape != (names,) or (self.lots < 1).any():
            raise MarketError(text("Each security of the market has a lot of one unit or more."))
        if self.cash_return.shape != (bars,) or not (np.isfinite(self.cash_return) & (self.cash_return > -1)).all():
            raise MarketError(text("What cash earns is known for each bar of the market, and more than -1."))
        if self.benchmark is not None:
            known = ~np.isnan(self.benchmark)
            if self.benchmark.shape != (bars,) or not ((self.benchmark > 0) & np.isfinite(self.benchmark))[known].all():
                raise MarketError(text("{name}: a level of the benchmark is not above zero.", name=self.benchmark_name))

    def gaps(self) -> tuple[tuple[int, int, float], ...]:
        """(row, column, factor) of each price that moved by 4 or more, up or down, from the one known before it.

        Splits and dividends that the market knows are taken out: what remains is a split that it does not know.
        """
        if len(self.times) < 2:
            return ()
        cumulative = np.cumprod(self.ratio, axis=0)
        worth = self.close * cumulative
        before = filled(worth)[:-1]
        factor = np.ones_like(worth)
        known = ~np.isnan(worth[1:]) & ~np.isnan(before)
        np.divide(worth[1:] + (self.dividend * cumulative)[1:], before, out=factor[1:], where=known)
        wide = np.argwhere((factor >= GAP) | (factor <= 1 / GAP))
        return tuple((int(row), int(column), float(factor[row, column])) for row, column in wide)

    def without_gaps(self) -> tuple[Self, tuple[Text, ...]]:
        """The market with the securities whose price has a gap as if never listed, and a sentence for each."""
        gaps: dict[int, tuple[int, float]] = {}
        for row, column, factor in self.gaps():
            gaps.setdefault(column, (row, factor))
        if not gaps:
            return self, ()
        gone = list(gaps)
        opens, closes, turnover = self.open.copy(), self.close.copy(), self.turnover.copy()
        opens[:, gone], closes[:, gone], turnover[:, gone] = np.nan, np.nan, 0.0
        said = tuple(
            text(
                "{ticker} is left out: on {time} its price moved by a factor of {factor:.4g} without a split.",
                ticker=self.tickers[column],
                time=when(self.times[row]),
                factor=factor,
            )
            for column, (row, factor) in gaps.items()
        )
        return replace(self, open=opens, close=closes, turnover=turnover), said

    def rows(self, since: date | None = None, until: date | None = None) -> tuple[int, int]:
        """The rows (start, stop) of decisions for the days `since` to `until`, both included; half-open.

        The first decision is on the first bar of the span and the last value on its last, so the last decision is on
        the bar before. Raises: `ConfigError` when a date is more than ten days outside of the bars, or the span has
        less than two bars.
        """
        days = self.times.astype("datetime64[D]")
        if not len(days):
            raise ConfigError(text("The market has not one bar."), text("Fill the store: allocator refresh"))
        start, stop = 0, len(days)
        for day in (since, until):
            if day is not None and not days[0] - SLACK <= np.datetime64(day) <= days[-1] + SLACK:
                raise ConfigError(
                    text(
                        "{day} is outside of the data: they begin on {first} and end on {last}.",
                        day=day,
                        first=days[0],
                        last=days[-1],
                    ),
                    text("Choose dates within them, or fetch what is missing: allocator refresh"),
                )
        if since is not None:
            start = int(np.searchsorted(days, np.datetime64(since)))
        if until is not None:
            stop = int(np.searchsorted(days, np.datetime64(until), side="right"))
        if stop - start < 2:
            raise ConfigError(
                text(
                    "From {since} to {until} there are fewer than two bars: nothing can be held.",
                    since=since or days[0],
                    until=until or days[-1],
                ),
                text("Choose a longer span."),
            )
        return start, stop - 1


def when(time: np.datetime64) -> str:
    """A bar's time for a person: the day alone for a bar of a day."""
    return str(time).replace("T", " ").removesuffix(":00").removesuffix(" 00:00")
