"""All accounts at the last closes of the store: what they are worth, and how that came about.

What counts as a gain: what was held at one close, at the next, and dividends after tax on their ex-date. What was
brought in, bought or sold counts from the close of its day on, so that neither money paid in nor money taken out is a
gain. The log of trades knows no cash: gains and history are of securities alone. A percentage over several days is
that of a rouble which was in the securities all the time: the days' shares, compounded.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Context, Decimal, localcontext
from itertools import accumulate

import numpy as np

from allocator.app.accounts_log import Step, in_units_of_today, moscow_day, steps_of
from allocator.app.closes import Closes, closes_of
from allocator.app.daily import old_closes
from allocator.app.dividends import rows_of
from allocator.core.accounts import Account, Policy
from allocator.core.accounts import Change as Logged
from allocator.core.instrument import Rename, Split
from allocator.core.portfolio import ZERO, Units, without_board
from allocator.core.text import Text, text
from allocator.history.dividends import effective, joined
from allocator.optimize.problem import exact
from allocator.report import numbers
from allocator.report.wealth import Change, Line, Point, Price, Wealth
from allocator.store import Transaction
from allocator.store.units import splits_until

ROUBLES = "RUB"


@dataclass(frozen=True, slots=True)
class Paid:
    """A dividend for one unit of today, after tax, by the day on which it left the price."""

    ticker: str
    ex_date: date
    amount: Decimal


@dataclass
class Day:
    """What happened to the securities on one day of trading."""

    value: Decimal = ZERO
    flow: Decimal = ZERO  # brought in and bought, less sold and taken away
    dividends: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Past:
    """The securities by the log of trades, one day of trading after another."""

    days: Sequence[date] = ()
    of: Sequence[Day] = field(default_factory=list)

    @property
    def points(self) -> list[Point]:
        with exact():
            paid = accumulate(each.flow for each in self.of)
            return [Point(day, each.value, sum_) for day, each, sum_ in zip(self.days, self.of, paid, strict=True)]

    def change(self, days: int | None = None) -> Change | None:
        """Over the last so many days of trading (None: all); None before there is a day to compare with."""
        first = 1 if days is None else max(1, len(self.of) - days)
        if len(self.of) <= first:
            return None
        pairs = list(zip(self.of[first - 1 :], self.of[first:], strict=False))
        with exact():
            gains = [now.value - now.flow - before.value + now.dividends for before, now in pairs]
            money, dividends = sum(gains, start=ZERO), sum((now.dividends for _, now in pairs), start=ZERO)
        times = Decimal(1)
        for (before, _), gain in zip(pairs, gains, strict=True):
            times *= 1 + gain / before.value if before.value else 1
        known = any(before.value for before, _ in pairs)
        return Change(money, times - 1 if known else None, dividends)


def wealth(transaction: Transaction, today: date, tax: Decimal) -> Wealth:
    """All accounts as one; `tax` is the share of a dividend that is withheld. Nothing is held: a `Wealth` of cash.

    `today`: in whose units things are held, and from when closes are old.

    Raises: `StoreError`.
    """
    accounts, policy = transaction.accounts.all(), transaction.accounts.policy()
    log, renames, splits = transaction.accounts.changes(), transaction.renames.all(), splits_until(transaction, today)
    steps = list(steps_of(log, renames, splits))
    names = _named(accounts, policy)
    since = min((step.day for step in steps), default=None)
    from_ = since or transaction.calendar.seen() or date.max  # without any bar there is nothing to read
    closes = closes_of(transaction, [*names, *(step.ticker for step in steps)], from_, today)
    with exact():
        cash = sum((each.cash for each in accounts), start=ZERO)
        lines = [_line(name, accounts, policy, closes) for name in names]
        total = sum((line.value or ZERO for line in lines), start=cash)
    past = past_of(steps, closes, _dividends(transaction, steps, renames, splits, tax))
    weighed = [replace(line, weight=_share(line.value, total)) for line in lines]
    dealt = [line.price.day for line in lines if line.units and line.price]
    return Wealth(
        lines=tuple(sorted(weighed, key=lambda line: (not line.units, line.price is None, -(line.value or ZERO)))),
        cash=cash,
        cash_target=policy.cash,
        effective=effective_positions(lines, closes),
        accounts=len(accounts),
        day=max(dealt, default=None),
        today=past.change(1),
        since=since,
        total=past.change(),
        history=tuple(past.points),
        notes=(*old_closes(dealt, today), *_notes(lines, log, steps, closes, renames, splits)),
    )


def effective_positions(lines: Sequence[Line], closes: Closes) -> Decimal | None:
    """(sum v)^2 / sum v^2 over papers, whatever boards they are held under; None where nothing has a value."""
    values: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.value:
            values[closes.heads[without_board(line.ticker)][0]] += line.value
    squares = sum(value * value for value in values.values())
    return sum(values.values()) ** 2 / squares if squares else None


def past_of(steps: Sequence[Step], closes: Closes, dividends: Sequence[Paid] = ()) -> Past:
    """The securities on each day of trading since the first line of the log.

    A trade on a day without trading counts on the next day with it; one after the last close waits. What has no price
    yet counts from its first close on, as if brought in then.
    """
    if not steps:
        return Past()
    first = bisect_left(closes.days, min(step.day for step in steps))
    days = closes.days[first:]
    of = [Day() for _ in days]
    with exact():
        for ticker in sorted({step.ticker for step in steps}):
            grown: defaultdict[int, Decimal] = defaultdict(Decimal)
            for step in steps:
                if step.ticker == ticker:
                    grown[bisect_left(days, step.day)] += step.grown
            paid: defaultdict[int, Decimal] = defaultdict(Decimal)
            for each in dividends:
                if each.ticker == ticker and days and each.ex_date >= days[0]:
                    paid[bisect_left(days, each.ex_date)] += each.amount
            _add(of, closes.carried(ticker)[first:], grown, paid)
    return Past(days, of)


def _add(
    of: Sequence[Day],
    prices: Sequence[Decimal | None],
    grown: Mapping[int, Decimal],
    paid: Mapping[int, Decimal],
) -> None:
    """Add one paper to the days, by positions of days: units that came, and dividends of a unit."""
    units, seen = ZERO, False
    for position, price in enumerate(prices):
        if units and position in paid:
            of[position].dividends += units * paid[position]
        came = grown.get(position, ZERO)
        units += came
        if price is None:
            continue
        of[position].flow += (came if seen else units) * price
        of[position].value += units * price
        seen = True


def _line(name: str, accounts: Sequence[Account], policy: Policy, closes: Closes) -> Line:
    instrument, price = closes.instrument(name), closes.price(name)
    holders = [(each.name, each.holding(name).units) for each in accounts if each.holding(name).units]
    units = sum((amount for _, amount in holders), start=ZERO)
    fresh = price is not None and price.before and price.day == closes.days[-1]
    return Line(
        ticker=name,
        name=instrument.name if instrument else None,
        units=units,
        price=price,
        moved=_moved(price) if fresh else None,
        target=policy.target(name),
        accounts=tuple(holders),
    )


def _moved(price: Price | None) -> Decimal | None:
    if price is None or price.before is None:
        return None
    with localcontext(Context()):  # a quotient has no last digit
        return price.close / price.before - 1


def _named(accounts: Sequence[Account], policy: Policy) -> list[str]:
    """What is held by anybody, and what is wanted of all."""
    held = [each.ticker for account in accounts for each in account.holdings if each.units]
    wanted = [ticker for ticker, target in policy.targets if target != Units(ZERO)]
    return list(dict.fromkeys([*held, *wanted]))


def _dividends(
    transaction: Transaction,
    steps: Sequence[Step],
    renames: Sequence[Rename],
    splits: Sequence[Split],
    tax: Decimal,
) -> list[Paid]:
    """Those in roubles of what was ever held, for one unit of today."""
    tickers = {step.ticker for step in steps}
    rows = effective(joined(rows_of(transaction, tickers, renames), renames))
    rows = [row for row in rows if row.currency == ROUBLES and row.ticker in tickers]
    days = np.array([row.record_date for row in rows], dtype="datetime64[D]")
    found = []
    for row, ex_date in zip(rows, transaction.calendar.get().ex_dates(days).tolist(), strict=True):
        _, factor = in_units_of_today(row.ticker, row.record_date, (), splits)
        found.append(Paid(row.ticker, ex_date, row.amount * (1 - tax) / factor))
    return found


def _share(value: Decimal | None, total: Decimal) -> Decimal | None:
    return None if value is None or not total else value / total


def _notes(
    lines: Sequence[Line],
    log: Sequence[Logged],
    steps: Sequence[Step],
    closes: Closes,
    renames: Sequence[Rename],
    splits: Sequence[Split],
) -> Iterator[Text]:
    """What the figures leave out, and what somebody should look at."""
    unpriced = [line.ticker for line in lines if line.units and line.price is None]
    if unpriced:
        yield text("Without a price in the store, and so in no sum: {tickers}.", tickers=", ".join(unpriced))
    last = max((line.price.day for line in lines if line.units and line.price), default=None)
    old = [
        text("{ticker} of {day}", ticker=line.ticker, day=line.price.day)
        for line in lines
        if line.units and line.price and line.price.day != last
    ]
    for each in old:
        yield text("An older close: {close}.", close=each)
    yield from _outdated(log, renames, splits)
    if any(not closes.of.get(step.ticker) for step in steps) and not unpriced:
        gone = sorted({step.ticker for step in steps if not closes.of.get(step.ticker)})
        yield text("Without a price in the store, and so not in the history: {tickers}.", tickers=", ".join(gone))


def _outdated(log: Sequence[Logged], renames: Sequence[Rename], splits: Sequence[Split]) -> Iterator[Text]:
    """Units that were written before a split, or under a ticker that the paper no longer has."""
    newest = {(each.account, each.ticker): each for each in log}
    for (account, ticker), change in newest.items():
        if not change.after:
            continue
        name, factor = in_units_of_today(without_board(ticker), moscow_day(change.at), renames, splits)
        if factor != 1:
            yield text(
                "{ticker} of {account}: one unit has become {factor} since it was written down; correct the units.",
                ticker=ticker,
                account=account,
                factor=numbers.units(factor),
            )
        elif name != without_board(ticker):
            yield text("{ticker} of {account} is {name} today.", ticker=ticker, account=account, name=name)
