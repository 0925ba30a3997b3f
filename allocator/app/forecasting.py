"""The living models are asked together; what trains and feeds them is named here too, for who does all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, as_completed
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allocator.app.daily import daily_panel
from allocator.app.forecast_horizon import living_models, unasked
from allocator.app.forecast_material import EMBARGO, Arrays, Material, bars_a_year, models_folder, split_of
from allocator.app.forecast_storing import forecast_of, stored_forecast
from allocator.app.forecast_training import (
    Tell,
    Trainer,
    flat_scores,
    forget_files,
    model_key,
    need_torch,
    report_of,
    taught_until,
)
from allocator.app.forecast_views import Voice, Voices, alone, judged, spoken
from allocator.app.recipes import left_out
from allocator.app.universe import Size, select
from allocator.config.settings import Settings
from allocator.core.bars import Interval
from allocator.core.errors import ForecastError
from allocator.core.portfolio import without_board
from allocator.core.text import Text, text
from allocator.forecast.ensemble import Forecast, Risk, combine, estimate_risk
from allocator.forecast.spec import Inputs
from allocator.forecast.training import Backend, Forecasts, Provenance, Split, provenance, remembered
from allocator.forecast.training.results import paths
from allocator.forecast.training.split import ends
from allocator.report.forecast import ForecastView
from allocator.store import Store, StoredModel, StoredViews

__all__ = [
    "Arrays",
    "Forecaster",
    "Material",
    "Trainer",
    "flat_scores",
    "forecast_of",
    "forget_files",
    "model_key",
    "models_folder",
    "need_torch",
    "report_of",
    "split_of",
    "stored_forecast",
    "taught_until",
]

OLD_DAYS = 120  # after which a model must be trained again
SEED = 20_240_521  # of the bootstraps: the same night, the same bounds
OTHER = "other:"  # how channels of the inputs `others` are named


class Forecaster:
    """Asks the living models and combines what they say into one forecast, which the store keeps.

    `pool` is called for a pool of workers when some model must be asked anew: forecasts that a training has just left
    are read from its file.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        material: Material,
        *,
        pool: Callable[[], Backend],
        now: Callable[[], datetime],
        tell: Tell = lambda *_: None,
    ) -> None:
        self._store, self._settings, self._material = store, settings, material
        self._pool, self._now, self._tell = pool, now, tell

    def forecast(self, horizon: int, size: Size | None = None) -> ForecastView:
        """The forecast of the newest bars, `horizon` bars ahead, of what qualifies for a portfolio or is held.

        Raises: `ForecastError` without usable models, `StoreError`.
        """
        size = size or Size()
        split = self._material.split(horizon)
        living, others = living_models(self._store, self._material.interval, horizon)
        voices, notes = self._voices(living, split)
        notes += others
        chosen = select(self._store, self._settings.universe, size, today=self._now().date())
        wanted = [ticker for ticker in chosen.universe.kept if ticker in self._material.panel.tickers]
        barless = text("it has no bars of that length")
        notes += [
            text("{ticker} is not forecast: {reason}", ticker=each.ticker, reason=each.reason or barless)
            for each in chosen.universe.verdicts
            if each.status in {"in", "held"} and each.ticker not in self._material.panel.tickers
        ]
        made, views = self._combined(voices, wanted, horizon)
        refused = self._material.refused
        made = replace(made, left_out={ticker: refused.get(ticker, why) for ticker, why in made.left_out.items()})
        stored = stored_forecast(
            made, self._material.interval, voices.keys, self._now(), views=views, portfolio=size.portfolio
        )
        with self._store.transaction() as tx:
            tx.forecasts.put(stored)
        held = {each.ticker for each in chosen.universe.verdicts if each.status == "held"}
        if size.portfolio is not None:
            held |= {without_board(asset.ticker) for asset in size.portfolio.assets if asset.have}
        names = {ticker: paper.name or "" for ticker, paper in chosen.securities.items()}
        return ForecastView(
            forecast=made,
            interval=self._material.interval,
            made=stored.made,
            sentence=stored.verdict,
            names={ticker: names.get(ticker, "") for ticker in made.tickers},
            held=frozenset(held),
            models=voices.keys,
            notes=(*self._material.notes, *notes),
        )

    def _voices(self, models: Sequence[StoredModel], split: Split) -> tuple[Voices, list[Text]]:
        """What each usable model says of the newest bars and of those to judge by, and why others are silent."""
        last = self._material.panel.times[-1].astype("datetime64[D]").item()
        usable, notes, ahead = [], [], list[Text]()
        for model in models:
            if model.trained_on is None or (last - model.trained_on).days > self._oldest(split):
                notes.append(
                    text("model {key} is old, trained on bars up to {day}", key=model.key, day=model.trained_on)
                )
            elif self._first_unseen([model]) >= len(self._material.panel.times):
                reason = text("it was trained on bars up to {day}, and the store ends on {last}",
                              day=model.trained_on, last=last)  # fmt: skip
                ahead.append(left_out(model, reason))
            else:
                usable.append(model)
        if ahead and not usable:
            raise _unasked(ahead[0])
        if not usable:
            raise ForecastError(
                text("All models are old: the newest was trained on bars up to {day}.",
                     day=max((each.trained_on for each in models if each.trained_on), default="?")),
                text("Train them again: allocator train --again"),
            )  # fmt: skip
        first = self._first_unseen(usable)
        said, more = self._asked(usable, first)
        if not said:
            raise _unasked(more[0])
        return Voices(tuple(said), first, self._reference(said)), notes + ahead + more

    def _oldest(self, split: Split) -> int:
        """Calendar days from the end of a training to now: those of the test, and then some."""
        times = self._material.panel.times
        test = (times[-1] - times[min(split.validation[1], len(times) - 1)]) / np.timedelta64(1, "D")
        return int(test) + OLD_DAYS

    def _first_unseen(self, models: Iterable[StoredModel]) -> int:
        """The first row that none of the models has seen in its training, an embargo after the last that one has."""
        latest = max(each.trained_on for each in models if each.trained_on)
        days = self._material.panel.times.astype("datetime64[D]")
        return int(np.searchsorted(days, np.datetime64(latest), side="right")) + EMBARGO[self._material.interval]

    def _asked(self, models: Sequence[StoredModel], first: int) -> tuple[list[Voice], list[Text]]:
        """Each model's forecasts of the rows from `first` on: from its file where that is of these bars, else anew."""
        folder, shape = self._material.folder, self._material.panel.shape
        notes: list[Text] = []
        found: dict[str, Voice] = {}
        asking: dict[Future[Forecasts], tuple[StoredModel, Provenance]] = {}
        pool: Backend | None = None
        try:
            for at, model in enumerate(models):
                self._tell(text("asking models"), at, len(models))
                weights = folder / f"{model.file}.safetensors"
                try:
                    said = _described(weights)
                    arrays = self._material.arrays(said.spec.inputs, others_of(said))
                    places = ends(arrays.features, said.spec.window, (first, shape[0]))
                    kept = _known(weights, said, arrays, first, places)
                    if kept is not None:
                        found[model.key] = Voice.of(model.key, said, kept, first, shape)
                        continue
                    if pool is None:
                        need_torch()
                        pool = self._pool()
                    asking[pool.ask(weights, arrays.folder, places.tolist())] = model, said
                except ForecastError as error:
                    notes.append(left_out(model, error.message))
            for future in as_completed(asking):
                model, said = asking[future]
                self._tell(text("asking models"), len(found), len(models))
                try:
                    found[model.key] = Voice.of(model.key, said, future.result(), first, shape)
                except ForecastError as error:
                    notes.append(left_out(model, error.message))
        except BaseException:
            if pool is not None:
                pool.stop()
            raise
        if pool is not None:
            pool.close()
        return [found[model.key] for model in models if model.key in found], notes

    def _reference(self, voices: Sequence[Voice]) -> Arrays:
        """Features whose returns and deviations stand for all: those with the fewest channels."""
        specs = {voice.spec.inputs: voice for voice in voices}
        inputs = next((each for each in Inputs if each in specs), Inputs.TA57)
        chosen = specs[inputs]
        return self._material.arrays(inputs, chosen.others)

    def _combined(self, voices: Voices, wanted: Sequence[str], horizon: int) -> tuple[Forecast, StoredViews]:
        """The forecast of these tickers, with the verdict on it, and what each model said of them."""
        if not wanted:
            raise ForecastError(
                text("No security qualifies to be forecast."), text("See why: allocator universe --all")
            )
        self._tell(text("judging the forecast"), 0, 0)
        columns = [self._material.panel.tickers.index(ticker) for ticker in wanted]
        rng = np.random.default_rng(SEED)
        verdict = judged(voices, columns, horizon, rng)
        risk = self._risk(wanted)
        times = self._material.panel.times
        views = spoken(voices, columns, wanted, self._material.interval)
        year = bars_a_year(times)
        made = combine(
            views,
            risk,
            horizon=horizon,
            bars_a_year=year,
            as_of=times[-1].astype("datetime64[s]").item(),
            rng=rng,
            past=voices.past(columns) if dependence_known(voices, columns) else None,
            verdict=verdict,
        )
        return made, alone(voices, views, made.tickers, horizons=year / horizon)

    def _risk(self, wanted: Sequence[str]) -> Risk:
        """Of daily total returns, whatever the bars of the models."""
        panel = self._material.panel
        if panel.interval is not Interval.DAY:
            with self._store.reading() as tx:
                panel, _ = daily_panel(tx, wanted, adjust="total", tax=self._settings.dividends.tax)
        columns = [panel.tickers.index(ticker) for ticker in wanted]
        close = panel["close"][:, columns]
        close = np.where(np.isfinite(close) & (close > 0), close, np.nan)
        return estimate_risk(close[1:] / close[:-1] - 1.0, wanted, rows_a_year=bars_a_year(panel.times))


