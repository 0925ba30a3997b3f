"""Looks for the future in past decisions: changes what comes after a bar, and sees whether anything before moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from allocator.backtest.market import Market, when
from allocator.backtest.seen import Seen, Strategy
from allocator.backtest.simulator import Rules, Simulator
from allocator.core.bars import Floats
from allocator.core.errors import ConfigError
from allocator.core.text import Text, text

MOVED = 1e-9  # of a weight: what solvers round differently
NOISE = 0.3  # of the logarithm of what is changed, at most: never a move that the market itself would refuse


@dataclass(frozen=True, slots=True)
class Leak:
    """With only bars after `perturbed` changed, what was decided on row `row` <= `perturbed` moved by `size`."""

    perturbed: int
    row: int
    size: float


@dataclass(frozen=True, slots=True)
class LeakCheck:
    """`rows`: the bars after which the future was changed; `leaks`: the first decision that each of them moved."""

    rows: tuple[int, ...]
    leaks: tuple[Leak, ...]

    @property
    def clean(self) -> bool:
        return not self.leaks

    def verdict(self, market: Market) -> Text:
        """The finding in a sentence."""
        if self.clean:
            return text(
                "No past decision moved when the future was changed after {count} {count:bar|bars}.",
                count=len(self.rows),
            )
        first = self.leaks[0]
        return text(
            "The future leaks: the decision of {time} moved by {size:.3g} when only bars after {after} were changed.",
            time=when(market.times[first.row]),
            size=first.size,
            after=when(market.times[first.perturbed]),
        )


def perturbed(market: Market, row: int, generator: np.random.Generator) -> Market:
    """The market with all that comes after a row made up: prices, turnover, dividends, interest, the benchmark.

    Which bars there are stays, and so do splits: both are announced before.
    """
    after = slice(row + 1, None)

    def changed(table: Floats, *, shift: float = 0.0) -> Floats:
        found = table.copy()
        noise = np.exp(generator.uniform(-NOISE, NOISE, table[after].shape))
        found[after] = (found[after] + shift) * noise - shift
        return found

    return replace(
        market,
        open=changed(market.open),
        close=changed(market.close),
        turnover=changed(market.turnover),
        dividend=changed(market.dividend),
        cash_return=changed(market.cash_return, shift=1e-4).clip(-0.5),
        benchmark=None if market.benchmark is None else changed(market.benchmark),
    )


def find_leaks(
    make: Callable[[Market], Strategy],
    market: Market,
    rules: Rules,
    generator: np.random.Generator,
    *,
    rows: Sequence[int] | None = None,
) -> LeakCheck:
    """Checks a strategy and all that it is made from: `make` builds both from a market, features and forecasts too.

    After each of `rows` (None: every row of decisions but the last) the future is changed, the strategy made anew and
    run up to that row: every decision until then must be the same. Raises: what `make` and the
    simulator raise; `ConfigError` for rows without a decision.
    """
    start = rules.start
    stop = len(market.times) - 1 if rules.stop is None else rules.stop
    checked = tuple(range(start, stop)) if rows is None else tuple(rows)
    if not checked or min(checked) < start or max(checked) >= stop:
        raise ConfigError(text("A leak is looked for after rows {start} to {stop}.", start=start, stop=stop - 1))
    truth = _decisions(make(market), market, replace(rules, stop=stop))
    leaks = []
    for row in checked:
        other = perturbed(market, row, generator)
        leak = _first_moved(truth, _decisions(make(other), other, replace(rules, stop=row + 1)), start, row)
        leaks += [leak] if leak else []
    return LeakCheck(checked, tuple(leaks))


def find_table_leaks(
    make: Callable[[Market], Floats], market: Market, generator: np.random.Generator, rows: Sequence[int]
) -> LeakCheck:
    """Checks a table (T, ...) that is made from a market, such as features or forecasts: row t may know rows to t."""
    truth = make(market)
    leaks = []
    for row in rows:
        leak = _first_moved(truth, make(perturbed(market, row, generator)), 0, row)
        leaks += [leak] if leak else []
    return LeakCheck(tuple(rows), tuple(leaks))


class _Recorder:
    """A strategy that writes down what another decides; NaN where it decides on no deals."""

    def __init__(self, strategy: Strategy) -> None:
        self.name = strategy.name
        self.decisions: list[Floats] = []
        self._strategy = strategy

    def decide(self, seen: Seen) -> Floats | None:
        wanted = self._strategy.decide(seen)
        self.decisions.append(np.full(len(seen.weights), np.nan) if wanted is None else wanted.copy())
        return wanted


def _decisions(strategy: Strategy, market: Market, rules: Rules) -> Floats:
    recorder = _Recorder(strategy)
    Simulator(market).run(recorder, rules)
    return np.array(recorder.decisions)


def _first_moved(truth: Floats, other: Floats, start: int, until: int) -> Leak | None:
    """The first row up to `until` that differs; NaN equals NaN, and nothing else."""
    count = min(until + 1 - start, len(truth))
    for at in range(count):
        one, two = truth[at], other[at] if at < len(other) else np.full_like(truth[at], np.nan)
        unlike = np.isnan(one) != np.isnan(two)
        size = float(np.nanmax(np.abs(one - two), initial=0.0)) if one.size else 0.0
        if unlike.any() or size > MOVED:
            return Leak(until, start + at, max(size, 1.0) if unlike.any() else size)
    return None
