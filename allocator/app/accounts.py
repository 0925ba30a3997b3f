"""Accounts in the store: in and out of portfolio files, shown, removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from allocator import config
from allocator.app import starter
from allocator.app.accounts_file import Say, written
from allocator.app.accounts_pace import pace
from allocator.app.accounts_portfolio import apart, of_account, of_all, same_wishes
from allocator.app.rebalance import has_auto
from allocator.config.findings import BadValueError, shown
from allocator.config.words import nearest
from allocator.core.accounts import NEW, Account, Change, Policy
from allocator.core.errors import UsageError
from allocator.core.portfolio import Portfolio
from allocator.core.text import Text, text
from allocator.report.accounts import Listing, Shown, wanted_in_vain
from allocator.store import Store, Transaction

LONGEST_NAME = 40
FORBIDDEN = frozenset("/\\")  # a page's address ends at one
SHOWN_CHANGES = 10

Whose = Literal["file", "store"]
"""Whose targets count after an import."""


@dataclass(frozen=True)
class Bookkeeper:
    """The accounts of one store; `now` gives an aware time, for the log."""

    store: Store
    now: Callable[[], datetime]

    def bring(self, path: Path, name: str | None = None, targets: Whose | None = None) -> Iterator[Text]:
        """Make an account what a portfolio file says, by the file's name unless another is given.

        The file's targets, options and order of assets become those of all accounts when the store has none yet; later
        it must be said whose count if they differ. A file that wants nothing is an account alone.

        Raises: `ConfigError` for a file that is wrong, `UsageError` for a name that cannot be, or for targets that
        differ; `StoreError`.
        """
        name = checked_name(path.stem if name is None else name, text("Give another: --name NAME."))
        yield from self.take_in(config.load(path), name, targets)

    def take_in(
        self, portfolio: Portfolio, name: str, targets: Whose | None = None, version: int | None = None
    ) -> Iterator[Text]:
        """Make an account what a portfolio says, of the `version` that was read, or (None) of any.

        Raises: as `bring`; `DifferentWishesError` for targets that differ; `ConflictError`.
        """
        path = portfolio.path
        account, policy = apart(portfolio, checked_name(name))
        with self.store.transaction() as transaction:
            accounts, stored = transaction.accounts, transaction.accounts.policy()
            old = accounts.get(account.name)
            if version is None:
                version = NEW if old is None else old.version
            new = accounts.put(replace(account, version=version), self.now())
            takes = _takes(policy, stored, targets, path)
            if takes:
                accounts.put_policy(replace(policy, exclude=stored.exclude, version=stored.version), self.now())
        yield from _brought(path, old, new)
        if takes and stored.version != NEW:
            yield text("The targets and options of all accounts are now those of {path}.", path=path)
        elif not takes and not same_wishes(policy, stored):
            yield text("The targets and options of all accounts stay as they are in the store.")

    def take_out(self, name: str | None, path: Path, say: Say, *, force: bool = False) -> Text:
        """Write a portfolio file: of one account, or of all as one when no name is given.

        Raises: `UsageError` for an unknown name, for a file that is there already (without `force`) or cannot be
        written; `StoreError`.
        """
        starter.write(self.content(name, path, say), path, force=force)
        return text("{path} is written. To see the best trades: allocator {path}", path=path)

    def content(self, name: str | None, path: Path, say: Say) -> str:
        """What `take_out` writes; `path` is what the file will be called.

        Raises: `UsageError` for an unknown name, and where there is nothing to write; `StoreError`.
        """
        with self.store.reading() as transaction:
            accounts, policy = transaction.accounts.all(), transaction.accounts.policy()
            account = None if name is None else known(transaction, name)
        if account is None:
            names = ", ".join(each.name for each in accounts)
            heading = text("All accounts as one, written by allocator: {names}.", names=names)
            portfolio = of_all(accounts, policy, path)
        else:
            heading = text("Account {account}, written by allocator.", account=account.name)
            portfolio = of_account(account, policy, path)
        return written(portfolio, heading, say)

    def exclude(self, tickers: Sequence[str], *, undo: bool = False) -> list[Text]:
        """Forbid purchases of these on all accounts, or with `undo` allow them again; what is excluded then.

        Raises: `UsageError` for what is no ticker; `StoreError`.
        """
        asked = {asked_ticker(each) for each in tickers}
        with self.store.transaction() as transaction:
            policy = transaction.accounts.policy()
            excluded = set(policy.exclude) - asked if undo else set(policy.exclude) | asked
            if excluded != set(policy.exclude):
                policy = replace(policy, exclude=tuple(sorted(excluded)))
                transaction.accounts.put_policy(policy, self.now())
        if not excluded:
            return [text("Nothing is excluded: everything may be bought.")]
        said = [text("Not to be bought: {tickers}.", tickers=", ".join(policy.exclude))]
        return [*said, wanted_in_vain(policy)] if policy.in_vain else said

    def remove(self, name: str, version: int | None = None, *, force: bool = False) -> Text:
        """Remove an account, of the `version` that was read; one that still holds something only with `force`.

        Raises: `UsageError` for an unknown name; `ConflictError`; `NotEmptyError`; `StoreError`.
        """
        with self.store.transaction() as transaction:
            account = known(transaction, name)
            stale = version not in {None, account.version}  # is refused first: what is there now, nobody has seen
            if not (account.empty or force or stale):
                raise NotEmptyError(
                    text("Account {account} is not empty.", account=account.name),
                    text(
                        "Keep what it has first: allocator accounts export {account} FILE.ini; "
                        "then repeat with --force.",
                        account=_quoted(account.name),
                    ),
                )
            account = account if version is None else replace(account, version=version)
            transaction.accounts.remove(account, self.now())
        return text("Account {account} is removed; the log of its trades is kept.", account=account.name)

    def whole(self, say: Say) -> tuple[tuple[Account, ...], Portfolio]:
        """The accounts, and all of them as one portfolio with the checks and notes of a portfolio file.

        Its horizon is that of the log of trades, whatever the targets say: that is how long deals are kept.
        Raises: `UsageError` when nothing is held or wanted, `ConfigError` for targets that do not go together;
        `StoreError`.
        """
        path = Path(self.store.name)
        with self.store.reading() as transaction:
            accounts = tuple(transaction.accounts.all())
            portfolio = of_all(accounts, transaction.accounts.policy(), path)
            horizon = pace(transaction).horizon
        portfolio = config.parse(written(portfolio, text("All accounts as one."), say), path)
        return accounts, paced(portfolio, horizon)

    def listing(self) -> Listing:
        """All accounts, what is wanted of them, and how often there are trades.

        Raises: `StoreError`.
        """
        with self.store.reading() as transaction:
            accounts = tuple(transaction.accounts.all())
            policy = transaction.accounts.policy()
            return Listing(accounts, policy, of_all(accounts, policy, Path(self.store.name)), pace(transaction))

    def shown(self, name: str) -> Shown:
        """One account with its newest trades.

        Raises: `UsageError` for an unknown name; `StoreError`.
        """
        with self.store.reading() as transaction:
            account = known(transaction, name)
            log: list[Change] = transaction.accounts.changes(account.name)
            return Shown(account, transaction.accounts.policy(), tuple(log[-SHOWN_CHANGES:]), len(log))


class DifferentWishesError(UsageError):
    """A file says other targets or options than the store, and nobody has said whose count."""


class NotEmptyError(UsageError):
    """An account that still holds something is not removed unasked; the hint is that of the command."""


def paced(portfolio: Portfolio, horizon: int) -> Portfolio:
    """With the horizon of the log of trades, in days of trading; a note says so where it matters."""
    portfolio = replace(portfolio, forecast=replace(portfolio.forecast, horizon=horizon))
    if not has_auto(portfolio):
        return portfolio
    note = text(
        "the horizon of the deals is {horizon} {horizon:day|days} of trading, by the log of trades", horizon=horizon
    )
    return replace(portfolio, notes=(*portfolio.notes, note))


def checked_name(raw: str, hint: Text | None = None) -> str:
    """The name of an account, without spaces around it. `hint` says how another is given.

    Raises: `UsageError` for one that could not be shown, or not be part of a page's address.
    """
    hint = hint or text("Give another name.")
    name = raw.strip()
    if not name:
        raise UsageError(text("An account needs a name."), hint)
    if name in {".", ".."}:
        raise UsageError(text("No account can be called {name}: an address cannot end so.", name=name), hint)
    if len(name) > LONGEST_NAME:
        raise UsageError(text("A name of an account has at most {count} characters.", count=LONGEST_NAME), hint)
    if not name.isprintable() or FORBIDDEN & set(name):
        raise UsageError(text("A name of an account is of printable characters, without slashes."), hint)
    return name


def asked_ticker(raw: str) -> str:
    """Raises: `UsageError` for what is no ticker."""
    try:
        return config.ticker(raw)
    except BadValueError as error:
        raise UsageError(text("{value}: {what}.", value=shown(raw), what=error.what), error.hint) from error


def known(transaction: Transaction, name: str) -> Account:
    """Raises: `UsageError` for an unknown name."""
    account = transaction.accounts.get(name)
    if account is not None:
        return account
    names = [each.name for each in transaction.accounts.all()]
    near = nearest(name, names)
    what = text("There is no account {account}.", account=name)
    if near:
        raise UsageError(what, text("Did you mean {word}?", word=near))
    if not names:
        raise UsageError(what, text("Import one: allocator accounts import FILE.ini"))
    raise UsageError(what, text("Accounts are {names}.", names=", ".join(names)))


def _takes(policy: Policy, stored: Policy, targets: Whose | None, path: Path) -> bool:
    """Whether the file's targets are to be stored."""
    if targets is not None:
        return targets == "file"
    if stored.version == NEW:
        return True
    if same_wishes(policy, stored) or not policy.wants:
        return False
    raise DifferentWishesError(
        text("{path} says other targets or options than the store, which has one set for all accounts.", path=path),
        text("Say whose count: --targets file or --targets store."),
    )


def _brought(path: Path, old: Account | None, new: Account) -> Iterator[Text]:
    held = sum(bool(each.units) for each in new.holdings)
    if old is None:
        yield text(
            "Account {account} is in the store: {count} {count:asset|assets} held.", account=new.name, count=held
        )
    elif old == new:
        yield text("Account {account} is as {path} says already.", account=new.name, path=path)
    else:
        yield text(
            "Account {account} is now as {path} says: {count} {count:asset|assets} held.",
            account=new.name,
            path=path,
            count=held,
        )


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
