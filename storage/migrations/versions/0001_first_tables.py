"""The first tables: sources, feeds, discoveries, hosts, crawls, visits, captures, extractions, articles, versions."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Json, PlainText, RowId, UtcTime

revision = "0001"
down_revision = None

_OUTCOMES = (
    "'new', 'edited', 'unchanged', 'noise', 'missing', 'gone', 'restored', 'moved', "
    "'not_an_article', 'refused', 'failed'"
)


def upgrade() -> None:
    _create_hosts()
    _create_sources()
    _create_articles()
    _create_crawls()
    _create_feeds()
    _create_article_urls()
    _create_discoveries()
    _create_versions()
    _create_captures()
    _create_visits()
    _create_extractions()
    _close_circles()


def _create_hosts() -> None:
    op.create_table(
        "hosts",
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("next_allowed_at", UtcTime(), nullable=True),
        sa.Column("delay_seconds", sa.Double(), nullable=True),
        sa.Column("connections", sa.Integer(), nullable=True),
        sa.Column("retry_after_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_hosts")),
    )


def _create_sources() -> None:
    op.create_table(
        "sources",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", PlainText(), nullable=False),
        sa.Column("home_url", PlainText(), nullable=False),
        sa.Column("language", PlainText(), nullable=True),
        sa.Column("country", PlainText(), nullable=True),
        sa.Column("timezone", PlainText(), nullable=False),
        sa.Column("ad_hoc", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("added_at", UtcTime(), nullable=False),
        sa.Column("next_due_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sources")),
    )


def _create_articles() -> None:
    op.create_table(
        "articles",
        sa.Column("id", RowId, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("canonical_url", PlainText(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("current_version_id", RowId, nullable=True),
        sa.Column("first_seen_at", UtcTime(), nullable=False),
        sa.Column("last_seen_at", UtcTime(), nullable=False),
        sa.Column("last_visited_at", UtcTime(), nullable=True),
        sa.Column("missing_since", UtcTime(), nullable=True),
        sa.Column("gone_at", UtcTime(), nullable=True),
        sa.Column("next_check_at", UtcTime(), nullable=True),
        sa.CheckConstraint(
            "status IN ('live', 'missing', 'gone', 'restored', 'moved', 'withheld')", name=op.f("ck_articles_status")
        ),
        *_inline_in_sqlite("fk_articles_current_version_id_versions", "current_version_id", "versions"),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_articles_source_key_sources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
        sa.UniqueConstraint("canonical_url", name=op.f("uq_articles_canonical_url")),
        sa.UniqueConstraint("public_id", name=op.f("uq_articles_public_id")),
    )
    op.create_index(
        op.f("ix_articles_source_key_first_seen_at"), "articles", ["source_key", "first_seen_at"], unique=False
    )
    op.create_index(
        op.f("ix_articles_source_key_next_check_at"), "articles", ["source_key", "next_check_at"], unique=False
    )


def _create_crawls() -> None:
    op.create_table(
        "crawls",
        sa.Column("id", RowId, nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("stopped", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("feeds_read", sa.Integer(), server_default="0", nullable=False),
        sa.Column("feeds_failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("requests", sa.Integer(), server_default="0", nullable=False),
        sa.Column("received_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("problems", Json, server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_crawls_source_key_sources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crawls")),
    )
    op.create_index(op.f("ix_crawls_source_key_started_at"), "crawls", ["source_key", "started_at"], unique=False)


def _create_feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", RowId, nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("url", PlainText(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("etag", PlainText(), server_default="", nullable=False),
        sa.Column("last_modified", PlainText(), server_default="", nullable=False),
        sa.Column("read_at", UtcTime(), nullable=True),
        sa.Column("tried_at", UtcTime(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problem", PlainText(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('rss', 'atom', 'json', 'sitemap', 'news_sitemap', 'front_page', 'wordpress')",
            name=op.f("ck_feeds_kind"),
        ),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_feeds_source_key_sources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("source_key", "url", name=op.f("uq_feeds_source_key_url")),
    )


def _create_article_urls() -> None:
    op.create_table(
        "article_urls",
        sa.Column("url", PlainText(), nullable=False),
        sa.Column("article_id", RowId, nullable=False),
        sa.Column("first_seen_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_article_urls_article_id_articles")),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_article_urls")),
    )
    op.create_index(op.f("ix_article_urls_article_id"), "article_urls", ["article_id"], unique=False)


def _create_discoveries() -> None:
    op.create_table(
        "discoveries",
        sa.Column("id", RowId, nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("url", PlainText(), nullable=False),
        sa.Column("feed_id", RowId, nullable=True),
        sa.Column("listed_title", PlainText(), server_default="", nullable=False),
        sa.Column("listed_published_raw", PlainText(), server_default="", nullable=False),
        sa.Column("listed_published_at", UtcTime(), nullable=True),
        sa.Column("first_listed_at", UtcTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_try_at", UtcTime(), nullable=True),
        sa.Column("last_outcome", sa.String(), nullable=True),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.CheckConstraint(f"last_outcome IN ({_OUTCOMES})", name=op.f("ck_discoveries_last_outcome")),
        sa.CheckConstraint(f"settled_by IN ({_OUTCOMES})", name=op.f("ck_discoveries_settled_by")),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_discoveries_feed_id_feeds")),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_discoveries_source_key_sources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discoveries")),
        sa.UniqueConstraint("source_key", "url", name=op.f("uq_discoveries_source_key_url")),
    )
    op.create_index(
        "ix_discoveries_open",
        "discoveries",
        ["source_key", "first_listed_at"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )


def _create_versions() -> None:
    op.create_table(
        "versions",
        sa.Column("id", RowId, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("article_id", RowId, nullable=False),
        sa.Column("title", PlainText(), nullable=False),
        sa.Column("title_digest", sa.String(), nullable=False),
        sa.Column("text_digest", sa.String(), nullable=False),
        sa.Column("word_count", sa.Integer(), nullable=False),
        sa.Column("language", PlainText(), nullable=True),
        sa.Column("direction", PlainText(), nullable=True),
        sa.Column("authors", Json, nullable=False),
        sa.Column("published_at", UtcTime(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("published_raw", PlainText(), nullable=True),
        sa.Column("published_from", PlainText(), nullable=True),
        sa.Column("modified_at", UtcTime(), nullable=True),
        sa.Column("modified_raw", PlainText(), nullable=True),
        sa.Column("section", PlainText(), nullable=True),
        sa.Column("tags", Json, nullable=False),
        sa.Column("description", PlainText(), nullable=True),
        sa.Column("declared_url", PlainText(), nullable=True),
        sa.Column("image_url", PlainText(), nullable=True),
        sa.Column("image_caption", PlainText(), nullable=True),
        sa.Column("image_credit", PlainText(), nullable=True),
        sa.Column("extractor", sa.String(), nullable=False),
        sa.Column("release", sa.String(), nullable=False),
        sa.Column("first_captured_at", UtcTime(), nullable=False),
        sa.Column("last_captured_at", UtcTime(), nullable=False),
        sa.Column("first_capture_id", RowId, nullable=True),
        sa.Column("text", PlainText(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_versions_article_id_articles")),
        *_inline_in_sqlite("fk_versions_first_capture_id_captures", "first_capture_id", "captures"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_versions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_versions_public_id")),
    )
    op.create_index(
        op.f("ix_versions_article_id_first_captured_at"), "versions", ["article_id", "first_captured_at"], unique=False
    )
    op.create_index(op.f("ix_versions_first_captured_at"), "versions", ["first_captured_at"], unique=False)
    op.create_index(op.f("ix_versions_published_on"), "versions", ["published_on"], unique=False)


def _create_captures() -> None:
    op.create_table(
        "captures",
        sa.Column("id", RowId, nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=True),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("article_id", RowId, nullable=True),
        sa.Column("version_id", RowId, nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("url", PlainText(), nullable=False),
        sa.Column("captured_at", UtcTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("content_type", PlainText(), nullable=True),
        sa.Column("payload_digest", sa.String(), nullable=False),
        sa.Column("payload_bytes", sa.BigInteger(), nullable=False),
        sa.Column("etag", PlainText(), nullable=True),
        sa.Column("last_modified", PlainText(), nullable=True),
        sa.Column("remote_address", sa.String(), nullable=True),
        sa.Column("warc_file", sa.String(), nullable=False),
        sa.Column("warc_offset", sa.BigInteger(), nullable=False),
        sa.Column("warc_length", sa.BigInteger(), nullable=False),
        sa.Column("refers_to", sa.String(), nullable=True),
        sa.CheckConstraint("role IN ('article', 'feed', 'robots', 'hop', 'rendered')", name=op.f("ck_captures_role")),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_captures_article_id_articles")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_captures_version_id_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_captures")),
        sa.UniqueConstraint("record_id", name=op.f("uq_captures_record_id")),
    )
    op.create_index(op.f("ix_captures_article_id_captured_at"), "captures", ["article_id", "captured_at"], unique=False)
    op.create_index(
        "ix_captures_original",
        "captures",
        ["payload_digest"],
        unique=False,
        sqlite_where=sa.text("refers_to IS NULL"),
        postgresql_where=sa.text("refers_to IS NULL"),
    )
    op.create_index(op.f("ix_captures_url_captured_at"), "captures", ["url", "captured_at"], unique=False)
    op.create_index(op.f("ix_captures_version_id_captured_at"), "captures", ["version_id", "captured_at"], unique=False)
    op.create_index(op.f("ix_captures_warc_file_warc_offset"), "captures", ["warc_file", "warc_offset"], unique=False)


def _create_visits() -> None:
    op.create_table(
        "visits",
        sa.Column("id", RowId, nullable=False),
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("crawl_id", RowId, nullable=True),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("requested_url", PlainText(), nullable=False),
        sa.Column("visited_at", UtcTime(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", PlainText(), server_default="", nullable=False),
        sa.Column("article_id", RowId, nullable=True),
        sa.Column("version_id", RowId, nullable=True),
        sa.CheckConstraint(f"outcome IN ({_OUTCOMES})", name=op.f("ck_visits_outcome")),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_visits_article_id_articles")),
        sa.ForeignKeyConstraint(["crawl_id"], ["crawls.id"], name=op.f("fk_visits_crawl_id_crawls")),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_visits_source_key_sources")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_visits_version_id_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
        sa.UniqueConstraint("visit_id", name=op.f("uq_visits_visit_id")),
    )
    op.create_index(op.f("ix_visits_article_id_visited_at"), "visits", ["article_id", "visited_at"], unique=False)
    op.create_index(op.f("ix_visits_crawl_id"), "visits", ["crawl_id"], unique=False)
    op.create_index(op.f("ix_visits_source_key_visited_at"), "visits", ["source_key", "visited_at"], unique=False)


def _create_extractions() -> None:
    op.create_table(
        "extractions",
        sa.Column("id", RowId, nullable=False),
        sa.Column("capture_id", RowId, nullable=False),
        sa.Column("extractor", sa.String(), nullable=False),
        sa.Column("release", sa.String(), nullable=False),
        sa.Column("profile", sa.Integer(), nullable=True),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("extracted_at", UtcTime(), nullable=False),
        sa.Column("not_article", sa.String(), nullable=True),
        sa.Column("title_digest", sa.String(), nullable=True),
        sa.Column("text_digest", sa.String(), nullable=True),
        sa.Column("title", PlainText(), nullable=True),
        sa.Column("text", PlainText(), nullable=True),
        sa.Column("details", Json, nullable=True),
        sa.CheckConstraint(
            "not_article IN ('front_page', 'listing', 'consent_wall', 'challenge', 'soft_404', 'empty', 'not_html')",
            name=op.f("ck_extractions_not_article"),
        ),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name=op.f("fk_extractions_capture_id_captures")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extractions")),
    )
    op.create_index(
        "uq_extractions_capture_id_extractor_release_profile",
        "extractions",
        ["capture_id", "extractor", "release", sa.literal_column("coalesce(profile, 0)")],
        unique=True,
    )
    op.create_index(
        "uq_extractions_chosen",
        "extractions",
        ["capture_id"],
        unique=True,
        sqlite_where=sa.text("chosen"),
        postgresql_where=sa.text("chosen"),
    )


def _inline_in_sqlite(name: str, column: str, table: str) -> list[sa.ForeignKeyConstraint]:
    """A foreign key to a table made later: SQLite takes it at once and could not add it, PostgreSQL the reverse."""
    is_sqlite = op.get_context().dialect.name == "sqlite"
    return [sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name)] if is_sqlite else []


def _close_circles() -> None:
    if op.get_context().dialect.name == "sqlite":
        return

    op.create_foreign_key(
        "fk_articles_current_version_id_versions", "articles", "versions", ["current_version_id"], ["id"]
    )
    op.create_foreign_key("fk_versions_first_capture_id_captures", "versions", "captures", ["first_capture_id"], ["id"])
