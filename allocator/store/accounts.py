"""Accounts, what is wanted of them, and the log of what changed in them.

Every edit carries the version that it began from: where the store has another one by now, it is refused, and what
somebody else has done stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from allocator.core.accounts import NEW, Account, Change, ChangeKind, Holding, Policy, changes
from allocator.core.errors import ConflictError, StoreError
from allocator.core.portfolio import Auto, CashTarget, Fee, Money, Percent, Permission, Target, Units
from allocator.core.text import Text, text
from allocator.store.account_rules import listed, rules_read, rules_written
from allocator.store.account_tables import ACCOUNTS, CHANGES, HOLDINGS, POLICIES, TARGETS
from allocator.store.journal import Facts
from allocator.store.link import Link, Row
from allocator.store.sentences import storable

ONLY = 1  # the one policy
ALL = text("the accounts")
GONE = "account gone: "  # facts: the last version of an account that was removed, by its name
AGAIN = text("Read it again and repeat the edit on what is there now.")


class Accounts:
    """The tables of accounts.

    Raises (all methods): `StoreError`, also for rows that cannot be read.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._facts = Facts(link)

    def all(self) -> list[Account]:
        """In the order in which they came."""
        held: dict[str, list[Row]] = {}
        for row in self._rows(sa.select(HOLDINGS).order_by(HOLDINGS.c.place), ALL):
            held.setdefault(row.account, []).append(row)
        rows = self._rows(sa.select(ACCOUNTS).order_by(ACCOUNTS.c.place, ACCOUNTS.c.name), ALL)
        return [self._account(row, held.get(row.name, [])) for row in rows]

    def get(self, name: str) -> Account | None:
        what = text("account {account}", account=name)
        found = self._rows(sa.select(ACCOUNTS).where(ACCOUNTS.c.name == storable(name)), what)
        if not found:
            return None
        held = sa.select(HOLDINGS).where(HOLDINGS.c.account == found[0].name).order_by(HOLDINGS.c.place)
        return self._account(found[0], self._rows(held, what))

    def stamp(self) -> tuple[object, ...]:
        """Equal as long as no account and no target changed; cheap, so that a page can ask for it at every look."""
        accounts = sa.select(ACCOUNTS.c.name, ACCOUNTS.c.version, ACCOUNTS.c.changed).order_by(ACCOUNTS.c.name)
        policy = sa.select(POLICIES.c.version, POLICIES.c.changed)
        return tuple(tuple(row) for statement in (accounts, policy) for row in self._link.rows(statement))

    def versions(self) -> tuple[tuple[tuple[str, int], ...], int]:
        """Of each account by name, in the order in which they came, and of what is wanted; cheap, like `stamp`."""
        accounts = sa.select(ACCOUNTS.c.name, ACCOUNTS.c.version).order_by(ACCOUNTS.c.place, ACCOUNTS.c.name)
        policy = self._rows(sa.select(POLICIES.c.version).where(POLICIES.c.id == ONLY), text("the targets"))
        named = tuple((row.name, row.version) for row in self._rows(accounts, ALL))
        return named, policy[0].version if policy else NEW

    def put(self, account: Account, at: datetime) -> Account:
        """Add the account, or replace the version that it was read from; what changed in it goes to the log.

        The same account with its new version comes back; one without an edit keeps its own. Versions of a name only
        grow: a new account goes on from one of its name that was removed, so that an old page cannot take it for that.

        Raises: `ConflictError` when the store has another version; `ValueError` for amounts that are negative or not
        finite, and for a ticker that stands twice.
        """
        _check(account)
        old = self.get(account.name)
        there = NEW if old is None else old.version
        if there != account.version:
            raise _conflict(account.name, account.version, there)
        if old == account:
            return account
        new = replace(account, version=(self._past(account.name) if old is None else account.version) + 1)
        values = {
            "version": new.version,
            "changed": at,
            "cash": new.cash,
            "withdraw": new.withdraw,
            "fee_fixed": new.fee.fixed,
            "fee_rate": new.fee.rate,
        }
        if old is None:
            last = self._link.one(sa.select(sa.func.max(ACCOUNTS.c.place)))
            place = (last[0] or 0) + 1 if last else 1
            insert = self._link.insert(ACCOUNTS).on_conflict_do_nothing()
            done = self._link.run(insert.values(name=account.name, place=place, **values))
        else:
            done = self._link.run(sa.update(ACCOUNTS).where(*_mine(account)).values(**values))
        if not done:  # another transaction was faster
            raise _conflict(account.name, account.version, account.version + 1)
        self._hold(new)
        self._log(changes(old, new, at))
        return new

    def remove(self, account: Account, at: datetime) -> None:
        """Take out the version that was read; the log keeps what it had.

        Raises: `ConflictError` when the store has another version.
        """
        old = self.get(account.name)
        if old is None or old.version != account.version:
            raise _conflict(account.name, account.version, NEW if old is None else old.version)
        self._link.run(sa.delete(HOLDINGS).where(HOLDINGS.c.account == account.name))
        if not self._link.run(sa.delete(ACCOUNTS).where(*_mine(account))):
            raise _conflict(account.name, account.version, account.version + 1)
        self._facts.set(GONE + storable(account.name), str(account.version))
        self._log(changes(old, None, at))

    def policy(self) -> Policy:
        """What is wanted of all accounts; nothing, as long as nobody has said it."""
        what = text("the targets")
        found = self._rows(sa.select(POLICIES).where(POLICIES.c.id == ONLY), what)
        if not found:
            return Policy()
        row, targets = found[0], self._rows(sa.select(TARGETS).order_by(TARGETS.c.place), what)
        with _readable(self._link, what):
            options, forecast = rules_read(row.rules)
            return Policy(
                targets=tuple((each.ticker, _target(each)) for each in targets),
                cash=_cash_target(row),
                options=options,
                forecast=forecast,
                exclude=tuple(listed(row.exclude)),
                version=row.version,
            )

    def put_policy(self, policy: Policy, at: datetime) -> Policy:
        """Replace the version that it was read from; the same policy with its new version comes back.

        Raises: `ConflictError` when the store has another version.
        """
        old = self.policy()
        if old.version != policy.version:
            raise _policy_conflict(policy.version, old.version)
        new = replace(policy, exclude=tuple(sorted(set(policy.exclude))))
        if new == old and old.version != NEW:
            return old
        new = replace(new, version=policy.version + 1)
        values = _policy_values(new, at)
        if old.version == NEW:
            done = self._link.run(self._link.insert(POLICIES).on_conflict_do_nothing().values(id=ONLY, **values))
        else:
            mine = POLICIES.c.id == ONLY, POLICIES.c.version == policy.version
            done = self._link.run(sa.update(POLICIES).where(*mine).values(**values))
        if not done:
            raise _policy_conflict(policy.version, policy.version + 1)
        self._link.run(sa.delete(TARGETS))
        self._link.upsert(
            TARGETS,
            [{"ticker": ticker, "place": n, **_said(target)} for n, (ticker, target) in enumerate(new.targets)],
        )
        return new

    def changes(self, account: str | None = None) -> list[Change]:
        """The log, oldest first; of one account or of all, those that are gone too."""
        statement = sa.select(CHANGES).order_by(CHANGES.c.id)
        if account is not None:
            statement = statement.where(CHANGES.c.account == storable(account))
        with _readable(self._link, text("the log of trades")):
            return [
                Change(row.account, row.ticker, row.at, row.before, row.after, ChangeKind(row.kind))
                for row in self._link.rows(statement)
            ]

    def _rows(self, statement: sa.Select[Any], what: Text) -> Sequence[Row]:
        """Rows whose decimals and times could be read."""
        with _readable(self._link, what):
            return self._link.rows(statement)

    def _account(self, row: Row, holdings: Sequence[Row]) -> Account:
        with _readable(self._link, text("account {account}", account=row.name)):
            return Account(
                name=row.name,
                holdings=tuple(_holding(each) for each in holdings),
                cash=_finite(row.cash),
                withdraw=_finite(row.withdraw),
                fee=Fee(row.fee_fixed, row.fee_rate),
                version=row.version,
            )

    def _past(self, name: str) -> int:
        """The last version of an account of this name that was removed; `NEW` without one."""
        said = self._facts.get(GONE + storable(name))
        with _readable(self._link, text("account {account}", account=name)):
            return NEW if said is None else int(said)

    def _hold(self, account: Account) -> None:
        self._link.run(sa.delete(HOLDINGS).where(HOLDINGS.c.account == account.name))
        self._link.upsert(
            HOLDINGS,
            [
                {
                    "account": account.name,
                    "ticker": each.ticker,
                    "place": place,
                    "units": each.units,
                    "fee_fixed": each.fee.fixed if each.fee else None,
                    "fee_rate": each.fee.rate if each.fee else None,
                    "permission": each.permission.value,
                    "lot_size": each.lot_size,
                }
                for place, each in enumerate(account.holdings)
            ],
        )

    def _log(self, found: tuple[Change, ...]) -> None:
        if not found:
            return
        self._link.run(
            sa.insert(CHANGES),
            [
                {
                    "at": each.at,
                    "account": each.account,
                    "ticker": each.ticker,
                    "before": each.before,
                    "after": each.after,
                    "kind": each.kind.value,
                }
                for each in found
            ],
        )


