"""The tables of messages and events; the others are in `schema`."""

from __future__ import annotations

import sqlalchemy as sa

from allocator.store.schema import METADATA, Moment

MESSAGES = sa.Table(
    "messages",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False, comment="telegram, email, console"),
    sa.Column("key", sa.Text, nullable=False, comment="digest of what it tells: one of a kind on a channel"),
    sa.Column("kind", sa.Text, nullable=False, comment="failure, event, value, ..."),
    sa.Column("about", sa.Text, nullable=False, comment="the step, portfolio, ... that it is about"),
    sa.Column("made", Moment, nullable=False, comment="ISO 8601"),
    sa.Column("subject", sa.Text, nullable=False, comment="in the language of the settings of then"),
    sa.Column("body", sa.Text, nullable=False, comment="like subject"),
    sa.Column("sent", sa.Integer, nullable=False, comment="parts that arrived"),
    sa.Column("doubtful", sa.Boolean(create_constraint=False), nullable=False, comment="the next part may have"),
    sa.Column("attempts", sa.Integer, nullable=False, comment="that failed"),
    sa.Column("due", sa.BigInteger, nullable=False, comment="the next attempt, seconds since 1970 UTC"),
    sa.Column("state", sa.Text, nullable=False, comment="waiting, sent, dead"),
    sa.Column("ended", Moment, comment="when it was sent or given up, ISO 8601"),
    sa.Column("template", sa.Text, comment="why it failed last, in English, with fields"),
    sa.Column("field_values", sa.Text, comment="the fields, JSON"),
    sa.UniqueConstraint("channel", "key"),
    comment="The outbox: messages to send, and those that were",
)

TOLD = sa.Table(
    "told",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("about", sa.Text, primary_key=True, comment="like that of messages"),
    sa.Column("key", sa.Text, nullable=False, comment="of the last message, or of what was only remembered"),
    sa.Column("at", Moment, comment="when it was last told, ISO 8601; null: only remembered"),
    sa.Column("state", sa.Text, nullable=False, comment="what the next news is compared with, JSON"),
    comment="What was told last of each thing",
)

EVENTS = sa.Table(
    "events",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Moment, nullable=False, comment="when it began, ISO 8601"),
    sa.Column("step", sa.Text, nullable=False, comment="refresh, forecast, ..."),
    sa.Column("seconds", sa.Double, nullable=False, comment="how long it took"),
    sa.Column("outcome", sa.Text, nullable=False, comment="done, failed, skipped, stopped"),
    sa.Column("template", sa.Text, nullable=False, comment="the sentence in English, with fields"),
    sa.Column("field_values", sa.Text, nullable=False, comment="the fields, JSON"),
    comment="What the application did, step by step",
)
