r"""The tables. `migrations/` builds the same ones step by step; a test holds the two together.

Comments are of the schema itself: PostgreSQL shows them (`\d+ bars`). Times of bars are whole seconds since
1970-01-01 00:00 of the Moscow wall clock, so that no time zone of a server or a session can move them.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from allocator.core.bars import Interval

VERSION_TABLE = "allocator_schema"
REVISIONS = ("0001", "0002", "0003", "0004", "0005")  # oldest first; the last is what this program reads and writes
ARRAYS = ("mean", "deviation", "lower", "upper", "agreement", "covariance")  # of a forecast
VIEWS = ("view_mean", "view_deviation", "view_aversion")  # of each model alone
WHOLE = -1  # the `begin` of a finding about the whole ticker: no bar begins a second before 1970


class Hours(TypeDecorator[Interval]):
    """An `Interval` as the hours that its bars last."""

    impl = sa.SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Interval | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else hours(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Interval | None:  # noqa: ANN401, ARG002
        return None if value is None else Interval.DAY if value == 24 else Interval.HOUR


class Exact(TypeDecorator[Decimal]):
    """A `Decimal` to its last digit: `numeric` where the database has it, decimal text in SQLite."""

    impl = sa.Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else sa.Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | str | None:
        return format(value, "f") if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:  # noqa: ANN401, ARG002
        return None if value is None else Decimal(value)


class Moment(TypeDecorator[datetime]):
    """A `datetime` as the clock gave it, with its offset if it had one: ISO 8601 text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else value.isoformat()

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002
        return None if value is None else datetime.fromisoformat(value)


def hours(interval: Interval) -> int:
    return interval.seconds // 3600


METADATA = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

# Tickers of tables other than `bars` are text without a foreign key: dividends, splits and renames are known of papers
# that never traded on the boards that are loaded.

INSTRUMENTS = sa.Table(
    "instruments",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("ticker", sa.Text, nullable=False, unique=True, comment="SECID of the exchange"),
    sa.Column("kind", sa.Text, nullable=False, comment="share, preferred, receipt, fund, index"),
    sa.Column("board", sa.Text, comment="TQBR, TQTF; SNDX, RTSI for indexes"),
    sa.Column("isin", sa.Text),
    sa.Column("name", sa.Text),
    sa.Column("lot_size", sa.Integer, comment="units in a lot, as of the last refresh"),
    sa.Column("sector", sa.Text),
    sa.Column("listed", sa.Date, comment="first day of trading"),
    sa.Column("delisted", sa.Date, comment="last day of trading; null while it trades"),
    comment="Securities and indexes, those that left too",
)

BARS = sa.Table(
    "bars",
    METADATA,
    sa.Column("interval_h", sa.SmallInteger, primary_key=True, autoincrement=False, comment="hours: 24 or 1"),
    sa.Column("instrument_id", sa.Integer, sa.ForeignKey(INSTRUMENTS.c.id), primary_key=True, autoincrement=False),
    sa.Column(
        "begin", sa.BigInteger, primary_key=True, autoincrement=False, comment="seconds since 1970 of Moscow wall clock"
    ),
    sa.Column("open", sa.Double, comment="currency of the board for one unit, as traded then"),
    sa.Column("high", sa.Double, comment="like open"),
    sa.Column("low", sa.Double, comment="like open"),
    sa.Column("close", sa.Double, comment="like open"),
    sa.Column("volume", sa.Double, comment="units, as traded then"),
    sa.Column("value", sa.Double, comment="turnover, currency of the board"),
    sqlite_with_rowid=False,  # the rows lie in the order of the key: a ticker's history is read in one sweep
    comment="Raw candles; null where the exchange says nothing",
)

SEEN_DAYS = sa.Table(
    "seen_days",
    METADATA,
    sa.Column("day", sa.Date, primary_key=True),
    comment="Days with a daily bar of a security (not an index: those have rows on holidays)",
)

LOADS = sa.Table(
    "loads",
    METADATA,
    sa.Column("ticker", sa.Text, primary_key=True),
    sa.Column("interval_h", Hours, primary_key=True, autoincrement=False, comment="hours: 24 or 1"),
    sa.Column("since", sa.Date, nullable=False, comment="first day asked for and answered"),
    sa.Column("till", sa.Date, nullable=False, comment="last day asked for and answered for good"),
)

SPLITS = sa.Table(
    "splits",
    METADATA,
    sa.Column("ticker", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True, comment="first day of trading at the new price"),
    sa.Column("before", sa.BigInteger, nullable=False, comment="so many units became"),
    sa.Column("after", sa.BigInteger, nullable=False, comment="so many"),
    sa.Column("source", sa.Text, nullable=False, comment="iss, shipped, detected, manual"),
)

RENAMES = sa.Table(
    "renames",
    METADATA,
    sa.Column("old", sa.Text, primary_key=True),
    sa.Column("new", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, nullable=False, comment="first day of trading as new"),
    sa.Column("old_units", sa.BigInteger, nullable=False, comment="so many units of old became"),
    sa.Column("new_units", sa.BigInteger, nullable=False, comment="so many of new"),
    sa.Column("source", sa.Text, nullable=False),
)

DIVIDENDS = sa.Table(
    "dividends",
    METADATA,
    sa.Column("ticker", sa.Text, primary_key=True),
    sa.Column("record_date", sa.Date, primary_key=True, comment="the register of holders is closed at its end"),
    sa.Column("currency", sa.Text, primary_key=True, comment="ISO 4217: RUB, USD"),
    sa.Column("source", sa.Text, primary_key=True, comment="manual, shipped, iss"),
    sa.Column("amount", Exact, nullable=False, comment="for one unit of that day, before tax"),
    comment="What each source says; they are shown side by side",
)

