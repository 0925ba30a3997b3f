"""The universe as a table with the reasons, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from allocator.core.instrument import Instrument, Kind
from allocator.core.text import Text, text
from allocator.history import PortfolioSize, Universe, UniverseRules, Verdict
from allocator.report import numbers
from allocator.report.catalogue import render
from allocator.report.document import Json
from allocator.report.layout import ruled
from allocator.report.series import sector_name

LONGEST_NAME = 24

KINDS = {
    Kind.SHARE: text("share"),
    Kind.PREFERRED: text("preferred share"),
    Kind.RECEIPT: text("receipt"),
    Kind.FUND: text("fund"),
    Kind.INDEX: text("index"),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """The answer of `allocator universe`: verdicts, and by what they were reached.

    `day` is the newest session of the store; `securities` are those that the store knows, by ticker.
    """

    universe: Universe
    rules: UniverseRules
    size: PortfolioSize
    day: date
    securities: Mapping[str, Instrument]
    notes: tuple[Text, ...] = ()


def universe_text(selection: Selection, *, lang: str = "en", everything: bool = False) -> str:
    """The securities that stay in sight, with `everything` also those left out, and under them what it adds up to."""
    shown = [verdict for verdict in selection.universe.verdicts if everything or verdict.status in {"in", "held"}]
    table = [_table(selection, shown, lang), ""] if shown else []
    return "\n".join([*table, *(render(line, lang) for line in _summary(selection, everything=everything))])


def _table(selection: Selection, shown: list[Verdict], lang: str) -> str:
    headings = [text("Ticker"), text("Name"), text("Sector"), text("Days"), text("Turnover, RUB"), text("Verdict")]
    papers = [selection.securities.get(verdict.ticker) for verdict in shown]
    columns = [
        [verdict.ticker for verdict in shown],
        _left([_cut(paper.name or "") if paper else "" for paper in papers]),
        _left([render(_sector(paper), lang) if paper else "" for paper in papers]),
        numbers.right([numbers.grouped(str(verdict.bars_count)) for verdict in shown]),
        numbers.right([_roubles(verdict.median_turnover) for verdict in shown]),
        _left([render(_verdict(verdict), lang) for verdict in shown]),
    ]
    return ruled([render(heading, lang) for heading in headings], columns)


def _summary(selection: Selection, *, everything: bool) -> Iterator[Text]:
    verdicts, size = selection.universe.verdicts, selection.size
    out = sum(verdict.status not in {"in", "held"} for verdict in verdicts)
    held = [verdict.ticker for verdict in verdicts if verdict.status == "held"]
    yield text(
        "Qualify: {count} of {total}. They have at least {history} daily {history:bar|bars}, and on the "
        "median day of {days} they trade more than {needed} RUB (largest position {position}, cash "
        "{cash}).",
        count=len(selection.universe.qualified),
        total=len(verdicts),
        history=selection.rules.min_history_days,
        days=selection.rules.holding_days,
        needed=numbers.money(size.turnover),
        position=numbers.money(size.largest_position),
        cash=numbers.money(size.cash),
    )
    if held:
        yield text("Do not qualify, but stay while they are held: {tickers}.", tickers=", ".join(held))
    if out and not everything:
        yield text("Left out: {count}; --all shows them with the reasons.", count=out)
    yield text("Bars up to {day}.", day=selection.day.isoformat())
    for note in selection.notes:
        yield text("Note: {note}", note=note)


def warnings(selection: Selection) -> Iterator[Text]:
    """What a reader of JSON should not miss: held securities that do not qualify, and the notes."""
    for verdict in selection.universe.verdicts:
        if verdict.status == "held" and verdict.reason is not None:
            yield text("{ticker} is held, but does not qualify: {reason}", ticker=verdict.ticker, reason=verdict.reason)
    yield from selection.notes


def universe_document(selection: Selection, *, lang: str = "en") -> dict[str, Json]:
    """The object of `allocator universe --json`: every security, whatever its verdict."""
    rules, size = selection.rules, selection.size
    return {
        "day": selection.day.isoformat(),
        "rules": {
            "minimum_history": rules.min_history_days,
            "holding_days": rules.holding_days,
            "exclude": sorted(rules.exclude),
        },
        "size": {"largest_position": size.largest_position, "cash": size.cash, "turnover": size.turnover},
        "qualified": list(selection.universe.qualified),
        "kept": list(selection.universe.kept),
        "securities": [
            _security(verdict, selection.securities.get(verdict.ticker), lang)
            for verdict in selection.universe.verdicts
        ],
        "notes": [render(note, lang) for note in selection.notes],
    }


def _security(verdict: Verdict, paper: Instrument | None, lang: str) -> dict[str, Json]:
    return {
        "ticker": verdict.ticker,
        "name": paper.name if paper else None,
        "kind": paper.kind.value if paper else None,
        "sector": paper.sector if paper else None,
        "status": verdict.status,
        "code": verdict.code,
        "reason": render(verdict.reason, lang) if verdict.reason is not None else None,
        "history": verdict.bars_count,
        "median_turnover": verdict.median_turnover,
    }


def _verdict(verdict: Verdict) -> Text:
    if verdict.reason is None:
        return text("qualifies")
    if verdict.status == "held":
        return text("HELD, though {reason}", reason=verdict.reason)
    return text("out: {reason}", reason=verdict.reason)


def _sector(paper: Instrument) -> Text | str:
    """The sector; of what has none, what it is."""
    return sector_name(paper) or KINDS[paper.kind]


def _roubles(turnover: float | None) -> str:
    return "" if turnover is None else numbers.grouped(f"{turnover:.0f}")


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _left(cells: list[str]) -> list[str]:
    width = max(map(len, cells), default=0)
    return [cell.ljust(width) for cell in cells]
