"""The tables by which articles with a common text are found and told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import RowId, one_of
from storage.models.base import Base
from storage.records import CopyKind


class Copy(Base):
    """An article that carries the text of another one."""

    __tablename__ = "copies"
    __table_args__ = (
        CheckConstraint("article_id <> original_article_id", name="two_articles"),
        CheckConstraint("containment BETWEEN 0 AND 1", name="containment"),
        CheckConstraint(one_of("kind", CopyKind), name="kind"),
        CheckConstraint("kind <> 'copy' OR cluster_id IS NOT NULL", name="cluster"),
        Index(None, "original_article_id"),
        Index(None, "cluster_id"),
        {"comment": "Articles that carry the text of another one: of recent articles, each compared when it arrives."},
    )

    article_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("articles.id"), primary_key=True, comment="The article that carries the text."
    )
    original_article_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("articles.id"), primary_key=True, comment="The original: the earliest published."
    )
    cluster_id: Mapped[int | None] = mapped_column(
        BigInteger(), comment="Number that all copies of one original share; NULL only where text is merely shared."
    )
    containment: Mapped[float] = mapped_column(
        comment="Share of the shorter text's three-word runs that stand in the other one, from 0 to 1; "
        "below 0.5 in a copy whose wording was changed throughout, or that was taken from another copy."
    )
    kind: Mapped[str] = mapped_column(String(), comment=f"One of {', '.join(CopyKind)}.")
    found_at: Mapped[datetime] = mapped_column(comment="When it was found.")


class Shingle(Base):
    """One of the three-word runs by which articles with a common text are found."""

    __tablename__ = "shingles"
    __table_args__ = (
        {
            "comment": "Hashed three-word runs of recent texts, to find articles with a common text.",
            # Many small rows that are only ever sought by hash: kept once, in the key's own tree.
            "sqlite_with_rowid": False,
        },
    )

    generation: Mapped[int] = mapped_column(
        Integer(),
        primary_key=True,
        autoincrement=False,
        comment="Which ninety days its text arrived in, counted from 0001-01-01; in SQLite 0 for the latest few "
        "thousand texts, which are sorted in together. Whole generations are dropped once the window has left them.",
    )
    hash: Mapped[int] = mapped_column(
        BigInteger(), primary_key=True, comment="xxh3-64 of the run in its folded form, as a signed integer."
    )
    # No foreign key: it would need an index of its own, which would cost as much as the table.
    article_id: Mapped[int] = mapped_column(
        RowId,
        primary_key=True,
        comment="articles.id of the article whose text has it, or had it in an earlier version.",
    )
