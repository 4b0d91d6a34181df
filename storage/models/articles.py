"""The tables of articles, the URLs that led to them and their versions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, Integer, String, false
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import RowId, one_of
from storage.models.base import Base
from storage.records import ArticleStatus, EditClass


class Article(Base):
    """What one canonical URL names over time."""

    __tablename__ = "articles"
    __table_args__ = (
        CheckConstraint(one_of("status", ArticleStatus), name="status"),
        Index(None, "source_key", "next_check_at"),
        Index(None, "source_key", "first_seen_at"),
        {"comment": "Articles: what one canonical URL names over time. Their texts are in versions."},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, comment="Row number.")
    public_id: Mapped[str] = mapped_column(
        String(), unique=True, comment="Permanent id: 'a' and 12 letters of the SHA-256 of its first canonical URL."
    )
    source_key: Mapped[str] = mapped_column(String(), ForeignKey("sources.key"), comment="The source it is of.")
    canonical_url: Mapped[str] = mapped_column(unique=True, comment="The URL that identifies it today.")
    status: Mapped[str] = mapped_column(String(), comment=f"One of {', '.join(ArticleStatus)}.")
    current_version_id: Mapped[int | None] = mapped_column(
        RowId,
        ForeignKey("versions.id", use_alter=True, name="fk_articles_current_version_id_versions"),
        comment="The version captured last.",
    )
    first_seen_at: Mapped[datetime] = mapped_column(comment="First time it was seen alive.")
    last_seen_at: Mapped[datetime] = mapped_column(comment="Last time it was seen alive (200 or 304).")
    last_visited_at: Mapped[datetime | None] = mapped_column(comment="Last visit, whatever it came to.")
    missing_since: Mapped[datetime | None] = mapped_column(comment="First of the visits in a row that found it absent.")
    gone_at: Mapped[datetime | None] = mapped_column(comment="When its absence was confirmed.")
    next_check_at: Mapped[datetime | None] = mapped_column(comment="When it is to be looked at again.")
    edits_weighed: Mapped[float] = mapped_column(
        Float(), server_default="0", comment="Edits found at its rechecks, older ones fading; the next look follows."
    )
    edits_expected: Mapped[float] = mapped_column(
        Float(), server_default="0", comment="What a usual article of its section would have had, fading alike."
    )
    hinted_at: Mapped[datetime | None] = mapped_column(
        comment="When a feed told of a change that no visit has looked for yet; NULL where none did."
    )


class ArticleUrl(Base):
    """A URL that led to an article."""

    __tablename__ = "article_urls"
    __table_args__ = (
        Index(None, "article_id"),
        Index(None, "address_key"),
        {"comment": "Every URL that led to an article: listed, redirected from, or canonical."},
    )

    url: Mapped[str] = mapped_column(primary_key=True, comment="The URL; it leads to one article only.")
    article_id: Mapped[int] = mapped_column(RowId, ForeignKey("articles.id"), comment="The article it led to.")
    first_seen_at: Mapped[datetime] = mapped_column(comment="When it first led there.")
    address_key: Mapped[str | None] = mapped_column(
        comment="The form in which its AMP, mobile, print, www and http spellings are alike; NULL in rows from before."
    )
    declared: Mapped[bool] = mapped_column(
        server_default=false(), comment="True where only a page named it as canonical, and no visit has seen it there."
    )


class FormerId(Base):
    """A public id that was given before two articles turned out to be one."""

    __tablename__ = "former_ids"
    __table_args__ = (
        Index(None, "article_id"),
        Index(None, "version_id"),
        {
            "comment": "Public ids of articles and versions that were merged into others, and of versions that were "
            "taken down: they stay good for ever."
        },
    )

    public_id: Mapped[str] = mapped_column(String(), primary_key=True, comment="The id as it was given out.")
    article_id: Mapped[int] = mapped_column(RowId, ForeignKey("articles.id"), comment="The article it stands for now.")
    version_id: Mapped[int | None] = mapped_column(
        RowId,
        ForeignKey("versions.id"),
        comment="The version it stands for now; NULL for an article's, and where that was taken down.",
    )
    merged_at: Mapped[datetime] = mapped_column(comment="When the two were found to be one, or it was taken down.")


class Version(Base):
    """A maximal run of captures with the same text and headline."""

    __tablename__ = "versions"
    __table_args__ = (
        Index(None, "article_id", "first_captured_at"),
        Index(None, "first_captured_at"),
        Index(None, "published_on"),
        Index(None, "text_digest"),
        {
            "comment": "Versions: runs of captures of an article with the same headline and text. Numbers follow from "
            "first_captured_at (view article_history) and are never stored."
        },
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, comment="Row number; not the version's number.")
    public_id: Mapped[str] = mapped_column(String(), unique=True, comment="Permanent id: 'v' and 14 letters.")
    article_id: Mapped[int] = mapped_column(RowId, ForeignKey("articles.id"), comment="The article.")
    title: Mapped[str] = mapped_column(comment="Headline, without the site's name.")
    title_digest: Mapped[str] = mapped_column(String(), comment="SHA-256 of the headline's compared form, in hex.")
    text_digest: Mapped[str] = mapped_column(String(), comment="SHA-256 of the text's compared form, in hex.")
    word_count: Mapped[int] = mapped_column(Integer(), comment="Words in the text, split at white space.")
    language: Mapped[str | None] = mapped_column(comment="Language of the text, ISO 639-1 or ckb, detected.")
    direction: Mapped[str | None] = mapped_column(comment="rtl or ltr.")
    authors: Mapped[list[str]] = mapped_column(comment="JSON list of names; [] where none is given.")
    published_at: Mapped[datetime | None] = mapped_column(comment="Instant of publication, where a time was given.")
    published_on: Mapped[date | None] = mapped_column(comment="The publisher's own calendar day of publication.")
    published_raw: Mapped[str | None] = mapped_column(comment="The date as the page wrote it.")
    published_from: Mapped[str | None] = mapped_column(comment="Where on the page it was found.")
    modified_at: Mapped[datetime | None] = mapped_column(comment="When the publisher says it changed it.")
    modified_raw: Mapped[str | None] = mapped_column(comment="That date as the page wrote it.")
    section: Mapped[str | None] = mapped_column(comment="The publisher's section.")
    tags: Mapped[list[str]] = mapped_column(comment="JSON list of the publisher's tags.")
    description: Mapped[str | None] = mapped_column(comment="The publisher's summary.")
    declared_url: Mapped[str | None] = mapped_column(comment="The canonical URL that the page declares, unverified.")
    image_url: Mapped[str | None] = mapped_column(comment="The lead image.")
    image_caption: Mapped[str | None] = mapped_column(comment="Its caption.")
    image_credit: Mapped[str | None] = mapped_column(comment="Its credit.")
    extractor: Mapped[str] = mapped_column(String(), comment="What extracted this text.")
    release: Mapped[str] = mapped_column(String(), comment="Its release.")
    first_captured_at: Mapped[datetime] = mapped_column(comment="First capture that showed it.")
    last_captured_at: Mapped[datetime] = mapped_column(comment="Last capture that showed it.")
    first_capture_id: Mapped[int | None] = mapped_column(
        RowId,
        ForeignKey("captures.id", use_alter=True, name="fk_versions_first_capture_id_captures"),
        comment="That first capture: the evidence.",
    )
    # What lists articles reads nothing from here on: SQLite reaches what follows the text by way of its overflow pages.
    text: Mapped[str] = mapped_column(comment="The article's paragraphs, one a line, Unicode NFC, without furniture.")
    agency_credit: Mapped[str | None] = mapped_column(
        comment="The closing line that names reporters, agency or source; NULL too where it was read before step 0002."
    )
    published_zone: Mapped[str | None] = mapped_column(
        String(),
        comment="The offset from UTC that the page wrote with it, such as +03:00; NULL where it wrote none: the time "
        "was then read in the source's zone.",
    )
    modified_on: Mapped[date | None] = mapped_column(comment="The publisher's own calendar day of its last change.")
    modified_from: Mapped[str | None] = mapped_column(String(), comment="As published_from, of the last change.")
    modified_zone: Mapped[str | None] = mapped_column(String(), comment="As published_zone, of the last change.")
    agencies: Mapped[list[str]] = mapped_column(
        server_default="[]", comment="JSON list of the agencies and other organisations that its byline names."
    )
    paywalled: Mapped[bool | None] = mapped_column(
        comment="True where the page says that only subscribers may read it in full; NULL where it does not say."
    )
    structure: Mapped[str | None] = mapped_column(
        String(),
        comment="A letter for each line of text: p paragraph, 1 to 6 heading of that level, h heading, q quotation, "
        "i list item, n numbered item, r table row, c code.",
    )
    images: Mapped[list[dict[str, Any]]] = mapped_column(
        server_default="[]",
        comment="JSON list of its pictures in order: url, caption, credit, alt, and line, the lines of text before it.",
    )
    links: Mapped[list[dict[str, Any]]] = mapped_column(
        server_default="[]",
        comment="JSON list of the links in its text: url, text, and line, the line of text from 0 that holds them.",
    )
    embeds: Mapped[list[dict[str, Any]]] = mapped_column(
        server_default="[]",
        comment="JSON list of posts and videos of other sites: url, provider, line (the first of its lines in text, "
        "from 0) and lines (how many; 0 for a video).",
    )
    topics_from: Mapped[str | None] = mapped_column(
        String(), comment="Where section and tags were found, if not on the page: feed; NULL otherwise."
    )


class EditMeasure(Base):
    """What the edit amounts to that led to a version."""

    __tablename__ = "edit_measures"
    __table_args__ = (
        CheckConstraint(one_of("edit_class", EditClass), name="edit_class"),
        CheckConstraint("similarity BETWEEN 0 AND 1", name="similarity"),
        Index(None, "old_version_id"),
        {
            "comment": "What each edit amounts to; the view edits tells it with the versions. Written with the "
            "version, and anew when an older capture comes in between. Flags mean: changed, added or removed."
        },
    )

    version_id: Mapped[int] = mapped_column(
        RowId,
        ForeignKey("versions.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        comment="The newer version.",
    )
    old_version_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("versions.id", ondelete="CASCADE"), comment="The version before it."
    )
    edit_class: Mapped[str] = mapped_column(String(), comment=f"One of {', '.join(EditClass)}.")
    similarity: Mapped[float] = mapped_column(comment="Share of both texts' words that they have in common, in order.")
    words_added: Mapped[int] = mapped_column(Integer(), comment="Words of the new text that the old one lacks.")
    words_removed: Mapped[int] = mapped_column(Integer(), comment="Words of the old text that the new one lacks.")
    lead_changed: Mapped[bool] = mapped_column(comment="The first paragraph differs.")
    number_changed: Mapped[bool] = mapped_column(comment="A number differs, in digits or in letters.")
    quote_changed: Mapped[bool] = mapped_column(comment="What stands between quotation marks differs.")
    negation_changed: Mapped[bool] = mapped_column(comment="A negation differs.")
    name_changed: Mapped[bool] = mapped_column(comment="A name differs.")
    correction_notice: Mapped[bool] = mapped_column(comment="A notice of correction was added or changed.")
    retraction: Mapped[bool] = mapped_column(comment="The publisher withdrew the article, in its headline or a notice.")
    live_update: Mapped[bool] = mapped_column(comment="An entry was added to a live blog.")
