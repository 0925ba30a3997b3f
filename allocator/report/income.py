"""What dividends bring to the accounts of the store: the values that a page shows, and the same as JSON."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeVar

from allocator.core.instrument import Dividend
from allocator.core.portfolio import ZERO
from allocator.history.dividends import PRICE_SHARE, Disagreement, Missing
from allocator.optimize.problem import exact
from allocator.report.dividends import Line, disagreement_document, line_document, row_document
from allocator.report.document import Json

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Payment:
    """A dividend of what is or was held: `units` as of the record date. `expected`: its ex-date is still ahead."""

    dividend: Dividend
    ex_date: date
    units: Decimal
    tax: Decimal  # a share
    expected: bool
    disputed: bool = False  # some source says something else
    name: str | None = None  # of the paper

    @property
    def income(self) -> Decimal:
        """Before tax, in the currency of the dividend."""
        with exact():
            return self.units * self.dividend.amount

    @property
    def after_tax(self) -> Decimal:
        with exact():
            return self.income * (1 - self.tax)


@dataclass(frozen=True, slots=True)
class Sum:
    """Money of one currency."""

    before_tax: Decimal = ZERO
    after_tax: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Income:
    """Dividends since the log of trades began (`since`, None without a log), by ex-date.

    `missing`: announced record dates of what is held then, of which nobody knows the amount; `versions` of its papers
    are those of an edit that begins here.
    """

    today: date
    tax: Decimal
    since: date | None = None
    payments: Sequence[Payment] = ()
    missing: Sequence[Missing] = ()
    disagreements: Sequence[Disagreement] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    def grouped(self, key: Callable[[Payment], K]) -> Mapping[K, Mapping[str, Sum]]:
        """Sums by currency of the payments of each key."""
        found: dict[K, dict[str, Sum]] = {}
        with exact():
            for each in self.payments:
                sums, currency = found.setdefault(key(each), {}), each.dividend.currency
                old = sums.get(currency, Sum())
                sums[currency] = Sum(old.before_tax + each.income, old.after_tax + each.after_tax)
        return {group: dict(sorted(sums.items())) for group, sums in found.items()}

    @property
    def received(self) -> Mapping[str, Sum]:
        return self.grouped(lambda each: each.expected).get(False, {})

    @property
    def expected(self) -> Mapping[str, Sum]:
        return self.grouped(lambda each: each.expected).get(True, {})

    @property
    def by_year(self) -> Mapping[tuple[int, bool], Mapping[str, Sum]]:
        """By (year of the ex-date, whether expected)."""
        return self.grouped(lambda each: (each.ex_date.year, each.expected))

    @property
    def by_month(self) -> Mapping[tuple[int, int, bool], Mapping[str, Sum]]:
        """By (year and month of the ex-date, whether expected)."""
        return self.grouped(lambda each: (each.ex_date.year, each.ex_date.month, each.expected))


@dataclass(frozen=True, slots=True)
class OfTicker:
    """What all sources say of one paper, the newest first; `version` is that of an edit which begins here."""

    ticker: str
    version: str
    name: str | None = None
    lines: Sequence[Line] = ()
    missing: Sequence[Missing] = ()

    @staticmethod
    def large(line: Line) -> bool:
        """Whether it is so large a share of the price that it may be a slip."""
        return line.counts and line.price_share is not None and line.price_share > PRICE_SHARE

    def nearby(self, line: Line) -> bool:
        """Whether another payment that counts is so near that it may be the same one."""
        return line.counts and any(
            other.counts
            and other is not line
            and abs((other.dividend.record_date - line.dividend.record_date).days) <= 7
            for other in self.lines
        )


def income_document(income: Income) -> dict[str, Json]:
    """The object of /api/dividends: payments, and sums by year, month and currency."""
    return {
        "today": str(income.today),
        "since": None if income.since is None else str(income.since),
        "tax": income.tax,
        "payments": [_payment(each) for each in income.payments],
        "received": _sums(income.received),
        "expected": _sums(income.expected),
        "years": _years(income),
        "missing": [{**_missing(each), "version": income.versions[each.ticker]} for each in income.missing],
        "disagreements": [disagreement_document(each) for each in income.disagreements],
    }


def of_ticker_document(shown: OfTicker) -> dict[str, Json]:
    """The object of /api/dividends/TICKER."""
    return {
        "ticker": shown.ticker,
        "name": shown.name,
        "version": shown.version,
        "dividends": [line_document(each) for each in shown.lines],
        "missing": [_missing(each) for each in shown.missing],
    }


def _payment(payment: Payment) -> dict[str, Json]:
    return {
        **row_document(payment.dividend),
        "name": payment.name,
        "ex_date": str(payment.ex_date),
        "units": payment.units,
        "income": payment.income,
        "after_tax": payment.after_tax,
        "expected": payment.expected,
        "disputed": payment.disputed,
    }


def _years(income: Income) -> list[Json]:
    """The newest first, each with the months that have payments."""
    years, months = income.by_year, income.by_month
    found: list[Json] = []
    for year in sorted({year for year, _ in years}, reverse=True):
        of_year: list[Json] = [
            {"month": month, **_both(months.get((year, month, False)), months.get((year, month, True)))}
            for month in sorted({month for of, month, _ in months if of == year})
        ]
        found.append({"year": year, **_both(years.get((year, False)), years.get((year, True))), "months": of_year})
    return found


def _both(received: Mapping[str, Sum] | None, expected: Mapping[str, Sum] | None) -> dict[str, Json]:
    return {"received": _sums(received or {}), "expected": _sums(expected or {})}


def _sums(sums: Mapping[str, Sum]) -> dict[str, Json]:
    return {currency: {"before_tax": each.before_tax, "after_tax": each.after_tax} for currency, each in sums.items()}


def _missing(missing: Missing) -> dict[str, Json]:
    return {"ticker": missing.ticker, "record_date": str(missing.record_date)}
