"""Advice as the store keeps it: what to deal on its accounts, and from what that was worked out.

So whoever reads it sees, without any other look, that an account, the targets or the forecast is another one by now.
Nothing that works advice out is loaded for it: see `advice`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from allocator.app.frozen import unpacked
from allocator.core.bars import Interval
from allocator.core.text import Text, text
from allocator.optimize.splitting import Split
from allocator.report.recommendation import Advice as Row
from allocator.store import Transaction

FACT = "advice"


@dataclass(frozen=True, slots=True)
class Basis:
    """What advice was worked out from: accounts with their versions, that of the targets, the forecast's number."""

    accounts: tuple[tuple[str, int], ...]
    policy: int
    forecast: int | None

    @classmethod
    def of(cls, tx: Transaction, interval: Interval) -> Basis:
        """As the store has them now."""
        accounts, policy = tx.accounts.versions()
        newest = tx.forecasts.newest(interval)
        return cls(accounts, policy, newest[0] if newest else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to deal, as it is kept; shares are fractions, slopes of a year.

    `rows`: every security, the steepest first; `split`: the exact deals of each account, its cash before and after.
    `buy` and `sell`: names, the surest first; `free_cash`: the one for it. `breakeven`: None when no exchange is
    proven. `wealth`: at bid, less what is withdrawn. `proven`: whether no lots are nearer to the weights. `closes`:
    what is held or dealt and had no quote, with the day of the close that stood in for it. `for_holdings`: whether the
    forecast was made for these holdings, None of one made for nobody. `changed`: what is another by now than when this
    was worked out; filled when it is read, empty while nothing is.
    """

    made: datetime
    basis: Basis
    verdict: Text
    interval: Interval
    as_of: datetime
    bars_ahead: int
    horizon: int
    kept: float
    aversion: float | None
    models: int
    witnesses: float
    rows: tuple[Row, ...]
    buy: tuple[str, ...]
    sell: tuple[str, ...]
    from_cash: bool
    to_cash: bool
    free_cash: str | None
    breakeven: float | None
    wealth: Decimal
    split: Split
    proven: bool
    provider: str
    quoted: datetime | None
    closes: tuple[tuple[str, date], ...]
    for_holdings: bool | None
    notes: tuple[Text, ...] = ()
    changed: tuple[Text, ...] = ()

    @property
    def outdated(self) -> bool:
        """Whether it is to be worked out again."""
        return bool(self.changed)

    @property
    def dealing(self) -> bool:
        """Whether any account has a deal to make."""
        return any(each.deals for each in self.split.accounts)


def kept_advice(tx: Transaction) -> Advice | None:
    """What was advised last, with what has changed since; None before the first, or of another version's making.

    Raises: `StoreError`.
    """
    advice = parsed(tx.facts.get(FACT))
    return advice and compared(tx, advice)


def parsed(source: str | None) -> Advice | None:
    """What the store keeps, as it was worked out."""
    try:
        return unpacked(Advice, source) if source else None
    except ValueError:
        return None


def compared(tx: Transaction, advice: Advice) -> Advice:
    """The same with what has changed since. Raises: `StoreError`."""
    return replace(advice, changed=tuple(_changed(advice.basis, Basis.of(tx, advice.interval))))


def _changed(then: Basis, now: Basis) -> Iterator[Text]:
    """What has become of that from which advice was worked out."""
    before, after = dict(then.accounts), dict(now.accounts)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if names:
        yield text("changed since: {accounts}", accounts=", ".join(names))
    if then.policy != now.policy:
        yield text("the targets or options have changed since")
    if then.forecast != now.forecast:
        yield text("there is a newer forecast")
