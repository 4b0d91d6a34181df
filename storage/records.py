"""The frozen records that cross the layers, and the closed sets they draw on.

They know neither the database nor the network. All times are aware and in UTC; all text is Unicode NFC.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

CanonicalUrl = NewType("CanonicalUrl", str)
"""A normalised URL that identifies an article."""

PayloadDigest = NewType("PayloadDigest", str)
"""``sha256:`` and 64 hex digits: the digest of a capture's content-encoded body."""

Clock = Callable[[], datetime]
"""Gives the present moment, aware and in UTC. Passed in; nothing else asks the time."""

Headers = tuple[tuple[str, str], ...]
"""HTTP header fields in order, decoded as Latin-1 so that every byte survives."""


class Role(StrEnum):
    """What a capture was fetched for."""

    ARTICLE = "article"
    FEED = "feed"
    ROBOTS = "robots"
    HOP = "hop"
    RENDERED = "rendered"


class Outcome(StrEnum):
    """What one visit to an article URL came to; exactly one a visit."""

    NEW = "new"
    EDITED = "edited"
    UNCHANGED = "unchanged"
    NOISE = "noise"
    MISSING = "missing"
    GONE = "gone"
    RESTORED = "restored"
    MOVED = "moved"
    NOT_AN_ARTICLE = "not_an_article"
    REFUSED = "refused"
    FAILED = "failed"


class ArticleStatus(StrEnum):
    """Where an article stands with its publisher (``withheld``: taken down by us)."""

    LIVE = "live"
    MISSING = "missing"
    GONE = "gone"
    RESTORED = "restored"
    MOVED = "moved"
    WITHHELD = "withheld"


class FeedKind(StrEnum):
    """How a feed lists articles."""

    RSS = "rss"
    ATOM = "atom"
    JSON = "json"
    SITEMAP = "sitemap"
    NEWS_SITEMAP = "news_sitemap"
    FRONT_PAGE = "front_page"
    WORDPRESS = "wordpress"


class NotArticle(StrEnum):
    """Why a page is not an article."""

    FRONT_PAGE = "front_page"
    LISTING = "listing"
    CONSENT_WALL = "consent_wall"
    CHALLENGE = "challenge"
    SOFT_404 = "soft_404"
    EMPTY = "empty"
    NOT_HTML = "not_html"


class CopyKind(StrEnum):
    """How much of a text another article carries: half of it or more, or a good part of it."""

    COPY = "copy"
    SHARES_TEXT = "shares_text"


class ProfileState(StrEnum):
    """Where a site profile stands: pages are still gathered, pages are read with it, or it no longer fits the site."""

    LEARNING = "learning"
    IN_USE = "in_use"
    RETIRED = "retired"


