"""What each model said alone, and for which holdings a forecast was made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for column in (
        sa.Column("view_mean", sa.LargeBinary, comment="models x tickers, like mean; null before 0003"),
        sa.Column("view_deviation", sa.LargeBinary, comment="like view_mean"),
        sa.Column("view_aversion", sa.LargeBinary, comment="of each model; .npy; null before 0003"),
        sa.Column("holdings", sa.Text, comment="digest of the holdings and cash of the portfolio that it was made for"),
    ):
        op.add_column("forecasts", column)
