"""Forecasts and trainings as text, JSON, CSV and a picture: the verdict first, then figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from allocator.core.bars import Floats, Interval
from allocator.core.errors import ForecastError
from allocator.core.text import Text, text
from allocator.forecast.ensemble import Forecast
from allocator.forecast.evaluation import Verdict
from allocator.forecast.spec import ModelSpec
from allocator.forecast.training import Provenance
from allocator.report import numbers
from allocator.report.catalogue import render
from allocator.report.document import Json
from allocator.report.frontier import FADED, INK, need_matplotlib
from allocator.report.layout import ruled

LONGEST_NAME = 24
DEAD_SHOWN = 5
SILENT_SHOWN = 10  # securities without a forecast that are named, of more their number is told
COLUMNS = ("mean", "deviation", "lower", "upper", "agreement")
NO_WIDTH = 5e-4  # of bounds, a year: less does not show in the table


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastView:
    """The answer of `allocator forecast`. `names` and `held` are by ticker, `models` keys of those that spoke."""

    forecast: Forecast
    interval: Interval
    made: datetime
    sentence: Text
    names: Mapping[str, str] = field(default_factory=dict)
    held: frozenset[str] = frozenset()
    models: tuple[str, ...] = ()
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model of the store and how it was made."""

    key: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class TrainingView:
    """The answer of `allocator train`: what was trained, what could not be and why, and what to type `then`."""

    interval: Interval
    models: tuple[TrainedModel, ...]
    failed: tuple[tuple[ModelSpec, ForecastError], ...] = ()
    notes: tuple[Text, ...] = ()
    then: str = "allocator forecast"


def forecast_text(view: ForecastView, *, lang: str = "en") -> str:
    """The verdict in one line, the table with the best first, and what to know of it."""
    return "\n".join(
        [render(view.sentence, lang), "", _table(view, lang), "", *(render(line, lang) for line in _summary(view))]
    )


def order(forecast: Forecast) -> list[int]:
    """Positions of the securities, those with the highest expected return first."""
    return sorted(range(len(forecast.tickers)), key=lambda n: (-forecast.mean[n], forecast.tickers[n]))


def _table(view: ForecastView, lang: str) -> str:
    made, kept = view.forecast, _kept(view.forecast)
    rows = order(made)
    headings = [
        text("Ticker"),
        text("Name"),
        text("Return a year"),
        text("Kept"),
        text("Deviation"),
        text("Lower"),
        text("Upper"),
        text("Agree"),
    ]
    names = [view.names.get(made.tickers[n], "")[:LONGEST_NAME] for n in rows]
    width = max(map(len, names), default=0)
    columns = [
        [f"{made.tickers[n]}{' *' if made.tickers[n] in view.held else ''}" for n in rows],
        [name.ljust(width) for name in names],
        *(
            numbers.right([_percent(float(column[n]), signed=signed) for n in rows])
            for column, signed in (
                (made.mean, True),
                (kept, True),
                (made.deviation, False),
                (made.lower, True),
                (made.upper, True),
            )
        ),
        numbers.right([f"{100 * made.agreement[n]:.0f}%" for n in rows]),
    ]
    return ruled([render(heading, lang) for heading in headings], columns)


def _kept(made: Forecast) -> Floats:
    """(N,) what is acted on of each return; what the market expects makes up the rest."""
    return made.toward(0.0).mean


def _percent(share: float, *, signed: bool) -> str:
    """A share of one as `+12.3%`; nothing where it is not known."""
    if not np.isfinite(share):
        return ""
    return f"{100 * share:{'+' if signed else ''}.1f}%"