class LedgerKind(StrEnum):
    """What an entry of the ledger vouches for."""

    CAPTURE = "capture"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class Capture:
    """One HTTP exchange, as it was received.

    ``body`` is content-encoded (still gzip, br, …), as the server sent it. ``visit_id`` is the hex UUID of the
    visit it belongs to, None for feeds and robots. ``requested_url`` is the URL the visit set out for; it
    differs from ``url`` after a redirect.
    """

    record_id: str
    source_key: str
    role: Role
    url: str
    requested_url: str
    captured_at: datetime
    status: int
    reason: str
    request_headers: Headers
    response_headers: Headers
    body: bytes
    payload_digest: PayloadDigest
    remote_address: str | None = None
    visit_id: str | None = None
    protocol: str = "HTTP/1.1"
    method: str = "GET"

    def header(self, name: str) -> str | None:
        """The first response header of that name (any case), or None."""
        wanted = name.lower()
        return next((value for key, value in self.response_headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class WarcLocation:
    """Where a capture's records are: file name (no directory), offset and length in bytes.

    They cover the response (or revisit) record and the request record that follows it. ``refers_to`` is the record
    id of the capture that holds the body, where this one is a revisit.
    """

    file: str
    offset: int
    length: int
    refers_to: str | None = None


@dataclass(frozen=True, slots=True)
class Validators:
    """What a conditional request sends back to a server, verbatim; empty strings send nothing."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one extractor release made of one page.

    ``text`` holds the paragraphs, one a line; ``not_article`` says why the page is no article (then the text
    may be empty). ``published_at`` is given only where a time of day was; ``published_on`` is the publisher's
    own calendar day. ``*_raw`` keep the strings that were parsed, ``published_from`` names their origin.
    ``agency_credit`` is the closing line that names reporters, agency or source. ``refused`` is set where the page
    could not be read at all (``too_large``, ``too_deep``, ``undecodable``): nothing is known of it then.
    """

    extractor: str
    release: str
    not_article: NotArticle | None
    title: str = ""
    text: str = ""
    language: str | None = None
    direction: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    published_on: date | None = None
    published_raw: str | None = None
    published_from: str | None = None
    modified_at: datetime | None = None
    modified_raw: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    description: str | None = None
    declared_url: str | None = None
    image_url: str | None = None
    image_caption: str | None = None
    image_credit: str | None = None
    agency_credit: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """One entry of a feed: an article URL and what the feed said of it (dates as the feed wrote them)."""

    url: str
    title: str = ""
    published_raw: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A publication we follow, as the archive knows it."""

    key: str
    name: str
    home_url: str
    language: str | None = None
    country: str | None = None
    timezone: str = "UTC"
    ad_hoc: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """One URL to visit, and what a conditional request for it may say."""

    url: str
    validators: Validators = field(default_factory=Validators)
    listing: Listing | None = None


@dataclass(frozen=True, slots=True)
class FeedTarget:
    """One feed to read, its kind where it is known, and the validators of its last reading."""

    url: str
    kind: FeedKind | None = None
    validators: Validators = field(default_factory=Validators)


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """What one crawl of one source came to. ``problems`` are sentences for a person; empty when all went well."""

    crawl_id: int
    source_key: str
    started_at: datetime
    finished_at: datetime
    outcomes: dict[Outcome, int]
    feeds_read: int
    feeds_failed: int
    requests: int
    received_bytes: int
    problems: tuple[str, ...] = ()
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A version as the decision needs it: a maximal run of captures with the same headline and text.

    ``last_payload_digest`` is that of the latest capture in the run that carried a body.
    """

    version_id: int
    first_captured_at: datetime
    last_captured_at: datetime
    title_digest: str
    text_digest: str
    extractor: str
    release: str
    last_payload_digest: PayloadDigest | None = None


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as the decision needs it; ``runs`` are its versions in order of capture time."""

    id: int
    public_id: str
    source_key: str
    canonical_url: CanonicalUrl
    status: ArticleStatus
    first_seen_at: datetime
    last_seen_at: datetime
    last_visited_at: datetime | None
    missing_since: datetime | None
    runs: tuple[StoredRun, ...]
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit as it is kept: exactly one outcome, and the reason in words."""

    visit_id: str
    crawl_id: int | None
    source_key: str
    requested_url: str
    visited_at: datetime
    outcome: Outcome
    reason: str = ""
    article_id: int | None = None
    version_id: int | None = None


@dataclass(frozen=True, slots=True)
class ArticleChange:
    """What a visit changes about an article's standing.

    ``seen_at`` is given where the article was seen alive. ``missing_since`` and ``gone_at`` replace what is stored
    (None clears).
    """

    status: ArticleStatus
    visited_at: datetime
    seen_at: datetime | None
    missing_since: datetime | None
    gone_at: datetime | None
    next_check_at: datetime


@dataclass(frozen=True, slots=True)
class VersionMarks:
    """What tells a version apart: its first capture, and the digests of its compared headline and text."""

    captured_at: datetime
    capture_id: int
    title_digest: str
    text_digest: str


@dataclass(frozen=True, slots=True)
class FeedState:
    """What one reading of a feed leaves behind; ``problem`` says why it could not be read."""

    url: str
    kind: FeedKind | None
    validators: Validators
    read_at: datetime
    not_modified: bool = False
    problem: str | None = None
