"""Takedowns: tombstones of articles, and which captures went with each."""

import sqlalchemy as sa
from alembic import op

from storage.columns import PlainText, RowId, UtcTime

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "takedowns",
        sa.Column("article_id", RowId, autoincrement=False, nullable=False),
        sa.Column("reason", PlainText(), nullable=False),
        sa.Column("asked_by", PlainText(), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        *(sa.Column(name, UtcTime(), nullable=True) for name in ("emptied_at", "erased_at", "scrubbed_at")),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_takedowns_article_id_articles")),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_takedowns")),
    )
    op.create_table(
        "erasures",
        sa.Column("capture_id", RowId, autoincrement=False, nullable=False),
        sa.Column("article_id", RowId, nullable=False),
        sa.Column("warc_file", sa.String(), nullable=False),
        sa.Column("erased_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name=op.f("fk_erasures_capture_id_captures")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["takedowns.article_id"], name=op.f("fk_erasures_article_id_takedowns")
        ),
        sa.PrimaryKeyConstraint("capture_id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_article_id"), "erasures", ["article_id"], unique=False)
    op.create_index(
        "ix_erasures_left",
        "erasures",
        ["warc_file"],
        unique=False,
        sqlite_where=sa.text("erased_at IS NULL"),
        postgresql_where=sa.text("erased_at IS NULL"),
    )
