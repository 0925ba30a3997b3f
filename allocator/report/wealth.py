"""What all accounts together are worth: the values that a page shows, and the same as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from allocator.core.portfolio import ZERO, CashTarget, Target, Units
from allocator.core.text import Text
from allocator.optimize.problem import exact
from allocator.report.catalogue import render
from allocator.report.document import Json
from allocator.report.document import target as target_document

PLACES = Decimal("1e-12")  # of a quotient: it has no last digit


@dataclass(frozen=True, slots=True)
class Price:
    """The last close of a unit, its day, and the close before it; None without one."""

    close: Decimal
    day: date
    before: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What securities gained, dividends after tax among it; `share` of their value before, None where that was 0."""

    money: Decimal = ZERO
    share: Decimal | None = None
    dividends: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Line:
    """A security held or wanted. Without a `price` there is no value, and the line counts in no sum."""

    ticker: str  # as the portfolio file has it
    name: str | None = None
    units: Decimal = ZERO
    price: Price | None = None
    weight: Decimal | None = None  # of everything, cash included
    moved: Decimal | None = None  # the price on the last day of trading, as a share; None without deals on it
    target: Target = field(default=Units(ZERO))
    accounts: Sequence[tuple[str, Decimal]] = ()  # who holds it, and how many units

    @property
    def value(self) -> Decimal | None:
        with exact():
            return None if self.price is None else self.units * self.price.close


@dataclass(frozen=True, slots=True)
class Point:
    """The securities at a day's closes, and what had been brought in and paid for them by then, less what was sold."""

    day: date
    value: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class Wealth:
    """All accounts as one. Sums are of what has a price; `unpriced` is held and has none."""

    lines: Sequence[Line] = ()
    cash: Decimal = ZERO
    cash_target: CashTarget | None = None
    effective: Decimal | None = None  # (sum v)^2 / sum v^2 over securities; None without any
    accounts: int = 0
    day: date | None = None  # the last of trading in these securities
    today: Change | None = None  # on that day
    since: date | None = None  # the first line of the log of trades
    total: Change | None = None  # since then
    history: Sequence[Point] = ()
    notes: Sequence[Text] = ()

    @property
    def held(self) -> Sequence[Line]:
        return [each for each in self.lines if each.units]

    @property
    def unpriced(self) -> Sequence[str]:
        return [each.ticker for each in self.held if each.price is None]

    @property
    def securities(self) -> Decimal:
        with exact():
            return sum((each.value for each in self.lines if each.value), start=ZERO)

    @property
    def value(self) -> Decimal:
        with exact():
            return self.securities + self.cash


def wealth_document(wealth: Wealth, *, lang: str = "en") -> dict[str, Json]:
    """The object of /api/portfolio; every amount with all its digits, shares as fractions with twelve decimals."""
    return {
        "value": wealth.value,
        "securities": wealth.securities,
        "cash": wealth.cash,
        "cash_target": target_document(wealth.cash_target),
        "accounts": wealth.accounts,
        "open_positions": len(wealth.held),
        "effective_positions": _twelve(wealth.effective),
        "unpriced": list(wealth.unpriced),
        "day": _day(wealth.day),
        "today": _change(wealth.today),
        "since": _day(wealth.since),
        "total": _change(wealth.total),
        "holdings": [_line(each) for each in wealth.lines],
        "history": [{"day": str(each.day), "value": each.value, "paid": each.paid} for each in wealth.history],
        "notes": [render(each, lang) for each in wealth.notes],
    }


def _line(line: Line) -> dict[str, Json]:
    return {
        "ticker": line.ticker,
        "name": line.name,
        "units": line.units,
        "price": line.price.close if line.price else None,
        "price_day": _day(line.price.day if line.price else None),
        "value": line.value,
        "weight": _twelve(line.weight),
        "price_change": _twelve(line.moved),
        "target": target_document(line.target) or {"auto": True},
        "accounts": [{"account": name, "units": units} for name, units in line.accounts],
    }


def _change(change: Change | None) -> dict[str, Json] | None:
    if change is None:
        return None
    return {"money": change.money, "share": _twelve(change.share), "dividends": change.dividends}


def _twelve(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(PLACES)


def _day(day: date | None) -> str | None:
    return None if day is None else str(day)
