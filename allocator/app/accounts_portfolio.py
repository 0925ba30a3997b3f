"""A portfolio file taken apart into an account and what is wanted, and put together again: of one account or of all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from allocator.core.accounts import Account, Holding, Policy
from allocator.core.portfolio import ZERO, Asset, Cash, Fee, Permission, Portfolio, Units
from allocator.optimize.problem import exact

T = TypeVar("T")

NOT_BOUGHT = {Permission.TRADE: Permission.SELL, Permission.BUY: Permission.KEEP}


def apart(portfolio: Portfolio, name: str) -> tuple[Account, Policy]:
    """What of a portfolio file belongs to the account, and what is wanted; neither has been stored yet.

    A path of quotes becomes absolute: the store is nowhere that it could be relative to.
    """
    account = Account(
        name=name,
        holdings=tuple(
            Holding(
                asset.ticker,
                asset.have,
                None if asset.fee == portfolio.fee else asset.fee,
                asset.permission,
                asset.lot_size,
            )
            for asset in portfolio.assets
        ),
        cash=portfolio.cash.have,
        withdraw=portfolio.cash.withdraw,
        fee=portfolio.fee,
    )
    options, provider = portfolio.options, portfolio.options.provider
    if provider.path is not None:
        options = replace(options, provider=replace(provider, path=provider.path.absolute()))
    targets = tuple((asset.ticker, asset.target) for asset in portfolio.assets)
    return account, Policy(targets, portfolio.cash.want, options, portfolio.forecast)


def same_wishes(one: Policy, other: Policy) -> bool:
    """Whether both want the same; the order of assets, and what is wanted at 0 units, are of no account."""

    def wish(policy: Policy) -> tuple[object, ...]:
        wanted = {ticker: target for ticker, target in policy.targets if target != Units(ZERO)}
        return wanted, policy.cash, policy.options, policy.forecast

    return wish(one) == wish(other)


def of_account(account: Account, policy: Policy, path: Path) -> Portfolio:
    """The account alone, with the targets of the whole: its own assets first, then others that are wanted."""
    own = [each.ticker for each in account.holdings]
    wanted = [ticker for ticker, target in policy.targets if target != Units(ZERO)]
    return _portfolio([account], policy, dict.fromkeys([*own, *wanted]), path)


def of_all(accounts: Sequence[Account], policy: Policy, path: Path) -> Portfolio:
    """All accounts as one.

    Units and cash are sums. An asset may be bought where one account may buy it, and sold where one of those that hold
    it may sell it (of those that name it, if none holds it). The fee is the cheapest of the accounts that name the
    asset, by its rate and then by its fixed part; the lot that of the first account that states one.
    """
    named = [ticker for ticker, _ in policy.targets]
    return _portfolio(accounts, policy, dict.fromkeys([*named, *_tickers(accounts)]), path)


def _tickers(accounts: Iterable[Account]) -> list[str]:
    return [each.ticker for account in accounts for each in account.holdings]


def _portfolio(accounts: Sequence[Account], policy: Policy, tickers: Iterable[str], path: Path) -> Portfolio:
    excluded = set(policy.exclude)
    return Portfolio(
        path=path,
        assets=tuple(_asset(ticker, accounts, policy, bought=ticker not in excluded) for ticker in tickers),
        cash=Cash(_sum(accounts, lambda each: each.cash), policy.cash, _sum(accounts, lambda each: each.withdraw)),
        options=policy.options,
        forecast=policy.forecast,
        fee=_cheapest(account.fee for account in accounts),
    )


def _asset(ticker: str, accounts: Sequence[Account], policy: Policy, *, bought: bool) -> Asset:
    holdings = [account.holding(ticker) for account in accounts]
    naming = [account for account in accounts if any(each.ticker == ticker for each in account.holdings)]
    permission = _permission(ticker, accounts)
    return Asset(
        ticker=ticker,
        have=_sum(holdings, lambda each: each.units),
        target=policy.target(ticker),
        fee=_cheapest(account.fee_of(ticker) for account in naming or accounts),
        permission=permission if bought else NOT_BOUGHT.get(permission, permission),
        lot_size=next((each.lot_size for each in holdings if each.lot_size), None),
    )


def _permission(ticker: str, accounts: Sequence[Account]) -> Permission:
    holdings = [account.holding(ticker) for account in accounts]
    known = [each for account in accounts for each in account.holdings if each.ticker == ticker]
    may_buy = not accounts or any(each.permission.may_buy for each in holdings)
    sellers = [each for each in known if each.units] or known
    may_sell = not sellers or any(each.permission.may_sell for each in sellers)
    match may_buy, may_sell:
        case True, True:
            return Permission.TRADE
        case True, False:
            return Permission.BUY
        case False, True:
            return Permission.SELL
    return Permission.KEEP


def _cheapest(fees: Iterable[Fee]) -> Fee:
    return min(fees, key=lambda fee: (fee.rate, fee.fixed), default=Fee())


def _sum(parts: Iterable[T], amount: Callable[[T], Decimal]) -> Decimal:
    with exact():
        return sum(map(amount, parts), start=ZERO)
