"""Spellings of articles' URLs, ids of articles that were merged, directives for robots, more kinds of pages."""

import re

import sqlalchemy as sa
from alembic import op

from storage.columns import PlainText, RowId, UtcTime

revision = "0005"
down_revision = "0004"

_KINDS = "'front_page', 'listing', 'consent_wall', 'challenge', 'soft_404', 'empty', 'not_html'"
_MORE_KINDS = (
    "'front_page', 'listing', 'consent_wall', 'challenge', 'login', 'password', 'paywall', 'maintenance', 'soft_404', "
    "'media', 'empty', 'not_html'"
)


def upgrade() -> None:
    op.add_column("article_urls", sa.Column("address_key", PlainText(), nullable=True))
    op.add_column("article_urls", sa.Column("declared", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(op.f("ix_article_urls_address_key"), "article_urls", ["address_key"], unique=False)
    op.create_index(op.f("ix_versions_text_digest"), "versions", ["text_digest"], unique=False)
    _create_former_ids()
    op.add_column("extractions", sa.Column("robots", PlainText(), nullable=True))
    _widen_kinds()


def _create_former_ids() -> None:
    op.create_table(
        "former_ids",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("article_id", RowId, nullable=False),
        sa.Column("version_id", RowId, nullable=True),
        sa.Column("merged_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_former_ids_article_id_articles")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_former_ids_version_id_versions")),
        sa.PrimaryKeyConstraint("public_id", name=op.f("pk_former_ids")),
    )
    op.create_index(op.f("ix_former_ids_article_id"), "former_ids", ["article_id"], unique=False)
    op.create_index(op.f("ix_former_ids_version_id"), "former_ids", ["version_id"], unique=False)


def _widen_kinds() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _copy_extractions(connection)
        return
    op.drop_constraint(op.f("ck_extractions_not_article"), "extractions", type_="check")
    op.create_check_constraint(
        op.f("ck_extractions_not_article"), "extractions", sa.text(f"not_article IN ({_MORE_KINDS})")
    )


def _copy_extractions(connection: sa.Connection) -> None:
    """SQLite cannot change a constraint, and Alembic's copy of a table loses an index over an expression."""
    query = "SELECT type, sql FROM sqlite_master WHERE tbl_name = 'extractions' AND sql IS NOT NULL"
    found = connection.exec_driver_sql(query).all()
    (table,) = (sql for kind, sql in found if kind == "table")
    wider = re.sub(
        r'^CREATE TABLE "?extractions"?', "CREATE TABLE extractions_wider", table.replace(_KINDS, _MORE_KINDS)
    )
    connection.exec_driver_sql(wider)
    connection.exec_driver_sql("INSERT INTO extractions_wider SELECT * FROM extractions")
    connection.exec_driver_sql("DROP TABLE extractions")
    connection.exec_driver_sql("ALTER TABLE extractions_wider RENAME TO extractions")
    for index in (sql for kind, sql in found if kind == "index"):
        connection.exec_driver_sql(index)
