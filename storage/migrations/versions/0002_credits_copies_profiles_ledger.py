"""Agency credits; and the tables for copies, site profiles and the signed log, which nothing writes yet."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Json, PlainText, RowId, UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # At the end of the table, after the text: so it takes an instant, whatever the size of the archive.
    op.add_column("versions", sa.Column("agency_credit", PlainText(), nullable=True))
    _create_copies()
    _create_shingles()
    _create_site_profiles()
    _create_ledger()


def _create_copies() -> None:
    op.create_table(
        "copies",
        sa.Column("article_id", RowId, nullable=False),
        sa.Column("original_article_id", RowId, nullable=False),
        sa.Column("cluster_id", sa.BigInteger(), nullable=True),
        sa.Column("containment", sa.Double(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("found_at", UtcTime(), nullable=False),
        sa.CheckConstraint("article_id <> original_article_id", name=op.f("ck_copies_two_articles")),
        sa.CheckConstraint("containment BETWEEN 0 AND 1", name=op.f("ck_copies_containment")),
        sa.CheckConstraint("kind IN ('copy', 'shares_text')", name=op.f("ck_copies_kind")),
        sa.CheckConstraint("kind <> 'copy' OR cluster_id IS NOT NULL", name=op.f("ck_copies_cluster")),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_copies_article_id_articles")),
        sa.ForeignKeyConstraint(
            ["original_article_id"], ["articles.id"], name=op.f("fk_copies_original_article_id_articles")
        ),
        sa.PrimaryKeyConstraint("article_id", "original_article_id", name=op.f("pk_copies")),
    )
    op.create_index(op.f("ix_copies_original_article_id"), "copies", ["original_article_id"], unique=False)
    op.create_index(op.f("ix_copies_cluster_id"), "copies", ["cluster_id"], unique=False)


def _create_shingles() -> None:
    op.create_table(
        "shingles",
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.Column("article_id", RowId, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_shingles_article_id_articles")),
        sa.PrimaryKeyConstraint("hash", "article_id", name=op.f("pk_shingles")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_shingles_article_id"), "shingles", ["article_id"], unique=False)
    op.create_index(op.f("ix_shingles_day"), "shingles", ["day"], unique=False)


def _create_site_profiles() -> None:
    op.create_table(
        "site_profiles",
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("learned_at", UtcTime(), nullable=True),
        sa.Column("retired_at", UtcTime(), nullable=True),
        sa.Column("pages", sa.Integer(), server_default="0", nullable=False),
        sa.Column("agreement", sa.Double(), nullable=True),
        sa.Column("profile", Json, nullable=False),
        sa.CheckConstraint("state IN ('learning', 'in_use', 'retired')", name=op.f("ck_site_profiles_state")),
        sa.CheckConstraint("(state = 'retired') = (retired_at IS NOT NULL)", name=op.f("ck_site_profiles_retired")),
        sa.CheckConstraint("number > 0", name=op.f("ck_site_profiles_number")),
        sa.CheckConstraint("pages >= 0", name=op.f("ck_site_profiles_pages")),
        sa.CheckConstraint("agreement BETWEEN 0 AND 1", name=op.f("ck_site_profiles_agreement")),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_site_profiles_source_key_sources")),
        sa.PrimaryKeyConstraint("source_key", "number", name=op.f("pk_site_profiles")),
    )
    op.create_index(op.f("ix_site_profiles_host"), "site_profiles", ["host"], unique=False)


def _create_ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("leaf_hash", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=True),
        sa.Column("added_at", UtcTime(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_ledger_position")),
        sa.CheckConstraint("kind IN ('capture', 'version')", name=op.f("ck_ledger_kind")),
        sa.CheckConstraint("length(leaf_hash) = 64", name=op.f("ck_ledger_leaf_hash")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_ledger")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_ledger_kind_subject_id")),
    )
