"""The tables of the archive, with a comment on every column: together they are the public data dictionary.

People query this database with their own tools, so a name here is an interface: it changes only through a migration.
All times are instants in UTC. The views in ``storage/views`` are the part that is easiest to read.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    UniqueConstraint,
    false,
    func,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from storage.columns import Json, PlainText, RowId, UtcTime, one_of
from storage.records import ArticleStatus, CopyKind, FeedKind, LedgerKind, NotArticle, Outcome, ProfileState, Role


class Base(DeclarativeBase):
    """What all tables share: constraints are named by rule, so that a migration can address them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way of declaring it
        datetime: UtcTime(),
        date: Date(),
        str: PlainText(),
        bool: Boolean(),
        dict[str, Any]: Json,
        list[str]: Json,
    }


class Source(Base):
    """A publication we follow."""

    __tablename__ = "sources"
    __table_args__ = ({"comment": "Publications that are followed, and when each is due."},)

    key: Mapped[str] = mapped_column(String(), primary_key=True, comment="Short name of the source, from warraq.toml.")
    name: Mapped[str] = mapped_column(comment="The publication's name.")
    home_url: Mapped[str] = mapped_column(comment="Its front page.")
    language: Mapped[str | None] = mapped_column(comment="Main language, ISO 639-1 or ckb; a hint, not a rule.")
    country: Mapped[str | None] = mapped_column(comment="Country of publication, ISO 3166-1 alpha-2.")
    timezone: Mapped[str] = mapped_column(comment="IANA zone in which the publisher writes its dates.")
    ad_hoc: Mapped[bool] = mapped_column(
        server_default=false(), comment="True where a single URL was crawled outside any configured source."
    )
    added_at: Mapped[datetime] = mapped_column(comment="When the archive first knew it.")
    next_due_at: Mapped[datetime | None] = mapped_column(comment="When the daemon will crawl it next.")


class Feed(Base):
    """One URL of a source that lists articles."""

    __tablename__ = "feeds"
    __table_args__ = (
        UniqueConstraint("source_key", "url"),
        CheckConstraint(one_of("kind", FeedKind), name="kind"),
        {"comment": "URLs that list articles (RSS, Atom, sitemaps, front pages) and the state of reading them."},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, comment="Row number.")
    source_key: Mapped[str] = mapped_column(String(), ForeignKey("sources.key"), comment="The source it belongs to.")
    url: Mapped[str] = mapped_column(comment="Where it is read.")
    kind: Mapped[str | None] = mapped_column(String(), comment=f"One of {', '.join(FeedKind)}; NULL until first read.")
    etag: Mapped[str] = mapped_column(server_default="", comment="ETag of the last reading that gave a list, verbatim.")
    last_modified: Mapped[str] = mapped_column(server_default="", comment="Its Last-Modified, verbatim.")
    read_at: Mapped[datetime | None] = mapped_column(comment="Last time it was read successfully (200 or 304).")
    tried_at: Mapped[datetime] = mapped_column(comment="Last time reading it was tried.")
    failures: Mapped[int] = mapped_column(Integer(), server_default="0", comment="Failed readings in a row.")
    problem: Mapped[str | None] = mapped_column(comment="Why the last reading failed, in words; NULL if it did not.")


class Discovery(Base):
    """A URL that a feed listed, remembered until a visit settles it."""

    __tablename__ = "discoveries"
    __table_args__ = (
        UniqueConstraint("source_key", "url"),
        CheckConstraint(one_of("last_outcome", Outcome), name="last_outcome"),
        CheckConstraint(one_of("settled_by", Outcome), name="settled_by"),
        Index(
            "ix_discoveries_open",
            "source_key",
            "first_listed_at",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
        {"comment": "URLs that feeds listed, each remembered until a visit settles it, so that a crash loses none."},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, comment="Row number.")
    source_key: Mapped[str] = mapped_column(String(), ForeignKey("sources.key"), comment="The source that listed it.")
    url: Mapped[str] = mapped_column(comment="The URL as listed, normalised.")
    feed_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("feeds.id"), comment="The feed that listed it first.")
    listed_title: Mapped[str] = mapped_column(server_default="", comment="Title in the feed.")
    listed_published_raw: Mapped[str] = mapped_column(server_default="", comment="Date as the feed wrote it.")
    listed_published_at: Mapped[datetime | None] = mapped_column(comment="That date, where it could be read.")
    first_listed_at: Mapped[datetime] = mapped_column(comment="When we first saw it listed.")
    attempts: Mapped[int] = mapped_column(Integer(), server_default="0", comment="Visits that did not settle it.")
    next_try_at: Mapped[datetime | None] = mapped_column(comment="Not to be visited before; NULL means now.")
    last_outcome: Mapped[str | None] = mapped_column(String(), comment="Outcome of the last visit.")
    settled_at: Mapped[datetime | None] = mapped_column(comment="When a visit settled it; NULL while it is open.")
    settled_by: Mapped[str | None] = mapped_column(String(), comment="Outcome of the visit that settled it.")


