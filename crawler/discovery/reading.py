"""Reads whatever a feed's URL answered, by what the document is and not by what it claims to be."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.discovery.feeds import is_html, read_feed, read_json_feed
from crawler.discovery.front_pages import MOST_LINKS, NOTHING_KNOWN, KnownUrls, read_front_page
from crawler.discovery.listing import MOST_ENTRIES, Document, Reading
from crawler.discovery.sitemaps import read_sitemap
from crawler.discovery.wordpress import read_posts

_READERS = (read_posts, read_json_feed, read_sitemap, read_feed)


@dataclass(frozen=True, slots=True)
class Reader:
    """How documents are read.

    Attributes:
        most_entries: Entries of one feed or sitemap.
        most_links: Links of one page.
        known: What is known of the site's URLs, for its pages.
    """

    most_entries: int = MOST_ENTRIES
    most_links: int = MOST_LINKS
    known: KnownUrls = NOTHING_KNOWN

    def read(self, document: Document, *, as_page: bool = False) -> Reading:
        """What the document lists; ``kind`` is None and ``problem`` is set where it lists nothing that we can read.

        An HTML page is read for its links only with ``as_page``: a feed in whose place a page stands is a fault.
        """
        for reader in _READERS:
            reading = reader(document, self.most_entries)
            if reading is not None:
                return reading
        page = read_front_page(document, self.known, self.most_links) if as_page else None
        if page is not None and page.listings:
            return page
        return Reading(None, problem=_fault(document, as_page=as_page))


def read_listing(document: Document) -> Reading:
    """What the document lists, within the default limits and without reading pages for their links."""
    return Reader().read(document)


def _fault(document: Document, *, as_page: bool) -> str:
    if not document.body.strip():
        return "is empty"
    if is_html(document):
        return "is an HTML page, " + ("and none of its links looks like an article's" if as_page else "not a feed")
    return "is neither RSS, Atom, JSON Feed nor a sitemap"
