"""Dividends as a table, JSON and CSV, and what is doubtful about them in words."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from allocator.core.instrument import Dividend
from allocator.core.text import Text, text
from allocator.history.dividends import Disagreement, Doubt, Missing, Suspicion
from allocator.report import numbers
from allocator.report.catalogue import render
from allocator.report.document import Json
from allocator.report.layout import ruled

COLUMNS = ("ticker", "record_date", "ex_date", "amount", "currency", "source", "counts", "disputed", "yield")
HELD_COLUMNS = ("units", "income", "after_tax")


@dataclass(frozen=True, slots=True)
class Line:
    """One dividend. `price_share` is the amount as a share of the last close before the ex-date, None if not known."""

    dividend: Dividend
    ex_date: date
    counts: bool = True  # False: another source is believed
    disputed: bool = False  # some source says something else
    price_share: Decimal | None = None
    units: Decimal | None = None  # held now by the portfolio files, in units of the record date
    tax: Decimal = Decimal(0)  # a share of the income

    @property
    def income(self) -> Decimal | None:
        """Before tax, in the currency of the dividend."""
        return None if self.units is None else self.units * self.dividend.amount

    @property
    def after_tax(self) -> Decimal | None:
        return None if self.income is None else self.income * (1 - self.tax)


@dataclass(frozen=True, slots=True)
class Listing:
    """Dividends to show. `held`: those of portfolio files, with income."""

    lines: Sequence[Line]
    since: date | None = None
    till: date | None = None
    held: bool = False
    tax: Decimal = Decimal(0)

    @property
    def totals(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        """Income before and after tax by currency."""
        found: dict[str, tuple[Decimal, Decimal]] = {}
        for line in self.lines:
            if line.counts and line.income is not None and line.after_tax is not None:
                before, after = found.get(line.dividend.currency, (Decimal(0), Decimal(0)))
                found[line.dividend.currency] = before + line.income, after + line.after_tax
        return found


@dataclass(frozen=True, slots=True)
class Review:
    """What is doubtful since a day."""

    since: date
    disagreements: Sequence[Disagreement] = ()
    missing: Sequence[Missing] = ()
    suspicions: Sequence[Suspicion] = ()


# --- a listing


def table(listing: Listing, lang: str = "en") -> str:
    """The dividends under headings, and what the marks mean; a sentence when there are none."""
    if not listing.lines:
        return render(_none(listing), lang)
    headings = [
        text("Ticker"), text("Record date"), text("Ex-date"), text("Amount"), text("Currency"), text("Yield"),
        text("Source"),
    ]  # fmt: skip
    lines = listing.lines
    columns = [
        [line.dividend.ticker for line in lines],
        [str(line.dividend.record_date) for line in lines],
        [str(line.ex_date) for line in lines],
        numbers.aligned([numbers.units(line.dividend.amount) for line in lines]),
        [line.dividend.currency for line in lines],
        ["" if line.price_share is None else numbers.percent(line.price_share) for line in lines],
        [_source(line) for line in lines],
    ]
    if listing.held:
        headings[4:4] = [text("Units"), text("Income"), text("After tax")]
        columns[4:4] = [
            numbers.right([_units(line.units) for line in lines]),
            numbers.right([_money(line.income) for line in lines]),
            numbers.right([_money(line.after_tax) for line in lines]),
        ]
    width = max(len(cell) for cell in columns[-1])
    columns[-1] = [cell.ljust(width) for cell in columns[-1]]
    said = [render(sentence, lang) for sentence in _notes(listing)]
    return "\n".join([ruled([render(heading, lang) for heading in headings], columns), *([""] if said else []), *said])


def _source(line: Line) -> str:
    if not line.counts:
        return f"({line.dividend.source})"
    return f"{line.dividend.source}*" if line.disputed else line.dividend.source


def _units(value: Decimal | None) -> str:
    return "" if value is None else numbers.units(value)


def _money(value: Decimal | None) -> str:
    return "" if value is None else numbers.money(value)


def _none(listing: Listing) -> Text:
    if listing.held:
        return text("No dividend of a held asset is known from {since} on.", since=listing.since)
    if listing.since and listing.till:
        return text("No dividend is known from {since} to {till}.", since=listing.since, till=listing.till)
    if listing.since:
        return text("No dividend is known from {since} on.", since=listing.since)
    return text("No dividend is known.")


def _notes(listing: Listing) -> Iterator[Text]:
    for currency, (before, after) in sorted(listing.totals.items()):
        yield text(
            "Income: {before} {currency}, {after} {currency} after tax of {tax}.",
            before=numbers.money(before),
            after=numbers.money(after),
            currency=currency,
            tax=f"{numbers.plain(listing.tax * 100)}%",
        )
    if any(line.counts and line.disputed for line in listing.lines):
        yield text("* Other sources say something else: allocator dividends check TICKER")
    if not all(line.counts for line in listing.lines):
        yield text("(source) Another source is believed.")


def document(listing: Listing) -> dict[str, Json]:
    """The object of `allocator dividends list --json`."""
    found: dict[str, Json] = {
        "from": _day(listing.since),
        "to": _day(listing.till),
        "dividends": [line_document(line, held=listing.held) for line in listing.lines],
    }
    if listing.held:
        found["tax"] = listing.tax
        found["income"] = {
            currency: {"before_tax": before, "after_tax": after}
            for currency, (before, after) in sorted(listing.totals.items())
        }
    return found


def line_document(line: Line, *, held: bool = False) -> dict[str, Json]:
    """One dividend as JSON, with what it brings where it is `held`."""
    found: dict[str, Json] = {
        "ticker": line.dividend.ticker,
        "record_date": str(line.dividend.record_date),
        "ex_date": str(line.ex_date),
        "amount": line.dividend.amount,
        "currency": line.dividend.currency,
        "source": line.dividend.source,
        "counts": line.counts,
        "disputed": line.disputed,
        "yield": None if line.price_share is None else _twelve(line.price_share),
    }
    if held:
        found |= {"units": line.units, "income": line.income, "after_tax": line.after_tax}
    return found


def _twelve(value: Decimal) -> Decimal:
    """A quotient with twelve decimals: it has no last digit."""
    return value.quantize(Decimal("1e-12"))


def _day(day: date | None) -> str | None:
    return None if day is None else str(day)


def sheet(listing: Listing) -> str:
    """The listing as CSV, with a line of names; numbers with all their digits, yes and no as 1 and 0."""
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow((*COLUMNS, *(HELD_COLUMNS if listing.held else ())))
    for line in listing.lines:
        writer.writerow([_cell(value) for value in line_document(line, held=listing.held).values()])
    return content.getvalue()


def _cell(value: Json) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(int(value))
        case Decimal():
            return numbers.plain(value)
    return str(value)


# --- a review


def review_text(review: Review, lang: str = "en") -> str:
    """All that is doubtful, the most urgent first; a sentence when nothing is."""
    return "\n".join(sentence if isinstance(sentence, str) else render(sentence, lang) for sentence in _review(review))


def _review(review: Review) -> Iterator[Text | str]:
    if review.missing:
        yield text("Announced record dates without a known amount:")
        for missing in review.missing:
            yield f"  {missing.ticker:8} {missing.record_date}  {missing.command}"
    if review.suspicions:
        yield text("Amounts that look wrong:")
        for suspicion in review.suspicions:
            yield text("  {suspicion}", suspicion=_suspicion(suspicion))
    if review.disagreements:
        yield text("Sources that disagree, the first of each line is believed:")
        for found in review.disagreements:
            yield f"  {found.ticker:8} {found.record_date}  {'; '.join(_said(found, row) for row in found.rows)}"
        first = review.disagreements[0]
        yield text(
            "To settle one: allocator dividends add {ticker} {day} AMOUNT (0 for none).",
            ticker=first.ticker,
            day=first.record_date,
        )
    if not (review.missing or review.suspicions or review.disagreements):
        yield text("Nothing is missing or doubtful since {since}.", since=review.since)


def _said(found: Disagreement, row: Dividend) -> str:
    day = "" if row.record_date == found.record_date else f" {row.record_date}"
    return f"{row.source}{day} {numbers.units(row.amount)} {row.currency}"


def _suspicion(suspicion: Suspicion) -> Text:
    row, other = suspicion.dividend, suspicion.other
    told = text(
        "{ticker} {day}: {amount} {currency} ({source})",
        ticker=row.ticker,
        day=row.record_date,
        amount=numbers.units(row.amount),
        currency=row.currency,
        source=row.source,
    )
    if suspicion.doubt is Doubt.PRICE or other is None:
        return text("{dividend} is {share} of the price", dividend=told, share=numbers.percent(suspicion.measure))
    return text(
        "{dividend} is {times} times the {amount} of {source}: a split, or units mixed up",
        dividend=told,
        times=numbers.plain(suspicion.measure),
        amount=numbers.units(other.amount),
        source=other.source,
    )


def review_document(review: Review) -> dict[str, Json]:
    """The object of `allocator dividends check --json`."""
    return {
        "from": str(review.since),
        "missing": [
            {"ticker": each.ticker, "record_date": str(each.record_date), "command": each.command}
            for each in review.missing
        ],
        "suspicions": [
            {
                **row_document(each.dividend),
                "doubt": each.doubt.value,
                "measure": _twelve(each.measure),
                "other": None if each.other is None else row_document(each.other),
            }
            for each in review.suspicions
        ],
        "disagreements": [disagreement_document(each) for each in review.disagreements],
    }


def disagreement_document(found: Disagreement) -> dict[str, Json]:
    return {
        "ticker": found.ticker,
        "record_date": str(found.record_date),
        "rows": [row_document(row) for row in found.rows],
    }


def row_document(row: Dividend) -> dict[str, Json]:
    """What one source says, as JSON."""
    return {
        "ticker": row.ticker,
        "record_date": str(row.record_date),
        "amount": row.amount,
        "currency": row.currency,
        "source": row.source,
    }
