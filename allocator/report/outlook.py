"""The newest forecast as a page shows it, beside what the accounts hold; the same as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from allocator.core.bars import Interval
from allocator.core.text import Text
from allocator.report.catalogue import render
from allocator.report.document import Json


@dataclass(frozen=True, slots=True)
class Expected:
    """One security; figures of a year as fractions, None what is not known.

    `kept`: what is acted on of `mean`. `weight`: share of all that is held, 0 of what is not. `beta`: how much of its
    return goes with that of what is held. `agreement`: share of the models with the median's sign.
    """

    ticker: str
    name: str | None
    weight: float
    mean: float | None
    kept: float | None
    deviation: float | None
    lower: float | None
    upper: float | None
    beta: float | None
    agreement: float | None


@dataclass(frozen=True, slots=True)
class Whole:
    """What is held, cash and all, by the forecast: a year's expected return, what is acted on of it, and its risk.

    `covered`: share of what is held in securities that have a forecast; `cash`: share of it. The rest counts as cash.
    """

    mean: float
    kept: float
    deviation: float
    covered: float
    cash: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The newest forecast. `whole`: None when nothing is held that is forecast, or nothing has a price.

    `old`: why it is not acted on any more, None while it is young enough. `for_holdings`: whether it was made for what
    is held, None of one made for nobody. `beats`: whether it is better than naive forecasts, None when nobody judged.
    """

    as_of: datetime
    made: datetime
    interval: Interval
    bars_ahead: int
    verdict: Text
    beats: bool | None
    shrink: float
    confidence: float
    models: int
    witnesses: float
    lines: Sequence[Expected]
    whole: Whole | None
    left_out: Sequence[tuple[str, Text]]
    old: Text | None
    for_holdings: bool | None
    priced: date | None
    notes: Sequence[Text] = ()

    @property
    def scale(self) -> tuple[float, float]:
        """Where a picture of the bounds begins and ends: zero is in it, the outermost twentieth may be cut off."""
        low = sorted(
            line.lower if line.lower is not None else line.mean for line in self.lines if line.mean is not None
        )
        high = sorted(
            line.upper if line.upper is not None else line.mean for line in self.lines if line.mean is not None
        )
        if not low:
            return -1.0, 1.0
        cut = len(low) // 20
        least, most = min(0.0, low[cut]), max(0.0, high[-1 - cut])
        return (least, most) if most > least else (-1.0, 1.0)


COLUMNS = ("ticker", "weight", "mean", "kept", "deviation", "lower", "upper", "beta", "agreement")
"""By which lines can be sorted."""


def in_order(lines: Sequence[Expected], column: str, *, down: bool) -> list[Expected]:
    """Lines by a column of `COLUMNS`, what is not known at the end."""

    def value(line: Expected) -> tuple[bool, float]:
        found = getattr(line, column)
        return (found is None, 0.0 if found is None else -found if down else found)

    by_ticker = sorted(lines, key=lambda line: line.ticker, reverse=down and column == "ticker")
    return by_ticker if column == "ticker" else sorted(by_ticker, key=value)


def outlook_document(view: Outlook | None, *, lang: str = "en") -> dict[str, Json]:
    """The object of /api/forecast: `forecast` is null while there is none. Shares are fractions, null is unknown."""
    if view is None:
        return {"forecast": None}
    whole = view.whole
    return {
        "forecast": {
            "verdict": render(view.verdict, lang),
            "beats_naive": view.beats,
            "shrink": view.shrink,
            "interval": view.interval.value,
            "horizon": view.bars_ahead,
            "as_of": view.as_of.isoformat(),
            "made": view.made.isoformat(),
            "confidence": view.confidence,
            "models": view.models,
            "witnesses": view.witnesses,
            "old": None if view.old is None else render(view.old, lang),
            "for_holdings": view.for_holdings,
            "portfolio": None if whole is None else {
                "mean": whole.mean, "kept": whole.kept, "deviation": whole.deviation, "covered": whole.covered,
                "cash": whole.cash, "prices": view.priced.isoformat() if view.priced else None,
            },
            "securities": [
                {
                    "ticker": line.ticker, "name": line.name, "weight": line.weight, "mean": line.mean,
                    "kept": line.kept, "deviation": line.deviation, "lower": line.lower, "upper": line.upper,
                    "beta": line.beta, "agreement": line.agreement,
                }
                for line in view.lines
            ],
            "left_out": {ticker: render(reason, lang) for ticker, reason in view.left_out},
            "notes": [render(note, lang) for note in view.notes],
        }
    }  # fmt: skip
