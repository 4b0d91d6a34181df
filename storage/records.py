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
    ASSET = "asset"


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
    LOGIN = "login"
    PASSWORD = "password"  # noqa: S105 - the name of a kind of page
    PAYWALL = "paywall"
    MAINTENANCE = "maintenance"
    SOFT_404 = "soft_404"
    MEDIA = "media"
    EMPTY = "empty"
    NOT_HTML = "not_html"


class CopyKind(StrEnum):
    """How much of a text another article carries: half of it or more, or a good part of it."""

    COPY = "copy"
    SHARES_TEXT = "shares_text"


class EditClass(StrEnum):
    """How much an edit changes: spelling and punctuation, a few words, or what the article says."""

    TYPO = "typo"
    MINOR = "minor"
    SUBSTANTIVE = "substantive"


class EditFlag(StrEnum):
    """What an edit touches; an edit may touch several, or none of these."""

    HEADLINE = "headline"
    LEAD = "lead"
    NUMBER = "number"
    QUOTE = "quote"
    NEGATION = "negation"
    NAME = "name"
    CORRECTION = "correction"
    RETRACTION = "retraction"
    LIVE_UPDATE = "live_update"


class ProfileState(StrEnum):
    """Where a site profile stands: pages are still gathered, pages are read with it, or it no longer fits the site."""

    LEARNING = "learning"
    IN_USE = "in_use"
    RETIRED = "retired"


class LedgerKind(StrEnum):
    """What an entry of the ledger vouches for."""

    CAPTURE = "capture"
    VERSION = "version"
    TAKEDOWN = "takedown"


class LedgerChange(StrEnum):
    """What Warraq itself did to a row after its leaf was appended."""

    RESTATED = "restated"
    """Another extraction counts: re-extraction, or the page was rendered since."""
    EXTENDED = "extended"
    """An earlier capture of the same version came in."""
    MERGED = "merged"
    """Its captures are another version's: two articles were found to be one, or what made it was no edit."""
    MOVED = "moved"
    """The WARC record was written anew, for instance since a takedown removed the one that it cited."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One HTTP exchange, as it was received.

    ``body`` is content-encoded (still gzip, br, …), as the server sent it. ``visit_id`` is the hex UUID of the
    visit it belongs to, None for feeds and robots. ``requested_url`` is the URL the visit set out for; it
    differs from ``url`` after a redirect. ``belongs_to`` is the record id of another capture: of the raw answer that a
    rendered page was made from, or of the page that an asset was fetched for.
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
    belongs_to: str | None = None

    def header(self, name: str) -> str | None:
        """The first response header of that name (any case), or None."""
        wanted = name.lower()
        return next((value for key, value in self.response_headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class WarcLocation:
    """Where a capture's records are: file name (no directory), offset and length in bytes.

    They cover the response (or revisit) record and the request record that follows it. ``refers_to`` is the record
    id of the capture that holds the body, where this one is a revisit. ``digest`` is the SHA-256 of both records,
    uncompressed, in hex: known to who wrote or walked them, None where a row gave the place.
    """

    file: str
    offset: int
    length: int
    refers_to: str | None = None
    digest: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Validators:
    """What a conditional request sends back to a server, verbatim; empty strings send nothing."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of an article: absolute address, and what the page says of it. ``line`` counts the lines before it."""

    url: str
    caption: str | None = None
    credit: str | None = None
    alt: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """A link in an article's text: absolute address, its words, and the line they stand in, from 0."""

    url: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Embed:
    """A post or video of another site that an article shows; ``provider`` is that site's name in one word.

    Its words are the ``lines`` lines of the text from ``line`` on (0 where the page held none, as for videos).
    """

    url: str
    provider: str
    line: int
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one extractor release made of one page.

    ``text`` holds the paragraphs, one a line, and ``structure`` a letter for each of its lines (``Block.letter`` in
    ``pipeline/blocks.py``); ``not_article`` says why the page is no article (then the text may be empty).
    ``published_at`` is given only where a time of day was; ``published_on`` is the publisher's own calendar day;
    ``published_zone`` the offset that was written with it. ``*_raw`` keep the strings that were parsed, ``*_from``
    name their origin; ``topics_from``, of section and tags, only where that is the feed. ``agencies`` are the
    organisations of the byline. ``paywalled`` is None where the page does not say whether it can be read in full for
    free. ``agency_credit`` is the closing line that names reporters, agency or source. ``refused`` is set where the
    page could not be read at all (``too_large``, ``too_deep``, ``undecodable``): nothing is known of it then.
    ``robots`` holds the directives for robots of the page or its header (``noindex, noarchive``).
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
    published_zone: str | None = None
    modified_at: datetime | None = None
    modified_on: date | None = None
    modified_raw: str | None = None
    modified_from: str | None = None
    modified_zone: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    topics_from: str | None = None
    description: str | None = None
    declared_url: str | None = None
    image_url: str | None = None
    image_caption: str | None = None
    image_credit: str | None = None
    agency_credit: str | None = None
    agencies: tuple[str, ...] = ()
    paywalled: bool | None = None
    structure: str | None = None
    images: tuple[Image, ...] = ()
    links: tuple[Link, ...] = ()
    embeds: tuple[Embed, ...] = ()
    refused: str | None = None
    robots: str | None = None
    profile: int | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """One entry of a feed: an article URL and what the feed said of it.

    The ``*_raw`` dates are as the feed wrote them; the instants are None where a date could not be read or names no
    offset. ``modified`` is the publisher's hint that the page has changed. ``categories`` are the names under which the
    feed files it, each once.
    """

    url: str
    title: str = ""
    published_raw: str = ""
    published_at: datetime | None = None
    modified_raw: str = ""
    modified_at: datetime | None = None
    categories: tuple[str, ...] = ()


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
    """One feed to read, its kind where it is known, and what is kept of its last reading.

    ``parent_modified_raw`` is when the index that names it said it had changed, at the last reading that gave a list.
    """

    url: str
    kind: FeedKind | None = None
    validators: Validators = field(default_factory=Validators)
    parent_url: str | None = None
    parent_modified_raw: str = ""
    read_in_full_at: datetime | None = None
    followed: bool = True
    failures: int = 0


