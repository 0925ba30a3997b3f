"""Which securities of the store qualify for a portfolio of this size, and why the others do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from allocator.app.daily import OLD, daily_panel
from allocator.config.settings import UniverseSettings
from allocator.config.words import nearest
from allocator.core.bars import Interval
from allocator.core.errors import StoreError
from allocator.core.finding import Fault, Finding
from allocator.core.instrument import Instrument, Kind, Rename
from allocator.core.panel import Panel
from allocator.core.portfolio import ZERO, Portfolio, without_board
from allocator.core.text import Text, text
from allocator.history import Candidate, PortfolioSize, UniverseRules, universe
from allocator.report.universe import Selection
from allocator.store import Store

SHOWN = 5  # tickers in one note


class NoBarsError(StoreError):
    """Nothing has been loaded yet."""


@dataclass(frozen=True, slots=True)
class Size:
    """What the user says of the portfolio: its file, or figures, which go before those of the file."""

    portfolio: Portfolio | None = None
    position: Decimal | None = None
    cash: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What the store says of each security, by ticker."""

    bars: Mapping[str, int]  # believable daily bars
    turnover: Mapping[str, float]  # median of the last `holding_days` sessions, days without deals as 0
    close: Mapping[str, float]  # the last
    last_day: Mapping[str, date]  # of that close
    stopped: frozenset[str]  # whose last bar is before the last `holding_days` sessions


def select(store: Store, settings: UniverseSettings, asked: Size, *, today: date) -> Selection:
    """A verdict for every security of the store that is no index, and for every one that is held.

    Raises: `StoreError`; `NoBarsError` when the store has none yet.
    """
    rules = rules_of(settings)
    with store.reading() as transaction:
        renames = [rename for rename in transaction.renames.all() if rename.day <= today]
        papers = _papers(transaction.instruments.all(), renames)
        panel, of_hours = daily_panel(transaction, sorted(papers))
        doubts = doubts_of(transaction.findings.all(accepted=False))
    figures = figures_of(panel, rules.holding_days)
    if not figures.last_day:
        raise NoBarsError(
            text("{name}: there are no daily bars yet.", name=store.name), text("Type: allocator refresh")
        )
    held, notes = _held(asked.portfolio, renames, papers)
    size, unpriced = _size(asked, held, figures)
    day = max(figures.last_day.values())
    chosen = universe([_candidate(paper, figures, doubts) for paper in papers.values()], rules, frozenset(held), size)
    notes += [*unpriced, *_unknown(settings.exclude, papers), *_remarks(day, today, asked, of_hours)]
    return Selection(chosen, rules, size, day, papers, tuple(notes))


def _papers(instruments: Iterable[Instrument], renames: Iterable[Rename]) -> dict[str, Instrument]:
    """What can be bought or once could, by its ticker of now."""
    papers = {paper.ticker: paper for paper in instruments if paper.kind is not Kind.INDEX}
    for rename in renames:
        if rename.new in papers:
            papers.pop(rename.old, None)
    return papers


def rules_of(settings: UniverseSettings) -> UniverseRules:
    return UniverseRules(settings.min_history, settings.holding_days, frozenset(settings.exclude))


def doubts_of(findings: Iterable[Finding], interval: Interval = Interval.DAY) -> dict[str, Text]:
    """Why the history of a ticker as a whole cannot be believed."""
    return {
        finding.ticker: finding.detail
        for finding in findings
        if finding.interval is interval and (finding.fault is Fault.REWRITTEN or finding.begin is None)
    }


def figures_of(panel: Panel, holding_days: int) -> Figures:
    """Of daily bars of closes and turnover."""
    value, close = panel["value"], panel["close"]
    valid = panel.valid & np.isfinite(close)
    if not valid.any():
        return Figures({}, {}, {}, {}, frozenset())
    days = panel.times.astype("datetime64[D]")
    median = np.median(np.nan_to_num(value[-holding_days:]), axis=0)
    last = len(days) - 1 - valid[::-1].argmax(axis=0)
    there = {ticker: column for column, ticker in enumerate(panel.tickers) if valid[:, column].any()}
    return Figures(
        bars={ticker: int(valid[:, column].sum()) for ticker, column in there.items()},
        turnover={ticker: float(median[column]) for ticker, column in there.items()},
        close={ticker: float(close[last[column], column]) for ticker, column in there.items()},
        last_day={ticker: days[last[column]].item() for ticker, column in there.items()},
        stopped=frozenset(ticker for ticker, column in there.items() if last[column] < len(days) - holding_days),
    )


