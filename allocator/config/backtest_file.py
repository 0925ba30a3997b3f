"""A backtest's file: INI text to a frozen `BacktestFile`, with the same care as the portfolio file.

The user's guide is `docs/backtest.md`. Imported by its own name (`allocator.config.backtest_file`): it stands on
numpy's nouns, which reading a portfolio file does without.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple, TypeVar

from allocator.config import backtest_file_values as words
from allocator.config import settings_values as values
from allocator.config.backtest_file_shares import shares_of
from allocator.config.backtest_file_values import Rebalance, Retrain
from allocator.config.backtest_file_words import KEYS_OF_KIND, STRATEGY, words_of
from allocator.config.findings import BadValueError, Findings, Place
from allocator.config.layers import Layer, one_layer
from allocator.config.lookup import Lookup
from allocator.config.reading import NO_FILES, decoded, fetch, read_file
from allocator.config.values import yes_or_no
from allocator.config.words import Words
from allocator.core.bars import Interval
from allocator.core.errors import ConfigError
from allocator.core.text import text

NETWORKS = ("lstm", "encoder", "encoder-decoder", "tsmixer", "wavenet")
EXECUTIONS = ("next open", "next close", "close")
INPUTS = ("univariate", "ta57", "others", "context")
YEARLY, MONTHLY = Retrain(months=12), Rebalance(period="month")
T = TypeVar("T")

LONGEST_NAME = 60  # of a strategy: it stands in sentences and above columns
_HEADER = re.compile(rf"^[ \t]*\[[ \t]*{STRATEGY}[ \t]+([^\]\n]*?)[ \t]*\]", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ForecastPlan:
    """What a strategy on forecasts is made of; `step` and `horizon` in bars, `minimum_deal` and `cap` shares of wealth.

    `width` None: the network's usual one. `train_until`: the last day that anything is learnt from; None: that before
    each forecast. `raw`: forecasts as the network says them, in place of recalibrated ones.
    """

    network: str = "tsmixer"
    inputs: str = "ta57"
    window: int = 64
    step: int = 1
    horizon: int = 1
    width: int | None = None
    epochs: int = 10
    lambdas: tuple[float, ...] = (0.0,)
    aversions: tuple[float, ...] = (5.0,)
    seeds: int = 1
    train_from: date | None = None
    train_until: date | None = None
    retrain: Retrain = YEARLY
    raw: bool = False
    minimum_deal: float = 0.0
    cap: float = 1.0
    covariance_window: int = 360


@dataclass(frozen=True, slots=True)
class StrategyPlan:
    """One section `[strategy NAME]`. `targets` are shares of wealth by ticker, None where the kind has none.

    `fee`, `spread` and `execution` None: those of the backtest.
    """

    name: str
    kind: str
    rebalance: Rebalance = MONTHLY
    targets: Mapping[str, float] | None = None
    lookback: int = 120
    top: int = 5
    forecast: ForecastPlan | None = None
    fee: float | None = None
    spread: float | None = None
    execution: str | None = None


class Dealing(NamedTuple):
    """What a deal costs, as shares of it, and when it is made."""

    fee: float
    spread: float
    execution: str


@dataclass(frozen=True, slots=True)
class BacktestFile:
    """The whole file. Fees, spread and rates are shares; None is what the words call none, all, or the usual.

    `tickers` None: those that qualified at the start. `cash_rate`: a share a year, or a file of them by date.
    """

    path: Path
    title: str
    strategies: tuple[StrategyPlan, ...]
    interval: Interval = Interval.DAY
    hours: tuple[int, int] | None = None
    since: date | None = None
    till: date | None = None
    tune_until: date | None = None
    step: int = 1
    tickers: tuple[str, ...] | None = None
    cash: float = 1e6
    lots: bool = False
    fee: float = 0.0
    fixed_fee: float = 0.0
    spread: float = 0.0
    impact: float = 0.0
    cash_rate: float | Path = 0.0
    benchmark: str | None = None
    execution: str = "next open"

    def dealing(self, own: StrategyPlan | None = None) -> Dealing:
        """How a strategy deals: what it says of its `own`, else what the file says of all."""
        common = Dealing(self.fee, self.spread, self.execution)
        if own is None:
            return common
        return Dealing(
            common.fee if own.fee is None else own.fee,
            common.spread if own.spread is None else own.spread,
            own.execution or common.execution,
        )


def load_backtest(path: Path) -> BacktestFile:
    """The backtest of a file. Raises: `ConfigError` with every mistake of it at once."""
    try:
        data = fetch(path, read_file)
    except BadValueError as error:
        hint = error.hint or text("docs/backtest.md has files to begin with.")
        raise ConfigError(text("{place}: {what}.", place=str(Place(path)), what=error.what), hint) from None
    return parse_backtest(data, path)


def parse_backtest(content: bytes | str, path: Path, *, files: bool = True) -> BacktestFile:
    """The backtest of a file's content; `path` stands in errors, and paths in the file are relative to its folder.

    Without `files` it may name no other file: what came from a page must not read this machine.

    Raises: `ConfigError` with every mistake at once, each as `file:line: [section] key`; then those of a portfolio
    file that it names.
    """
    findings, place = Findings(), Place(path)
    plain = decoded(content, place, findings)
    findings.raise_any()
    named: dict[str, str] = {}
    for found in _HEADER.finditer(plain):
        name = " ".join(found[1].split())
        named.setdefault(name.lower(), name)
    known = words_of(named)
    file = _File(one_layer(plain, place, findings, known), findings, known, path, named)
    made = file.backtest()
    file.find_contradictions(made)
    if not files:
        file.find_paths(made)
    findings.raise_any()
    return file.with_portfolios(made)


class _File(Lookup):
    """The entries of the file. `named`: the names of strategies as they are written, by the same in lower case."""

    def __init__(self, layer: Layer, findings: Findings, known: Words, path: Path, named: Mapping[str, str]) -> None:
        super().__init__(layer, findings, known)
        self._path, self._named = path, named
        self._folder = path.parent
        self._files: dict[str, Path] = {}  # of targets, by strategy

    def backtest(self) -> BacktestFile:
        """What the file says; portfolios that it names are not read yet."""
        step = self._of("step", values.whole(1, 100_000), 1)
        none: float | Path = 0.0
        return BacktestFile(
            path=self._path,
            title=self._of("title", str, self._path.stem),
            strategies=tuple(self._strategy(f"{STRATEGY} {key}", name, step) for key, name in self._named.items()),
            interval=self._of("interval", values.interval, Interval.DAY),
            hours=self._of("hours", words.hours, None),
            since=self._of("from", values.day, None),
            till=self._of("to", values.day, None),
            tune_until=self._of("tune until", values.day, None),
            step=step,
            tickers=self._of("tickers", words.universe, None),
            cash=self._of("cash", words.money, 1e6),
            lots=self._of("lots", yes_or_no, default=False),
            fee=self._of("fee", words.taken, 0.0),
            fixed_fee=self._of("fixed fee", words.coefficient, 0.0),
            spread=self._of("spread", words.taken, 0.0),
            impact=self._of("impact", words.coefficient, 0.0),
            cash_rate=self.option("backtest", "cash rate", self._cash_rate, none),
            benchmark=self._of("benchmark", words.benchmark, None),
            execution=self._of("execution", words.one_of(*EXECUTIONS), "next open"),
        )

    def _cash_rate(self, raw: str) -> float | Path:
        return words.cash_rate(raw, self._folder)

    def find_contradictions(self, made: BacktestFile) -> None:
        """What each key may say by itself, but not beside the others."""
        if not made.strategies:
            self._findings.add(
                Place(self._path),
                text("there is nothing to test: no strategy"),
                text("Write a section such as [strategy equal] and in it kind = equal."),
            )
        self._find_dates(made)
        place, interval = self.place("backtest", "hours"), self._entries.get(("backtest", "interval"))
        if place and (interval is None or interval.value.lower() == Interval.DAY.value):
            self._findings.add(place, text("a bar of a day has no hour"), text("Write interval = hour."))
        place = self.place("backtest", "portfolio")
        if place and self.place("backtest", "tickers"):
            self._findings.add(
                place,
                text("tickers and portfolio both say what is traded"),
                text("Keep one of the two lines."),
            )
        for plan in made.strategies:
            self._find_in(plan, made)

    def find_paths(self, made: BacktestFile) -> None:
        """Every key that names a file, for a text that may name none."""
        keys = [("backtest", "portfolio"), *((f"{STRATEGY} {name.lower()}", "targets") for name in self._files)]
        if isinstance(made.cash_rate, Path):
            keys.append(("backtest", "cash rate"))
        for place in filter(None, (self.place(*key) for key in keys)):
            self._findings.add(place, NO_FILES, text("Write the figures themselves here."))

    def with_portfolios(self, made: BacktestFile) -> BacktestFile:
        """The same with what the portfolio files say. Raises: `ConfigError` for their mistakes."""
        entry = self._entries.get(("backtest", "portfolio"))
        common = None
        if entry:
            common = shares_of(values.folder(entry.value, self._folder), entry.place)
            made = replace(made, tickers=tuple(common))
        strategies = []
        for plan in made.strategies:
            path, place = self._files.get(plan.name), self.place(f"{STRATEGY} {plan.name.lower()}", "targets")
            if path is not None and place is not None:
                strategies.append(replace(plan, targets=shares_of(path, place)))
            elif plan.kind == "targets" and plan.targets is None:
                strategies.append(replace(plan, targets=common))
            else:
                strategies.append(plan)
        targeted = dict.fromkeys(ticker for plan in strategies for ticker in plan.targets or ())
        if not entry and targeted and not self.place("backtest", "tickers"):
            made = replace(made, tickers=tuple(targeted))
        return replace(made, strategies=tuple(strategies))

    def _strategy(self, section: str, name: str, step: int) -> StrategyPlan:
        def of(key: str, read: Callable[[str], T], default: T) -> T:
            return self.option(section, key, read, default)

        default = StrategyPlan(name, "")
        given = of("targets", lambda raw: words.targets(raw, self._folder), None)
        if isinstance(given, Path):
            self._files[name] = given
        kind = of("kind", words.one_of(*KEYS_OF_KIND), "")
        return StrategyPlan(
            name=name,
            kind=kind,
            rebalance=of("rebalance", words.rebalance, default.rebalance),
            targets=None if isinstance(given, Path) else given,
            lookback=of("lookback", values.whole(1, 100_000), default.lookback),
            top=of("top", values.whole(1, 1000), default.top),
            forecast=self._forecast(section, step) if kind == "forecast" else None,
            fee=of("fee", words.taken, None),
            spread=of("spread", words.taken, None),
            execution=of("execution", words.one_of(*EXECUTIONS), None),
        )

    def _forecast(self, section: str, step: int) -> ForecastPlan:
        def of(key: str, read: Callable[[str], T], default: T) -> T:
            return self.option(section, key, read, default)

        default = ForecastPlan()
        step = of("step", values.whole(1, 100_000), step)
        return ForecastPlan(
            network=of("network", words.one_of(*NETWORKS), default.network).replace("-", "_"),
            inputs=of("inputs", words.one_of(*INPUTS), default.inputs),
            window=of("window", values.whole(2, 4096), default.window),
            step=step,
            horizon=of("horizon", values.whole(1, 1024), step),
            width=of("width", values.whole(2, 1024), None),
            epochs=of("epochs", values.whole(1, 1000), default.epochs),
            lambdas=of("lambda", words.numbers, default.lambdas),
            aversions=of("risk aversion", words.aversions, default.aversions),
            seeds=of("seeds", values.whole(1, 1000), default.seeds),
            train_from=of("train from", values.day, None),
            train_until=of("train until", values.day, None),
            retrain=of("retrain", words.retrain, default.retrain),
            raw=of("forecasts", words.one_of("recalibrated", "raw"), "recalibrated") == "raw",
            minimum_deal=of("minimum deal", words.share, default.minimum_deal),
            cap=of("cap", words.most, default.cap),
            covariance_window=of("covariance window", values.whole(30, 100_000), default.covariance_window),
        )

    def _of(self, name: str, read: Callable[[str], T], default: T) -> T:
        return self.option("backtest", name, read, default)

    def _find_dates(self, made: BacktestFile) -> None:
        till = self.place("backtest", "to")
        if till and made.since and made.till and made.till <= made.since:
            self._findings.add(till, text("the end is not after the beginning"), text("Write a later day."))
        tuned = self.place("backtest", "tune until")
        if tuned and made.tune_until:
            if made.since and made.tune_until <= made.since:
                self._findings.add(
                    tuned, text("the tuning period is empty: it ends before it begins"), text("Write a later day.")
                )
            if made.till and made.tune_until >= made.till:
                self._findings.add(
                    tuned, text("nothing is left to test on after the tuning period"), text("Write an earlier day.")
                )

    def _find_in(self, plan: StrategyPlan, made: BacktestFile) -> None:
        """What is wrong with one strategy as a whole."""
        section = f"{STRATEGY} {plan.name.lower()}"
        if len(plan.name) > LONGEST_NAME:
            self._findings.add(
                self._headers.get(section, Place(self._path)),
                text("the strategy's name has {count} characters", count=len(plan.name)),
                text("Write {most} at most.", most=LONGEST_NAME),
            )
        if not plan.kind:
            if not self.place(section, "kind"):
                header = self._headers.get(section, Place(self._path))
                self._findings.add(header, text("the strategy has no kind"), self._words.expected(section, "kind"))
            return
        allowed = ("kind", *KEYS_OF_KIND[plan.kind])
        for where, key in self._entries:
            if where == section and key not in allowed:
                self._findings.add(
                    self._entries[where, key].place,
                    text("the key means nothing to a strategy of the kind {kind}", kind=plan.kind),
                    text("Keys of this kind are {names}.", names=", ".join(allowed)),
                )
        given = self.place(section, "targets") or self.place("backtest", "portfolio")
        if plan.kind == "targets" and not given:
            self._findings.add(
                self._headers[section], text("there are no targets"), self._words.expected(section, "targets")
            )
        if plan.forecast is not None:
            self._find_in_forecast(section, plan.forecast, made)

    def _find_in_forecast(self, section: str, plan: ForecastPlan, made: BacktestFile) -> None:
        for key, found in (("lambda", plan.lambdas), ("risk aversion", plan.aversions)):
            place = self.place(section, key)
            if place and len(found) > 1 and not self.place("backtest", "tune until"):
                self._findings.add(
                    place,
                    text("there is no period to choose among these by"),
                    text("Write tune until = DATE in [backtest], or one number here."),
                )
        place = self.place(section, "lambda")
        if place and plan.network == "wavenet" and any(plan.lambdas):
            self._findings.add(place, text("wavenet is trained without λ"), text("Write lambda = 0."))
        place = self.place(section, "width")
        if place and plan.width and plan.width % 4 and plan.network in {"encoder", "encoder_decoder"}:
            self._findings.add(
                place,
                text("the four attentions of {network} cannot share it", network=plan.network),
                text("Write a multiple of 4."),
            )
        place = self.place(section, "train until")
        if place and plan.train_from and plan.train_until and plan.train_until <= plan.train_from:
            self._findings.add(
                place, text("nothing is left to train on: it ends before it begins"), text("Write a later day.")
            )
        place = self.place(section, "train from")
        if place and plan.train_from and made.since and plan.train_from >= made.since:
            self._findings.add(
                place, text("nothing is left to train on before the backtest begins"), text("Write an earlier day.")
            )