def _summary(view: ForecastView) -> Iterator[Text]:
    made = view.forecast
    yield text(
        "Kept is what is acted on: {kept}% of the return that the models name. The rest is what the market expects.",
        kept=f"{100 * made.shrink:.3g}",
    )
    if made.verdict is not None and made.verdict.direction is not None and made.verdict.winrate.rate > 0:
        yield made.verdict.direction
    yield text(
        "Models: {models}, as good as {witnesses} independent {witnesses:one|ones}; they look {horizon} "
        "{horizon:bar|bars} ahead ({interval}).",
        models=made.models,
        witnesses=f"{made.witnesses:.1f}",
        horizon=made.horizon,
        interval=INTERVALS[view.interval],
    )
    if bool(np.isfinite(made.lower).any()):
        yield text(
            "Bounds hold with {confidence}% confidence for the expected return, not for the return itself.",
            confidence=f"{100 * made.confidence:.0f}",
        )
    else:
        yield text("There are no bounds, as one model alone has none; for more of them: allocator train --count 5")
    if bool((made.upper - made.lower < NO_WIDTH).any()):
        yield text(
            "Where the bounds have no width all models say the same, as those that found nothing do: no certainty."
        )
    yield text("The newest bar is of {time}.", time=_moment(made.as_of, view.interval))
    if any(ticker in view.held for ticker in made.tickers):
        yield text("* is in the portfolio.")
    silent = list(made.left_out.items())
    for ticker, reason in silent[:SILENT_SHOWN]:
        yield text("{ticker} has no forecast: {reason}.", ticker=ticker, reason=reason)
    if len(silent) > SILENT_SHOWN:
        yield text("More without a forecast: {count}; --json has the reasons.", count=len(silent) - SILENT_SHOWN)
    for note in view.notes:
        yield text("Note: {note}", note=note)


INTERVALS = {Interval.DAY: text("days"), Interval.HOUR: text("hours")}


def _moment(time: datetime, interval: Interval) -> str:
    return time.date().isoformat() if interval is Interval.DAY else time.isoformat(" ", "minutes")


def forecast_document(view: ForecastView, *, lang: str = "en") -> dict[str, Json]:
    """The object of `allocator forecast --json`. Shares are fractions, null is what is not known."""
    made, kept = view.forecast, _kept(view.forecast)
    return {
        "verdict": render(view.sentence, lang),
        "beats_naive": None if made.verdict is None or not made.verdict.judged else made.verdict.beats,
        "shrink": made.shrink,
        "interval": view.interval.value,
        "horizon": made.horizon,
        "as_of": made.as_of.isoformat(),
        "made": view.made.isoformat(),
        "confidence": made.confidence,
        "models": list(view.models),
        "witnesses": made.witnesses,
        "judgement": _judgement(made.verdict),
        "securities": [
            {
                "ticker": made.tickers[n],
                "name": view.names.get(made.tickers[n]) or None,
                "held": made.tickers[n] in view.held,
                **{name: _known(getattr(made, name), n) for name in COLUMNS},
                "kept": _known(kept, n),
            }
            for n in order(made)
        ],
        "left_out": {ticker: render(reason, lang) for ticker, reason in made.left_out.items()},
        "notes": [render(note, lang) for note in view.notes],
    }


def _judgement(verdict: Verdict | None) -> Json:
    if verdict is None or not verdict.judged:
        return None
    rate = verdict.winrate
    versus: dict[str, Json] = {
        name: {"gain": _finite(each.gain), "p": _finite(each.p)} for name, each in verdict.versus.items()
    }
    return {
        "bars": verdict.times,
        "pairs": int(verdict.pairs),
        "versus": versus,
        "superior_p": _finite(verdict.superior),
        "slope": _finite(verdict.slope),
        "winrate": _finite(rate.rate),
        "winrate_low": _finite(rate.low),
        "winrate_high": _finite(rate.high),
        "majority": _finite(rate.majority),
    }


def _known(column: Floats, n: int) -> float | None:
    return _finite(float(column[n]))


def _finite(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def forecast_csv(view: ForecastView) -> str:
    """A row for each security, the best first; fractions with every digit, empty where not known."""
    made, out = view.forecast, io.StringIO()
    kept = _kept(made)
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("ticker", "held", *COLUMNS, "kept"))
    for n in order(made):
        figures = (_known(getattr(made, name), n) for name in COLUMNS)
        rows.writerow((made.tickers[n], int(made.tickers[n] in view.held), *figures, _known(kept, n)))
    return out.getvalue()


