"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _securities()
    _bars()
    _actions()
    _calendar()
    _journal()


def _securities() -> None:
    op.create_table(
        "instruments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("ticker", sa.Text, nullable=False, comment="SECID of the exchange"),
        sa.Column("kind", sa.Text, nullable=False, comment="share, preferred, receipt, fund, index"),
        sa.Column("board", sa.Text, comment="TQBR, TQTF; SNDX, RTSI for indexes"),
        sa.Column("isin", sa.Text),
        sa.Column("name", sa.Text),
        sa.Column("lot_size", sa.Integer, comment="units in a lot, as of the last refresh"),
        sa.Column("sector", sa.Text),
        sa.Column("listed", sa.Date, comment="first day of trading"),
        sa.Column("delisted", sa.Date, comment="last day of trading; null while it trades"),
        sa.UniqueConstraint("ticker", name="uq_instruments_ticker"),
        comment="Securities and indexes, those that left too",
    )
    op.create_table(
        "members",
        sa.Column("index_name", sa.Text, primary_key=True),
        sa.Column("ticker", sa.Text, primary_key=True),
        sa.Column("since", sa.Date, primary_key=True, comment="first day; 0001-01-01 where it is not known"),
        sa.Column("till", sa.Date, comment="last day that the exchange answers for, not the end of the stay"),
        sa.Column("weight", sa.Double, comment="percent"),
    )


def _bars() -> None:
    op.create_table(
        "bars",
        sa.Column("interval_h", sa.SmallInteger, primary_key=True, autoincrement=False, comment="hours: 24 or 1"),
        sa.Column(
            "instrument_id",
            sa.Integer,
            sa.ForeignKey("instruments.id", name="fk_bars_instrument_id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column(
            "begin",
            sa.BigInteger,
            primary_key=True,
            autoincrement=False,
            comment="seconds since 1970 of Moscow wall clock",
        ),
        sa.Column("open", sa.Double, comment="currency of the board for one unit, as traded then"),
        sa.Column("high", sa.Double, comment="like open"),
        sa.Column("low", sa.Double, comment="like open"),
        sa.Column("close", sa.Double, comment="like open"),
        sa.Column("volume", sa.Double, comment="units, as traded then"),
        sa.Column("value", sa.Double, comment="turnover, currency of the board"),
        sqlite_with_rowid=False,
        comment="Raw candles; null where the exchange says nothing",
    )
    op.create_table(
        "loads",
        sa.Column("ticker", sa.Text, primary_key=True),
        sa.Column("interval_h", sa.SmallInteger, primary_key=True, autoincrement=False, comment="hours: 24 or 1"),
        sa.Column("since", sa.Date, nullable=False, comment="first day asked for and answered"),
        sa.Column("till", sa.Date, nullable=False, comment="last day asked for and answered for good"),
    )
    op.create_table(
        "findings",
        sa.Column("ticker", sa.Text, primary_key=True),
        sa.Column("interval_h", sa.SmallInteger, primary_key=True, autoincrement=False, comment="hours: 24 or 1"),
        sa.Column(
            "begin",
            sa.BigInteger,
            primary_key=True,
            autoincrement=False,
            comment="seconds since 1970 of Moscow wall clock; -1: the whole ticker",
        ),
        sa.Column("fault", sa.Text, primary_key=True),
        sa.Column("template", sa.Text, nullable=False, comment="the sentence in English, with fields"),
        sa.Column("field_values", sa.Text, nullable=False, comment="the fields, JSON"),
        sa.Column("bar", sa.Text, comment="the bar as it came"),
        sa.Column("accepted", sa.Boolean, nullable=False, comment="a person believes it"),
        comment="Bad data, in words",
    )


def _actions() -> None:
    op.create_table(
        "splits",
        sa.Column("ticker", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True, comment="first day of trading at the new price"),
        sa.Column("before", sa.BigInteger, nullable=False, comment="so many units became"),
        sa.Column("after", sa.BigInteger, nullable=False, comment="so many"),
        sa.Column("source", sa.Text, nullable=False, comment="iss, shipped, detected, manual"),
    )
    op.create_table(
        "renames",
        sa.Column("old", sa.Text, primary_key=True),
        sa.Column("new", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, nullable=False, comment="first day of trading as new"),
        sa.Column("old_units", sa.BigInteger, nullable=False, comment="so many units of old became"),
        sa.Column("new_units", sa.BigInteger, nullable=False, comment="so many of new"),
        sa.Column("source", sa.Text, nullable=False),
    )
    op.create_table(
        "dividends",
        sa.Column("ticker", sa.Text, primary_key=True),
        sa.Column("record_date", sa.Date, primary_key=True, comment="the register of holders is closed at its end"),
        sa.Column("currency", sa.Text, primary_key=True, comment="ISO 4217: RUB, USD"),
        sa.Column("source", sa.Text, primary_key=True, comment="manual, shipped, iss"),
        sa.Column(
            "amount",
            sa.Numeric().with_variant(sa.Text(), "sqlite"),
            nullable=False,
            comment="for one unit of that day, before tax",
        ),
        comment="What each source says; they are shown side by side",
    )
    op.create_table(
        "dividend_checks",
        sa.Column("ticker", sa.Text, primary_key=True),
        sa.Column("checked", sa.Date, nullable=False, comment="the day when the sources were last asked"),
    )


def _calendar() -> None:
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("is_session", sa.Boolean, nullable=False, comment="a main session is held"),
        sa.Column(
            "session", sa.Date, comment="the session day that deals of this day are booked on; null without deals"
        ),
        comment="What the exchange declared",
    )
    op.create_table(
        "seen_days",
        sa.Column("day", sa.Date, primary_key=True),
        comment="Days with a daily bar of a security (not an index: those have rows on holidays)",
    )


def _journal() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("began", sa.Text, nullable=False, comment="ISO 8601"),
        sa.Column("ended", sa.Text, comment="ISO 8601; null while it runs, or when it was killed"),
        sa.Column("outcome", sa.Text),
        sa.Column("figures", sa.Text, nullable=False, comment="JSON object of numbers"),
        comment="The journal: what changed the store",
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id", name="fk_notes_run_id"), nullable=False),
        sa.Column("at", sa.Text, nullable=False, comment="ISO 8601"),
        sa.Column("ticker", sa.Text),
        sa.Column("level", sa.Text, nullable=False, comment="info, warning, error"),
        sa.Column("template", sa.Text, nullable=False, comment="the sentence in English, with fields"),
        sa.Column("field_values", sa.Text, nullable=False, comment="the fields, JSON"),
        comment="The journal: what happened in a run",
    )
    op.create_index("ix_notes_run_id", "notes", ["run_id"])
    op.create_table(
        "facts",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
