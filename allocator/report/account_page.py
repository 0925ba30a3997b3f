"""Accounts at the last closes of the store: the values that pages show, and the same as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from allocator.core.accounts import Account, Change, Holding, Policy
from allocator.core.portfolio import ZERO, Target, Units
from allocator.optimize.problem import exact
from allocator.report.accounts import Pace, account_document, change_document, policy_document
from allocator.report.document import Json
from allocator.report.wealth import Price

PLACES = Decimal("1e-12")  # of a quotient: it has no last digit


@dataclass(frozen=True, slots=True)
class Row:
    """A security of an account. `lot` is the account's, else the exchange's, else 1; without a price, no value."""

    holding: Holding
    name: str | None = None
    lot: int = 1
    price: Price | None = None
    target: Target = field(default=Units(ZERO))  # of all accounts together

    @property
    def value(self) -> Decimal | None:
        with exact():
            return None if self.price is None else self.holding.units * self.price.close

    @property
    def whole(self) -> bool:
        """Whether it is whole lots, and so has to stay so."""
        return not self.holding.units % self.lot


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account with its newest trades, the newest first, of `count`."""

    account: Account
    rows: Sequence[Row] = ()
    changes: Sequence[Change] = ()
    count: int = 0

    @property
    def securities(self) -> Decimal:
        """Of what has a price."""
        with exact():
            return sum((row.value for row in self.rows if row.value), start=ZERO)

    @property
    def value(self) -> Decimal:
        with exact():
            return self.securities + self.account.cash

    @property
    def unpriced(self) -> Sequence[str]:
        return [row.holding.ticker for row in self.rows if row.holding.units and row.price is None]

    @property
    def day(self) -> date | None:
        """The last of trading in what it holds."""
        return max((row.price.day for row in self.rows if row.price and row.holding.units), default=None)

    def weight(self, row: Row) -> Decimal | None:
        """A share of this account, cash included."""
        return None if row.value is None or not self.value else row.value / self.value


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of a security over all accounts, beside what they hold; `words` as in the portfolio file."""

    ticker: str
    name: str | None
    units: Decimal
    weight: Decimal | None
    words: str


@dataclass(frozen=True, slots=True)
class AccountsView:
    """All accounts, and what is wanted of them together; `cash_words` is the target of cash, empty for none."""

    accounts: Sequence[AccountView] = ()
    policy: Policy = field(default=Policy())
    wishes: Sequence[Wish] = ()
    cash_words: str = ""
    pace: Pace = field(default=Pace())

    @property
    def value(self) -> Decimal:
        with exact():
            return sum((each.value for each in self.accounts), start=ZERO)

    @property
    def cash(self) -> Decimal:
        with exact():
            return sum((each.account.cash for each in self.accounts), start=ZERO)

    def share(self, view: AccountView) -> Decimal | None:
        """Of an account, in all."""
        return view.value / self.value if self.value else None


def account_view_document(view: AccountView) -> dict[str, Json]:
    """The object of /api/accounts/NAME: as `allocator accounts show --json`, with values at the last closes."""
    said = account_document(view.account)
    return {
        **said,
        "value": view.value,
        "securities": view.securities,
        "unpriced": list(view.unpriced),
        "day": str(view.day) if view.day else None,
        "rows": [
            {
                "ticker": row.holding.ticker,
                "name": row.name,
                "lot": row.lot,
                "price": row.price.close if row.price else None,
                "price_day": str(row.price.day) if row.price else None,
                "value": row.value,
                "weight": _twelve(view.weight(row)),
            }
            for row in view.rows
        ],
        "changes": [change_document(each) for each in view.changes],
        "changes_in_all": view.count,
    }


def accounts_view_document(view: AccountsView) -> dict[str, Json]:
    """The object of /api/accounts."""
    return {
        "value": view.value,
        "cash": view.cash,
        "accounts": [
            {
                "name": each.account.name,
                "version": each.account.version,
                "value": each.value,
                "securities": each.securities,
                "cash": each.account.cash,
                "share": _twelve(view.share(each)),
            }
            for each in view.accounts
        ],
        "policy": policy_document(view.policy),
        "pace": {"horizon": view.pace.horizon, "age": view.pace.age},
    }


def _twelve(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(PLACES)