def dependence_known(voices: Voices, columns: Sequence[int]) -> bool:
    """Whether the bars to judge by say how alike the models are."""
    return bool(np.isfinite(voices.past(columns)).all(axis=0).sum() >= 10)


def others_of(said: Provenance) -> tuple[str, ...]:
    """The securities that a model of the inputs `others` was trained beside; none of the others."""
    return tuple(name.removeprefix(OTHER) for name in said.names if name.startswith(OTHER))


def _described(weights: Path) -> Provenance:
    """Raises: `ForecastError` when the file is not a model, or another model than its name says."""
    said = provenance(weights)
    if said.key != weights.stem:
        raise ForecastError(
            text("{path} is another model than its name says.", path=weights), text("Delete it and train it again.")
        )
    return said


def _known(weights: Path, said: Provenance, arrays: Arrays, first: int, places: NDArray[np.int64]) -> Forecasts | None:
    """What the training left, when it is of these very bars and reaches back to row `first`, or the last answer.

    None when the model must be asked.
    """
    start, stop = said.split.test
    if said.data == arrays.features.digest and start <= first and stop == arrays.features.shape[1]:
        with suppress(ForecastError):
            return Forecasts.open(paths(weights.parent, weights.stem)[1]).within(first, stop)
    return remembered(weights, said.spec.horizon, arrays.features, places)


def _unasked(reason: Text) -> ForecastError:
    return ForecastError(unasked(reason), text("Train them again: allocator train --again"))
