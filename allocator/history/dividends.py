"""What sources say of dividends, and which of them to believe."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum

from allocator.core.instrument import Dividend, Rename

MANUAL, SHIPPED, ISS = "manual", "shipped", "iss"
RANK: Mapping[str, int] = {MANUAL: 0, SHIPPED: 1, ISS: 2}  # any other is there to be compared with
SAME_PAYMENT = timedelta(days=7)  # between the record dates that two sources give to one payment
ROUNDING = Decimal("0.005")  # of the larger amount: the exchange rounds some of them
PRICE_SHARE = Decimal("0.25")  # of the last price before: 12 of 1336 payments of 2015-2024 are above
POWERS = (10, 100, 1000, 10_000)
POWER_SLACK = Decimal("0.02")


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What the sources say of one payment, the one that is believed first.

    Record dates may differ too, by a few days: then the amounts are the same.
    """

    ticker: str
    record_date: date
    rows: tuple[Dividend, ...]


class Doubt(Enum):
    """Why an amount looks wrong."""

    PRICE = "price"  # too large a share of the price
    POWER = "power"  # ten, a hundred, ... times what another source says: a split or units mixed up


@dataclass(frozen=True, slots=True)
class Suspicion:
    """An amount that looks wrong. `measure` is the share of the price, or how many times `other` it is."""

    dividend: Dividend
    doubt: Doubt
    measure: Decimal
    other: Dividend | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """An announced record date without an amount."""

    ticker: str
    record_date: date

    @property
    def command(self) -> str:
        """What to type once the amount is known."""
        return f"allocator dividends add {self.ticker} {self.record_date} AMOUNT"


def joined(dividends: Iterable[Dividend], renames: Iterable[Rename]) -> list[Dividend]:
    """The same payments under the tickers of today, for one unit of today's paper; splits are left alone.

    What a source says under the new ticker goes before what it says under the old one.
    """
    changes = {rename.old: rename for rename in sorted(renames, key=lambda each: each.day)}
    found: dict[tuple[str, date, str, str], Dividend] = {}
    moved = []
    for dividend in dividends:
        current = _current(dividend, changes)
        if current is dividend:
            found[_key(current)] = current
        else:
            moved.append(current)
    for current in moved:
        found.setdefault(_key(current), current)
    return sorted(found.values(), key=_key)


def _current(dividend: Dividend, changes: Mapping[str, Rename]) -> Dividend:
    for _ in range(len(changes)):  # a circle of renames would never end
        change = changes.get(dividend.ticker)
        if change is None or dividend.record_date >= change.day or change.new == change.old:
            break
        amount = dividend.amount
        if change.ratio != 1:
            amount = amount * change.ratio.denominator / change.ratio.numerator
        dividend = replace(dividend, ticker=change.new, amount=amount)
    return dividend


def effective(dividends: Iterable[Dividend]) -> list[Dividend]:
    """One answer for each ticker and record date, by ticker and day: that of the most trusted source.

    Manual goes before shipped, shipped before the exchange, the exchange before all others; the winner's amounts are
    taken in all of its currencies and nobody else's. An amount of 0 says "no dividend", whatever others say, and is
    not in the answer. A less trusted source that has the same amount a few days off means the same payment.
    """
    found: list[Dividend] = []
    for payments in _by_ticker(dividends).values():
        answers = _answers(payments)
        shadows = {_key(row) for _, row in _shadows(payments, answers)}
        found += [row for rows in answers.values() for row in rows if row.amount and _key(row) not in shadows]
    return sorted(found, key=_key)


def disagreements(dividends: Iterable[Dividend]) -> list[Disagreement]:
    """Payments of which the sources say different things, in amount or (by a few days) in record date."""
    found = []
    for ticker, payments in _by_ticker(dividends).items():
        answers = _answers(payments)
        shadows = _shadows(payments, answers)
        echoes = {_key(row) for _, row in shadows}
        for day, rows in _by_day(payments).items():
            rest = [row for row in rows if _key(row) not in echoes]
            if any(not agree(one, other) for one in rest for other in rest if one.currency == other.currency):
                found.append(Disagreement(ticker, day, tuple(sorted(rest, key=_trust))))
        for answer, echo in shadows:
            found.append(Disagreement(ticker, answer.record_date, (answer, echo)))
    return sorted(found, key=lambda each: (each.ticker, each.record_date))


