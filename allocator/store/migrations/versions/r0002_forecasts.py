"""Models, what became of judging them, and forecasts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _models()
    _forecasts()


def _models() -> None:
    op.create_table(
        "models",
        sa.Column("key", sa.Text, primary_key=True, comment="the model, however often it is trained again"),
        sa.Column("interval_h", sa.SmallInteger, nullable=False, comment="hours of the bars that it reads: 24 or 1"),
        sa.Column("spec", sa.Text, nullable=False, comment="every number that makes it, JSON"),
        sa.Column("parents", sa.Text, nullable=False, comment="keys of the models it was bred from, JSON"),
        sa.Column("born", sa.Text, nullable=False, comment="ISO 8601"),
        sa.Column("alive", sa.Boolean, nullable=False, comment="it takes part in forecasts"),
        sa.Column("scores", sa.Text, nullable=False, comment="JSON object of numbers"),
        sa.Column("trained_on", sa.Date, comment="the day of the last bar that it was trained on"),
        sa.Column("evaluated", sa.Date, comment="the day when it was last judged"),
        sa.Column("seconds", sa.Double, nullable=False, comment="of its last training"),
        sa.Column(
            "file", sa.Text, nullable=False, comment="its weights in the folder of models, without suffix; or empty"
        ),
        comment="Networks, those that were given up too",
    )
    op.create_table(
        "trials",
        sa.Column("model", sa.Text, primary_key=True, comment="key of the model, which may be gone"),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("test_days", sa.Integer, primary_key=True, autoincrement=False, comment="days that it was judged on"),
        sa.Column("scores", sa.Text, nullable=False, comment="JSON object of numbers"),
        sa.Column("file", sa.Text, nullable=False, comment="forecasts of the test, in the folder of models; or empty"),
        comment="Every judgement of a model: what was chosen is believed less, the more was tried",
    )


def _forecasts() -> None:
    arrays = ("mean", "deviation", "lower", "upper", "agreement", "covariance")
    op.create_table(
        "forecasts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("as_of", sa.Text, nullable=False, comment="the last bar that was seen, Moscow wall clock, ISO 8601"),
        sa.Column("made", sa.Text, nullable=False, comment="ISO 8601"),
        sa.Column("interval_h", sa.SmallInteger, nullable=False, comment="hours of the bars: 24 or 1"),
        sa.Column("horizon", sa.Integer, nullable=False, comment="bars ahead"),
        sa.Column("tickers", sa.Text, nullable=False, comment="the order of the arrays, JSON"),
        *(sa.Column(name, sa.LargeBinary, nullable=False, comment="of a year, fractions; .npy") for name in arrays),
        sa.Column("models", sa.Text, nullable=False, comment="keys, JSON"),
        sa.Column("template", sa.Text, nullable=False, comment="the verdict in English, with fields"),
        sa.Column("field_values", sa.Text, nullable=False, comment="the fields, JSON"),
        sa.Column("shrink", sa.Double, nullable=False, comment="how much of the scores to keep, 0 to 1"),
        sa.Column("details", sa.Text, nullable=False, comment="the rest of the forecast, JSON"),
        comment="What the models said together",
    )
    op.create_index("ix_forecasts_interval_h", "forecasts", ["interval_h"])
