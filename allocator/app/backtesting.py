"""A backtest, from its file to a result: the market, the models, the choice of settings, one run on untouched bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from allocator.app.backtesting_ground import Ground, read_ground
from allocator.app.backtesting_strategies import on_forecasts, plain
from allocator.app.backtesting_told import Tell, Told
from allocator.app.backtesting_trials import Batch, Cell, Trials, cells_of
from allocator.app.backtesting_words import settings_of, verdict_of
from allocator.backtest.costs import Costs
from allocator.backtest.metrics import metrics
from allocator.backtest.result import BacktestResult, Grid, Run
from allocator.backtest.seen import Strategy
from allocator.backtest.simulator import Execution, Rules, Simulator, simulate
from allocator.backtest.strategies import Calendar, EqualWeight
from allocator.config.backtest_file import BacktestFile, StrategyPlan
from allocator.config.backtest_file_values import BENCHMARK_EQUAL
from allocator.config.settings import Settings
from allocator.core.text import Text, text
from allocator.store import Store

if TYPE_CHECKING:  # a second of imports that plain strategies do without
    from allocator.forecast.training import Trained

YARDSTICK = "equal weight"


@dataclass(frozen=True, slots=True)
class Means:
    """Where things are kept, how many work at once and where, what networks are trained on."""

    cache: Path
    workers: int | str | None = None
    device: str = "cpu"


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A strategy on forecasts: its models' words, and the settings that were chosen, with the grid they are of."""

    told: Told
    cell: Cell
    grid: Grid | None = None


