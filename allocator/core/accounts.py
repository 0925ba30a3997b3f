"""Accounts with brokers, and what an investor wants of all of them together.

An account knows what is its own: what it holds, its cash and what is to be taken out of it, its broker's fees, the
deals that it allows, the lots. Everything else that a portfolio file says is of the whole: the `Policy`. Money and
units are exact decimals. The meaning of every field is in `docs/accounts.md`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum

from allocator.core.portfolio import ZERO, Auto, CashTarget, Fee, ForecastRules, Options, Permission, Target, Units

NEW = 0
"""The version of what the store does not have yet."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What an account has of an asset, perhaps nothing, and how it may deal in it."""

    ticker: str  # as in the portfolio file: "SBER", "TQTD:FXRU"
    units: Decimal = ZERO  # may be fractional
    fee: Fee | None = None  # None: that of the account
    permission: Permission = Permission.TRADE
    lot_size: int | None = None  # units per lot; None: the exchange's


@dataclass(frozen=True, slots=True)
class Account:
    """One account. `version` is that of the store's copy it was read from: an edit of an older copy is refused."""

    name: str
    holdings: tuple[Holding, ...] = ()  # in the order of the file; each ticker once
    cash: Decimal = ZERO
    withdraw: Decimal = ZERO  # of the cash, or of what sales bring
    fee: Fee = field(default=Fee())  # of assets that have none of their own
    version: int = NEW

    def holding(self, ticker: str) -> Holding:
        """What it has of the asset; of one that it does not know, nothing, with any deal allowed."""
        return next((each for each in self.holdings if each.ticker == ticker), Holding(ticker))

    def fee_of(self, ticker: str) -> Fee:
        own = self.holding(ticker).fee
        return self.fee if own is None else own

    @property
    def empty(self) -> bool:
        """Whether nothing would be lost with it."""
        return not self.cash and not any(each.units for each in self.holdings)


@dataclass(frozen=True, slots=True)
class Policy:
    """What is wanted of all accounts together."""

    targets: tuple[tuple[str, Target], ...] = ()  # by ticker, in the order of the assets
    cash: CashTarget | None = None  # None: cash is free
    options: Options = field(default=Options())
    forecast: ForecastRules = field(default=ForecastRules())
    exclude: tuple[str, ...] = ()  # tickers that are not to be bought, sorted
    version: int = NEW

    def target(self, ticker: str) -> Target:
        return next((target for name, target in self.targets if name == ticker), Units(ZERO))

    @property
    def in_vain(self) -> list[str]:
        """What is wanted and yet not to be bought: it may be sold down to its target, never bought up to it."""
        return [ticker for ticker, target in self.targets if ticker in self.exclude and _some(target)]

    @property
    def wants(self) -> bool:
        """Whether anything is wanted at all, cash included."""
        return self.cash is not None or any(_some(each) for _, each in self.targets)


class ChangeKind(Enum):
    """How what is held came to differ: an account appeared with it, somebody dealt, the account was removed."""

    OPENED = "opened"
    TRADED = "traded"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the log of trades: units of a ticker on an account, before and after."""

    account: str
    ticker: str
    at: datetime
    before: Decimal
    after: Decimal
    kind: ChangeKind


def changes(old: Account | None, new: Account | None, at: datetime) -> tuple[Change, ...]:
    """What differs in holdings between two states of one account; None before it was there, or after it is gone."""
    account = new or old
    if account is None:
        return ()
    kind = ChangeKind.OPENED if old is None else ChangeKind.CLOSED if new is None else ChangeKind.TRADED
    before = {each.ticker: each.units for each in old.holdings} if old else {}
    after = {each.ticker: each.units for each in new.holdings} if new else {}
    return tuple(
        Change(account.name, ticker, at, before.get(ticker, ZERO), after.get(ticker, ZERO), kind)
        for ticker in dict.fromkeys([*before, *after])
        if before.get(ticker, ZERO) != after.get(ticker, ZERO)
    )


def _some(target: Target) -> bool:
    return isinstance(target, Auto) or bool(_amount(target))


def _amount(target: Target) -> Decimal:
    if isinstance(target, Auto):
        return ZERO
    return target.units if isinstance(target, Units) else target.percent
