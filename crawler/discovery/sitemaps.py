"""Sitemaps (https://www.sitemaps.org/protocol.html), news sitemaps, sitemap indexes and plain lists of URLs.

One document at a time: which sitemaps of an index are read, and in what order, is the caller's decision, for which
``newest_first`` gives the order.
"""

from __future__ import annotations

import gzip
import re
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from lxml import etree

from crawler.discovery.listing import (
    MOST_ENTRIES,
    Child,
    Document,
    Entry,
    Reading,
    absolute,
    instant,
    latest_possible,
    listings_of,
)
from crawler.discovery.url_shapes import Shape, shape_of
from pipeline.urls import same_site
from storage.records import FeedKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from storage.records import Listing

_MOST_BYTES = 25 * 2**20  # uncompressed; the protocol allows 50 MB, of which we read 20,000 entries by default
_MOST_EVENTS = 2_000_000  # starts and ends of elements: 50,000 entries of 20 elements each
_MOST_URLS = 50_000  # the protocol's limit for one sitemap
_MOST_CHILDREN = 50_000  # the protocol's limit for an index
_GZIP = b"\x1f\x8b"
_ROOTS = (b"urlset", b"sitemapindex")
_SNIFFED = 4000
_LINES_SNIFFED = 5
_URL_END = re.compile(rb"</(?:[\w.-]+:)?url\s*>")
_URL_LINE = re.compile(r"https?://[^\s<>\"]+")
# Sitemaps of taxonomies, authors and static pages, as the sitemap plugins of WordPress, Drupal and Joomla and static
# site generators name them; `sitemap-page-2.xml` and `?page=2` are pages of a sitemap.
_NEVER_OF_ARTICLES = re.compile(
    r"taxonom|post_tag|post_format|(?:^|[^a-z])(?:categor(?:y|ies)|tags?|authors?|users?|writers?)(?:[^a-z]|$)"
    r"|posts-page|(?:^|[^a-z])page[_-]?sitemap|sitemap[_-]pages|^pages[^a-z]",
    re.IGNORECASE,
)
_SELDOM_OF_ARTICLES = re.compile(
    r"(?:^|[^a-z])(?:images?|videos?|products?|topics?|keywords?|attachments?|static)(?:[^a-z]|$)", re.IGNORECASE
)
_NUMBERS = re.compile(r"\d+")
_OF_ARTICLES = re.compile(r"(?:^|[^a-z])(?:posts?|news|articles?|story|stories)(?:[^a-z]|$)", re.IGNORECASE)


def read_sitemap(document: Document, most: int = MOST_ENTRIES) -> Reading | None:
    """What a sitemap lists; None where the document is none.

    Pages that are no articles by their URL (tags, sections, the front page) are left out.
    """
    body = _unpacked(document.body)
    found = _walk(body, max(most, _MOST_URLS)) if _may_be_xml(body) else None
    if found is None:
        return _read_text(body, document.url, most)
    if found.is_index:
        return Reading(FeedKind.SITEMAP, children=tuple(_children(found.entries, document.url)))
    kind = FeedKind.NEWS_SITEMAP if found.is_news else FeedKind.SITEMAP
    total = max(len(found.entries), sum(1 for _ in _URL_END.finditer(body)))
    return _reading(kind, found.entries, document.url, most, total)


def newest_first(children: Sequence[Child]) -> list[Child]:
    """The sitemaps of an index that may hold articles, those with the newest first.

    By the index's dates; where it gives none, by the numbers in their names (a date or a count), the last named first.
    """
    held = [(place, child) for place, child in enumerate(children) if may_hold_articles(child.url)]

    def rank(each: tuple[int, Child]) -> tuple[str, bool, list[int], int]:
        place, child = each
        moment = latest_possible(child.modified_raw)
        numbers = [int(number[:9]) for number in _NUMBERS.findall(urlsplit(child.url).path)]
        return (moment.isoformat() if moment else "", _is_named_for_articles(child.url), numbers, place)

    return [child for _, child in sorted(held, key=rank, reverse=True)]


def on_site(listings: Sequence[Listing], *urls: str) -> list[Listing]:
    """The entries that are on the site of one of the URLs: a sitemap may name no others (protocol, "location")."""
    return [listing for listing in listings if any(same_site(listing.url, url) for url in urls)]


