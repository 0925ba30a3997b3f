"""Accounts at the last closes of the store, one by one and all of them, with what is wanted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from allocator.app.accounts import known
from allocator.app.accounts_edit import lot_of
from allocator.app.accounts_file import target
from allocator.app.accounts_pace import pace
from allocator.app.closes import Closes, closes_of
from allocator.core.accounts import Account, Policy
from allocator.core.instrument import Kind
from allocator.core.portfolio import ZERO
from allocator.optimize.problem import exact
from allocator.report.account_page import AccountsView, AccountView, Row, Wish
from allocator.store import Transaction

SHOWN_CHANGES = 20


def prices(transaction: Transaction, today: date) -> Closes:
    """The closes of all that accounts hold or that is wanted, in units of today.

    Raises: `StoreError`.
    """
    accounts, policy = transaction.accounts.all(), transaction.accounts.policy()
    return closes_of(transaction, _named(accounts, policy), transaction.calendar.seen() or date.max, today)


def account_view(transaction: Transaction, name: str, closes: Closes) -> AccountView:
    """One account, its rows in its own order.

    Raises: `UsageError` for an unknown name; `StoreError`.
    """
    account, policy = known(transaction, name), transaction.accounts.policy()
    log = transaction.accounts.changes(account.name)
    return AccountView(account, _rows(account, policy, closes), tuple(log[: -SHOWN_CHANGES - 1 : -1]), len(log))


def accounts_view(transaction: Transaction, closes: Closes) -> AccountsView:
    """All accounts in the order in which they came, without their trades.

    Raises: `StoreError`.
    """
    accounts, policy = transaction.accounts.all(), transaction.accounts.policy()
    views = tuple(AccountView(each, _rows(each, policy, closes)) for each in accounts)
    whole = AccountsView(views, policy)
    wishes = [_wish(ticker, whole, closes) for ticker in _named(accounts, policy)]
    cash = target(policy.cash) if policy.cash else ""
    return AccountsView(views, policy, tuple(wishes), cash, pace(transaction))


def _rows(account: Account, policy: Policy, closes: Closes) -> tuple[Row, ...]:
    found = []
    for holding in account.holdings:
        instrument = closes.instrument(holding.ticker)
        name = instrument.name if instrument else None
        wanted = policy.target(holding.ticker)
        found.append(Row(holding, name, lot_of(holding, instrument), closes.price(holding.ticker), wanted))
    return tuple(found)


def _wish(ticker: str, whole: AccountsView, closes: Closes) -> Wish:
    instrument, price = closes.instrument(ticker), closes.price(ticker)
    with exact():
        units = sum((each.account.holding(ticker).units for each in whole.accounts), start=ZERO)
    value = whole.value
    weight = units * price.close / value if price and value else None
    stated = dict(whole.policy.targets).get(ticker)
    words = "" if stated is None else target(stated)
    return Wish(ticker, instrument.name if instrument else None, units, weight, words)


def _named(accounts: Iterable[Account], policy: Policy) -> list[str]:
    """The tickers of targets in their order, then what accounts have besides."""
    wanted = [ticker for ticker, _ in policy.targets]
    return list(dict.fromkeys([*wanted, *(each.ticker for account in accounts for each in account.holdings)]))


def traded(transaction: Transaction) -> list[tuple[str, str]]:
    """Tickers and names of what an account may hold, to choose from."""
    found = transaction.instruments.all()
    return [(each.ticker, each.name or "") for each in found if each.delisted is None and each.kind is not Kind.INDEX]
