"""The table of the search index."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import RowId
from storage.models.base import Base

_POSTGRESQL = {"database": "postgresql"}
"""Marks what only one of the databases has."""


class SearchEntry(Base):
    """A version as the search knows it."""

    __tablename__ = "search_entries"
    __table_args__ = (
        Index("ix_search_entries_terms", "terms", postgresql_using="gin", info=_POSTGRESQL).ddl_if("postgresql"),
        Index(
            "ix_search_entries_long",
            "position",
            postgresql_where=text("long_words IS NOT NULL"),
            info=_POSTGRESQL,
        ).ddl_if("postgresql"),
        {
            "comment": "The search index: versions by their folded terms. In SQLite the terms are in search_terms, an "
            "FTS5 table whose rowid is position; docs/search.md says how to query both."
        },
    )

    position: Mapped[int] = mapped_column(
        RowId,
        primary_key=True,
        autoincrement=False,
        comment="Its place in time: minutes since 1970 of the publication (of the first sight where no date is given), "
        "times 65,536, plus a number that tells those of one minute apart. Newest first is highest first.",
    )
    version_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("versions.id", ondelete="CASCADE"), unique=True, comment="The version."
    )
    terms: Mapped[str | None] = mapped_column(
        Text().with_variant(TSVECTOR(), "postgresql"),
        comment="PostgreSQL: its terms with their places; weight A the headline, D the text, C words inside Arabic "
        "words and, after §, source and language. NULL in SQLite.",
    )
    long_words: Mapped[str | None] = mapped_column(
        Text(),
        comment="PostgreSQL: all words in a row, of texts with more of them than a tsvector keeps the places of. Else "
        "NULL.",
    )
