"""The ledger is written: what waits for a leaf, the hashes of whole subtrees, and several leaves a subject."""

import sqlalchemy as sa
from alembic import op

from storage.columns import PlainText, RowId, UtcTime

revision = "0013"
down_revision = "0012"

_KINDS = "kind IN ('capture', 'version', 'takedown')"


def upgrade() -> None:
    op.add_column("captures", sa.Column("record_digest", sa.String(), nullable=True))
    # Nothing has written it before this step.
    op.drop_table("ledger")
    op.create_table(
        "ledger",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("leaf_hash", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=True),
        sa.Column("added_at", UtcTime(), nullable=False),
        sa.Column("record", PlainText(), nullable=True),
        sa.Column("change", sa.String(), nullable=True),
        sa.Column("withheld_at", UtcTime(), nullable=True),
        sa.CheckConstraint("position >= 0", name=op.f("ck_ledger_position")),
        sa.CheckConstraint(_KINDS, name=op.f("ck_ledger_kind")),
        sa.CheckConstraint("length(leaf_hash) = 64", name=op.f("ck_ledger_leaf_hash")),
        sa.CheckConstraint("change IN ('restated', 'extended', 'merged', 'moved')", name=op.f("ck_ledger_change")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_ledger")),
    )
    op.create_index(op.f("ix_ledger_kind_subject_id_position"), "ledger", ["kind", "subject_id", "position"])
    op.create_table(
        "ledger_waiting",
        sa.Column("id", RowId, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.CheckConstraint(_KINDS, name=op.f("ck_ledger_waiting_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_waiting")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_ledger_waiting_kind_subject_id")),
    )
    op.create_table(
        "ledger_nodes",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.CheckConstraint("length(hash) = 64", name=op.f("ck_ledger_nodes_hash")),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("pk_ledger_nodes")),
        sqlite_with_rowid=False,
    )
    # What the archive holds already waits for its leaf like what comes.
    op.execute(
        "INSERT INTO ledger_waiting (kind, subject_id) SELECT 'capture', record_id FROM captures ORDER BY captures.id"
    )
    op.execute(
        "INSERT INTO ledger_waiting (kind, subject_id) SELECT 'version', public_id FROM versions ORDER BY versions.id"
    )
