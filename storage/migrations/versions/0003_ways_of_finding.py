"""Which feeds listed each article; what publishers say of changes; followed and searched; where a backfill stands."""

import sqlalchemy as sa
from alembic import op

from storage.columns import PlainText, RowId, UtcTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _create_listings()
    _create_backfills()
    op.add_column("sources", sa.Column("feeds_sought_at", UtcTime(), nullable=True))
    _extend_feeds()
    _extend_discoveries()


def _create_listings() -> None:
    op.create_table(
        "listings",
        sa.Column("discovery_id", RowId, nullable=False),
        sa.Column("feed_id", RowId, nullable=False),
        sa.Column("first_listed_at", UtcTime(), nullable=False),
        sa.Column("last_listed_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["discovery_id"], ["discoveries.id"], name=op.f("fk_listings_discovery_id_discoveries")
        ),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_listings_feed_id_feeds")),
        sa.PrimaryKeyConstraint("discovery_id", "feed_id", name=op.f("pk_listings")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_listings_feed_id"), "listings", ["feed_id"], unique=False)
    # What is known of earlier listings: the first feed of each discovery.
    op.execute(
        "INSERT INTO listings (discovery_id, feed_id, first_listed_at, last_listed_at) "
        "SELECT id, feed_id, first_listed_at, first_listed_at FROM discoveries WHERE feed_id IS NOT NULL"
    )


def _create_backfills() -> None:
    op.create_table(
        "backfills",
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("begun_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_backfills_source_key_sources")),
        sa.PrimaryKeyConstraint("source_key", name=op.f("pk_backfills")),
    )
    op.create_table(
        "backfill_pages",
        sa.Column("id", RowId, nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("url", PlainText(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("added_at", UtcTime(), nullable=False),
        sa.Column("read_at", UtcTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("listed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problem", PlainText(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_key"], ["backfills.source_key"], name=op.f("fk_backfill_pages_source_key_backfills")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backfill_pages")),
        sa.UniqueConstraint("source_key", "url", name=op.f("uq_backfill_pages_source_key_url")),
    )
    op.create_index(op.f("ix_backfill_pages_source_key_read_at"), "backfill_pages", ["source_key", "read_at"])


def _extend_feeds() -> None:
    parent = sa.Column("parent_id", RowId, sa.ForeignKey("feeds.id", name="fk_feeds_parent_id_feeds"), nullable=True)
    op.add_column("feeds", parent, inline_references=True)
    # What was read before was configured or found, and is read again.
    op.add_column("feeds", sa.Column("followed", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("feeds", sa.Column("parent_modified_raw", PlainText(), server_default="", nullable=False))
    op.add_column("feeds", sa.Column("read_in_full_at", UtcTime(), nullable=True))


def _extend_discoveries() -> None:
    op.add_column("discoveries", sa.Column("listed_modified_raw", PlainText(), server_default="", nullable=False))
    op.add_column("discoveries", sa.Column("listed_modified_at", UtcTime(), nullable=True))
    op.add_column("discoveries", sa.Column("from_backfill", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(op.f("ix_discoveries_source_key_first_listed_at"), "discoveries", ["source_key", "first_listed_at"])
