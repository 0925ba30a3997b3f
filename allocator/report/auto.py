"""How the shares of `auto` assets came about: what the forecast says, what of it counts, risk and cost of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import isnan

from allocator.core.portfolio import ZERO, Fallback
from allocator.core.text import Text, text
from allocator.report import numbers
from allocator.report.catalogue import render
from allocator.report.document import Json
from allocator.report.layout import ruled


@dataclass(frozen=True, slots=True)
class AutoShare:
    """One `auto` asset. Figures of the forecast are fractions of a year, None where there is none for it.

    `held`, `percent`: what it is of the percent part now (0..1), and is to be (in percent). `mean`, `lower`, `upper`,
    `agreement`, `deviation`: as the forecast has them. `counted`: how much more than the market the asset is taken to
    return, after shrinking, over the horizon, as a rate of a year. `risk`: its part of the variance of all papers of
    the portfolio with a forecast, wanted as they are. `cost`: money that the way from held to wanted takes in fees and
    spread, without fixed fees and lots.
    """

    ticker: str
    held: Decimal
    percent: Decimal
    cost: Decimal
    mean: float | None = None
    lower: float | None = None
    upper: float | None = None
    agreement: float | None = None
    deviation: float | None = None
    counted: float | None = None
    risk: float | None = None


@dataclass(frozen=True, slots=True)
class AutoShares:
    """All `auto` assets, and what they go by. `as_of` None: no forecast was to be had, `fallback` says what stood in.

    `kept`: the share of the forecast that was kept, 0..1. `horizon` in trading days, `bars_ahead` the forecast's own.
    """

    shares: tuple[AutoShare, ...]
    notes: tuple[Text, ...]
    risk_aversion: Decimal
    horizon: int
    as_of: datetime | None = None
    models: int = 0
    bars_ahead: int = 0
    kept: float = 0.0
    fallback: Fallback | None = None

    @property
    def percent(self) -> Decimal:
        """What all of them are given, in percent of the percent part."""
        return sum((share.percent for share in self.shares), start=ZERO)


def auto_text(auto: AutoShares, *, lang: str = "en") -> str:
    """A sentence and a table of the assets."""
    return "\n".join(_lines(auto, lang))


def _lines(auto: AutoShares, lang: str) -> Iterator[str]:
    if auto.as_of is None:
        yield render(text("The shares of auto assets, without a forecast:"), lang)
    else:
        yield render(
            text(
                "The shares of auto assets, by the forecast of {day}: {kept}% of it kept, risk aversion {aversion}, "
                "horizon in trading days {horizon}.",
                day=auto.as_of.date(),
                kept=f"{100 * auto.kept:.3g}",
                aversion=numbers.plain(auto.risk_aversion),
                horizon=auto.horizon,
            ),
            lang,
        )
    yield ""
    shares = auto.shares
    columns: list[tuple[Text, list[str]]] = [
        (text("Asset"), [*(each.ticker for each in shares), render(text("Sum"), lang)]),
        (text("Held"), _percents([each.held for each in shares], _sum([each.held for each in shares]))),
        (text("Target"), _percents([_share(each.percent) for each in shares], _share(auto.percent))),
    ]
    if auto.as_of is not None:
        columns += [
            (text("Forecast a year"), _figures(auto, lambda each: each.mean)),
            (text("Agree"), _figures(auto, lambda each: each.agreement, digits=0)),
            (text("Counted a year"), _figures(auto, lambda each: each.counted)),
            (text("Deviation"), _figures(auto, lambda each: each.deviation)),
            (text("Of the risk"), _figures(auto, lambda each: each.risk)),
        ]
    costs = [numbers.cents(each.cost) for each in shares]
    money = numbers.aligned([numbers.money(cost) for cost in (*costs, _sum(costs))])
    columns.append((text("Cost"), money))
    yield ruled([render(heading, lang) for heading, _ in columns], [cells for _, cells in columns])


def _percents(values: list[Decimal], total: Decimal) -> list[str]:
    return numbers.aligned([numbers.percent(value) for value in (*values, total)])


def _figures(auto: AutoShares, of: Callable[[AutoShare], float | None], digits: int = 1) -> list[str]:
    """A column of the forecast; blank where it has nothing, and under it."""
    values = [of(each) for each in auto.shares]
    known = [None if value is None or isnan(value) else value for value in values]
    return numbers.aligned([*("" if value is None else _rounded(value, digits) for value in known), ""])


def _rounded(value: float, digits: int) -> str:
    shown = f"{100 * value:.{digits}f}"
    return f"{shown.lstrip('-') if float(shown) == 0 else shown}%"


def _share(percent: Decimal) -> Decimal:
    return percent.scaleb(-2)


def _sum(values: list[Decimal]) -> Decimal:
    return sum(values, start=ZERO)


def auto_document(auto: AutoShares) -> dict[str, Json]:
    """What `--explain --json` says of them under `explanation.auto`."""
    return {
        "forecast": None
        if auto.as_of is None
        else {"as_of": auto.as_of.isoformat(), "models": auto.models, "horizon": auto.bars_ahead, "kept": auto.kept},
        "fallback": None if auto.fallback is None else auto.fallback.value,
        "risk_aversion": auto.risk_aversion,
        "horizon": auto.horizon,
        "shares": [
            {
                "asset": each.ticker,
                "held": each.held,
                "percent": each.percent,
                "mean": each.mean,
                "lower": each.lower,
                "upper": each.upper,
                "agreement": each.agreement,
                "counted": each.counted,
                "deviation": each.deviation,
                "risk": each.risk,
                "cost": each.cost,
            }
            for each in auto.shares
        ],
    }
