"""How long what is bought is kept, by the log of trades: the horizon that forecasts and costs are reckoned for.

The rule is POptimizer's holding period. On each day of trading, with P the value of all securities at the close and B
that of what was bought since the day before,

    H <- H * (1 - min(B, P) / P) + 1,    H = 0 where P is 0;    horizon = max(1, floor(H)).

What is kept grows older by a day, and what was bought is new: H is the average age of a rouble in the portfolio, in
days of trading. It begins with 1 on the first day. What an account held when it appeared was not bought then, and what
is taken away with an account was not sold.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from allocator.app.daily import daily_panel
from allocator.core.accounts import Change, ChangeKind
from allocator.core.bars import Floats
from allocator.core.instrument import Rename, Split
from allocator.core.moscow import MOSCOW
from allocator.report.accounts import Pace
from allocator.store import Transaction

SHORTEST = 1


@dataclass(frozen=True, slots=True)
class Flow:
    """One line of the log in units of today: by how much what is held grew, and how much of that was bought."""

    ticker: str
    day: date  # of Moscow
    grown: float
    bought: float


def pace(transaction: Transaction) -> Pace:
    """As of the last day of trading in the store. Tickers without closes in it count neither in P nor in B.

    Raises: `StoreError`.
    """
    flows = flows_of(transaction.accounts.changes(), transaction.renames.all(), transaction.splits.all())
    if not flows:
        return Pace()
    known = {each.ticker for each in transaction.instruments.all()}
    tickers = sorted({flow.ticker for flow in flows})
    panel, _ = daily_panel(transaction, [each for each in tickers if each in known], adjust="splits")
    column = {ticker: n for n, ticker in enumerate(panel.tickers) if np.isfinite(panel["close"][:, n]).any()}
    since = min(flow.day for flow in flows)
    priced = [flow for flow in flows if flow.ticker in column]
    days = panel.times.astype("datetime64[D]")
    first = int(np.searchsorted(days, np.datetime64(since)))
    close = _carried(panel["close"])[first:]
    grown, bought = np.zeros_like(close), np.zeros_like(close)
    for flow in priced:
        at = int(np.searchsorted(days[first:], np.datetime64(flow.day)))  # of a holiday: the next day of trading
        if at < len(close):
            grown[at, column[flow.ticker]] += flow.grown
            bought[at, column[flow.ticker]] += flow.bought
    value = (np.cumsum(grown, axis=0) * close).sum(axis=1)
    age = holding_days(value, (bought * close).sum(axis=1))
    unpriced = tuple(each for each in tickers if each not in column)
    return Pace(max(SHORTEST, math.floor(age)), age, since, unpriced)


def holding_days(value: Floats, bought: Floats) -> float:
    """H after the last of (n,) days; see the module's words."""
    age = 0.0
    for worth, new in zip(value.tolist(), bought.tolist(), strict=True):
        age = age * (1 - min(new, worth) / worth) + 1 if worth > 0 else 0.0
    return age


def flows_of(log: Iterable[Change], renames: Sequence[Rename], splits: Sequence[Split]) -> list[Flow]:
    """The log in tickers and units of today, so that neither a split nor a new ticker looks like a deal.

    Boards are left out: they say where a paper trades, not what it is.
    """
    held: dict[tuple[str, str], Decimal] = {}
    flows = []
    for change in log:
        day = change.at.astimezone(MOSCOW).date() if change.at.tzinfo else change.at.date()
        ticker, factor = _today(change.ticker.rpartition(":")[2], day, renames, splits)
        mine = change.account, change.ticker
        before, after = held.get(mine, Decimal(0)), change.after * factor
        held[mine] = after
        grown = after - before
        bought = max(grown, Decimal(0)) if change.kind is ChangeKind.TRADED else Decimal(0)
        flows.append(Flow(ticker, day, float(grown), float(bought)))
    return _netted(flows)


def _netted(flows: Iterable[Flow]) -> list[Flow]:
    """What one account or name gave and another took on the same day is no purchase."""
    grown: dict[tuple[str, date], float] = {}
    bought: dict[tuple[str, date], float] = {}
    for flow in flows:
        key = flow.ticker, flow.day
        grown[key] = grown.get(key, 0.0) + flow.grown
        bought[key] = bought.get(key, 0.0) + flow.bought
    return [
        Flow(ticker, day, units, max(0.0, min(bought[ticker, day], units))) for (ticker, day), units in grown.items()
    ]


def _today(ticker: str, day: date, renames: Sequence[Rename], splits: Sequence[Split]) -> tuple[str, Decimal]:
    """The ticker of today, and how many units of today one of that day is."""
    factor = Decimal(1)
    events: list[Rename | Split] = sorted([*renames, *splits], key=lambda each: each.day)
    for event in events:
        if isinstance(event, Split):
            if event.ticker == ticker and event.day > day:
                factor = factor * event.after / event.before
        elif event.old == ticker:
            ticker = event.new
            if event.day > day:
                factor = factor * event.ratio.numerator / event.ratio.denominator
    return ticker, factor


def _carried(close: Floats) -> Floats:
    """Each close, or the last before it; 0 before the first."""
    row = np.arange(len(close))[:, None]
    last = np.maximum.accumulate(np.where(np.isfinite(close), row, -1), axis=0)
    return np.where(last >= 0, np.take_along_axis(close, np.maximum(last, 0), axis=0), 0.0)
