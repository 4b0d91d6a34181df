"""What each edit amounts to."""

import sqlalchemy as sa
from alembic import op

from storage.columns import RowId

revision = "0004"
down_revision = "0003"

_FLAGS = (
    *("lead_changed", "number_changed", "quote_changed", "negation_changed", "name_changed"),
    *("correction_notice", "retraction", "live_update"),
)


def upgrade() -> None:
    op.create_table(
        "edit_measures",
        sa.Column("version_id", RowId, autoincrement=False, nullable=False),
        sa.Column("old_version_id", RowId, nullable=False),
        sa.Column("edit_class", sa.String(), nullable=False),
        sa.Column("similarity", sa.Double(), nullable=False),
        sa.Column("words_added", sa.Integer(), nullable=False),
        sa.Column("words_removed", sa.Integer(), nullable=False),
        *(sa.Column(flag, sa.Boolean(), nullable=False) for flag in _FLAGS),
        sa.CheckConstraint("edit_class IN ('typo', 'minor', 'substantive')", name=op.f("ck_edit_measures_edit_class")),
        sa.CheckConstraint("similarity BETWEEN 0 AND 1", name=op.f("ck_edit_measures_similarity")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_edit_measures_version_id_versions"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["old_version_id"],
            ["versions.id"],
            name=op.f("fk_edit_measures_old_version_id_versions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_edit_measures")),
    )
    op.create_index(op.f("ix_edit_measures_old_version_id"), "edit_measures", ["old_version_id"], unique=False)
