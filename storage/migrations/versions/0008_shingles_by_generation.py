"""The index of texts is kept by the time in which a text arrived, so that old parts are dropped whole."""

import sqlalchemy as sa
from alembic import op

from storage.columns import RowId

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    # No release has written it.
    op.drop_table("shingles")
    op.create_table(
        "shingles",
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.Column("article_id", RowId, nullable=False),
        sa.PrimaryKeyConstraint("generation", "hash", "article_id", name=op.f("pk_shingles")),
        sqlite_with_rowid=False,
    )