class Host(Base):
    """The politeness owed to one host by every process on the archive."""

    __tablename__ = "hosts"
    __table_args__ = ({"comment": "Politeness owed to each host, shared by every process on the archive."},)

    host: Mapped[str] = mapped_column(String(), primary_key=True, comment="Host name, with its port if not the usual.")
    next_allowed_at: Mapped[datetime | None] = mapped_column(comment="No request before this time.")
    delay_seconds: Mapped[float | None] = mapped_column(comment="Distance between two requests, in seconds.")
    connections: Mapped[int | None] = mapped_column(Integer(), comment="Most connections at a time.")
    retry_after_at: Mapped[datetime | None] = mapped_column(comment="Until when its Retry-After asked us to wait.")


class Crawl(Base):
    """One run over one source."""

    __tablename__ = "crawls"
    __table_args__ = (
        Index(None, "source_key", "started_at"),
        {"comment": "Runs over a source. The outcomes of a crawl are those of its visits."},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, comment="Row number.")
    source_key: Mapped[str] = mapped_column(String(), ForeignKey("sources.key"), comment="The source crawled.")
    started_at: Mapped[datetime] = mapped_column(comment="When it began.")
    finished_at: Mapped[datetime | None] = mapped_column(comment="When it ended; NULL while running or if killed.")
    stopped: Mapped[bool] = mapped_column(server_default=false(), comment="True if it was told to stop.")
    feeds_read: Mapped[int] = mapped_column(Integer(), server_default="0", comment="Feeds read, 304 included.")
    feeds_failed: Mapped[int] = mapped_column(Integer(), server_default="0", comment="Feeds that could not be read.")
    requests: Mapped[int] = mapped_column(Integer(), server_default="0", comment="Requests sent.")
    received_bytes: Mapped[int] = mapped_column(BigInteger(), server_default="0", comment="Bytes of bodies received.")
    problems: Mapped[list[str]] = mapped_column(server_default="[]", comment="JSON list of sentences; [] if none.")


class Visit(Base):
    """One attempt to learn the state of one article URL."""

    __tablename__ = "visits"
    __table_args__ = (
        CheckConstraint(one_of("outcome", Outcome), name="outcome"),
        Index(None, "article_id", "visited_at"),
        Index(None, "crawl_id"),
        Index(None, "source_key", "visited_at"),
        {"comment": "Attempts to learn the state of one article URL, each with exactly one outcome."},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, comment="Row number.")
    visit_id: Mapped[str] = mapped_column(String(), unique=True, comment="UUID of the visit, in hex.")
    crawl_id: Mapped[int | None] = mapped_column(
        RowId, ForeignKey("crawls.id"), comment="The crawl it was part of; NULL where it was recovered after a crash."
    )
    source_key: Mapped[str] = mapped_column(String(), ForeignKey("sources.key"), comment="The source visited.")
    requested_url: Mapped[str] = mapped_column(comment="The URL asked for.")
    visited_at: Mapped[datetime] = mapped_column(comment="When.")
    outcome: Mapped[str] = mapped_column(String(), comment=f"One of {', '.join(Outcome)}.")
    reason: Mapped[str] = mapped_column(server_default="", comment="Why, in words.")
    article_id: Mapped[int | None] = mapped_column(
        RowId, ForeignKey("articles.id"), comment="The article it was about, where there is one."
    )
    version_id: Mapped[int | None] = mapped_column(
        RowId, ForeignKey("versions.id"), comment="The version it saw, where it saw one."
    )


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


class ArticleUrl(Base):
    """A URL that led to an article."""

    __tablename__ = "article_urls"
    __table_args__ = (
        Index(None, "article_id"),
        {"comment": "Every URL that led to an article: listed, redirected from, or canonical."},
    )

    url: Mapped[str] = mapped_column(primary_key=True, comment="The URL; it leads to one article only.")
    article_id: Mapped[int] = mapped_column(RowId, ForeignKey("articles.id"), comment="The article it led to.")
    first_seen_at: Mapped[datetime] = mapped_column(comment="When it first led there.")


