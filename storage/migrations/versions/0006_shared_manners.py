"""Hosts hold what every process shares of our manners; what robots.txt said is kept for a day for all of them."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Json, PlainText, UtcTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("hosts", sa.Column("crawl_delay_seconds", sa.Double(), nullable=True))
    op.add_column("hosts", sa.Column("strained_at", UtcTime(), nullable=True))
    op.add_column("hosts", sa.Column("silences", sa.Integer(), server_default="0", nullable=False))
    op.add_column("hosts", sa.Column("leases", Json, server_default="{}", nullable=False))
    op.create_table(
        "robots_files",
        sa.Column("origin", PlainText(), nullable=False),
        sa.Column("read_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("text", PlainText(), nullable=True),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_robots_files")),
    )
