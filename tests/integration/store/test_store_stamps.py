"""Stamps by which a page sees that what it shows has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from allocator.core.accounts import Account, Policy
from allocator.core.instrument import Dividend
from allocator.store import Store

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
DAY = date(2026, 3, 1)


def accounts_stamp(store: Store) -> object:
    with store.reading() as tx:
        return tx.accounts.stamp()


def dividends_stamp(store: Store) -> object:
    with store.reading() as tx:
        return tx.dividends.stamp()


def test_accounts_and_targets_change_their_stamp(store: Store) -> None:
    """Also where an account is taken out and put in again: its version begins anew, its time does not."""
    seen = [accounts_stamp(store)]
    with store.transaction() as tx:
        account = tx.accounts.put(Account("mine", cash=Decimal(1)), NOW)
    seen.append(accounts_stamp(store))
    with store.transaction() as tx:
        tx.accounts.put_policy(Policy(), NOW)
    seen.append(accounts_stamp(store))
    with store.transaction() as tx:
        tx.accounts.remove(account, NOW)
        tx.accounts.put(Account("mine", cash=Decimal(2)), NOW + timedelta(seconds=1))
    seen.append(accounts_stamp(store))
    assert 4 == len(set(seen))
    assert seen[-1] == accounts_stamp(store)


@pytest.mark.parametrize("source", ["manual", "iss"])
def test_dividends_change_their_stamp(store: Store, source: str) -> None:
    """Another amount, another day, one more, one less."""
    row = Dividend("A", DAY, Decimal("1.5"), "RUB", source)
    seen = [dividends_stamp(store)]
    for each in (row, replace(row, amount=Decimal("1.6")), replace(row, ticker="B", amount=Decimal(2))):
        with store.transaction() as tx:
            tx.dividends.put([each])
        seen.append(dividends_stamp(store))
    with store.transaction() as tx:
        tx.dividends.remove("A", DAY, source)
    seen.append(dividends_stamp(store))
    assert 5 == len(set(seen))
    assert seen[-1] == dividends_stamp(store)
