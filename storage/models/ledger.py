"""The tables of the append-only log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import RowId, one_of
from storage.models.base import Base
from storage.records import LedgerChange, LedgerKind


class LedgerEntry(Base):
    """One leaf of the append-only log over captures and versions."""

    __tablename__ = "ledger"
    __table_args__ = (
        Index(None, "kind", "subject_id", "position"),
        CheckConstraint("position >= 0", name="position"),
        CheckConstraint(one_of("kind", LedgerKind), name="kind"),
        CheckConstraint("length(leaf_hash) = 64", name="leaf_hash"),
        CheckConstraint(one_of("change", LedgerChange), name="change"),
        {
            "comment": "Leaves of the append-only Merkle log over captures and versions: docs/ledger.md. Of the leaves "
            "of one subject the last vouches for its row as it is."
        },
    )

    position: Mapped[int] = mapped_column(
        BigInteger(), primary_key=True, autoincrement=False, comment="Place of the leaf in the log, from 0."
    )
    kind: Mapped[str] = mapped_column(String(), comment=f"What it vouches for: {', '.join(LedgerKind)}.")
    subject_id: Mapped[str] = mapped_column(
        String(), comment="captures.record_id, versions.public_id, or articles.public_id of a takedown."
    )
    leaf_hash: Mapped[str] = mapped_column(String(), comment="SHA-256 of the nonce and the canonical record, in hex.")
    nonce: Mapped[str | None] = mapped_column(
        String(), comment="The 32 random bytes, in hex; NULL once a takedown has deleted them."
    )
    added_at: Mapped[datetime] = mapped_column(comment="When it was appended.")
    record: Mapped[str | None] = mapped_column(
        comment="The canonical record that was hashed, kept where Warraq itself has changed the row since; else NULL: "
        "the row gives it."
    )
    change: Mapped[str | None] = mapped_column(
        String(), comment=f"What that change was: {', '.join(LedgerChange)}; NULL where there was none."
    )
    withheld_at: Mapped[datetime | None] = mapped_column(comment="When a takedown deleted the nonce; NULL for none.")


class LedgerWaiting(Base):
    """A capture or version that the log does not hold yet."""

    __tablename__ = "ledger_waiting"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        CheckConstraint(one_of("kind", LedgerKind), name="kind"),
        {
            "comment": "What waits for its leaf in the ledger: written in the transaction that writes the row itself, "
            "so that none is lost, and deleted in the one that appends the leaf."
        },
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, comment="Row number: leaves are appended in its order.")
    kind: Mapped[str] = mapped_column(String(), comment="As ledger.kind.")
    subject_id: Mapped[str] = mapped_column(String(), comment="As ledger.subject_id.")


class LedgerNode(Base):
    """The root of a complete subtree of the log."""

    __tablename__ = "ledger_nodes"
    __table_args__ = (
        CheckConstraint("length(hash) = 64", name="hash"),
        {
            "comment": "Roots of the complete subtrees of 256, 65,536, ... leaves, so that a tree head or a proof does "
            "not hash the whole log again. All follows from the ledger.",
            "sqlite_with_rowid": False,
        },
    )

    level: Mapped[int] = mapped_column(
        Integer(), primary_key=True, autoincrement=False, comment="1 for subtrees of 256 leaves, 2 of 256 x 256, ..."
    )
    number: Mapped[int] = mapped_column(
        BigInteger(), primary_key=True, autoincrement=False, comment="Which of them, from 0, from the left."
    )
    hash: Mapped[str] = mapped_column(String(), comment="Its root by RFC 6962, in hex.")
