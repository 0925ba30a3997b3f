"""The tables of accounts, of what is wanted of them, and of how they changed. The rules are those of `schema`."""

from __future__ import annotations

import sqlalchemy as sa

from allocator.store.schema import METADATA, Exact, Moment

ACCOUNTS = sa.Table(
    "accounts",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("place", sa.Integer, nullable=False, comment="the order of accounts"),
    sa.Column("version", sa.Integer, nullable=False, comment="from 1; grows with every edit"),
    sa.Column("changed", Moment, nullable=False, comment="the last edit, ISO 8601"),
    sa.Column("cash", Exact, nullable=False, comment="money on the account"),
    sa.Column("withdraw", Exact, nullable=False, comment="money that is to be taken out"),
    sa.Column("fee_fixed", Exact, nullable=False, comment="money for a deal"),
    sa.Column("fee_rate", Exact, nullable=False, comment="fraction of a deal's value"),
    comment="Accounts with brokers",
)

HOLDINGS = sa.Table(
    "holdings",
    METADATA,
    sa.Column("account", sa.Text, sa.ForeignKey(ACCOUNTS.c.name), primary_key=True),
    sa.Column("ticker", sa.Text, primary_key=True, comment="as the portfolio file has it, with a board or without"),
    sa.Column("place", sa.Integer, nullable=False, comment="the order within the account"),
    sa.Column("units", Exact, nullable=False, comment="0 for what is known to the account, but not held"),
    sa.Column("fee_fixed", Exact, comment="like that of the account; null where it is that of the account"),
    sa.Column("fee_rate", Exact, comment="like fee_fixed"),
    sa.Column("permission", sa.Text, nullable=False, comment="TRADE, BUY, SELL, KEEP"),
    sa.Column("lot_size", sa.BigInteger, comment="units in a lot; null: the exchange's"),
    comment="What each account holds, and what it may do with it",
)

POLICIES = sa.Table(
    "policies",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False, comment="1: all accounts have one policy"),
    sa.Column("version", sa.Integer, nullable=False, comment="from 1; grows with every edit"),
    sa.Column("changed", Moment, nullable=False, comment="the last edit, ISO 8601"),
    sa.Column("cash_kind", sa.Text, comment="money, percent; null: cash is free"),
    sa.Column("cash_amount", Exact, comment="of that kind"),
    sa.Column("rules", sa.Text, nullable=False, comment="options and forecast of the portfolio file, JSON"),
    sa.Column("exclude", sa.Text, nullable=False, comment="tickers that are not to be bought, JSON"),
    comment="What is wanted of all accounts together",
)

TARGETS = sa.Table(
    "targets",
    METADATA,
    sa.Column("ticker", sa.Text, primary_key=True),
    sa.Column("place", sa.Integer, nullable=False, comment="the order of the assets"),
    sa.Column("kind", sa.Text, nullable=False, comment="units, percent, auto"),
    sa.Column("amount", Exact, comment="of that kind; null for auto"),
    comment="What is wanted of each asset, over all accounts",
)

CHANGES = sa.Table(
    "changes",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Moment, nullable=False, comment="ISO 8601"),
    sa.Column("account", sa.Text, nullable=False, comment="which may be gone"),
    sa.Column("ticker", sa.Text, nullable=False),
    sa.Column("before", Exact, nullable=False, comment="units"),
    sa.Column("after", Exact, nullable=False, comment="units"),
    sa.Column("kind", sa.Text, nullable=False, comment="opened, traded, closed"),
    comment="Every change of what is held",
)
