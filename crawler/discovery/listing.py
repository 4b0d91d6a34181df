"""The one small interface of all ways of finding: a document goes in, what it lists comes out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from pipeline.urls import normalize_url
from storage.records import Listing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.records import FeedKind, Headers

MOST_ENTRIES = 20_000
"""Entries read of one document by default; the sitemap protocol allows 50,000, the largest feed seen has 10,000."""
_TAG = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"\s+")
_LONGEST_TITLE = 1000
_LONGEST_CATEGORY = 100  # as of a tag on a page; what is longer is a sentence
_MOST_CATEGORIES = 50
# W3C-DTF, as in sitemaps, allows a year, or a year and a month: https://www.w3.org/TR/NOTE-datetime
_DAY_LENGTH = len("2026-11-03")
_MONTH = re.compile(r"(\d{4})(?:-(\d{2}))?")


@dataclass(frozen=True, slots=True)
class Document:
    """A response that may list articles.

    ``body`` is decompressed; ``url`` is where it came from in the end. Of its ``headers`` some say what the body does
    not: the next page, how many there are.
    """

    url: str
    body: bytes
    content_type: str | None = None
    headers: Headers = ()

    def header(self, name: str) -> str:
        """The header fields of that name (any case), joined by commas; empty where there is none."""
        return ", ".join(value for field, value in self.headers if field.lower() == name.lower())


@dataclass(frozen=True, slots=True)
class Child:
    """One sitemap that an index names, and when the index says it changed."""

    url: str
    modified_raw: str = ""
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document lists, in its own order.

    Attributes:
        kind: What it is; None where it lists nothing that we can read.
        listings: The articles.
        problem: Why it could not be read, or not to its end.
        title: Its name for itself.
        children: Where it is a sitemap index, the sitemaps it names.
        next_url: Its next, older page, where it has one.
        left_out: How many more entries it has than we read.
        total: How many articles there are on all its pages, where it says so.
    """

    kind: FeedKind | None
    listings: tuple[Listing, ...] = ()
    problem: str | None = None
    title: str = ""
    children: tuple[Child, ...] = ()
    next_url: str | None = None
    left_out: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the document has it: a URL that may be relative to ``base``, and texts that may hold markup.

    ``categories`` are plain text.
    """

    url: str
    title: str = ""
    published_raw: str = ""
    base: str = ""
    modified_raw: str = ""
    published_at: datetime | None = None
    categories: tuple[str, ...] = ()


def listings_of(entries: Iterable[Entry], url: str, most: int = MOST_ENTRIES) -> tuple[Listing, ...]:
    """The entries with absolute normalised URLs, each URL once, by its first entry; so many of them at most.

    What is no http(s) URL is left out.
    """
    found: dict[str, Listing] = {}
    for entry in entries:
        target = absolute(entry.url, urljoin(url, entry.base))
        if target and target not in found:
            found[target] = _listing(entry, target)
        if len(found) >= most:
            break
    return tuple(found.values())


def _listing(entry: Entry, url: str) -> Listing:
    published, modified = entry.published_raw.strip(), entry.modified_raw.strip()
    return Listing(
        url,
        plain_text(entry.title),
        published,
        entry.published_at or instant(published),
        modified,
        instant(modified),
        entry.categories,
    )


def absolute(reference: str, base: str) -> str | None:
    """The reference as a normalised URL; None where it leads out of the web or cannot be read."""
    if not reference.strip():
        return None
    try:
        return normalize_url(urljoin(base, reference.strip()))
    except ValueError:
        return None


def plain_text(markup: str) -> str:
    """A title without tags and entities, its white space folded."""
    text = unescape(_TAG.sub(" ", markup)) if "<" in markup or "&" in markup else markup
    return _SPACE.sub(" ", text).strip()[:_LONGEST_TITLE]


def plain_texts(names: Iterable[object]) -> tuple[str, ...]:
    """The names of categories in plain text, each once; at most fifty, and no addresses or sentences."""
    texts = (plain_text(name).strip("# ") for name in names if isinstance(name, str))
    is_name = (text for text in texts if 0 < len(text) <= _LONGEST_CATEGORY and "://" not in text)
    return tuple(islice(dict.fromkeys(is_name), _MOST_CATEGORIES))


def instant(raw: str) -> datetime | None:
    """The moment of a date in RFC 5322 or ISO 8601 form, in UTC; None where it names no offset: no zone is guessed."""
    moment = _parse(raw)
    if moment is None or moment.tzinfo is None:
        return None
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def latest_possible(raw: str) -> datetime | None:
    """The latest moment that a date may mean, for comparing with others; one without an offset is taken for UTC.

    A day counts to its end, and so does a month or a year. It is good for an order, never as anything's date.
    """
    return _possible(raw, latest=True)


def earliest_possible(raw: str) -> datetime | None:
    """The earliest moment that a date may mean, for comparing with others; as ``latest_possible``."""
    return _possible(raw, latest=False)


def latest_of(listing: Listing) -> datetime | None:
    """The latest date that a feed gives for an entry, for comparing only."""
    given = (
        listing.published_at or latest_possible(listing.published_raw),
        listing.modified_at or latest_possible(listing.modified_raw),
    )
    return max((moment for moment in given if moment), default=None)


def _possible(raw: str, *, latest: bool) -> datetime | None:
    try:
        if (month := _MONTH.fullmatch(raw)) is not None:
            first_day = datetime(int(month[1]), int(month[2] or (12 if latest else 1)), 1, tzinfo=UTC)
            return (first_day + timedelta(days=32)).replace(day=1) if latest else first_day
        moment = _parse(raw)
        if moment is None:
            return None
        aware = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        return aware + timedelta(days=1) if latest and len(raw) <= _DAY_LENGTH else aware
    except (OverflowError, ValueError):
        return None


def _parse(raw: str) -> datetime | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return parse(raw)
        except (ValueError, OverflowError, TypeError):
            continue
    return None


def linked(header: str, relation: str) -> str | None:
    """The target of a ``Link`` header field (RFC 8288) with that relation; None where there is none."""
    for match in re.finditer(r"<([^<>]*)>([^<]*)", header[:10_000]):
        relations = re.search(r'\brel="?([^";,]*)', match[2], re.IGNORECASE)
        if relations and relation in relations[1].lower().split():
            return match[1]
    return None
