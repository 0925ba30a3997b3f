"""Stamps of what pages are worked out from: equal as long as nothing that they show has changed, and cheap to get."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date, datetime

from allocator.core.moscow import MOSCOW
from allocator.store import Transaction

AT_LEAST_EVERY_S = 300  # bars that somebody accepts by hand are in no run: nothing is older than this


def of_market(transaction: Transaction, now: datetime) -> Hashable:
    """Of prices: the last run that loaded any, the last day of trading."""
    runs = [(run.id, run.ended) for run in transaction.journal.runs(1)]
    return tuple(runs), transaction.calendar.seen(), int(now.timestamp() // AT_LEAST_EVERY_S)


def of_accounts(transaction: Transaction, now: datetime) -> Hashable:
    """Of accounts and targets at the prices of the store."""
    return transaction.accounts.stamp(), of_market(transaction, now)


def of_income(transaction: Transaction, now: datetime) -> Hashable:
    """Of accounts with their dividends, on the day that it is."""
    return of_accounts(transaction, now), transaction.dividends.stamp(), today(now)


def today(now: datetime) -> date:
    """In Moscow."""
    return now.astimezone(MOSCOW).date()