def _candidate(paper: Instrument, figures: Figures, doubts: Mapping[str, Text]) -> Candidate:
    return Candidate(
        paper.ticker,
        paper.kind,
        figures.bars.get(paper.ticker, 0),
        figures.turnover.get(paper.ticker),
        figures.last_day.get(paper.ticker) or paper.delisted,
        listed=paper.delisted is None,
        stopped=paper.ticker in figures.stopped,
        quarantined=doubts.get(paper.ticker),
    )


def _held(
    portfolio: Portfolio | None, renames: Iterable[Rename], papers: Mapping[str, Instrument]
) -> tuple[dict[str, Decimal], list[Text]]:
    """Units of each ticker of now, and notes on those that the file knows by an older one.

    Where the store has bars of the older ticker alone, as after an import of old files, they stay under that one.
    """
    held: dict[str, Decimal] = {}
    notes = []
    newer = {rename.old: rename for rename in renames}
    for asset in portfolio.assets if portfolio else ():
        if not asset.have:
            continue
        old = ticker = without_board(asset.ticker)
        names = {old: asset.have}
        while (rename := newer.get(ticker)) and rename.new not in names:
            names[rename.new] = names[ticker] * rename.ratio.numerator / rename.ratio.denominator
            ticker = rename.new
        if ticker != old:
            notes.append(text("{old} trades as {new} now", old=old, new=ticker))
        ticker = next((name for name in reversed(names) if name in papers), ticker)
        units = names[ticker]
        held[ticker] = held.get(ticker, ZERO) + units
    return held, notes


def _size(asked: Size, held: Mapping[str, Decimal], figures: Figures) -> tuple[PortfolioSize, list[Text]]:
    """How large the portfolio is at the last closes, and notes on what has none."""
    values = {
        ticker: units * Decimal(repr(figures.close[ticker]))
        for ticker, units in held.items()
        if ticker in figures.close
    }
    unpriced = [ticker for ticker in held if ticker not in values]
    notes = []
    if unpriced and asked.position is None:
        without = ", ".join(unpriced)
        notes.append(
            text("without a price in the store, and so not in the size of the portfolio: {tickers}", tickers=without)
        )
    position, cash = asked.position, asked.cash
    if position is None:
        position = max(values.values(), default=ZERO)
    if cash is None:
        cash = max(ZERO, asked.portfolio.cash.have - asked.portfolio.cash.withdraw) if asked.portfolio else ZERO
    return PortfolioSize(position, cash), notes


def _unknown(exclude: Iterable[str], papers: Mapping[str, Instrument]) -> Iterator[Text]:
    """Excluded tickers that are no securities of the store: misspelt, as a rule."""
    for ticker in exclude:
        if ticker in papers:
            continue
        if near := nearest(ticker, papers):
            yield text("{ticker} of exclude is not in the store; did you mean {word}?", ticker=ticker, word=near)
        else:
            yield text("{ticker} of exclude is not in the store", ticker=ticker)


def _remarks(day: date, today: date, asked: Size, of_hours: Sequence[str]) -> Iterator[Text]:
    if of_hours:
        shown = ", ".join(of_hours[:SHOWN]) + (" ..." if len(of_hours) > SHOWN else "")
        yield text("without daily bars, and so by their hours put together: {tickers}", tickers=shown)
    if today - day > OLD:
        yield text("the newest bars are of {day}; for newer ones type: allocator refresh", day=day.isoformat())
    if asked == Size():
        yield text(
            "any turnover will do for a portfolio of no size: give --portfolio FILE.ini, or --position and --cash"
        )