def _check(account: Account) -> None:
    amounts = [account.cash, account.withdraw, *(each.units for each in account.holdings)]
    for amount in amounts:
        if not amount.is_finite() or amount < 0:
            raise ValueError(f"not an amount: {amount}")
    if len({each.ticker for each in account.holdings}) < len(account.holdings):
        raise ValueError(f"a ticker stands twice in {account.name}")


def _mine(account: Account) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return ACCOUNTS.c.name == account.name, ACCOUNTS.c.version == account.version


def _conflict(name: str, read: int, there: int) -> ConflictError:
    if there == NEW:
        what = text("Account {account} is gone: version {read} was read.", account=name, read=read)
    elif read == NEW:
        what = text("Account {account} is there already, in version {there}.", account=name, there=there)
    else:
        what = text(
            "Account {account} has changed meanwhile: version {read} was read, version {there} is stored.",
            account=name,
            read=read,
            there=there,
        )
    return ConflictError(what, AGAIN)


def _policy_conflict(read: int, there: int) -> ConflictError:
    return ConflictError(
        text(
            "The targets have changed meanwhile: version {read} was read, version {there} is stored.",
            read=read,
            there=there,
        ),
        AGAIN,
    )


def _holding(row: Row) -> Holding:
    fee = None if row.fee_fixed is None else Fee(row.fee_fixed, row.fee_rate)
    return Holding(row.ticker, _finite(row.units), fee, Permission(row.permission), row.lot_size)


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise ValueError(value)
    return value