def forecast_picture(view: ForecastView, *, lang: str = "en") -> bytes:
    """A PNG: each security's expected return with its bounds, the best on top.

    Raises: `UsageError` when matplotlib is not installed.
    """
    made = view.forecast
    rows = order(made)[::-1]
    figure = need_matplotlib()(figsize=(9, max(3.0, 1.6 + 0.26 * len(rows))), layout="constrained")
    axes = figure.subplots()
    place = np.arange(len(rows))
    mean, lower, upper = (100 * each[rows] for each in (made.mean, made.lower, made.upper))
    known = np.isfinite(lower) & np.isfinite(upper)
    axes.hlines(
        place[known], lower[known], upper[known], color=FADED, linewidth=3, alpha=0.6,
        label=render(text("Bounds of the expected return"), lang),
    )  # fmt: skip
    axes.plot(mean, place, "o", color=INK, markersize=5, label=render(text("Expected return"), lang))
    kept = 100 * _kept(made)[rows]
    axes.plot(kept, place, "|", color=INK, markersize=9, label=render(text("Kept: what is acted on"), lang))
    axes.axvline(0, color=FADED, linewidth=1)
    axes.set_yticks(place, [f"{made.tickers[n]}{' *' if made.tickers[n] in view.held else ''}" for n in rows])
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.set_xlabel(render(text("Return a year, %"), lang))
    axes.grid(visible=True, axis="x", alpha=0.3)
    axes.legend(loc="best", framealpha=0.8, fontsize=9)
    axes.set_title(render(view.sentence, lang), fontsize=9, color="#555555", wrap=True)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    return picture.getvalue()


def training_text(view: TrainingView, *, lang: str = "en") -> str:
    """A row for each model, and what could not be trained."""
    headings = [
        text("Model"),
        text("Network"),
        text("Inputs"),
        text("Windows"),
        text("Epochs"),
        text("Loss"),
        text("Winrate"),
        text("Majority"),
        text("Seconds"),
    ]
    made = [each.provenance for each in view.models]
    columns = [
        [each.key[:8] for each in view.models],
        [each.spec.name for each in made],
        [each.spec.inputs.value for each in made],
        numbers.right([numbers.grouped(str(each.windows)) for each in made]),
        numbers.right([f"{each.best}/{len(each.history)}" for each in made]),
        numbers.right([f"{each.loss:.4f}" for each in made]),
        numbers.right([_rate(each, "rate") for each in made]),
        numbers.right([_rate(each, "majority") for each in made]),
        numbers.right([f"{each.seconds:.1f}" for each in made]),
    ]
    lines = [ruled([render(heading, lang) for heading in headings], columns), ""] if made else []
    return "\n".join([*lines, *(render(line, lang) for line in _training_summary(view))])


def _rate(said: Provenance, name: str) -> str:
    rate = ((said.scores.get("test") or {}).get("winrate_nonzero") or {}).get(name)
    return "" if rate is None else f"{100 * rate:.1f}%"


def _training_summary(view: TrainingView) -> Iterator[Text]:
    yield text(
        "Trained: {count} ({interval}). Winrate is of bars that no training saw; beside it is that of always naming "
        "the more frequent direction.",
        count=len(view.models),
        interval=INTERVALS[view.interval],
    )
    for spec, error in view.failed:
        yield text("{model} was not trained: {reason}", model=f"{spec.name} {spec.inputs.value}", reason=error.message)
    for note in (*_dead(view), *view.notes):
        yield text("Note: {note}", note=note)
    if view.models:
        yield text("Next: {command}", command=view.then)


def _dead(view: TrainingView) -> Iterator[Text]:
    """Features that told a model nothing, once for all models of the same."""
    for names in dict.fromkeys(each.provenance.dead for each in view.models):
        if names:
            shown = ", ".join(names[:DEAD_SHOWN]) + (" ..." if len(names) > DEAD_SHOWN else "")
            yield text(
                "features that never change on the bars trained on, {count}: {names}", count=len(names), names=shown
            )


def training_document(view: TrainingView, *, lang: str = "en") -> dict[str, Json]:
    """The object of `allocator train --json`."""
    return {
        "interval": view.interval.value,
        "models": [
            {
                "key": each.key,
                "file": each.provenance.key,
                "network": each.provenance.spec.name,
                "inputs": each.provenance.spec.inputs.value,
                "horizon": each.provenance.spec.horizon,
                "seed": each.provenance.spec.seed,
                "windows": each.provenance.windows,
                "epochs": len(each.provenance.history),
                "best_epoch": each.provenance.best,
                "loss": _finite(each.provenance.loss),
                "seconds": each.provenance.seconds,
                "scores": dict(each.provenance.scores),
            }
            for each in view.models
        ],
        "failed": [
            {
                "network": spec.name,
                "inputs": spec.inputs.value,
                "seed": spec.seed,
                "reason": render(error.message, lang),
            }
            for spec, error in view.failed
        ],
        "notes": [render(note, lang) for note in view.notes],
    }
