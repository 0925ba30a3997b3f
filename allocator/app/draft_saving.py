"""Between the accounts of the store and a text in an editor: an account, or all of them as one.

All accounts as one cannot be taken apart again, so of such a text what is wanted goes back (targets, options), and what
is held must stay as it is. Every text carries the versions that it was made from: what somebody else has changed since
is refused, never overwritten unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from allocator import config
from allocator.app.accounts import checked_name, known
from allocator.app.accounts_file import Say, written
from allocator.app.accounts_portfolio import NOT_BOUGHT, apart, of_account, of_all, same_wishes
from allocator.app.draft import NAME
from allocator.config.reading import NO_FILES, read_nothing
from allocator.core.accounts import NEW, Account, Holding, Policy
from allocator.core.errors import UsageError
from allocator.core.portfolio import Asset, Portfolio, Target
from allocator.core.text import Text, text
from allocator.store import Store, Transaction

ALL = ""
"""In place of an account's name."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Which account a text is of (`ALL`: all as one), and the versions of the store that it was made from."""

    account: str = ALL
    version: int = NEW  # of the account
    policy: int = NEW


@dataclass(frozen=True, slots=True)
class Loaded:
    """A text, and where it is from."""

    ini: str
    origin: Origin


def load(store: Store, name: str, say: Say) -> Loaded:
    """The account, or `ALL` of them, as a portfolio file with its comments in the language of `say`.

    Raises: `UsageError` for an unknown name, or when nothing is held or wanted; `StoreError`.
    """
    with store.reading() as tx:
        accounts, policy = tx.accounts.all(), tx.accounts.policy()
        account = None if name == ALL else known(tx, name)
    if account is None:
        names = ", ".join(each.name for each in accounts)
        heading = text("All accounts as one: {names}.", names=names)
        ini = written(of_all(accounts, policy, NAME), heading, say)
        return Loaded(ini, Origin(ALL, NEW, policy.version))
    heading = text("Account {account}.", account=account.name)
    ini = written(of_account(account, policy, NAME), heading, say)
    return Loaded(ini, Origin(account.name, account.version, policy.version))


def split_among(store: Store, portfolio: Portfolio) -> tuple[tuple[Account, ...], Text | None]:
    """The accounts that the deals of this portfolio can be given out to: all, if together they hold just that.

    None of them, and why not, when they hold something else.
    """
    with store.reading() as tx:
        accounts, policy = tx.accounts.all(), tx.accounts.policy()
    whole = of_all(accounts, policy, NAME)
    held = {each.ticker: each.have for each in whole.assets if each.have}
    mine = {each.ticker: each.have for each in portfolio.assets if each.have}
    if held == mine and (whole.cash.have, whole.cash.withdraw) == (portfolio.cash.have, portfolio.cash.withdraw):
        return tuple(accounts), None
    return (), text("the accounts hold something else than the text says, so the deals are not given out to them")


def save(store: Store, ini: str, origin: Origin, at: datetime, *, targets: bool) -> tuple[Origin, tuple[Text, ...]]:
    """Make the store what the text says: the account with all that it holds, and with `targets` what is wanted of all.

    Of a text of `ALL` accounts only what is wanted. An account that is not there yet is opened. Returns the new
    versions, and what was done in words.

    Raises: `ConfigError` for a text that is wrong; `UsageError` for a name that cannot be, a file of quotes that the
    store does not name already, or holdings that differ from those of all accounts; `ConflictError`; `StoreError`.
    """
    portfolio = config.parse(ini, NAME, read=read_nothing)
    name = ALL if origin.account == ALL else checked_name(origin.account)
    account, policy = apart(portfolio, name)
    with store.transaction() as tx:
        stored = tx.accounts.policy()
        policy = _believed(policy, stored)
        if name == ALL:
            _refuse_other_holdings(tx, portfolio, stored)
            origin = _with_policy(tx, origin, policy, stored, at)
            return origin, (text("The targets and options of all accounts are now those of the text."),)
        done = [text("Account {account} is now as the text says.", account=name)]
        account = _trimmed(replace(account, version=origin.version), tx.accounts.get(name), stored)
        origin = replace(origin, version=tx.accounts.put(account, at).version)
        if targets:
            origin = _with_policy(tx, origin, policy, stored, at)
            done.append(text("The targets and options of all accounts are now those of the text."))
        elif not same_wishes(policy, stored):
            done.append(text("The targets and options of all accounts stay as they are in the store."))
        return origin, tuple(done)


