"""Walks through a market bar by bar: shows what is known, deals what is wanted, keeps the books."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Literal

import numpy as np

from allocator.backtest.costs import Costs
from allocator.backtest.dealing import Books, Dealer
from allocator.backtest.ground import Ground
from allocator.backtest.market import Market, when
from allocator.backtest.path import Path
from allocator.backtest.seen import Seen, Strategy
from allocator.core.bars import Floats
from allocator.core.errors import AllocatorError, ConfigError, Infeasible, MarketError, PlanError
from allocator.core.panel import filled
from allocator.core.text import Text, text

Execution = Literal["close", "next open", "next close"]
EXECUTIONS: tuple[Execution, ...] = ("close", "next open", "next close")
BROKE = 1e-6  # of the initial value: less than that is nothing
ROUNDING = 1e-6  # weights may sum to that much above 1, or be that much below 0: what a solver leaves

__all__ = ["EXECUTIONS", "Execution", "Path", "Rules", "Seen", "Simulator", "Strategy", "simulate"]


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


def simulate(market: Market, strategy: Strategy, rules: Rules | None = None) -> Path:
    """One backtest; for many on one market, keep a `Simulator`. Raises: as there."""
    begun = perf_counter()
    simulator = Simulator(market)
    prepared = perf_counter() - begun
    path = simulator.run(strategy, rules or Rules())
    return replace(path, simulator_s=path.simulator_s + prepared, market_data_s=path.market_data_s + prepared)


class Simulator:
    """A market ready for any number of backtests.

    Raises: `MarketError` for data that cannot be true (`Market.check`), or a price that moves by 4 or more from bar to
    bar without a split (`Market.gaps`).
    """

    def __init__(self, market: Market) -> None:
        market.check()
        for row, column, factor in market.gaps():
            raise MarketError(
                text(
                    "{ticker}: on {time} its price moved by a factor of {factor:.4g} without a split.",
                    ticker=market.tickers[column],
                    time=when(market.times[row]),
                    factor=factor,
                ),
                text(
                    "If it was split, declare it: allocator data split {ticker} {day} BEFORE:AFTER; if not, "
                    "leave it out.",
                    ticker=market.tickers[column],
                    day=market.times[row].astype("datetime64[D]"),
                ),
            )
        self._ground = Ground.of(market)
        self._dealing: dict[str, tuple[Floats, Floats, Floats]] = {}
        self._impact: dict[tuple[float, int], Floats] = {}

    def run(self, strategy: Strategy, rules: Rules) -> Path:
        """One backtest.

        Raises: `ConfigError` for rules that cannot be (cash below zero, rows outside of the market, ...); `PlanError`
        for wanted weights that are unknown, negative or above 1 in sum; what the strategy raises, with its name and the
        bar, save `Infeasible`: then nothing is dealt at that bar, and an event says so.
        """
        begun = perf_counter()
        stop = _checked(self._ground, rules)
        if rules.execution not in self._dealing:
            self._dealing[rules.execution] = self._ground.dealing(rules.execution)
        impact = None
        if rules.costs.impact:
            key = rules.costs.impact, rules.costs.window
            if key not in self._impact:
                self._impact[key] = self._ground.impact(rules.costs)
            impact = self._impact[key]
        walk = _Walk(self._ground, self._dealing[rules.execution], impact, strategy, rules, stop)
        read = perf_counter() - begun
        walk.go()
        walked = perf_counter()
        path = walk.path()
        done = perf_counter()
        return replace(
            path,
            simulator_s=done - begun - float(path.policy_s.sum()),
            market_data_s=read,
            result_s=done - walked,
        )


def _checked(ground: Ground, rules: Rules) -> int:
    """The row after the last decision. Raises: `ConfigError`."""
    market = ground.market
    bars, names = market.shape
    stop = bars - 1 if rules.stop is None else rules.stop
    rules.costs.check()
    if rules.execution not in EXECUTIONS:
        raise ConfigError(
            text('"{execution}" is not a way to deal.', execution=rules.execution),
            text("Choose one of: {choices}.", choices=", ".join(EXECUTIONS)),
        )
    if not 0 <= rules.start < stop <= bars - 1:
        raise ConfigError(
            text(
                "Decisions on rows {start} to {stop} do not fit a market of {bars} {bars:bar|bars}.",
                start=rules.start,
                stop=stop,
                bars=bars,
            ),
            text("The last decision needs a bar after it; choose a period with two bars or more."),
        )
    units = np.zeros(names) if rules.units is None else np.asarray(rules.units, dtype=np.float64)
    if units.shape != (names,) or not (np.isfinite(units) & (units >= 0)).all() or not 0 <= rules.cash < np.inf:
        raise ConfigError(text("What a backtest begins with is cash and units of each security, 0 or more."))
    unknown = np.flatnonzero((units > 0) & (ground.price[rules.start] <= 0))
    if len(unknown):
        raise ConfigError(
            text(
                "{ticker}: it is held from the start, and has no price by {time}.",
                ticker=market.tickers[int(unknown[0])],
                time=when(market.times[rules.start]),
            ),
            text("Begin later, or without it."),
        )
    if not rules.cash + float(units @ ground.price[rules.start]) > 0:
        raise ConfigError(text("A backtest that begins with nothing stays with nothing."), text("Give it some cash."))
    return stop


def money(amount: float) -> str:
    """Roubles as tables show them: 1 234.50."""
    return f"{amount:,.2f}".replace(",", " ")


class _Walk:
    """One backtest under way."""

    def __init__(
        self,
        ground: Ground,
        dealing: tuple[Floats, Floats, Floats],
        impact: Floats | None,
        strategy: Strategy,
        rules: Rules,
        stop: int,
    ) -> None:
        market = ground.market
        names, periods = len(market.tickers), stop - rules.start
        self.ground, self.market, self.strategy, self.rules = ground, market, strategy, rules
        self.price, self.inverse, self.gain = dealing
        self.impact, self.shown_impact = impact, impact
        if impact is not None:  # where the cost of a deal is not known, it cannot be made
            known = np.isfinite(impact)
            self.gain = np.where(known, self.gain, 0.0)
            self.impact = np.where(known, impact, 0.0)
        self.periods, self.names, self.broke = periods, names, False
        self.ones = np.ones(names)  # for sums: a scalar product takes a fifth of the time of `sum`
        units = np.zeros(names) if rules.units is None else np.array(rules.units, dtype=np.float64)
        self.books = Books(float(rules.cash), units)
        self.dealer = Dealer(rules.costs, names, market.lots.astype(np.float64) if rules.lots else None)
        self.value, self.cash = np.empty(periods + 1), np.empty(periods + 1)
        self.weights, self.deals = np.empty((periods + 1, names)), np.zeros((periods, names))
        self.paid, self.policy_s = np.zeros((3, periods)), np.empty(periods)
        self.shown = np.full((stop, 5 * names + 1), np.nan)
        self.shown[: rules.start] = ground.bars[: rules.start]
        self.seen = self._seen()
        self.events: list[tuple[np.datetime64, Text]] = []
        self.said: set[str] = set()

    def _seen(self) -> Seen:
        seen = Seen()
        readable = self.shown.view()
        readable.flags.writeable = False
        seen._bars, seen._names = readable, self.names  # noqa: SLF001 -- the walk fills what a strategy only reads
        seen.costs, seen.rates = self.rules.costs, self.rules.costs.rates(self.names)
        seen.impact, seen.previous, seen.note = None, None, self._note
        return seen

    def go(self) -> None:
        """All periods, or those before the strategy goes broke."""
        start, at_close = self.rules.start, self.rules.execution == "close"
        for period in range(self.periods):
            row = start + period
            if not self._value(period, row):
                self.periods, self.broke = period, True
                return
            wanted = self._decide(period, row)
            if at_close and wanted is not None:
                self._deal(period, row, wanted)
            self._carry(row + 1)
            if not at_close and wanted is not None:
                self._deal(period, row, wanted)
        self._value(self.periods, start + self.periods)

    def _value(self, period: int, row: int) -> bool:
        """Values what is held; whether there is anything left to go on with."""
        books = self.books
        worth = books.units * self.ground.price[row]
        total = books.cash + float(worth.dot(self.ones))
        self.value[period], self.cash[period] = total, books.cash
        if total <= 0:  # only when all that is held is no longer worth the least float
            self.weights[period] = 0.0
        else:
            np.divide(worth, total, self.weights[period])
        if period and total <= BROKE * self.value[0]:
            left, begun = money(total), money(float(self.value[0]))
            self._event(row, text("Broke: {value} ₽ of {initial} ₽ is left.", value=left, initial=begun))
            return False
        return True

    def _decide(self, period: int, row: int) -> Floats | None:
        ground, seen = self.ground, self.seen
        self.shown[row] = ground.bars[row]
        seen.row, seen.step, seen.time = row, period, self.market.times[row]
        seen.weights, seen.units = self.weights[period].copy(), self.books.units.copy()
        seen.value, seen.cash_weight = self.value.item(period), float(self.cash[period] / self.value[period])
        seen.price, seen.tradable = ground.price[row].copy(), ground.tradable[row].copy()
        seen.cash_return = self.market.cash_return.item(row)
        if self.shown_impact is not None:
            seen.impact = self.shown_impact[row].copy()
        before = perf_counter()
        try:
            wanted = self.strategy.decide(seen)
        except Infeasible as error:
            self._note(text("Nothing is dealt where no plan fits: {why}", why=error.message))
            wanted = None
        except AllocatorError as error:
            message = text(
                "{strategy}, {time}: {why}", strategy=self.strategy.name, time=when(seen.time), why=error.message
            )
            raise type(error)(message, error.hint) from error
        self.policy_s[period] = perf_counter() - before
        seen.previous = seen.time
        if wanted is not None:
            self._check(wanted)
        return wanted

    def _check(self, wanted: Floats) -> None:
        fits = wanted.shape == (self.names,) and wanted.dot(self.ones) <= 1 + ROUNDING  # NaN is not
        if fits and wanted.item(wanted.argmin()) >= -ROUNDING:  # the lowest, sooner than by min()
            return
        raise PlanError(
            text(
                "{strategy}, {time}: it wants weights that are unknown, below zero or above 1 in sum.",
                strategy=self.strategy.name,
                time=when(self.seen.time),
            )
        )

    def _deal(self, period: int, row: int, wanted: Floats) -> None:
        amounts = self.deals[period]
        np.subtract(wanted, self.weights[period], amounts)
        amounts *= self.gain[row]
        amounts *= self.value[period]
        impact = None if self.impact is None else self.impact[row]
        paid = self.dealer.deal(self.books, amounts, self.price[row], self.inverse[row], impact)
        self.paid[0, period], self.paid[1, period], self.paid[2, period] = paid

    def _carry(self, row: int) -> None:
        """What the bar brings to who held before it: interest, splits, dividends, the end of a listing."""
        ground, market, books = self.ground, self.market, self.books
        books.cash *= 1 + market.cash_return.item(row)
        if ground.splits[row]:
            books.units *= market.ratio[row]
        if ground.dividends[row]:
            books.cash += float(books.units @ market.dividend[row])
        for column in ground.gone.get(row, ()):
            if books.units[column] > 0:
                worth = float(books.units[column] * ground.price[row, column])
                self._event(
                    row,
                    text(
                        "{ticker} is not traded any more: all of it is paid out at its last price, {worth} ₽ in sum.",
                        ticker=market.tickers[column],
                        worth=money(worth),
                    ),
                )
                books.cash += worth
                books.units[column] = 0.0

    def _event(self, row: int, said: Text) -> None:
        self.events.append((self.market.times[row], said))

    def _note(self, said: Text) -> None:
        """An event that a strategy tells of, once."""
        if str(said) not in self.said:
            self.said.add(str(said))
            self._event(self.seen.row, said)

    def path(self) -> Path:
        start, periods, market = self.rules.start, self.periods, self.market
        rows = slice(start, start + periods + 1)
        benchmark = self._benchmark(rows)
        return Path(
            name=self.strategy.name,
            tickers=market.tickers,
            times=market.times[rows],
            value=self.value[: periods + 1],
            cash=self.cash[: periods + 1],
            weights=self.weights[: periods + 1],
            deals=self.deals[:periods],
            fees=self.paid[0, :periods],
            spread=self.paid[1, :periods],
            impact=self.paid[2, :periods],
            cash_returns=market.cash_return[start + 1 : start + periods + 1],
            benchmark_returns=benchmark,
            policy_s=self.policy_s[:periods],
            benchmark_name="" if benchmark is None else market.benchmark_name,
            events=tuple(self.events),
            broke=self.broke,
        )

    def _benchmark(self, rows: slice) -> Floats | None:
        """(P,) returns of the benchmark's last known level; None without one, or unknown at the start."""
        level = self.market.benchmark
        if level is None:
            return None
        level = filled(level[:, None])[rows, 0]
        if np.isnan(level[0]):
            self._event(
                rows.start,
                text("{name} is not known yet: the figures stand against cash.", name=self.market.benchmark_name),
            )
            return None
        found: Floats = level[1:] / level[:-1] - 1
        return found
