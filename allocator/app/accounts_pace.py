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
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from allocator.app.accounts_log import steps_of
from allocator.app.daily import daily_panel
from allocator.core.accounts import Change, ChangeKind
from allocator.core.bars import Floats
from allocator.core.instrument import Rename, Split
from allocator.core.panel import filled
from allocator.report.accounts import Pace
from allocator.store import Transaction
from allocator.store.units import splits_until

SHORTEST = 1
BEFORE = timedelta(days=400)  # read ahead of the log, for papers that rest; a close before that is no price


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
    flows = flows_of(transaction.accounts.changes(), transaction.renames.all(), splits_until(transaction))
    if not flows:
        return Pace()
    known = {each.ticker for each in transaction.instruments.all()}
    tickers = sorted({flow.ticker for flow in flows})
    since = min(flow.day for flow in flows)
    wanted = [each for each in tickers if each in known]
    start = min(since, transaction.calendar.seen() or since) - BEFORE  # a store may end before the log begins
    panel, _ = daily_panel(transaction, wanted, start=start, adjust="splits")
    column = {ticker: n for n, ticker in enumerate(panel.tickers) if np.isfinite(panel["close"][:, n]).any()}
    priced = [flow for flow in flows if flow.ticker in column]
    days = panel.times.astype("datetime64[D]")
    first = int(np.searchsorted(days, np.datetime64(since)))
    close = np.nan_to_num(filled(panel["close"]))[first:]
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
    """The log in tickers and units of today; see `accounts_log`."""
    flows = []
    for step in steps_of(log, renames, splits):
        grown = step.grown
        bought = max(grown, Decimal(0)) if step.kind is ChangeKind.TRADED else Decimal(0)
        flows.append(Flow(step.ticker, step.day, float(grown), float(bought)))
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
