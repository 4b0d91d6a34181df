"""The one small interface of all ways of finding: a document goes in, what it lists comes out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from pipeline.urls import normalize_url
from storage.records import Listing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.records import FeedKind

MOST_ENTRIES = 20_000
"""Entries read of one document; the sitemap protocol allows 50,000, the largest news feed seen has 10,000."""
_TAG = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"\s+")
_LONGEST_TITLE = 1000


@dataclass(frozen=True, slots=True)
class Document:
    """A response that may list articles. ``body`` is decompressed; ``url`` is where it came from in the end."""

    url: str
    body: bytes
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document lists, in its own order. ``problem`` says why it could not be read, or not to its end."""

    kind: FeedKind | None
    listings: tuple[Listing, ...] = ()
    problem: str | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the document has it: a URL that may be relative to ``base``, and texts that may hold markup."""

    url: str
    title: str = ""
    published_raw: str = ""
    base: str = ""


def listings_of(entries: Iterable[Entry], url: str) -> tuple[Listing, ...]:
    """The entries with absolute normalised URLs, each URL once, by its first entry.

    What is no http(s) URL is left out.
    """
    found: dict[str, Listing] = {}
    for entry in entries:
        try:
            target = normalize_url(urljoin(urljoin(url, entry.base), entry.url.strip()))
        except ValueError:
            continue
        if target not in found:
            raw = entry.published_raw.strip()
            found[target] = Listing(target, plain_text(entry.title), raw, instant(raw))
        if len(found) >= MOST_ENTRIES:
            break
    return tuple(found.values())


def plain_text(markup: str) -> str:
    """A title without tags and entities, its white space folded."""
    text = unescape(_TAG.sub(" ", markup)) if "<" in markup or "&" in markup else markup
    return _SPACE.sub(" ", text).strip()[:_LONGEST_TITLE]


def instant(raw: str) -> datetime | None:
    """The moment of a date in RFC 5322 or ISO 8601 form, in UTC; None where it names no offset: no zone is guessed."""
    moment = _parse(raw)
    if moment is None or moment.tzinfo is None:
        return None
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _parse(raw: str) -> datetime | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return parse(raw)
        except (ValueError, OverflowError):
            continue
    return None