class Version(Base):
    """A maximal run of captures with the same text and headline."""

    __tablename__ = "versions"
    __table_args__ = (
        Index(None, "article_id", "first_captured_at"),
        Index(None, "first_captured_at"),
        Index(None, "published_on"),
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
        {
            "comment": "Articles that carry the text of another one. Empty: nothing writes it yet; "
            "the part that finds copies will."
        },
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
        comment="Share of the shorter text's three-word runs that stand in the other one, from 0 to 1."
    )
    kind: Mapped[str] = mapped_column(String(), comment=f"One of {', '.join(CopyKind)}.")
    found_at: Mapped[datetime] = mapped_column(comment="When it was found.")


class Shingle(Base):
    """One of the three-word runs by which articles with a common text are found."""

    __tablename__ = "shingles"
    __table_args__ = (
        Index(None, "article_id"),
        Index(None, "day"),
        {
            "comment": "Hashed three-word runs of recent texts, to find articles with a common text. Empty: nothing "
            "writes it yet; the part that finds copies will.",
            # Many small rows that are only ever sought by hash: kept once, in the key's own tree.
            "sqlite_with_rowid": False,
        },
    )

    hash: Mapped[int] = mapped_column(
        BigInteger(), primary_key=True, comment="xxh3-64 of the run in its compared form, as a signed integer."
    )
    article_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("articles.id"), primary_key=True, comment="The article whose text has it."
    )
    day: Mapped[date] = mapped_column(
        comment="Day of publication, else of first sight; rows older than the window (90 days) are dropped."
    )


class SiteProfile(Base):
    """What was learned about one site's pages."""

    __tablename__ = "site_profiles"
    __table_args__ = (
        CheckConstraint(one_of("state", ProfileState), name="state"),
        CheckConstraint("(state = 'retired') = (retired_at IS NOT NULL)", name="retired"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("pages >= 0", name="pages"),
        CheckConstraint("agreement BETWEEN 0 AND 1", name="agreement"),
        Index(None, "host"),
        {
            "comment": "What was learned about the pages of a site: where the text stands and what repeats. Empty: "
            "nothing writes it yet; the part that learns site profiles will."
        },
    )

    source_key: Mapped[str] = mapped_column(
        String(), ForeignKey("sources.key"), primary_key=True, comment="The source whose pages it describes."
    )
    number: Mapped[int] = mapped_column(
        Integer(), primary_key=True, comment="Its number within the source, from 1: the one in extractions.profile."
    )
    host: Mapped[str] = mapped_column(String(), comment="Host whose pages it describes.")
    template: Mapped[str] = mapped_column(String(), comment="Which of the host's page templates it describes.")
    state: Mapped[str] = mapped_column(String(), comment=f"One of {', '.join(ProfileState)}.")
    learned_at: Mapped[datetime | None] = mapped_column(comment="When it was learned; NULL while it is being learned.")
    retired_at: Mapped[datetime | None] = mapped_column(comment="When it no longer fitted the site; NULL till then.")
    pages: Mapped[int] = mapped_column(Integer(), server_default="0", comment="Pages that it was learned from.")
    agreement: Mapped[float | None] = mapped_column(
        comment="How well it agrees with full extraction on audited pages, from 0 to 1; NULL before any audit."
    )
    profile: Mapped[dict[str, Any]] = mapped_column(comment="JSON of what was learned.")


class LedgerEntry(Base):
    """One leaf of the append-only log over captures and versions."""

    __tablename__ = "ledger"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        CheckConstraint("position >= 0", name="position"),
        CheckConstraint(one_of("kind", LedgerKind), name="kind"),
        CheckConstraint("length(leaf_hash) = 64", name="leaf_hash"),
        {
            "comment": "Leaves of the append-only Merkle log over captures and versions. Empty: nothing writes it "
            "yet; the signed log will."
        },
    )

    position: Mapped[int] = mapped_column(
        BigInteger(), primary_key=True, autoincrement=False, comment="Place of the leaf in the log, from 0."
    )
    kind: Mapped[str] = mapped_column(String(), comment=f"What it vouches for: {', '.join(LedgerKind)}.")
    subject_id: Mapped[str] = mapped_column(String(), comment="versions.public_id or captures.record_id.")
    leaf_hash: Mapped[str] = mapped_column(String(), comment="SHA-256 of the nonce and the canonical record, in hex.")
    nonce: Mapped[str | None] = mapped_column(
        String(), comment="The 32 random bytes, in hex; NULL once a takedown has deleted them."
    )
    added_at: Mapped[datetime] = mapped_column(comment="When it was appended.")