class Way(StrEnum):
    """How a backfill came to read a page."""

    SITEMAP = "sitemap"
    WORDPRESS = "wordpress"
    DATED = "dated"
    PAGED = "paged"


@dataclass(frozen=True, slots=True)
class BackfillPage:
    """A page of lists that a backfill reads."""

    url: str
    way: Way


@dataclass(frozen=True, slots=True)
class BackfillStep:
    """One page that a backfill has read, and the pages that are to be read since."""

    page: BackfillPage
    further: tuple[BackfillPage, ...] = ()


@dataclass(frozen=True, slots=True)
class BackfillState:
    """Where a backfill stands: its time, how many pages it has read and how many are left."""

    since: datetime
    until: datetime
    pages_read: int
    pages_left: int


@dataclass(frozen=True, slots=True)
class ShownCapture:
    """A capture that shows an article's text: its row, its visit, the version it is of and what that says."""

    capture_id: int
    captured_at: datetime
    visit_id: str | None
    version_id: int
    title_digest: str
    text_digest: str


@dataclass(frozen=True, slots=True)
class Address:
    """A URL that led to an article.

    ``key`` is the form in which its spellings are alike; ``is_declared`` says that only a page named it, and that no
    visit has seen the article there.
    """

    url: str
    key: str | None = None
    is_declared: bool = False


@dataclass(frozen=True, slots=True)
class EditMeasure:
    """What one edit amounts to.

    ``similarity`` is the share (0 to 1) of the words of both texts that they have in common, in order; words are
    counted in the text alone, a moved one as removed and added.
    """

    edit_class: EditClass
    similarity: float
    words_added: int
    words_removed: int
    flags: frozenset[EditFlag]


@dataclass(frozen=True, slots=True)
class VersionStep:
    """A version in its article's order, its language, and the version that its measure was taken from, if it was."""

    version_id: int
    measured_from: int | None
    language: str | None
