"""Which securities a portfolio of some size may hold: old enough to be forecast, liquid enough to be left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from allocator.core.instrument import Kind
from allocator.core.text import Text, text


@dataclass(frozen=True, slots=True)
class Candidate:
    """A security as the store knows it.

    `median_turnover` is in roubles a day over the holding period (`UniverseRules.holding_days` sessions, those without
    deals count as 0); None when there is none to tell.
    """

    ticker: str
    kind: Kind
    bars_count: int  # daily bars
    median_turnover: float | None
    last_day: date | None
    listed: bool = True  # it still trades
    stopped: bool = False  # not one bar in the holding period, however many before
    quarantined: Text | None = None  # why its history cannot be believed


@dataclass(frozen=True, slots=True)
class UniverseRules:
    """What a security needs. 421 bars: a year and a half of training, its test and two forecasts."""

    min_history_days: int = 421
    holding_days: int = 21
    exclude: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PortfolioSize:
    """In roubles."""

    largest_position: Decimal = Decimal(0)
    cash: Decimal = Decimal(0)

    @property
    def turnover(self) -> Decimal:
        """What a security must trade in a day, by the median, to be left in a day or entered with all cash."""
        return max(self.largest_position, self.cash)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`status`: "in" qualifies; "held" does not but stays, being in the portfolio; "leave" does not and was in before;
    "out" does not.

    `code` is the reason in one word, None for "in": "excluded", "index", "delisted", "doubtful", "stopped", "unknown",
    "short" or "illiquid".
    """

    ticker: str
    status: str
    reason: Text | None
    bars_count: int
    median_turnover: float | None
    needed_turnover: Decimal
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Universe:
    """`qualified` may be bought; `kept` are these and the held ones that do not qualify. All sorted by ticker."""

    qualified: tuple[str, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def kept(self) -> tuple[str, ...]:
        return tuple(verdict.ticker for verdict in self.verdicts if verdict.status in {"in", "held"})


def universe(
    candidates: Iterable[Candidate],
    rules: UniverseRules,
    held: frozenset[str],
    size: PortfolioSize,
    before: frozenset[str] = frozenset(),
) -> Universe:
    """A verdict for each candidate and for each held ticker, even one that nobody knows; `before` were in last time.

    The rule is POptimizer's, without its slip of looking at the same days twice: a security qualifies when it still
    trades, its history can be believed and has `min_history_days` bars, and its median daily turnover over the
    holding period is above the largest position and above all cash. One that does not and is held stays, so that no
    position vanishes from sight. What a person excludes is never bought.
    """
    known = {ticker: Candidate(ticker, Kind.SHARE, 0, None, None) for ticker in held}
    known |= {candidate.ticker: candidate for candidate in candidates}
    verdicts = []
    for ticker in sorted(known):
        candidate = known[ticker]
        code, reason = _objection(candidate, rules, size) or (None, None)
        status = "held" if ticker in held else "leave" if ticker in before else "out"
        figures = candidate.bars_count, candidate.median_turnover, size.turnover
        verdicts.append(Verdict(ticker, status if reason else "in", reason, *figures, code))
    return Universe(tuple(each.ticker for each in verdicts if each.status == "in"), tuple(verdicts))


def _objection(candidate: Candidate, rules: UniverseRules, size: PortfolioSize) -> tuple[str, Text] | None:
    """The gravest reason against a candidate: in one word, and in a sentence."""
    if candidate.ticker in rules.exclude:
        return "excluded", text("you excluded it")
    if candidate.kind is Kind.INDEX:
        return "index", text("an index cannot be bought")
    return _doubt(candidate) or _short(candidate, rules) or _illiquid(candidate, rules, size)


def _doubt(candidate: Candidate) -> tuple[str, Text] | None:
    day = candidate.last_day or "?"
    if not candidate.listed:
        return "delisted", text("it no longer trades; its last bar is of {day}", day=day)
    if candidate.quarantined is not None:
        return "doubtful", text("its history is in doubt: {reason}", reason=candidate.quarantined)
    if candidate.stopped:
        return "stopped", text("its last bar is of {day}: delisted, halted, or not loaded since", day=day)
    return None


def _short(candidate: Candidate, rules: UniverseRules) -> tuple[str, Text] | None:
    if candidate.bars_count >= rules.min_history_days:
        return None
    if not candidate.bars_count:
        return "unknown", text(
            "there is no history of it; load it: allocator refresh --tickers {ticker}", ticker=candidate.ticker
        )
    return "short", text(
        "its history is short: {count} daily {count:bar|bars} of {needed}",
        count=candidate.bars_count,
        needed=rules.min_history_days,
    )


def _illiquid(candidate: Candidate, rules: UniverseRules, size: PortfolioSize) -> tuple[str, Text] | None:
    turnover = candidate.median_turnover
    if turnover is not None and turnover > size.turnover:
        return None
    return "illiquid", text(
        "it trades too little: {turnover} RUB on the median day of {days}, and {needed} must fit",
        turnover=f"{turnover or 0:,.0f}".replace(",", " "),
        days=rules.holding_days,
        needed=f"{size.turnover:,.0f}".replace(",", " "),
    )