def _policy_values(policy: Policy, at: datetime) -> dict[str, Any]:
    kind = _said(policy.cash) if policy.cash else {"kind": None, "amount": None}
    return {
        "version": policy.version,
        "changed": at,
        "cash_kind": kind["kind"],
        "cash_amount": kind["amount"],
        **rules_written(policy),
    }


def _said(target: Target | CashTarget) -> dict[str, Any]:
    match target:
        case Units(units):
            return {"kind": "units", "amount": units}
        case Percent(percent):
            return {"kind": "percent", "amount": percent}
        case Money(money):
            return {"kind": "money", "amount": money}
    return {"kind": "auto", "amount": None}


def _target(row: Row) -> Target:
    match row.kind:
        case "auto":
            return Auto()
        case "units":
            return Units(row.amount)
        case "percent":
            return Percent(row.amount)
    raise ValueError(row.kind)


def _cash_target(row: Row) -> CashTarget | None:
    match row.cash_kind:
        case None:
            return None
        case "money":
            return Money(row.cash_amount)
        case "percent":
            return Percent(row.cash_amount)
    raise ValueError(row.cash_kind)


@contextmanager
def _readable(link: Link, what: Text) -> Iterator[None]:
    """What cannot be read inside becomes a `StoreError` that names it."""
    try:
        yield
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        raise StoreError(
            text("{name}: what is stored of {what} is damaged.", name=link.address.name, what=what),
            text("Put back a backup of the store, or import the portfolio file again into a new one."),
        ) from error
