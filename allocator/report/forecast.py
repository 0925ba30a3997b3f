"""Forecasts as text, JSON and CSV: the verdict first, then figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from allocator.core.bars import Floats, Interval
from allocator.core.text import Text, text
from allocator.forecast.ensemble import Forecast
from allocator.forecast.evaluation import Verdict
from allocator.report import numbers
from allocator.report.catalogue import render
from allocator.report.cells import harmless
from allocator.report.document import Json
from allocator.report.layout import ruled

LONGEST_NAME = 24
SILENT_SHOWN = 10  # securities without a forecast that are named, of more their number is told
ALIKE_SHOWN = 5  # notes of one kind that are shown
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


def forecast_text(view: ForecastView, *, lang: str = "en", quiet: bool = False) -> str:
    """The verdict in one line, the table with the best first, and what to know of it, unless `quiet`."""
    lines = [render(view.sentence, lang), "", _table(view, lang)]
    return "\n".join(lines if quiet else [*lines, "", *(render(line, lang) for line in _summary(view))])


def order(forecast: Forecast) -> list[int]:
    """Positions of the securities, those with the highest expected return first."""
    return sorted(range(len(forecast.tickers)), key=lambda n: (-forecast.mean[n], forecast.tickers[n]))


def _table(view: ForecastView, lang: str) -> str:
    made, acted = view.forecast, kept(view.forecast)
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
    width = max(map(len, names), default=0)  # 0: the store knows no name, and there is no column
    columns = [
        [f"{made.tickers[n]}{' *' if made.tickers[n] in view.held else ''}" for n in rows],
        [name.ljust(width) for name in names],
        *(
            numbers.right([_percent(float(column[n]), signed=signed) for n in rows])
            for column, signed in (
                (made.mean, True),
                (acted, True),
                (made.deviation, False),
                (made.lower, True),
                (made.upper, True),
            )
        ),
        numbers.right([f"{100 * made.agreement[n]:.0f}%" for n in rows]),
    ]
    if not width:
        del headings[1], columns[1]
    return ruled([render(heading, lang) for heading in headings], columns)


def kept(made: Forecast) -> Floats:
    """(N,) what is acted on of each return; what the market expects makes up the rest."""
    return made.toward(0.0).mean


def _percent(share: float, *, signed: bool) -> str:
    """A share of one as `+12.3%`; nothing where it is not known."""
    if not np.isfinite(share):
        return ""
    return f"{numbers.figure(100 * share, 1, signed=signed)}%"


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
    yield from forecast_notes(view)


def forecast_notes(view: ForecastView) -> Iterator[Text]:
    """What to know besides: of many notes of one kind the first few, and how many more there are."""
    for kind in dict.fromkeys(note.template for note in view.notes):
        alike = [note for note in view.notes if note.template == kind]
        for note in alike[:ALIKE_SHOWN]:
            yield text("Note: {note}", note=note)
        if len(alike) > ALIKE_SHOWN:
            yield text("Note: more like the last: {count}; --json has them all", count=len(alike) - ALIKE_SHOWN)


INTERVALS = {Interval.DAY: text("days"), Interval.HOUR: text("hours")}


def _moment(time: datetime, interval: Interval) -> str:
    return time.date().isoformat() if interval is Interval.DAY else time.isoformat(" ", "minutes")


def forecast_document(view: ForecastView, *, lang: str = "en") -> dict[str, Json]:
    """The object of `allocator forecast --json`. Shares are fractions, null is what is not known."""
    made, acted = view.forecast, kept(view.forecast)
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
                "kept": _known(acted, n),
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
        name: {"gain": finite(each.gain), "p": finite(each.p)} for name, each in verdict.versus.items()
    }
    return {
        "bars": verdict.times,
        "pairs": int(verdict.pairs),
        "versus": versus,
        "superior_p": finite(verdict.superior),
        "slope": finite(verdict.slope),
        "winrate": finite(rate.rate),
        "winrate_low": finite(rate.low),
        "winrate_high": finite(rate.high),
        "majority": finite(rate.majority),
    }


def _known(column: Floats, n: int) -> float | None:
    return finite(float(column[n]))


def finite(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def forecast_csv(view: ForecastView) -> str:
    """A row for each security, the best first; fractions with every digit, empty where not known."""
    made, out = view.forecast, io.StringIO()
    acted = kept(made)
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("ticker", "name", "held", *COLUMNS, "kept"))
    for n in order(made):
        ticker = made.tickers[n]
        figures = (_known(getattr(made, name), n) for name in COLUMNS)
        rows.writerow(
            (ticker, harmless(view.names.get(ticker, "")), int(ticker in view.held), *figures, _known(acted, n))
        )
    return out.getvalue()
