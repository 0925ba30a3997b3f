"""The input modes: which channels each has, which bars it needs, and how a stretch of one ticker is computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from allocator.core.bars import Floats, Mask
from allocator.core.errors import ForecastError
from allocator.core.panel import Panel
from allocator.core.text import text
from allocator.forecast.features import context as surroundings
from allocator.forecast.features import indicators, supercandles
from allocator.forecast.features.context import Context
from allocator.forecast.features.simple import references, returns_of_all, without_self
from allocator.forecast.features.stretches import LONGEST_FILL, Series, bars, closed_before, series
from allocator.forecast.features.supercandles import SuperCandles
from allocator.forecast.spec import Inputs


class Mode(Protocol):
    """`names`: the channels after the log return of the close, and `groups`: what each is one of.

    `there` (T, N): rows that are bars for this mode.
    `inputs`: every array that the channels depend on, beside the panel's `needed` fields.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    needed: tuple[str, ...]
    there: Mask
    inputs: tuple[Floats, ...]

    def compute(self, column: int, one: Series, rows: slice, out: Floats) -> None:
        """Writes the channels of one stretch of the ticker in this column to `out` (len(names), n): causal numbers."""


class Univariate:
    """The close alone."""

    names: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    needed: tuple[str, ...] = ("close",)
    inputs: tuple[Floats, ...] = ()

    def __init__(self, panel: Panel) -> None:
        self.there = bars(panel, self.needed)

    def compute(self, column: int, one: Series, rows: slice, out: Floats) -> None:
        """Nothing: the close is in every mode."""


class Indicators:
    """`ta57`."""

    names = tuple(indicator.name for indicator in indicators.TA57)
    groups = tuple(indicator.group for indicator in indicators.TA57)
    needed: tuple[str, ...] = indicators.NEEDED
    inputs: tuple[Floats, ...] = ()

    def __init__(self, panel: Panel) -> None:
        self.there = bars(panel, self.needed)
        self._fields = {name: np.ascontiguousarray(panel[name].T) for name in self.needed}

    def compute(self, column: int, one: Series, rows: slice, out: Floats) -> None:
        own = {name: values[column] for name, values in self._fields.items()}
        open_, high, low, close = (
            one.prices(own[name], own["close"], rows) for name in ("open", "high", "low", "close")
        )
        indicators.compute(indicators.Bars(open_, high, low, close, one.amounts(own["volume"], rows)), out)


class Candles:
    """`supercandles57`."""

    names = tuple(metric.name for metric in supercandles.METRICS)
    groups = tuple(metric.table for metric in supercandles.METRICS)
    needed: tuple[str, ...] = ("close",)

    def __init__(self, panel: Panel, given: SuperCandles | None) -> None:
        if given is None:
            raise ForecastError(
                text("The inputs supercandles57 need the exchange's Super Candles, and there are none."),
                text("Use the inputs ta57: no command fetches them yet."),
            )
        self._fields = supercandles.aligned(given, panel.times, panel.tickers)
        self.there = bars(panel, self.needed) & supercandles.traded(self._fields)
        self.inputs = tuple(self._fields[name] for name in supercandles.FIELDS)

    def compute(self, column: int, one: Series, rows: slice, out: Floats) -> None:
        supercandles.compute(self._fields, column, one, rows, out)


class Others:
    """The closes of other assets, as returns over the same row."""

    needed: tuple[str, ...] = ("close",)
    inputs: tuple[Floats, ...] = ()

    def __init__(self, panel: Panel, others: Sequence[str]) -> None:
        self.there = bars(panel, self.needed)
        self._others = references(panel.tickers, others)
        self.names = tuple(f"other:{name}" for name in self._others)
        self.groups = ("other",) * len(self.names)
        self._tickers = panel.tickers
        at = [panel.tickers.index(name) for name in self._others]
        late, longest = closed_before(panel.times), LONGEST_FILL[panel.interval]
        self._returns = returns_of_all(panel["close"][:, at], [series(self.there[:, n], late, longest) for n in at])

    def compute(self, column: int, one: Series, rows: slice, out: Floats) -> None:  # noqa: ARG002 -- theirs are done
        out[:] = without_self(self._returns[rows], self._others, self._tickers[column]).T


class Surroundings:
    """`context`."""

    needed: tuple[str, ...] = surroundings.NEEDED

    def __init__(self, panel: Panel, given: Context) -> None:
        given.check(panel.shape)
        self.there = bars(panel, self.needed)
        self.names, self.groups = surroundings.channels(given, panel.interval)
        self._panel, self._given = panel, given
        self._shared = surroundings.shared(given, panel.times, panel.interval)
        codes = [surroundings.codes(given, ticker) for ticker in panel.tickers]
        self._codes = np.array(codes).reshape(len(codes), -1)
        paid = () if given.dividends is None else (given.dividends,)
        self.inputs = (*given.indexes.values(), self._codes, *paid)

    def compute(self, column: int, one: Series, rows: slice, out: Floats) -> None:
        total = self._panel.adjust == "total"
        own = surroundings.of_bars(self._panel.fields, self._given.dividends, column, one, rows, total=total)
        parts = (own, self._shared[:, rows], self._codes[column][:, None])
        for part, at in zip(parts, np.cumsum([0, *(len(part) for part in parts)]), strict=False):
            out[at : at + len(part)] = part


def mode(
    panel: Panel, inputs: Inputs, others: Sequence[str], candles: SuperCandles | None, context: Context | None
) -> Mode:
    """The maker of the channels of `inputs` for a panel."""
    match inputs:
        case Inputs.UNIVARIATE:
            return Univariate(panel)
        case Inputs.TA57:
            return Indicators(panel)
        case Inputs.SUPERCANDLES57:
            return Candles(panel, candles)
        case Inputs.OTHERS:
            return Others(panel, others)
        case Inputs.CONTEXT:
            return Surroundings(panel, context or Context())
