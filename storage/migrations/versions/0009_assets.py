"""Assets: captures of pictures and style sheets, the pages that show them, and how many a crawl brought."""

import sqlalchemy as sa
from alembic import op

from storage.columns import PlainText, RowId

revision = "0009"
down_revision = "0008"

_ROLES = "role IN ('article', 'feed', 'robots', 'hop', 'rendered', 'asset')"


def upgrade() -> None:
    # SQLite knows no other way than to copy the table; its rows are small, the bytes are in the WARC files.
    with op.batch_alter_table("captures") as table:
        table.drop_constraint(op.f("ck_captures_role"), type_="check")
        table.create_check_constraint(op.f("ck_captures_role"), _ROLES)
    op.create_table(
        "capture_assets",
        sa.Column("page_id", RowId, nullable=False),
        sa.Column("asset_id", RowId, nullable=False),
        sa.Column("url", PlainText(), nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["captures.id"], name=op.f("fk_capture_assets_page_id_captures")),
        sa.ForeignKeyConstraint(["asset_id"], ["captures.id"], name=op.f("fk_capture_assets_asset_id_captures")),
        sa.PrimaryKeyConstraint("page_id", "asset_id", name=op.f("pk_capture_assets")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_capture_assets_url"), "capture_assets", ["url"], unique=False)
    op.create_index(op.f("ix_capture_assets_asset_id"), "capture_assets", ["asset_id"], unique=False)
    for name in ("assets", "assets_failed"):
        op.add_column("crawls", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
