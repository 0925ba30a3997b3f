"""What dividends bring to the accounts of the store, by the log of trades.

Who holds a paper at the end of the day before its ex-date gets the dividend: units are those of the log then, or of
today for what is still to come. Before the log begins nobody knows what was held, and nothing is counted. A dividend
counts as received from its ex-date on; brokers pay it later, by law within 25 working days of the record date.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from allocator.app.accounts_log import Step, in_units_of_today, steps_of
from allocator.app.dividend_desk import known_ticker, version_of
from allocator.app.dividend_views import A_YEAR, Market, lines_of
from allocator.app.dividends import missing_amounts, rows_of
from allocator.core.instrument import Dividend, Split
from allocator.core.portfolio import ZERO
from allocator.history.dividends import Missing, disagreements, effective, joined
from allocator.report.income import Income, OfTicker, Payment
from allocator.store import Transaction
from allocator.store.units import splits_until


def income(transaction: Transaction, today: date, tax: Decimal) -> Income:
    """Of all that was ever held; `tax` is the share that is withheld. Payments by ex-date, the newest last.

    Raises: `StoreError`.
    """
    renames, splits = transaction.renames.all(), splits_until(transaction, today)
    steps = list(steps_of(transaction.accounts.changes(), renames, splits))
    if not steps:
        return Income(today, tax)
    held: dict[str, list[Step]] = {}
    for step in steps:
        held.setdefault(step.ticker, []).append(step)
    rows = joined(rows_of(transaction, held.keys(), renames), renames)
    rows = [row for row in rows if row.ticker in held]
    disputes = disagreements(rows)
    missing = missing_amounts(transaction, held, today)
    market = Market(transaction, renames)
    ex_dates = market.ex_dates([*rows, *(_row(each) for each in missing)])
    names = {ticker: found.name for ticker in held if (found := transaction.instruments.get(ticker))}
    disputed = {(each.ticker, each.record_date) for each in disputes}
    payments = [
        Payment(
            row,
            ex_dates[row.record_date],
            units,
            tax,
            expected=ex_dates[row.record_date] > today,
            disputed=(row.ticker, row.record_date) in disputed,
            name=names.get(row.ticker),
        )
        for row in effective(rows)
        if (units := _entitled(held[row.ticker], row, ex_dates[row.record_date], splits))
    ]
    unknown = tuple(each for each in missing if _units(held[each.ticker], ex_dates[each.record_date]))
    return Income(
        today,
        tax,
        min(step.day for step in steps),
        tuple(sorted(payments, key=lambda each: (each.ex_date, each.dividend.ticker))),
        unknown,
        tuple(each for each in disputes if each.record_date >= today - A_YEAR and _units(held[each.ticker], today)),
        {each.ticker: version_of(row for row in rows if row.ticker == each.ticker) for each in unknown},
    )


def of_ticker(transaction: Transaction, ticker: str, today: date) -> OfTicker:
    """What all sources say of a paper, and what they should.

    Raises: `UsageError` for a ticker that the store does not know; `StoreError`.
    """
    renames = transaction.renames.all()
    name = known_ticker(transaction, ticker, renames)
    rows = [row for row in joined(rows_of(transaction, [name], renames), renames) if row.ticker == name]
    instrument = transaction.instruments.get(name)
    lines = lines_of(transaction, rows, renames)
    return OfTicker(
        name,
        version_of(rows),
        instrument.name if instrument else None,
        tuple(sorted(lines, key=lambda each: (each.dividend.record_date, each.counts), reverse=True)),
        tuple(missing_amounts(transaction, [name], today)),
    )


def _entitled(steps: Sequence[Step], row: Dividend, ex_date: date, splits: Sequence[Split]) -> Decimal:
    """Units of the record date that bring the dividend; 0 for none."""
    units = _units(steps, ex_date)
    _, factor = in_units_of_today(row.ticker, row.record_date, (), splits)
    return units if factor == 1 else units / factor


def _units(steps: Sequence[Step], ex_date: date) -> Decimal:
    """What all accounts together held before that day, in units of today."""
    return sum((step.grown for step in steps if step.day < ex_date), start=ZERO)


def _row(missing: Missing) -> Dividend:
    return Dividend(missing.ticker, missing.record_date, ZERO, "RUB", "")
