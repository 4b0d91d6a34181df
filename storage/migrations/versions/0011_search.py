"""The search index; ``warraq db migrate`` fills it after this step, since its terms are made above storage."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from storage.columns import RowId

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "search_entries",
        sa.Column("position", RowId, autoincrement=False, nullable=False),
        sa.Column("version_id", RowId, nullable=False),
        sa.Column("terms", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=True),
        sa.Column("long_words", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_search_entries_version_id_versions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_search_entries")),
        sa.UniqueConstraint("version_id", name=op.f("uq_search_entries_version_id")),
    )
    if is_sqlite:
        # The terms come folded and cut: the tokenizer has to part them at their spaces and do nothing else.
        op.execute(
            "CREATE VIRTUAL TABLE search_terms USING fts5 "
            "(headline, words, variants, tokenize = 'ascii', prefix = '2 3 4')"
        )
        op.execute(
            "CREATE TRIGGER search_entries_deleted AFTER DELETE ON search_entries "
            "BEGIN DELETE FROM search_terms WHERE rowid = old.position; END"
        )
    else:
        op.create_index("ix_search_entries_terms", "search_entries", ["terms"], postgresql_using="gin")
        op.create_index(
            "ix_search_entries_long",
            "search_entries",
            ["position"],
            postgresql_where=sa.text("long_words IS NOT NULL"),
        )
