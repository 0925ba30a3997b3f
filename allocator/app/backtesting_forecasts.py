"""Forecasts that a backtest may look at: of models trained on what lay before, recalibrated, with the risk known then.

Each model forecasts the bars from its training to the next one; its training, the window that stops it and the line
that recalibrates it all end a horizon and an embargo before. Models are files named by all that made them, so that what
was trained once costs nothing again, and a run that was killed goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, as_completed
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from allocator.app.backtesting_told import Told
from allocator.app.forecast_material import EMBARGO, LEAST_BARS, MOST_OTHERS, WARM_UP, Arrays, Material
from allocator.config.backtest_file import ForecastPlan
from allocator.config.backtest_file_values import Retrain
from allocator.core.bars import Floats, Interval, Times
from allocator.core.errors import ForecastError
from allocator.core.panel import Panel
from allocator.core.text import Text, text
from allocator.forecast.ensemble import estimate_risk
from allocator.forecast.sizes import EncoderDecoderSize, EncoderSize, LstmSize, Size, TsmixerSize, WavenetSize
from allocator.forecast.spec import Architecture, Inputs, ModelSpec, Training
from allocator.forecast.training import Backend, Forecasts, Split, Trained, key, provenance
from allocator.forecast.training.results import paths

RAW = {"intercept": 0.0, "slope": 1.0}
VALIDATION = 0.15  # of the bars before a training, the last ones: they choose the epoch and the line


@dataclass(slots=True)
class Lessons:
    """The trainings of one strategy: what is to be trained, on which features, for which bars."""

    plan: ForecastPlan
    arrays: Arrays
    splits: Sequence[Split]
    models: dict[tuple[float, int, int], Trained] = field(default_factory=dict)  # by λ, seed and split
    failed: list[tuple[ModelSpec, Split, ForecastError]] = field(default_factory=list)

    @classmethod
    def of(cls, plan: ForecastPlan, material: Material, first: int, stop: int) -> Lessons:
        """For decisions on the rows `first` to `stop` (half-open). Raises: `ForecastError` for too short a history."""
        inputs = Inputs(plan.inputs)
        others = most_traded(material.panel, first) if inputs is Inputs.OTHERS else ()
        splits = walked(material.panel.times, material.interval, plan, first, stop)
        return cls(plan, material.arrays(inputs, others), splits)

    @property
    def places(self) -> list[tuple[float, int, int]]:
        """Every training by λ, seed and number of the split."""
        plan = self.plan
        return [(lam, seed, at) for seed in range(plan.seeds) for at in range(len(self.splits)) for lam in plan.lambdas]

    def spec(self, lam: float, seed: int) -> ModelSpec:
        plan = self.plan
        return ModelSpec(
            Architecture(plan.network),
            Inputs(plan.inputs),
            window=plan.window,
            horizon=plan.horizon,
            lam=lam,
            size=size_of(Architecture(plan.network), plan.width, plan.window),
            training=Training(epochs=plan.epochs),
            seed=seed,
        )

    def name(self, place: tuple[float, int, int]) -> str:
        """The key of a training: strategies that differ in what they do with a forecast share its models."""
        lam, seed, at = place
        return key(self.spec(lam, seed), self.arrays.features.digest, self.splits[at])

    def find(self, material: Material) -> list[tuple[float, int, int]]:
        """Take the models that are there, and say which are missing."""
        missing = []
        for place in self.places:
            weights, forecasts, _ = paths(material.folder / "models", self.name(place))
            try:
                self.models[place] = Trained(weights, forecasts, provenance(weights))
                Forecasts.open(forecasts)
            except ForecastError:  # not there, or torn: it is trained
                self.models.pop(place, None)
                missing.append(place)
        return missing

    def submit(
        self, missing: Sequence[tuple[float, int, int]], backend: Backend, trained: dict[str, Future[Trained]]
    ) -> dict[Future[Trained], tuple[float, int, int]]:
        """Have what is missing trained, save what is being `trained` for another strategy, by name; it grows."""
        waiting: dict[Future[Trained], tuple[float, int, int]] = {}
        for place in missing:
            name, (lam, seed, at) = self.name(place), place
            if name not in trained:
                trained[name] = backend.submit(self.spec(lam, seed), self.arrays.folder, self.splits[at])
            waiting[trained[name]] = place
        return waiting

    def gather(self, waiting: Mapping[Future[Trained], tuple[float, int, int]]) -> None:
        """Take what was trained. Raises: `ForecastError` when a λ has no model to begin with."""
        for future in as_completed(waiting):
            place = waiting[future]
            try:
                self.models[place] = future.result()
            except ForecastError as error:
                self.failed.append((self.spec(*place[:2]), self.splits[place[2]], error))
        for lam in self.plan.lambdas:
            if not any(place[0] == lam and place[2] == 0 for place in self.models):
                raise next(error for spec, split, error in self.failed if spec.lam == lam and split is self.splits[0])

    def told(self, panel: Panel, first: int, stop: int) -> Told:
        """What the models say of each bar, and the risk as it was known then. Raises: `ForecastError`."""
        rows, covariances = risk_of(panel, first, stop, self.plan)
        reasons = {_day(panel.times, split.test[0]): error.message for _, split, error in self.failed}
        notes = [
            text("a model of {day} is missing: {reason}", day=day, reason=reason)
            for day, reason in sorted(reasons.items())
        ]
        means, silent = {}, 0
        for lam in self.plan.lambdas:
            means[lam], lacking = self._means(lam, panel.shape)
            silent += lacking
        if silent:
            notes.append(
                text("models whose forecasts could not be recalibrated, and are not used: {count}", count=silent)
            )
        if not any(np.isfinite(mean).any() for mean in means.values()):
            raise ForecastError(
                text("Not one security could be forecast on any bar."),
                text("Take a shorter window, other inputs, or securities with a longer history."),
            )
        notes += gaps_of(means.values(), panel.times, first, stop)
        names = {
            lam: tuple(model.weights.stem for place, model in sorted(self.models.items()) if place[0] == lam)
            for lam in self.plan.lambdas
        }
        return Told(means, rows, covariances, names, tuple(notes))

    def _means(self, lam: float, shape: tuple[int, int]) -> tuple[Floats, int]:
        """(T, N) the mean of the seeds' recalibrated forecasts, and how many models have no line."""
        total, count, silent = np.zeros(shape), np.zeros(shape), 0
        for place, model in self.models.items():
            if place[0] != lam:
                continue
            line = RAW if self.plan.raw else model.provenance.recalibration
            if line is None:
                silent += 1
                continue
            said = Forecasts.open(model.forecasts).within(*self.splits[place[2]].test)
            expected = line["intercept"] + line["slope"] * said.mean
            good = np.isfinite(expected)
            np.add.at(total, (said.t[good], said.n[good]), expected[good])
            np.add.at(count, (said.t[good], said.n[good]), 1)
        return np.divide(total, count, out=np.full(shape, np.nan), where=count > 0), silent


