"""Sitemaps and news sitemaps (https://www.sitemaps.org/protocol.html), one document at a time.

A sitemap index is recognised and its sitemaps are named; following them is the caller's decision.
"""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

from lxml import etree

from crawler.discovery.listing import MOST_ENTRIES, Document, Entry, Reading, listings_of
from storage.records import FeedKind

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_BYTES = 50 * 2**20  # the protocol's limit for one sitemap, uncompressed
_GZIP = b"\x1f\x8b"
_ROOTS = (b"<urlset", b"<sitemapindex")
_SNIFFED = 2000


def read_sitemap(document: Document) -> Reading | None:
    """What a sitemap lists; None where the document is none.

    The ``listings`` of an index are its sitemaps, and its ``problem`` says that it is one.
    """
    root = _parse(_unpacked(document.body))
    name = _local(root) if root is not None else ""
    if root is None or name not in {"urlset", "sitemapindex"}:
        return None
    entries = list(_entries(root))
    if name == "sitemapindex":
        problem = "is a sitemap index, which is not followed yet: name one of its sitemaps"
        return Reading(FeedKind.SITEMAP, listings_of(entries, document.url), problem)
    is_news = any("publication_date" in _local(element) for element in root.iter(etree.Element))
    kind = FeedKind.NEWS_SITEMAP if is_news else FeedKind.SITEMAP
    return Reading(kind, listings_of(entries, document.url))


def _unpacked(body: bytes) -> bytes:
    """A sitemap.xml.gz is gzip by its own name, not as a content encoding."""
    if not body.startswith(_GZIP):
        return body
    try:
        return zlib.decompressobj(zlib.MAX_WBITS + 16).decompress(body, _MOST_BYTES)
    except (zlib.error, gzip.BadGzipFile):
        return b""


def _parse(body: bytes) -> etree._Element | None:
    if not any(root in body[:_SNIFFED] for root in _ROOTS):
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False)
    try:
        return etree.fromstring(body.strip(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _entries(root: etree._Element) -> Iterator[Entry]:
    # Names are compared without their namespaces, which many sites get wrong.
    for number, element in enumerate(root.iterchildren(etree.Element)):
        if number >= MOST_ENTRIES:
            return
        texts = {_local(child): (child.text or "").strip() for child in element.iter(etree.Element)}
        date = texts.get("publication_date") or texts.get("lastmod") or ""
        if texts.get("loc"):
            yield Entry(texts["loc"], texts.get("title", ""), date)


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname.lower()
