"""The tables of what was taken down: the tombstones of articles, and of the WARC records that held them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import RowId
from storage.models.base import Base


class TakedownRow(Base):
    """That an article was taken down, and how far that has come."""

    __tablename__ = "takedowns"
    __table_args__ = (
        {"comment": "Articles that were taken down, with reason and time: all that the archive still says of them."},
    )

    article_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("articles.id"), primary_key=True, autoincrement=False, comment="The article."
    )
    reason: Mapped[str] = mapped_column(comment="Why, as the person wrote it who took it down.")
    asked_by: Mapped[str] = mapped_column(comment="The user and the machine that it was asked from.")
    asked_at: Mapped[datetime] = mapped_column(comment="When: from then on it is withheld and never fetched again.")
    emptied_at: Mapped[datetime | None] = mapped_column(comment="When its rows were deleted; NULL until then.")
    erased_at: Mapped[datetime | None] = mapped_column(
        comment="When the last of its WARC records was overwritten; NULL while one is left."
    )
    scrubbed_at: Mapped[datetime | None] = mapped_column(
        comment="When the database's own files were rewritten without it; NULL until then."
    )


class Erasure(Base):
    """That a capture's WARC records are to be overwritten, or were."""

    __tablename__ = "erasures"
    __table_args__ = (
        Index(None, "article_id"),
        Index(
            "ix_erasures_left",
            "warc_file",
            sqlite_where=text("erased_at IS NULL"),
            postgresql_where=text("erased_at IS NULL"),
        ),
        {
            "comment": "Captures that were taken down with an article: of its pages, of their pictures, of feeds that "
            "told it. A tombstone stands in the WARC file in the place of their records."
        },
    )

    capture_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("captures.id"), primary_key=True, autoincrement=False, comment="The capture."
    )
    article_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("takedowns.article_id"), comment="The article it was taken down with."
    )
    warc_file: Mapped[str] = mapped_column(String(), comment="The WARC file that held its records then.")
    erased_at: Mapped[datetime | None] = mapped_column(
        comment="When they were overwritten; NULL while they are not, for instance where another machine has the file."
    )
