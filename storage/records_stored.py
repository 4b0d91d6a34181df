"""The frozen records of what the archive holds of articles, and of what a visit or a crawl writes into it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from storage.records import ArticleStatus, CanonicalUrl, FeedKind, Outcome, PayloadDigest, Validators


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A version as the decision needs it: a maximal run of captures with the same headline and text.

    ``last_payload_digest`` and ``last_url`` are those of the latest capture in the run that carried a body.
    ``captured_at`` holds the times of all its captures, rising, where an older capture is to be placed; else it is
    empty.
    """

    version_id: int
    first_captured_at: datetime
    last_captured_at: datetime
    title_digest: str
    text_digest: str
    extractor: str
    release: str
    last_payload_digest: PayloadDigest | None = None
    captured_at: tuple[datetime, ...] = ()
    last_url: str | None = None
    section: str | None = None
    published_at: datetime | None = None


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
    edits_weighed: float = 0.0
    edits_expected: float = 0.0
    hinted_at: datetime | None = None


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
    edits_weighed: float = 0.0
    edits_expected: float = 0.0
    hinted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VersionMarks:
    """What tells a version apart: its first capture, and the digests of its compared headline and text."""

    captured_at: datetime
    capture_id: int
    title_digest: str
    text_digest: str


@dataclass(frozen=True, slots=True)
class FeedState:
    """What one reading of a feed leaves behind; ``problem`` says why it could not be read.

    ``parent_url`` is the sitemap index that names it, and ``parent_modified_raw`` when that said it had changed.
    """

    url: str
    kind: FeedKind | None
    validators: Validators
    read_at: datetime
    not_modified: bool = False
    problem: str | None = None
    parent_url: str | None = None
    parent_modified_raw: str = ""


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """What one crawl of one source came to. ``problems`` are sentences for a person; empty when all went well.

    ``left_out`` counts the listed URLs that were not taken, by the limit of the configuration that left them out.
    """

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
    left_out: Mapping[str, int] = field(default_factory=dict)
    assets: int = 0
    assets_failed: int = 0