def agree(one: Dividend, other: Dividend) -> bool:
    """Whether both amounts, of one currency, are the same but for rounding."""
    return abs(one.amount - other.amount) <= ROUNDING * max(one.amount, other.amount)


def suspicions(dividends: Sequence[Dividend], prices: Mapping[tuple[str, date], Decimal]) -> list[Suspicion]:
    """Amounts that look wrong, by ticker and day.

    `prices` are the last raw closes before the ex-date by (ticker, record date), in roubles; where one is missing the
    price proves nothing. Only believed amounts are weighed against prices; all are weighed against each other.
    """
    found = []
    for row in effective(dividends):
        price = prices.get((row.ticker, row.record_date))
        if price and row.currency == "RUB" and row.amount > PRICE_SHARE * price:
            found.append(Suspicion(row, Doubt.PRICE, row.amount / price))
    for payments in _by_ticker(dividends).values():
        for rows in _by_day(payments).values():
            found += _powers(sorted(rows, key=_trust))
    return sorted(found, key=lambda each: (_key(each.dividend), each.doubt.value))


def _powers(rows: Sequence[Dividend]) -> list[Suspicion]:
    """The pairs of one currency, the more trusted first, whose ratio is a power of ten."""
    found = []
    for position, one in enumerate(rows):
        for other in rows[position + 1 :]:
            if one.currency != other.currency or not one.amount or not other.amount:
                continue
            times = max(one.amount, other.amount) / min(one.amount, other.amount)
            power = next((each for each in POWERS if abs(times / each - 1) <= POWER_SLACK), None)
            if power:
                larger, smaller = (one, other) if one.amount > other.amount else (other, one)
                found.append(Suspicion(larger, Doubt.POWER, Decimal(power), smaller))
    return found


def _answers(payments: Sequence[Dividend]) -> dict[date, list[Dividend]]:
    """The rows of the most trusted source of each day."""
    found = {}
    for day, rows in _by_day(payments).items():
        best = min(rows, key=_trust).source
        found[day] = [row for row in rows if row.source == best]
    return found


def _shadows(
    payments: Sequence[Dividend], answers: Mapping[date, Sequence[Dividend]]
) -> list[tuple[Dividend, Dividend]]:
    """(answer, row): a less trusted source's row on a day of its own that means the same payment as the answer."""
    given = {(row.source, row.record_date) for row in payments}
    rows = [row for answer in answers.values() for row in answer if row.amount]
    found = []
    for row in rows:
        for answer in rows:
            apart = abs(row.record_date - answer.record_date)
            if (
                timedelta(0) < apart <= SAME_PAYMENT
                and _trust(answer) < _trust(row)
                and row.currency == answer.currency
                and (row.source, answer.record_date) not in given
                and agree(row, answer)
            ):
                found.append((answer, row))
                break
    return found


def _trust(row: Dividend) -> tuple[int, str]:
    return RANK.get(row.source, len(RANK)), row.source


def _key(row: Dividend) -> tuple[str, date, str, str]:
    return row.ticker, row.record_date, row.currency, row.source


def _by_ticker(dividends: Iterable[Dividend]) -> dict[str, list[Dividend]]:
    found: defaultdict[str, list[Dividend]] = defaultdict(list)
    for dividend in dividends:
        found[dividend.ticker].append(dividend)
    return found


def _by_day(payments: Iterable[Dividend]) -> dict[date, list[Dividend]]:
    found: defaultdict[date, list[Dividend]] = defaultdict(list)
    for dividend in payments:
        found[dividend.record_date].append(dividend)
    return found