def current(store: Store, origin: Origin, say: Say) -> Loaded | None:
    """What is there now in place of what a text was made from; None when the account is gone, or nothing is there."""
    try:
        return load(store, origin.account, say)
    except UsageError:
        return None


def _with_policy(tx: Transaction, origin: Origin, policy: Policy, stored: Policy, at: datetime) -> Origin:
    if same_wishes(policy, stored):  # the text of one account has its assets in an order of its own
        policy = stored
    elif origin.account != ALL:
        policy = replace(policy, targets=_in_order(policy, stored))
    new = tx.accounts.put_policy(replace(policy, exclude=stored.exclude, version=origin.policy), at)
    return replace(origin, policy=new.version)


def _in_order(policy: Policy, stored: Policy) -> tuple[tuple[str, Target], ...]:
    """The targets as the store has them in order, new ones after them."""
    place = {ticker: at for at, (ticker, _) in enumerate(stored.targets)}
    return tuple(sorted(policy.targets, key=lambda each: place.get(each[0], len(place))))


def _believed(policy: Policy, stored: Policy) -> Policy:
    """With the store's own file of quotes, if the text names it. Raises: `UsageError` for any other."""
    provider = policy.options.provider
    if provider.path is None or provider.path == stored.options.provider.path:
        return policy
    raise UsageError(
        text("The accounts take no quotes from {path}: {reason}", path=provider.path.name, reason=NO_FILES),
        text("Write another provider in [options], or import the file: allocator accounts import FILE.ini"),
    )


def _refuse_other_holdings(tx: Transaction, portfolio: Portfolio, stored: Policy) -> None:
    """Raises: `UsageError` when the text holds anything else than the accounts together."""
    whole = of_all(tx.accounts.all(), stored, NAME)
    there = {each.ticker: _own(each) for each in whole.assets}
    nothing = {ticker: _own(Asset(ticker, fee=portfolio.fee)) for ticker in _tickers(portfolio, whole)}
    mine = {each.ticker: _own(each) for each in portfolio.assets}
    strange = [
        ticker for ticker in nothing if mine.get(ticker, there.get(ticker)) != there.get(ticker, nothing[ticker])
    ]
    cash = (whole.cash.have, whole.cash.withdraw) != (portfolio.cash.have, portfolio.cash.withdraw)
    if not strange and not cash:
        return
    raise UsageError(
        text("The text holds something else than the accounts together: {what}.",
             what=", ".join([*strange, *(["CASH"] if cash else [])])),
        text("What is held is changed account by account: take the text of one account, or go to its page."),
    )  # fmt: skip


def _tickers(*portfolios: Portfolio) -> Iterator[str]:
    yield from dict.fromkeys(asset.ticker for each in portfolios for asset in each.assets)


def _own(asset: Asset) -> tuple[object, ...]:
    """What of an asset belongs to accounts."""
    return asset.have, asset.fee, asset.permission, asset.lot_size


def _trimmed(account: Account, old: Account | None, stored: Policy) -> Account:
    """Without what the text says of the whole alone: assets that are only wanted, purchases that are excluded."""
    before = {} if old is None else {each.ticker: each for each in old.holdings}
    return replace(account, holdings=tuple(_holdings(account.holdings, before, frozenset(stored.exclude))))


def _holdings(
    holdings: Sequence[Holding], before: Mapping[str, Holding], excluded: frozenset[str]
) -> Iterator[Holding]:
    for each in holdings:
        old = before.get(each.ticker, Holding(each.ticker))
        if each.ticker in excluded and each.permission is NOT_BOUGHT.get(old.permission, old.permission):
            each = replace(each, permission=old.permission)  # noqa: PLW2901
        if each != Holding(each.ticker) or each.ticker in before:
            yield each
