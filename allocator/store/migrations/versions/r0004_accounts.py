"""Accounts with what they hold, what is wanted of all of them, and how they changed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    exact = sa.Numeric().with_variant(sa.Text(), "sqlite")
    _accounts(exact)
    _wanted(exact)


def _accounts(exact: sa.types.TypeEngine[Any]) -> None:
    op.create_table(
        "accounts",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("place", sa.Integer, nullable=False, comment="the order of accounts"),
        sa.Column("version", sa.Integer, nullable=False, comment="from 1; grows with every edit"),
        sa.Column("changed", sa.Text, nullable=False, comment="the last edit, ISO 8601"),
        sa.Column("cash", exact, nullable=False, comment="money on the account"),
        sa.Column("withdraw", exact, nullable=False, comment="money that is to be taken out"),
        sa.Column("fee_fixed", exact, nullable=False, comment="money for a deal"),
        sa.Column("fee_rate", exact, nullable=False, comment="fraction of a deal's value"),
        comment="Accounts with brokers",
    )
    op.create_table(
        "holdings",
        sa.Column("account", sa.Text, sa.ForeignKey("accounts.name", name="fk_holdings_account"), primary_key=True),
        sa.Column("ticker", sa.Text, primary_key=True, comment="as the portfolio file has it, with a board or without"),
        sa.Column("place", sa.Integer, nullable=False, comment="the order within the account"),
        sa.Column("units", exact, nullable=False, comment="0 for what is known to the account, but not held"),
        sa.Column("fee_fixed", exact, comment="like that of the account; null where it is that of the account"),
        sa.Column("fee_rate", exact, comment="like fee_fixed"),
        sa.Column("permission", sa.Text, nullable=False, comment="TRADE, BUY, SELL, KEEP"),
        sa.Column("lot_size", sa.BigInteger, comment="units in a lot; null: the exchange's"),
        comment="What each account holds, and what it may do with it",
    )


def _wanted(exact: sa.types.TypeEngine[Any]) -> None:
    op.create_table(
        "policies",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False, comment="1: all accounts have one policy"),
        sa.Column("version", sa.Integer, nullable=False, comment="from 1; grows with every edit"),
        sa.Column("changed", sa.Text, nullable=False, comment="the last edit, ISO 8601"),
        sa.Column("cash_kind", sa.Text, comment="money, percent; null: cash is free"),
        sa.Column("cash_amount", exact, comment="of that kind"),
        sa.Column("rules", sa.Text, nullable=False, comment="options and forecast of the portfolio file, JSON"),
        sa.Column("exclude", sa.Text, nullable=False, comment="tickers that are not to be bought, JSON"),
        comment="What is wanted of all accounts together",
    )
    op.create_table(
        "targets",
        sa.Column("ticker", sa.Text, primary_key=True),
        sa.Column("place", sa.Integer, nullable=False, comment="the order of the assets"),
        sa.Column("kind", sa.Text, nullable=False, comment="units, percent, auto"),
        sa.Column("amount", exact, comment="of that kind; null for auto"),
        comment="What is wanted of each asset, over all accounts",
    )
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Text, nullable=False, comment="ISO 8601"),
        sa.Column("account", sa.Text, nullable=False, comment="which may be gone"),
        sa.Column("ticker", sa.Text, nullable=False),
        sa.Column("before", exact, nullable=False, comment="units"),
        sa.Column("after", exact, nullable=False, comment="units"),
        sa.Column("kind", sa.Text, nullable=False, comment="opened, traded, closed"),
        comment="Every change of what is held",
    )
