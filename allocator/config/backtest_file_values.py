"""Readers of the values of a backtest's file, as `values` reads those of the portfolio file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from allocator.config import values
from allocator.config.findings import BadValueError, shown
from allocator.config.settings_values import folder, tickers
from allocator.config.tickers import ticker
from allocator.config.words import nearest
from allocator.core.text import text

BENCHMARK_EQUAL, BENCHMARK_CASH, UNIVERSE = "equal", "cash", "universe"
KOPECK = 0.01
PERIODS = ("day", "week", "month", "quarter", "year")

_HOURS = re.compile("([0-9]{1,2}) ?[-–] ?([0-9]{1,2})")
_EVERY = re.compile("([0-9]+) (bars?|months?)")
_PAIR = re.compile(r"(\S+)\s+(\S+%)")


@dataclass(frozen=True, slots=True)
class Rebalance:
    """When targets are restored: every `bars` bars, at the turn of a `period`, or beyond a `band` (share of wealth)."""

    bars: int | None = None
    period: str | None = None
    band: float | None = None


@dataclass(frozen=True, slots=True)
class Retrain:
    """How often models are trained anew; neither: never."""

    bars: int | None = None
    months: int | None = None


def one_of(*words: str) -> Callable[[str], str]:
    """A reader of one of these words, whatever their case."""

    def read(raw: str) -> str:
        word = " ".join(raw.lower().split())
        if word not in words:
            near = nearest(word, words)
            raise BadValueError(
                text("{value} is unknown", value=shown(raw)), text("Did you mean {word}?", word=near) if near else None
            )
        return word

    return read


def share(raw: str) -> float:
    """A percentage as a share, 0..1."""
    return float(values.share(raw))


def taken(raw: str) -> float:
    """A percentage that a deal costs, as a share below 1."""
    found = share(raw)
    if found >= 1:
        raise BadValueError(text("{value} takes the whole deal", value=shown(raw)))
    return found


def most(raw: str) -> float:
    """A percentage as a share above 0, of what one security may have."""
    found = share(raw)
    if not found:
        raise BadValueError(text("a cap of {value} lets nothing be bought", value=shown(raw)))
    return found


def money(raw: str) -> float:
    """An amount of a kopeck or more."""
    value = float(values.number(raw))
    if value < KOPECK:
        raise BadValueError(text("a backtest begins with money"))
    return value


def coefficient(raw: str) -> float:
    """A number, 0 or more."""
    return float(values.number(raw))


def numbers(raw: str) -> tuple[float, ...]:
    """Different numbers of 0 or more between commas, as written."""
    words = [word.strip() for word in raw.split(",") if word.strip()]
    if not words:
        raise BadValueError(text("there is nothing between the commas"))
    found = tuple(float(values.number(word)) for word in words)
    if len(set(found)) < len(found):
        raise BadValueError(text("a number stands twice"))
    return found


def aversions(raw: str) -> tuple[float, ...]:
    """Risk aversions: as `numbers`, above 0."""
    found = numbers(raw)
    if not all(found):
        raise BadValueError(text("without an aversion to risk all money goes into one security"))
    return found


def hours(raw: str) -> tuple[int, int]:
    """The first and the last hour of a day in which bars begin, both included."""
    found = _HOURS.fullmatch(raw)
    if not found or not int(found[1]) <= int(found[2]) <= 23:
        raise BadValueError(text("{value} are no hours of a day", value=shown(raw)))
    return int(found[1]), int(found[2])


def universe(raw: str) -> tuple[str, ...] | None:
    """Tickers; None stands for those that qualified."""
    return None if raw.lower() == UNIVERSE else tickers(raw)


def benchmark(raw: str) -> str | None:
    """A ticker, or `equal`; None stands for cash."""
    if raw.lower() == BENCHMARK_CASH:
        return None
    return BENCHMARK_EQUAL if raw.lower() == BENCHMARK_EQUAL else ticker(raw)


def cash_rate(raw: str, base: Path) -> float | Path:
    """A share a year, or a file of them."""
    return share(raw) if raw.endswith("%") else folder(raw, base)


def rebalance(raw: str) -> Rebalance:
    """A calendar, a number of bars, or bands."""
    word = " ".join(raw.lower().split())
    if word in {"each bar", "bar"}:
        return Rebalance(bars=1)
    if word in PERIODS:
        return Rebalance(period=word)
    if word.startswith("bands"):
        band = share(word.removeprefix("bands").strip())
        if not band:
            raise BadValueError(text("bands of 0% are no bands"), text("Write {value}.", value="each bar"))
        return Rebalance(band=band)
    found = _EVERY.fullmatch(word)
    if found and found[2].startswith("bar") and int(found[1]):
        return Rebalance(bars=int(found[1]))
    near = nearest(word, (*PERIODS, "each bar", "bands"))
    raise BadValueError(
        text("{value} is unknown", value=shown(raw)), text("Did you mean {word}?", word=near) if near else None
    )


def retrain(raw: str) -> Retrain:
    """Every so many bars or months, or never."""
    word = " ".join(raw.lower().split())
    if word == "never":
        return Retrain()
    found = _EVERY.fullmatch(word)
    if not found or not 0 < int(found[1]) < 1_000_000:
        raise BadValueError(text("{value} is unknown", value=shown(raw)))
    return Retrain(bars=int(found[1])) if found[2].startswith("bar") else Retrain(months=int(found[1]))


def targets(raw: str, base: Path) -> Mapping[str, float] | Path:
    """Shares of wealth by ticker (what is left is cash), or the path of a portfolio file."""
    if "%" not in raw:
        return folder(raw, base)
    found: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in raw.split(","))):
        pair = _PAIR.fullmatch(part)
        if not pair:
            raise BadValueError(text("{value} is not a ticker and a percentage", value=shown(part)))
        name = ticker(pair[1])
        if name in found:
            raise BadValueError(text("{ticker} stands twice", ticker=name))
        found[name] = share(pair[2])
    if sum(found.values()) > 1 + 1e-9:
        raise BadValueError(text("the percentages add up to more than 100%"))
    return found
