"""RSS 0.9 to 2.0, RDF, Atom and JSON Feed. Bytes in, listings out; malformed feeds are read as far as they can be.

feedparser does the reading: it declares no entities of a feed's own, so that entity bombs and external entities stay
inert, and falls back to a tolerant parser where XML's rules are broken.
"""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import feedparser

from crawler.discovery.listing import (
    MOST_ENTRIES,
    Document,
    Entry,
    Reading,
    absolute,
    linked,
    listings_of,
    plain_text,
    plain_texts,
)
from crawler.discovery.paging import next_numbered
from pipeline.charset import decode_text
from storage.records import FeedKind

if TYPE_CHECKING:
    from collections.abc import Iterator

# Publishing software prints its warnings before the document, and XML allows nothing there.
_START = re.compile(r"<\?xml|<rss\b|<feed\b|<rdf:RDF\b|<RDF\b|<channel\b", re.IGNORECASE)
_SEARCHED = 20_000
_ENTRY = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_MOST_CHARACTERS = 10_000_000
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_HTML = re.compile(r"<!doctype\s+html|<html\b|<head\b|<body\b", re.IGNORECASE)


def read_feed(document: Document, most: int = MOST_ENTRIES) -> Reading | None:
    """What an XML feed lists; None where the document is none.

    Its next page is what it says (``rel=next``, or RFC 5005's ``prev-archive``), or, of WordPress, the next number.
    """
    text = _NOT_XML.sub("", decode_text(document.body, document.content_type)[0])
    start = _START.search(text, 0, _SEARCHED)
    if start is None:
        return None
    text, entries = _first_entries(text[start.start() :], most)
    parsed = feedparser.parse(
        # A stream, never a string: feedparser would open a string as a URL or a file.
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": document.url},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    if not parsed.version and not parsed.entries:
        return None
    kind = FeedKind.ATOM if parsed.version.startswith("atom") else FeedKind.RSS
    listings = listings_of(_entries(parsed.entries), document.url, most)
    return Reading(
        kind,
        listings,
        _problem(parsed, listings),
        plain_text(parsed.feed.get("title") or ""),
        next_url=_next(parsed.feed, document) if listings else None,
        left_out=max(0, entries - most),
    )


def _first_entries(text: str, most: int) -> tuple[str, int]:
    """A feed as far as so many of its entries go, and how many it has: feedparser takes long, and 3 kB, for each."""
    count, end = 0, min(len(text), _MOST_CHARACTERS)
    for begun in _ENTRY.finditer(text):
        count += 1
        if count == most + 1:
            end = min(end, begun.start())
    return text[:end], count


def _next(feed: Any, document: Document) -> str | None:
    links = {link.get("rel"): link.get("href", "") for link in reversed(feed.get("links", []))}
    said = links.get("next") or links.get("prev-archive") or linked(document.header("Link"), "next")
    if said:
        return absolute(said, document.url)
    return next_numbered(document.url, "paged") if "wordpress.org" in str(feed.get("generator")) else None


def _entries(entries: list[Any]) -> Iterator[Entry]:
    for entry in entries:
        # A permanent guid is a link too; feedparser has made it one where there is no other.
        url = entry.get("feedburner_origlink") or entry.get("link") or ""
        if not url and str(entry.get("id", "")).startswith(("http://", "https://")):
            url = entry["id"]
        # Asked of the plain dictionary: feedparser's own answers an entry without `updated` with `published`.
        updated = dict.get(entry, "updated") or ""
        published = entry.get("published") or updated
        if url:
            categories = plain_texts(tag.get("label") or tag.get("term") for tag in entry.get("tags") or ())
            yield Entry(url, entry.get("title") or "", published, modified_raw=updated, categories=categories)


def _problem(parsed: Any, listings: tuple[object, ...]) -> str | None:
    if listings or not parsed.bozo:
        return None
    return f"cannot be read: {parsed.bozo_exception}"


def read_json_feed(document: Document, most: int = MOST_ENTRIES) -> Reading | None:
    """What a JSON Feed (https://www.jsonfeed.org/version/1.1/) lists; None where the document is none."""
    if document.body.lstrip()[:1] != b"{":
        return None
    try:
        feed = json.loads(decode_text(document.body, document.content_type)[0])
    except (ValueError, RecursionError):  # the latter of brackets within brackets, by the thousand
        return None
    items = feed.get("items")
    if "jsonfeed" not in str(feed.get("version")) or not isinstance(items, list):
        return None
    listings = listings_of(_json_entries(items), document.url, most)
    return Reading(
        FeedKind.JSON,
        listings,
        title=plain_text(str(feed.get("title") or "")),
        next_url=absolute(str(feed.get("next_url") or ""), document.url),
        left_out=max(0, len(items) - most),
    )


def _json_entries(items: list[Any]) -> Iterator[Entry]:
    for item in items:
        if isinstance(item, dict):
            url = item.get("url") or item.get("external_url")
            dates = (str(item.get(name) or "") for name in ("date_published", "date_modified"))
            published, modified = dates
            if isinstance(url, str):
                tags = item.get("tags")
                categories = plain_texts(tags) if isinstance(tags, list) else ()
                yield Entry(url, str(item.get("title") or ""), published, modified_raw=modified, categories=categories)


def is_html(document: Document) -> bool:
    """Whether the document is an HTML page."""
    return bool(_HTML.search(document.body[:_SEARCHED].decode("latin-1")))
