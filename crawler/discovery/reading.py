"""Reads whatever a feed's URL answered, by what the document is and not by what it claims to be."""

from __future__ import annotations

from crawler.discovery.feeds import is_html, read_feed, read_json_feed
from crawler.discovery.listing import Document, Reading
from crawler.discovery.sitemaps import read_sitemap

_READERS = (read_json_feed, read_sitemap, read_feed)


def read_listing(document: Document) -> Reading:
    """What the document lists; ``kind`` is None and ``problem`` is set where it lists nothing that we can read."""
    for reader in _READERS:
        reading = reader(document)
        if reading is not None:
            return reading
    if not document.body.strip():
        return Reading(None, problem="is empty")
    if is_html(document):
        return Reading(None, problem="is an HTML page, not a feed")
    return Reading(None, problem="is neither RSS, Atom, JSON Feed nor a sitemap")
