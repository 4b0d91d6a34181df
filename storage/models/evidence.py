"""The tables of what was received and what extractors made of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Json, RowId, one_of
from storage.models.base import Base
from storage.records import NotArticle, Role


class Capture(Base):
    """One HTTP exchange, kept as a WARC record."""

    __tablename__ = "captures"
    __table_args__ = (
        CheckConstraint(one_of("role", Role), name="role"),
        Index(None, "article_id", "captured_at"),
        Index(None, "version_id", "captured_at"),
        Index(None, "url", "captured_at"),
        Index(None, "warc_file", "warc_offset"),
        Index(
            "ix_captures_original",
            "payload_digest",
            sqlite_where=text("refers_to IS NULL"),
            postgresql_where=text("refers_to IS NULL"),
        ),
        {"comment": "HTTP exchanges, as received. The bytes are in the WARC file named here."},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, comment="Row number.")
    record_id: Mapped[str] = mapped_column(String(), unique=True, comment="UUID of its WARC record, in hex.")
    visit_id: Mapped[str | None] = mapped_column(
        String(), comment="visits.visit_id; NULL for feeds and robots.txt. A visit cut short by a crash has no row."
    )
    source_key: Mapped[str] = mapped_column(String(), comment="sources.key of the source it was fetched for.")
    article_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("articles.id"), comment="The article it is of.")
    version_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("versions.id"), comment="The version it showed.")
    role: Mapped[str] = mapped_column(String(), comment=f"What it was fetched for: {', '.join(Role)}.")
    url: Mapped[str] = mapped_column(comment="The URL that answered.")
    captured_at: Mapped[datetime] = mapped_column(comment="When the answer came.")
    status: Mapped[int] = mapped_column(Integer(), comment="HTTP status.")
    content_type: Mapped[str | None] = mapped_column(comment="Content-Type, verbatim.")
    payload_digest: Mapped[str] = mapped_column(String(), comment="'sha256:' and the body's hex digest, as received.")
    payload_bytes: Mapped[int] = mapped_column(BigInteger(), comment="Length of that body (still content-encoded).")
    etag: Mapped[str | None] = mapped_column(comment="ETag, verbatim.")
    last_modified: Mapped[str | None] = mapped_column(comment="Last-Modified, verbatim.")
    remote_address: Mapped[str | None] = mapped_column(String(), comment="IP address of the server.")
    warc_file: Mapped[str] = mapped_column(String(), comment="WARC file, without directory.")
    warc_offset: Mapped[int] = mapped_column(BigInteger(), comment="Where its records begin, in bytes.")
    warc_length: Mapped[int] = mapped_column(
        BigInteger(), comment="Length in bytes of the response record and the request record after it."
    )
    refers_to: Mapped[str | None] = mapped_column(
        String(), comment="record_id of the capture that holds the body, where this one is a WARC revisit record."
    )
    record_digest: Mapped[str | None] = mapped_column(
        String(),
        comment="SHA-256 of its WARC records, uncompressed, in hex; NULL where they were written before step 0013 and "
        "could not be read since.",
    )


class CaptureAsset(Base):
    """One asset that a page shows."""

    __tablename__ = "capture_assets"
    __table_args__ = (
        Index(None, "url"),
        Index(None, "asset_id"),
        {
            "comment": "Pictures and style sheets of the pages that began a version: which captures show them.",
            "sqlite_with_rowid": False,
        },
    )

    page_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("captures.id"), primary_key=True, comment="The capture of the page."
    )
    asset_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("captures.id"), primary_key=True, comment="The capture of the asset, or of a redirect to it."
    )
    url: Mapped[str] = mapped_column(comment="The asset's URL as the page names it, absolute.")


class Extraction(Base):
    """What one extractor release made of one capture."""

    __tablename__ = "extractions"
    __table_args__ = (
        CheckConstraint(one_of("not_article", NotArticle), name="not_article"),
        Index(
            "uq_extractions_capture_id_extractor_release_profile",
            "capture_id",
            "extractor",
            "release",
            func.coalesce(text("profile"), 0),
            unique=True,
        ),
        Index(
            "uq_extractions_chosen",
            "capture_id",
            unique=True,
            sqlite_where=text("chosen"),
            postgresql_where=text("chosen"),
        ),
        {"comment": "What an extractor made of a capture. A capture may have several; one is chosen."},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, comment="Row number.")
    capture_id: Mapped[int] = mapped_column(RowId, ForeignKey("captures.id"), comment="The capture read.")
    extractor: Mapped[str] = mapped_column(String(), comment="What read it.")
    release: Mapped[str] = mapped_column(String(), comment="Its release.")
    profile: Mapped[int | None] = mapped_column(Integer(), comment="Number of the site profile used; NULL for none.")
    chosen: Mapped[bool] = mapped_column(comment="True for the one extraction of the capture that counts.")
    extracted_at: Mapped[datetime] = mapped_column(comment="When.")
    not_article: Mapped[str | None] = mapped_column(
        String(), comment=f"Why the page is no article ({', '.join(NotArticle)}); NULL where it is one."
    )
    title_digest: Mapped[str | None] = mapped_column(String(), comment="As versions.title_digest, of this extraction.")
    text_digest: Mapped[str | None] = mapped_column(String(), comment="As versions.text_digest, of this extraction.")
    title: Mapped[str | None] = mapped_column(comment="Its headline; NULL where the capture's version has the same.")
    text: Mapped[str | None] = mapped_column(comment="Its text; NULL where the capture's version has the same.")
    details: Mapped[dict[str, Any] | None] = mapped_column(
        Json, comment="JSON of its other fields, named as in versions; NULL where the capture's version was made by it."
    )
    robots: Mapped[str | None] = mapped_column(
        comment="Directives for robots that the page or its header gave (noindex, noarchive, ...); NULL for none."
    )
