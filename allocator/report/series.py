"""One security: its card, its bars as a table or JSON, and a picture of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import isnan

from allocator.core.bars import FIELDS, Bars, Floats, Interval, Mask
from allocator.core.finding import Finding
from allocator.core.instrument import Dividend, Instrument, Kind, Rename, Split
from allocator.core.text import Text, text
from allocator.report import numbers
from allocator.report.catalogue import render
from allocator.report.data_status import INTERVALS, finding_line, findings_document
from allocator.report.document import Json
from allocator.report.layout import ruled

MOST_FINDINGS = 5
MARK = "*"
KINDS = {
    Kind.SHARE: text("ordinary share"),
    Kind.PREFERRED: text("preferred share"),
    Kind.RECEIPT: text("depositary receipt"),
    Kind.FUND: text("fund"),
    Kind.INDEX: text("index"),
}
SECTORS = {
    "oil and gas": text("oil and gas"),
    "electric utilities": text("electric utilities"),
    "telecommunications": text("telecommunications"),
    "metals and mining": text("metals and mining"),
    "financials": text("financials"),
    "consumer": text("consumer"),
    "chemicals": text("chemicals"),
    "transport": text("transport"),
    "information technology": text("information technology"),
    "real estate": text("real estate"),
}
ADJUSTED = {
    "none": text("as they were traded"),
    "splits": text("adjusted for splits"),
    "total": text("adjusted for splits and for dividends after tax"),
}


@dataclass(frozen=True, slots=True, eq=False)
class SeriesView:
    """What there is to show of a ticker in one interval.

    `bars` (n,) are sorted and of the days asked for; `doubtful` (n,) are flagged and kept from readers. `rows`,
    `first` and `last` are of all that is stored. `payments` are dividends with their ex-dates.
    """

    instrument: Instrument
    interval: Interval
    adjust: str
    bars: Bars
    doubtful: Mask
    rows: int = 0
    first: date | None = None
    last: date | None = None
    missing: int = 0  # sessions between the first and the last bar without one
    splits: tuple[Split, ...] = ()
    payments: tuple[tuple[date, Dividend], ...] = ()
    renames: tuple[Rename, ...] = ()
    findings: tuple[Finding, ...] = ()


def series_text(view: SeriesView, *, last: int, lang: str = "en") -> str:
    """The card and the last bars."""
    card = "\n".join(render(line, lang) for line in _card(view))
    shown = view.bars[-last:] if last else view.bars
    if not len(shown):
        return "\n\n".join([card, render(text("No bars in these days."), lang)])
    return "\n\n".join(
        [card, _table(view, shown, lang), "\n".join(render(each, lang) for each in _legend(view, shown))]
    )


def _card(view: SeriesView) -> Iterator[Text | str]:
    paper = view.instrument
    yield text(
        "{ticker}: {name} ({kind}){facts}",
        ticker=paper.ticker,
        name=paper.name or text("no name is known"),
        kind=KINDS[paper.kind],
        facts=_facts(paper),
    )
    if paper.lot_size is not None:
        yield text("Lot: {lot}.", lot=paper.lot_size)
    if paper.listed is not None:
        yield text("Traded from {day}.", day=paper.listed)
    if paper.delisted is not None:
        yield text("Traded until {day}.", day=paper.delisted)
    for rename in view.renames:
        yield _renamed(rename, paper.ticker)
    if view.rows:
        yield text(
            "{bars}: {rows}, from {first} to {last}; sessions without a bar: {missing}.",
            bars=INTERVALS[view.interval],
            rows=numbers.grouped(str(view.rows)),
            first=view.first,
            last=view.last,
            missing=view.missing,
        )
    if view.splits:
        yield text("Splits: {splits}.", splits="; ".join(f"{each.day} {ratio(each)}" for each in view.splits))
    if view.payments:
        ex_date, newest = view.payments[-1]
        yield text(
            "Dividends: {count}; the last one {amount} {currency}, without it from {day}.",
            count=len(view.payments),
            amount=numbers.plain(newest.amount),
            currency=newest.currency,
            day=ex_date,
        )
    yield from (finding_line(finding) for finding in view.findings[:MOST_FINDINGS])
    if len(view.findings) > MOST_FINDINGS:
        rest = len(view.findings) - MOST_FINDINGS
        yield text(
            "... and {count} more {count:finding|findings}: allocator data show {ticker} --json",
            count=rest,
            ticker=paper.ticker,
        )


def _facts(paper: Instrument) -> Text | str:
    facts: Text | str = ""
    for fact in (paper.board, paper.isin and f"ISIN {paper.isin}", sector_name(paper)):
        if fact:
            facts = text("{one}, {other}", one=facts, other=fact)
    return facts


def sector_name(paper: Instrument) -> Text | str | None:
    """The sector in words that can be translated; one that nobody here has heard of as the store has it."""
    return paper.sector and SECTORS.get(paper.sector, paper.sector)


def _renamed(rename: Rename, ticker: str) -> Text:
    ratio = rename.ratio
    terms = "" if ratio == Fraction(1) else f" ({ratio.denominator}:{ratio.numerator})"
    if rename.new == ticker:
        return text("Before {day} it was {old}{terms}.", day=rename.day, old=rename.old, terms=terms)
    return text("From {day} on it is {new}{terms}.", day=rename.day, new=rename.new, terms=terms)


def ratio(split: Split) -> str:
    return f"{split.before}:{split.after}"


def _table(view: SeriesView, shown: Bars, lang: str) -> str:
    headings = [
        text("Day") if view.interval is Interval.DAY else text("Time"),
        text("Open"), text("High"), text("Low"), text("Close"), text("Volume"), text("Turnover"),
    ]  # fmt: skip
    doubtful = view.doubtful[len(view.doubtful) - len(shown) :]
    times = [
        f"{_moment(each, view.interval)}{MARK * bool(mark)}" for each, mark in zip(shown.begin, doubtful, strict=True)
    ]
    prices = [numbers.aligned(_prices(getattr(shown, name), view.adjust)) for name in FIELDS[:4]]
    amounts = [numbers.right(_amounts(getattr(shown, name))) for name in FIELDS[4:]]
    return ruled([render(heading, lang) for heading in headings], [times, *prices, *amounts])


def _moment(begin: object, interval: Interval) -> str:
    words = str(begin).replace("T", " ")
    return words[:10] if interval is Interval.DAY else words[:16]


def _prices(column: Floats, adjust: str) -> list[str]:
    """Prices as traded have all their digits; adjusted ones are quotients, and shown with six."""
    return [
        ""
        if isnan(value)
        else numbers.grouped(numbers.plain(Decimal(repr(value) if adjust == "none" else f"{value:.6g}")))
        for value in column.tolist()
    ]


def _amounts(column: Floats) -> list[str]:
    return ["" if isnan(value) else numbers.grouped(f"{value:.0f}") for value in column.tolist()]


def _legend(view: SeriesView, shown: Bars) -> Iterator[Text]:
    if len(shown) < len(view.bars):
        count, all_bars = (numbers.grouped(str(len(bars))) for bars in (shown, view.bars))
        yield text("The last {count} of {all} bars; --last N shows more, 0 all.", count=count, all=all_bars)
    yield text("Prices are {adjusted}.", adjusted=ADJUSTED[view.adjust])
    if view.doubtful[len(view.doubtful) - len(shown) :].any():
        yield text("{mark} is quarantined: readers do not get it.", mark=MARK)


def series_document(view: SeriesView, *, last: int, lang: str = "en") -> dict[str, Json]:
    """The object of `allocator data show TICKER --json`."""
    paper = view.instrument
    start = len(view.bars) - last if last and last < len(view.bars) else 0
    shown, doubtful = view.bars[start:], view.doubtful[start:]
    columns = [getattr(shown, name).tolist() for name in FIELDS]
    return {
        "ticker": paper.ticker,
        "kind": paper.kind.value,
        "name": paper.name,
        "board": paper.board,
        "isin": paper.isin,
        "lot": paper.lot_size,
        "sector": paper.sector,
        "listed": paper.listed.isoformat() if paper.listed else None,
        "delisted": paper.delisted.isoformat() if paper.delisted else None,
        "renames": [
            {"old": each.old, "new": each.new, "day": each.day.isoformat(), "ratio": str(each.ratio)}
            for each in view.renames
        ],
        "splits": [
            {"day": each.day.isoformat(), "before": each.before, "after": each.after, "source": each.source}
            for each in view.splits
        ],
        "dividends": [
            {
                "ex_date": ex_date.isoformat(),
                "record_date": each.record_date.isoformat(),
                "amount": each.amount,
                "currency": each.currency,
                "source": each.source,
            }
            for ex_date, each in view.payments
        ],
        "findings": findings_document(view.findings, lang=lang),
        "interval": view.interval.value,
        "adjust": view.adjust,
        "rows": view.rows,
        "missing": view.missing,
        "bars": [
            {"begin": str(begin), **dict(zip(FIELDS, row, strict=True)), "quarantined": bool(mark)}
            for begin, mark, *row in zip(shown.begin, doubtful, *columns, strict=True)
        ],
    }
