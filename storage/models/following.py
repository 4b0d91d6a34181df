"""The tables of what is followed: sources, feeds, what they listed, and the crawls and visits over them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import RowId, one_of
from storage.models.base import Base
from storage.records import FeedKind, Outcome


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
    feeds_sought_at: Mapped[datetime | None] = mapped_column(
        comment="When its site was last searched for feeds; NULL while that was not needed."
    )


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
    parent_id: Mapped[int | None] = mapped_column(
        RowId, ForeignKey("feeds.id"), comment="The sitemap index that names it; NULL where it stands for itself."
    )
    followed: Mapped[bool] = mapped_column(
        server_default=true(),
        comment="True where each crawl reads it; False for the sitemaps of an index, which are read when they change.",
    )
    parent_modified_raw: Mapped[str] = mapped_column(
        server_default="", comment="When the index said it changed, as written, at the last reading that gave a list."
    )
    read_in_full_at: Mapped[datetime | None] = mapped_column(
        comment="Last time its whole list was read, rather than 304 answered."
    )


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
        Index(None, "source_key", "first_listed_at"),
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
    listed_modified_raw: Mapped[str] = mapped_column(
        server_default="", comment="Latest date of change that a feed gave, as written; '' where none did."
    )
    listed_modified_at: Mapped[datetime | None] = mapped_column(
        comment="That date, where it could be read: a newer one makes the article due for a recheck."
    )
    from_backfill: Mapped[bool] = mapped_column(
        server_default=false(), comment="True where a backfill found it, which counts in no day's limits."
    )
    listed_categories: Mapped[list[str]] = mapped_column(
        server_default="[]",
        comment="JSON list of the categories under which the feed files it; [] where it names none.",
    )


class FeedListing(Base):
    """That one feed listed one URL."""

    __tablename__ = "listings"
    __table_args__ = (
        Index(None, "feed_id"),
        {
            "comment": "Which feeds listed each discovery, and when: what estimates of completeness stand on.",
            "sqlite_with_rowid": False,
        },
    )

    discovery_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("discoveries.id"), primary_key=True, comment="What was listed."
    )
    feed_id: Mapped[int] = mapped_column(RowId, ForeignKey("feeds.id"), primary_key=True, comment="By which feed.")
    first_listed_at: Mapped[datetime] = mapped_column(comment="When that feed was first seen to list it.")
    last_listed_at: Mapped[datetime] = mapped_column(
        comment="When it was last seen to; exact to a day, so that unchanged rows are not written at every reading."
    )


class Backfill(Base):
    """How far back a source's archive is being filled."""

    __tablename__ = "backfills"
    __table_args__ = ({"comment": "The latest backfill of each source: from when, to when, begun and ended."},)

    source_key: Mapped[str] = mapped_column(
        String(), ForeignKey("sources.key"), primary_key=True, comment="The source that is filled."
    )
    since: Mapped[datetime] = mapped_column(comment="Nothing older is looked for.")
    until: Mapped[datetime] = mapped_column(comment="Nothing later is looked for.")
    begun_at: Mapped[datetime] = mapped_column(comment="When it was begun.")
    ended_at: Mapped[datetime | None] = mapped_column(comment="When every page was read; NULL while some are left.")


class BackfillPage(Base):
    """One page of lists that a backfill reads."""

    __tablename__ = "backfill_pages"
    __table_args__ = (
        UniqueConstraint("source_key", "url"),
        Index(None, "source_key", "read_at"),
        {"comment": "Pages that a backfill has read or has still to read: where it stands after a stop."},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, comment="Row number.")
    source_key: Mapped[str] = mapped_column(
        String(), ForeignKey("backfills.source_key"), comment="The source that is filled."
    )
    url: Mapped[str] = mapped_column(comment="A sitemap, a page of the WordPress API or of an archive.")
    way: Mapped[str] = mapped_column(String(), comment="How it came to be read: sitemap, wordpress, dated or paged.")
    added_at: Mapped[datetime] = mapped_column(comment="When it was found.")
    read_at: Mapped[datetime | None] = mapped_column(comment="When it was read or given up; NULL while it is left.")
    attempts: Mapped[int] = mapped_column(Integer(), server_default="0", comment="Readings that failed.")
    listed: Mapped[int] = mapped_column(Integer(), server_default="0", comment="URLs on it that were not known before.")
    problem: Mapped[str | None] = mapped_column(comment="Why it could not be read, in words; NULL if it could.")


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
    assets: Mapped[int] = mapped_column(Integer(), server_default="0", comment="Pictures and style sheets kept.")
    assets_failed: Mapped[int] = mapped_column(Integer(), server_default="0", comment="Those that could not be.")
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