class Backtester:
    """The use case. `tell` is told what is being done, steps done and steps in all."""

    def __init__(self, store: Store, settings: Settings, plan: BacktestFile, means: Means, tell: Tell) -> None:
        self.plan = plan
        self._store, self._settings, self._means, self._tell = store, settings, means, tell

    def run(self) -> BacktestResult:
        """All strategies of the file, side by side on the test period.

        Raises: `AllocatorError`: `ConfigError` for a file that asks for what the data do not have, `ForecastError` for
        models that cannot be trained, `StoreError`, `MarketError`.
        """
        ground = self.ground()
        prepared = self.prepared(ground)
        simulator = Simulator(ground.market)
        runs = []
        for at, plan in enumerate(self.plan.strategies):
            self._tell(text("testing {strategy}", strategy=plan.name), at, len(self.plan.strategies))
            path = simulator.run(self._strategy(plan, ground, prepared), self.rules(*ground.test, plan))
            chosen = prepared.get(plan.name)
            tuned = chosen.grid.best if chosen and chosen.grid else None
            runs.append(Run(plan.name, plan.kind, path, metrics(path), tuned))
        yardstick = next((run for run in runs if run.kind == "equal"), None)
        if yardstick is None and prepared:
            path = simulator.run(EqualWeight(Calendar("month"), YARDSTICK), self.rules(*ground.test))
            yardstick = Run(YARDSTICK, "equal", path, metrics(path))
        best = _best(prepared)
        return BacktestResult(
            title=self.plan.title,
            settings=settings_of(self.plan, ground),
            runs=tuple(runs),
            grid=prepared[best].grid if best else None,
            notes=(*self._notes(ground, prepared), *_idle(runs)),
            verdict=verdict_of(runs, yardstick, best, prepared[best].grid if best else None),
        )

    def ground(self) -> Ground:
        """The market of the file; a benchmark of equal weights is made of it."""
        self._tell(text("reading the store"), 0, 0)
        ground = read_ground(self._store, self._settings, self.plan)
        if self.plan.benchmark != BENCHMARK_EQUAL:
            return ground
        start = (ground.tuning or ground.test)[0]
        free = Rules(cash=self.plan.cash, start=start, stop=ground.test[1])
        path = simulate(ground.market, EqualWeight(Calendar("month"), BENCHMARK_EQUAL), free)
        levels = np.full(len(ground.market.times), np.nan)
        levels[start : start + len(path.value)] = path.value
        return replace(ground, market=replace(ground.market, benchmark=levels, benchmark_name="equal weights"))

    def rules(self, start: int, stop: int, own: StrategyPlan | None = None) -> Rules:
        """How decisions on these rows are dealt; a strategy may have its `own` fee, spread and execution."""
        plan = self.plan
        dealt = plan.dealing(own)
        execution: Execution = dealt.execution  # type: ignore[assignment]  # the reader knows these words alone
        costs = Costs(fee=dealt.fee, fixed=plan.fixed_fee, spread=dealt.spread, impact=plan.impact)
        return Rules(costs=costs, cash=plan.cash, lots=plan.lots, execution=execution, start=start, stop=stop)

    def prepared(self, ground: Ground) -> dict[str, Prepared]:
        """The strategies on forecasts, by name: trained, and their settings chosen on the tuning period."""
        plans = [plan for plan in self.plan.strategies if plan.forecast is not None]
        tuned = {
            plan.name: len(cells_of(plan.forecast)) for plan in plans
            if plan.forecast and ground.tuning and len(cells_of(plan.forecast)) > 1
        }  # fmt: skip
        if tuned and ground.tuning:  # said before hours of training, not after
            from allocator.backtest.selection import check_tuning  # noqa: PLC0415 -- statistics, a second of imports

            check_tuning(ground.tuning[1] - ground.tuning[0])
        told = self._taught(plans, ground)
        found = {}
        for plan in plans:
            assert plan.forecast is not None
            cells = cells_of(plan.forecast)
            chosen = Prepared(told[plan.name], cells[0])
            if plan.name in tuned:
                others = sum(tuned.values()) - tuned[plan.name]
                made = self._grid(plan, told[plan.name], ground, others)
                chosen = Prepared(told[plan.name], cells[_place(made)], made)
            found[plan.name] = chosen
        return found

    def _grid(self, plan: StrategyPlan, told: Told, ground: Ground, others: int) -> Grid:
        """All cells on the tuning period, and the best of them."""
        from allocator.backtest.selection import grid  # noqa: PLC0415 -- statistics, a second of imports

        assert plan.forecast is not None
        assert ground.tuning is not None
        trials = Trials(self._means.cache, ground.digest, self._means.workers, self._tell)
        market = replace(ground.market, benchmark=None, benchmark_name="")
        whole = Batch(market, self.rules(*ground.tuning, plan), plan.forecast, told, 0.0, ())
        walks = trials.run(whole)
        return grid(
            plan.forecast.lambdas,
            plan.forecast.aversions,
            walks,
            row_name="lambda",
            column_name="risk_aversion",
            other_trials=others,
        )

    def _taught(self, plans: Sequence[StrategyPlan], ground: Ground) -> dict[str, Told]:
        """What the models of each strategy say; those that the cache lacks are trained, all together."""
        if not plans:
            return {}
        from allocator.app.backtesting_forecasts import Lessons  # noqa: PLC0415 -- plain strategies do without
        from allocator.app.forecast_material import Material  # noqa: PLC0415
        from allocator.app.forecast_training import need_torch, report_of  # noqa: PLC0415
        from allocator.app.spreading import backend  # noqa: PLC0415

        material = Material(
            self._store,
            self._settings,
            self._means.cache,
            ground.panel,
            ground.market.tickers,
            ground.securities,
        )
        first, stop = (ground.tuning or ground.test)[0], ground.test[1]
        lessons = {}
        for plan in plans:
            assert plan.forecast is not None
            self._tell(text("features of {strategy}", strategy=plan.name), 0, 0)
            lessons[plan.name] = Lessons.of(plan.forecast, material, first, stop)
        missing = {name: lesson.find(material) for name, lesson in lessons.items()}
        total = len({lessons[name].name(place) for name, places in missing.items() for place in places})
        if total:
            need_torch()
            folder = self._means.cache / "models"
            report = report_of(self._tell, total)
            pool = backend(folder, self._means.workers, device=self._means.device, report=report)
            with pool:
                trained: dict[str, Future[Trained]] = {}
                waiting = {name: lesson.submit(missing[name], pool, trained) for name, lesson in lessons.items()}
                for name, lesson in lessons.items():
                    lesson.gather(waiting[name])
        self._tell(text("risk as it was known"), 0, 0)
        return {name: lesson.told(ground.panel, first, stop) for name, lesson in lessons.items()}

    def _strategy(self, plan: StrategyPlan, ground: Ground, prepared: dict[str, Prepared]) -> Strategy:
        if plan.forecast is None:
            return plain(plan, ground.market.tickers, ground.names)
        chosen = prepared[plan.name]
        lam, aversion = chosen.cell
        return on_forecasts(plan.name, plan.forecast, chosen.told, ground.market, lam=lam, aversion=aversion)

    def _notes(self, ground: Ground, prepared: dict[str, Prepared]) -> Iterator[Text]:
        yield from ground.notes
        noted: dict[str, tuple[Text, list[str]]] = {}  # what several strategies share is told once
        for name, chosen in prepared.items():
            for note in chosen.told.notes:
                noted.setdefault(str(note), (note, []))[1].append(name)
        for note, names in noted.values():
            yield text("{strategy}: {note}", strategy="; ".join(names), note=note)
        if self.plan.lots and any(paper.lot_size for paper in ground.securities.values()):
            yield text("lots are those of today")
        dealt = [self.plan.dealing(plan) for plan in self.plan.strategies]
        if any(each.execution == "close" for each in dealt):
            yield text("deals are made at the very close that decisions know, which nobody can do")
        if not all(each.spread for each in dealt):
            yield text(
                "no spread is paid: prices jump between bid and ask, and whoever deals often seems to earn that; write "
                "spread in [backtest]"
            )


def _idle(runs: Sequence[Run]) -> Iterator[Text]:
    """A word on strategies that never dealt: what they show is what cash earned."""
    idle = [run.name for run in runs if not run.path.deals.any()]
    if idle:
        yield text("not one deal was made by: {strategies}", strategies=", ".join(idle))


def _place(made: Grid) -> int:
    row, column = made.chosen
    return row * len(made.columns) + column


def _best(prepared: dict[str, Prepared]) -> str | None:
    """The strategy on forecasts that did best on the tuning period, before the test was looked at; else the first."""
    tuned = {name: chosen.grid.best.sharpe for name, chosen in prepared.items() if chosen.grid}
    if tuned:
        return max(tuned, key=lambda name: tuned[name])
    return next(iter(prepared), None)