def may_hold_articles(url: str) -> bool:
    """Whether a sitemap may hold articles, by its name: `post-sitemap.xml` may, `category-sitemap.xml` does not."""
    name = _name_of(url)
    if _NEVER_OF_ARTICLES.search(name):
        return False
    return _is_named_for_articles(url) or not _SELDOM_OF_ARTICLES.search(name)


def _is_named_for_articles(url: str) -> bool:
    return bool(_OF_ARTICLES.search(_name_of(url)))


def _name_of(url: str) -> str:
    """The name of a sitemap: of its file, with what its query chooses (WordPress without pretty URLs)."""
    parts = urlsplit(url)
    chosen = (value for _, value in parse_qsl(parts.query) if not value.isdecimal())
    return "-".join([parts.path.rpartition("/")[2], *chosen])


def _reading(kind: FeedKind, entries: Sequence[Entry], url: str, most: int, total: int) -> Reading:
    listings = listings_of(entries, url, most)
    articles = tuple(each for each in listings if shape_of(each.url) in {Shape.ARTICLE, Shape.UNKNOWN})
    return Reading(kind, articles, left_out=max(0, total - most))


def _read_text(body: bytes, url: str, most: int) -> Reading | None:
    """A sitemap may be a text file of one URL a line."""
    if not re.match(rb"(?:\xef\xbb\xbf)?\s*https?://", body):
        return None
    lines = body.decode("utf-8-sig", "replace").split()
    if not all(_URL_LINE.fullmatch(line) for line in lines[:_LINES_SNIFFED]):
        return None
    entries = [Entry(line) for line in lines if _URL_LINE.fullmatch(line)]
    return _reading(FeedKind.SITEMAP, entries, url, most, len(entries))


def _unpacked(body: bytes) -> bytes:
    """A sitemap.xml.gz is gzip by its own name, not as a content encoding."""
    if not body.startswith(_GZIP):
        return body
    try:
        return zlib.decompressobj(zlib.MAX_WBITS + 16).decompress(body, _MOST_BYTES)
    except (zlib.error, gzip.BadGzipFile):
        return b""


def _may_be_xml(body: bytes) -> bool:
    # The protocol asks for UTF-8, and lxml reads UTF-16 by its mark.
    return body[:2] in (b"\xff\xfe", b"\xfe\xff") or any(root in body[:_SNIFFED] for root in _ROOTS)


@dataclass(slots=True)
class _Found:
    """What a sitemap holds, as far as it was read."""

    is_index: bool
    is_news: bool = False
    entries: list[Entry] = field(default_factory=list)


def _walk(body: bytes, most: int) -> _Found | None:
    """The entries of a sitemap up to where its XML breaks off; None where it is none.

    Nothing is kept of an element that has ended: as a tree, 20 MB of empty ones take 600 MB.
    """
    parser = etree.iterparse(
        BytesIO(body[max(0, body.find(b"<")) :] if body[:1] in b" \t\r\n" else body),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=True,
        huge_tree=False,
    )
    found: _Found | None = None
    texts: dict[str, str] = {}
    depth = 0
    with suppress(etree.XMLSyntaxError, ValueError):
        for event, element in islice(parser, _MOST_EVENTS):
            if event == "start":
                found = found or _begun(element)
                depth += 1
                if found is None or len(found.entries) >= most:
                    break
                continue
            depth -= 1
            # The first of a name counts: pictures and translations within an entry have a loc and a title too.
            texts.setdefault(_local(element), (element.text or "").strip())
            if depth == 1 and found:
                _end_entry(found, texts)
                texts = {}
            _forget(element)
    return found


def _begun(root: etree._Element) -> _Found | None:
    # Names are compared without their namespaces, which many sites get wrong.
    return _Found(_local(root) == "sitemapindex") if _local(root) in {"urlset", "sitemapindex"} else None


def _end_entry(found: _Found, texts: Mapping[str, str]) -> None:
    dated = "publication_date" in texts
    found.is_news |= dated
    if texts.get("loc"):
        title = texts.get("title", "") if dated else ""
        entry = Entry(texts["loc"], title, texts.get("publication_date", ""), modified_raw=texts.get("lastmod", ""))
        found.entries.append(entry)


def _forget(element: etree._Element) -> None:
    """Frees an element that has ended, and those before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _children(entries: Iterable[Entry], url: str) -> Iterator[Child]:
    seen = {url}
    for entry in entries:
        child = absolute(entry.url, url)
        if child and child not in seen and len(seen) <= _MOST_CHILDREN:
            seen.add(child)
            yield Child(child, entry.modified_raw, instant(entry.modified_raw))


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname.lower()
