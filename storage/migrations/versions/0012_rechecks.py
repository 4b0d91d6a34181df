"""Rechecks: what is counted of each source's edits, how its budget stands, and each article's own past."""

import sqlalchemy as sa
from alembic import op

from storage.columns import PlainText, UtcTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "edit_hazards",
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("section", PlainText(), nullable=False),
        sa.Column("age_bin", sa.Integer(), nullable=False),
        sa.Column("edits", sa.Float(), nullable=False),
        sa.Column("hours", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_edit_hazards_source_key_sources")),
        sa.PrimaryKeyConstraint("source_key", "section", "age_bin", name=op.f("pk_edit_hazards")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "recheck_states",
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=True),
        sa.Column("credit", sa.Float(), server_default="0", nullable=False),
        sa.Column("credited_at", UtcTime(), nullable=True),
        sa.Column("lied_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_recheck_states_source_key_sources")),
        sa.PrimaryKeyConstraint("source_key", name=op.f("pk_recheck_states")),
    )
    op.add_column("articles", sa.Column("edits_weighed", sa.Float(), server_default="0", nullable=False))
    op.add_column("articles", sa.Column("edits_expected", sa.Float(), server_default="0", nullable=False))
    op.add_column("articles", sa.Column("hinted_at", UtcTime(), nullable=True))