def gaps_of(means: Iterable[Floats], times: Times, first: int, stop: int) -> Iterator[Text]:
    """A word on bars of the backtest on which nothing is forecast, and on the longest run of them."""
    silent = ~np.any([np.isfinite(mean[first:stop]).any(axis=1) for mean in means], axis=0)
    edges = np.flatnonzero(np.diff(np.r_[False, silent, False].astype(np.int8)))
    if not len(edges):
        return
    begins, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - begins))
    yield text(
        "bars without any forecast: {count} of {bars}, the longest run {begin} to {end}; after the "
        "market was closed for weeks it takes {warm} {warm:bar|bars} until features are whole again",
        count=int(silent.sum()),
        bars=stop - first,
        begin=_day(times, first + int(begins[longest])),
        end=_day(times, first + int(ends[longest]) - 1),
        warm=WARM_UP,
    )


def size_of(network: Architecture, width: int | None, window: int) -> Size | None:
    """A network of a width, its other sizes in their usual proportions; None: as large as it usually is."""
    if width is None:
        return None
    match network:
        case Architecture.LSTM:
            return LstmSize(width=width)
        case Architecture.ENCODER:
            return EncoderSize(width=width, feedforward=4 * width)
        case Architecture.ENCODER_DECODER:
            known = min(EncoderDecoderSize.known, window // 2)
            return EncoderDecoderSize(width=width, feedforward=4 * width, known=known)
        case Architecture.TSMIXER:
            return TsmixerSize(feedforward=width)
        case Architecture.WAVENET:
            return WavenetSize(residual=width, gate=width, skip=width, head=width)


def walked(times: Times, interval: Interval, plan: ForecastPlan, first: int, stop: int) -> tuple[Split, ...]:
    """Splits whose test ranges follow one another from `first` to `stop`: a training before each.

    Nothing is learnt from what comes after `plan.train_until`, and nothing is trained again once that has passed.
    Raises: `ForecastError` when nothing lies before the first to train on.
    """
    begin = 0 if plan.train_from is None else int(np.searchsorted(times, np.datetime64(plan.train_from)))
    embargo = EMBARGO[interval]
    gap = plan.horizon + embargo
    # The last return that is learnt from ends by then: of its window, a horizon earlier.
    most = (
        stop if plan.train_until is None else int(np.searchsorted(times, np.datetime64(plan.train_until) + 1)) + embargo
    )
    starts = retrained(times, plan.retrain, first, stop)
    starts = [at for at, before in zip(starts, (0, *starts), strict=False) if before < most]
    splits = []
    for at, until in zip(starts, (*starts[1:], stop), strict=True):
        known = min(at, most)
        validation = max(LEAST_BARS + plan.horizon, int(VALIDATION * (known - begin)))
        needed = 2 * gap + validation + plan.window + LEAST_BARS
        usable = known - max(begin, WARM_UP)
        if usable < needed:
            raise ForecastError(
                text(
                    "Bars to train on before {day}: {rows}; a window of {window} needs {needed}, after the {first} "
                    "that features begin with.",
                    day=_day(times, known),
                    rows=max(0, usable),
                    window=plan.window,
                    needed=needed,
                    first=WARM_UP,
                ),
                text("Begin the backtest later, or load a longer history."),
            )
        starting = (begin, known - gap - validation, known, until)
        split = Split.purged(starting, horizon=plan.horizon, embargo=embargo)
        splits.append(replace(split, test=(at, until)))
    return tuple(splits)


def retrained(times: Times, rule: Retrain, first: int, stop: int) -> list[int]:
    """The rows at which models are trained anew, `first` among them."""
    if rule.bars is not None:
        return list(range(first, stop, rule.bars))
    if rule.months is None:
        return [first]
    months = times[first:stop].astype("datetime64[M]").astype(np.int64)
    turn = (months - months[0]) // rule.months
    return [first, *(first + 1 + np.flatnonzero(turn[1:] > turn[:-1])).tolist()]


def most_traded(panel: Panel, before: int) -> tuple[str, ...]:
    """The securities with the most turnover on the bars before a row, by ticker: channels of the inputs `others`."""
    turnover = np.nan_to_num(panel["close"][:before] * panel["volume"][:before]).sum(axis=0)
    order = sorted(zip(-turnover, panel.tickers, strict=True))[:MOST_OTHERS]
    return tuple(sorted(ticker for _, ticker in order))


def risk_of(panel: Panel, first: int, stop: int, plan: ForecastPlan) -> tuple[NDArray[np.int64], Floats]:
    """Rows and covariances of `Told`: a new estimate each week of days, each day of hours.

    Raises: `ForecastError` for too few returns before the first decision.
    """
    close = panel["close"]
    returns = np.full(close.shape, np.nan)
    returns[1:] = close[1:] / close[:-1] - 1.0
    unit = "datetime64[W]" if panel.interval is Interval.DAY else "datetime64[D]"
    turn = panel.times[first:stop].astype(unit)
    rows = first + np.flatnonzero(np.r_[True, turn[1:] != turn[:-1]])
    count = len(panel.tickers)
    covariances = np.full((len(rows), count, count), np.nan)
    for at, row in enumerate(rows.tolist()):
        history = returns[max(1, row + 1 - plan.covariance_window) : row + 1]
        risk = estimate_risk(history, panel.tickers, rows_a_year=1.0, history=plan.covariance_window)
        named = np.array([ticker in risk.tickers for ticker in panel.tickers])
        kept = risk.correlation * np.outer(risk.deviation, risk.deviation) * plan.horizon
        covariances[at][np.ix_(named, named)] = kept
    return rows, covariances


def _day(times: Times, row: int) -> date:
    day: date = times[row].astype("datetime64[D]").item()
    return day