DIVIDEND_CHECKS = sa.Table(
    "dividend_checks",
    METADATA,
    sa.Column("ticker", sa.Text, primary_key=True),
    sa.Column("checked", sa.Date, nullable=False, comment="the day when the sources were last asked"),
)

CALENDAR_DAYS = sa.Table(
    "calendar_days",
    METADATA,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("is_session", sa.Boolean(create_constraint=False), nullable=False, comment="a main session is held"),
    sa.Column("session", sa.Date, comment="the session day that deals of this day are booked on; null without deals"),
    comment="What the exchange declared",
)

MEMBERS = sa.Table(
    "members",
    METADATA,
    sa.Column("index_name", sa.Text, primary_key=True),
    sa.Column("ticker", sa.Text, primary_key=True),
    sa.Column("since", sa.Date, primary_key=True, comment="first day; 0001-01-01 where it is not known"),
    sa.Column("till", sa.Date, comment="last day that the exchange answers for, not the end of the stay"),
    sa.Column("weight", sa.Double, comment="percent"),
)

FINDINGS = sa.Table(
    "findings",
    METADATA,
    sa.Column("ticker", sa.Text, primary_key=True),
    sa.Column("interval_h", Hours, primary_key=True, autoincrement=False, comment="hours: 24 or 1"),
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
    sa.Column("accepted", sa.Boolean(create_constraint=False), nullable=False, comment="a person believes it"),
    comment="Bad data, in words",
)

RUNS = sa.Table(
    "runs",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("began", Moment, nullable=False, comment="ISO 8601"),
    sa.Column("ended", Moment, comment="ISO 8601; null while it runs, or when it was killed"),
    sa.Column("outcome", sa.Text),
    sa.Column("figures", sa.Text, nullable=False, comment="JSON object of numbers"),
    comment="The journal: what changed the store",
)

NOTES = sa.Table(
    "notes",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("run_id", sa.Integer, sa.ForeignKey(RUNS.c.id), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False, comment="ISO 8601"),
    sa.Column("ticker", sa.Text),
    sa.Column("level", sa.Text, nullable=False, comment="info, warning, error"),
    sa.Column("template", sa.Text, nullable=False, comment="the sentence in English, with fields"),
    sa.Column("field_values", sa.Text, nullable=False, comment="the fields, JSON"),
    comment="The journal: what happened in a run",
)

FACTS = sa.Table(
    "facts",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

MODELS = sa.Table(
    "models",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True, comment="the model, however often it is trained again"),
    sa.Column("interval_h", Hours, nullable=False, comment="hours of the bars that it reads: 24 or 1"),
    sa.Column("spec", sa.Text, nullable=False, comment="every number that makes it, JSON"),
    sa.Column("parents", sa.Text, nullable=False, comment="keys of the models it was bred from, JSON"),
    sa.Column("born", Moment, nullable=False, comment="ISO 8601"),
    sa.Column("alive", sa.Boolean(create_constraint=False), nullable=False, comment="it takes part in forecasts"),
    sa.Column("scores", sa.Text, nullable=False, comment="JSON object of numbers"),
    sa.Column("trained_on", sa.Date, comment="the day of the last bar that it was trained on"),
    sa.Column("evaluated", sa.Date, comment="the day when it was last judged"),
    sa.Column("seconds", sa.Double, nullable=False, comment="of its last training"),
    sa.Column("file", sa.Text, nullable=False, comment="its weights in the folder of models, without suffix; or empty"),
    comment="Networks, those that were given up too",
)

TRIALS = sa.Table(
    "trials",
    METADATA,
    sa.Column("model", sa.Text, primary_key=True, comment="key of the model, which may be gone"),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("test_days", sa.Integer, primary_key=True, autoincrement=False, comment="days that it was judged on"),
    sa.Column("scores", sa.Text, nullable=False, comment="JSON object of numbers"),
    sa.Column("file", sa.Text, nullable=False, comment="forecasts of the test, in the folder of models; or empty"),
    comment="Every judgement of a model: what was chosen is believed less, the more was tried",
)

FORECASTS = sa.Table(
    "forecasts",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("as_of", Moment, nullable=False, comment="the last bar that was seen, Moscow wall clock, ISO 8601"),
    sa.Column("made", Moment, nullable=False, comment="ISO 8601"),
    sa.Column("interval_h", Hours, nullable=False, index=True, comment="hours of the bars: 24 or 1"),
    sa.Column("horizon", sa.Integer, nullable=False, comment="bars ahead"),
    sa.Column("tickers", sa.Text, nullable=False, comment="the order of the arrays, JSON"),
    *(sa.Column(name, sa.LargeBinary, nullable=False, comment="of a year, fractions; .npy") for name in ARRAYS),
    sa.Column("models", sa.Text, nullable=False, comment="keys, JSON"),
    sa.Column("template", sa.Text, nullable=False, comment="the verdict in English, with fields"),
    sa.Column("field_values", sa.Text, nullable=False, comment="the fields, JSON"),
    sa.Column("shrink", sa.Double, nullable=False, comment="how much of the scores to keep, 0 to 1"),
    sa.Column("details", sa.Text, nullable=False, comment="the rest of the forecast, JSON"),
    sa.Column("view_mean", sa.LargeBinary, comment="models x tickers, like mean; null before 0003"),
    sa.Column("view_deviation", sa.LargeBinary, comment="like view_mean"),
    sa.Column("view_aversion", sa.LargeBinary, comment="of each model; .npy; null before 0003"),
    sa.Column("holdings", sa.Text, comment="digest of the holdings and cash of the portfolio that it was made for"),
    comment="What the models said together",
)
