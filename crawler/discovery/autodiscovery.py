"""All ways of finding articles that a site has: feeds, sitemaps, the WordPress API, and the front page itself.

The decisions are made here, over whatever fetches for it: Scrapy and the archive are not known.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin, urlsplit

from lxml import html

from crawler.discovery import wordpress
from crawler.discovery.extent import Extent, extent_of
from crawler.discovery.front_pages import KnownUrls, base_of, parse_page, read_front_page
from crawler.discovery.listing import Document, Reading, absolute
from crawler.discovery.site_names import site_name
from crawler.discovery.sitemaps import may_hold_articles, newest_first
from storage.records import FeedKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crawler.discovery.reading import Reader
    from storage.records import Capture, Validators

_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"})
# Where WordPress, Drupal, Joomla, Ghost, Hugo, Jekyll, Blogger, Movable Type and ASP systems put their feeds.
_USUAL_FEEDS = (
    "feed/",
    "rss",
    "rss.xml",
    "feed.xml",
    "atom.xml",
    "index.xml",
    "rss/",
    "feeds/posts/default",
    "feed",
    "?feed=rss2",
    "rss.aspx",
    "?format=feed&type=rss",
)
_USUAL_SITEMAPS = ("sitemap.xml", "sitemap_index.xml", "wp-sitemap.xml", "sitemap.txt")
_NEWS_SITEMAP = "news-sitemap.xml"
_FEED_LIKE = re.compile(r"(?:^|[/?=_.-])(?:rss|atom|feeds?)(?:$|[/?=_.&-]|2|\.xml)", re.IGNORECASE)
_COMMENTS = re.compile(r"comments?[/_-]|[/=]comments?\b|withoutcomments=0", re.IGNORECASE)
_MOST_DECLARED = 12
_MOST_LINKED = 6
_MOST_SITEMAPS = 6
_FEWEST_LINKS = 2  # a front page with fewer articles on it is read for nothing
_SITEMAPS = frozenset({FeedKind.SITEMAP, FeedKind.NEWS_SITEMAP})
_ARTICLE_FEEDS = frozenset({FeedKind.RSS, FeedKind.ATOM, FeedKind.JSON})


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of one URL; ``document`` is None where nothing usable came, and ``problem`` says why.

    With ``not_modified`` there is neither: the server answered a conditional request with 304.
    """

    url: str
    document: Document | None
    captures: tuple[Capture, ...]
    validators: Validators
    problem: str | None = None
    not_modified: bool = False


class Site(Protocol):
    """Fetches for the search; politeness and robots.txt are its business."""

    async def fetch(self, url: str) -> Fetched:
        """What the URL answers; never raises for a URL that does not answer."""

    async def named_sitemaps(self, url: str) -> Sequence[str]:
        """The ``Sitemap:`` lines of the robots.txt that the URL falls under."""


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """One way of finding that a site has.

    ``chosen`` marks those that are worth reading; of feeds, those that list articles which none chosen before lists.
    """

    fetched: Fetched
    reading: Reading
    chosen: bool = False
    extent: Extent | None = None

    @property
    def url(self) -> str:
        """Where it was found."""
        return self.fetched.url

    @property
    def kind(self) -> FeedKind | None:
        """What it is."""
        return self.reading.kind


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search came to.

    ``title`` is the site's name for itself, ``home`` its home page; ``others`` are the pages fetched on the way that
    are no way of finding.
    """

    title: str
    language: str | None
    feeds: tuple[FoundFeed, ...]
    others: tuple[Fetched, ...]
    problem: str | None = None
    home: Fetched | None = None


async def find_feeds(home_url: str, site: Site, reader: Reader, *, with_extent: bool = False) -> Findings:
    """Every way of finding that the site with that home page has.

    The URL may itself be a feed. The usual places of feeds are tried only where the home page declares none that can
    be read. Costs one request for the page, one for each candidate; ``with_extent`` one or two more for each sitemap
    index and API, to tell how far back they go.
    """
    home = await site.fetch(home_url)
    if home.document is None:
        return Findings("", None, (), (home,), home.problem)
    reading = await asyncio.to_thread(reader.read, home.document)
    if reading.kind is not None:
        return Findings(reading.title, None, choose([FoundFeed(home, reading)]), ())
    search = _Search(home, site, reader)
    await search.run(home.document)
    found = choose(search.found)
    if with_extent:
        found = tuple([replace(feed, extent=await extent_of(feed.url, feed.reading, site, reader)) for feed in found])
    tried = [fetched for fetched in search.tried if all(fetched is not feed.fetched for feed in found)]
    titles = [feed.reading.title for feed in found if feed.kind in _ARTICLE_FEEDS]
    page = search.page
    name = site_name(page, home.document.url, titles) if page is not None else ""
    return Findings(name, page.get("lang") if page is not None else None, found, tuple(tried), home=home)


class _Search:
    """One search under way: what was tried, and what was found."""

    def __init__(self, home: Fetched, site: Site, reader: Reader) -> None:
        self.tried = [home]
        self.found: list[FoundFeed] = []
        self.page: html.HtmlElement | None = None
        self._home = home
        self._site = site
        self._reader = reader

    async def run(self, document: Document) -> None:
        """Tries every way."""
        self.page = await asyncio.to_thread(parse_page, document)
        page = self.page if self.page is not None else html.document_fromstring("<html></html>")
        await self._try(declared_feeds(page, document.url))
        for url in usual_feeds(document.url):
            if any(feed.reading.listings for feed in self.found):
                break
            await self._try([url])
        await self._try_sitemaps(document.url)
        await self._try_wordpress(page, document)
        await self._look_at(document)

    async def _try_sitemaps(self, home_url: str) -> None:
        """Those that robots.txt names; else the first in the usual places, and the usual one of news."""
        named = [url for url in await self._site.named_sitemaps(home_url) if may_hold_articles(url)]
        await self._try(named[:_MOST_SITEMAPS])
        for path in () if named else _USUAL_SITEMAPS:
            if any(feed.kind in _SITEMAPS for feed in self.found):
                break
            await self._try([urljoin(home_url, f"/{path}")])
        if not named:
            await self._try([urljoin(home_url, f"/{_NEWS_SITEMAP}")])

    async def _try_wordpress(self, page: html.HtmlElement, document: Document) -> None:
        root = wordpress.api_root(page, document)
        for each in [root, wordpress.by_route(root)] if root else []:
            await self._try([wordpress.posts_url(each)])
            if any(feed.kind is FeedKind.WORDPRESS for feed in self.found):
                return

    async def _look_at(self, document: Document) -> None:
        """The front page's own links, known by what the feeds list."""
        urls = [listing.url for feed in self.found for listing in feed.reading.listings]
        known = KnownUrls.of(urls)
        reading = await asyncio.to_thread(read_front_page, document, known, self._reader.most_links)
        if reading is not None and len(reading.listings) >= _FEWEST_LINKS:
            self.found.append(FoundFeed(self._home, reading))

    async def _try(self, urls: Iterable[str]) -> None:
        seen = {fetched.url for fetched in self.tried} | {feed.url for feed in self.found}
        for url in dict.fromkeys(urls):
            if url in seen:
                continue
            fetched = await self._site.fetch(url)
            document = fetched.document
            reading = await asyncio.to_thread(self._reader.read, document) if document else Reading(None)
            if reading.kind is None:
                self.tried.append(fetched)
            else:
                self.found.append(FoundFeed(fetched, reading))


def choose(found: Sequence[FoundFeed]) -> tuple[FoundFeed, ...]:
    """The ways in order, those marked that are worth reading: a second feed of the same articles is not."""
    known: set[str] = set()
    marked = []
    for feed in found:
        urls = {listing.url for listing in feed.reading.listings}
        if feed.kind in _ARTICLE_FEEDS:
            chosen = not urls <= known
            known |= urls if chosen else set()
        else:
            # These are read beside feeds: they show what feeds leave out, and how complete the archive is.
            chosen = bool(urls or newest_first(feed.reading.children))
        marked.append(replace(feed, chosen=chosen))
    return tuple(marked)


def declared_feeds(page: html.HtmlElement, url: str) -> list[str]:
    """The feeds that a home page declares (``link rel=alternate``), then those it links to; not feeds of comments."""
    base = base_of(page, url)
    declared = [link.get("href", "") for link in page.iter("link") if _is_declared(link)]
    linked = [link.get("href", "") for link in page.iter("a") if looks_like_feed(link.get("href", ""))]
    return [
        *_absolute(declared, base, _MOST_DECLARED),
        *(each for each in _absolute(linked, base, _MOST_LINKED) if urlsplit(each).netloc == urlsplit(url).netloc),
    ]


def looks_like_feed(url: str) -> bool:
    """Whether a URL has the name of a feed in it."""
    return bool(_FEED_LIKE.search(url))


def usual_feeds(url: str) -> list[str]:
    """Where publishing software puts feeds: beside the page, and at the root of its host."""
    folder = urljoin(url, ".")
    return list(dict.fromkeys(urljoin(base, path) for path in _USUAL_FEEDS for base in (folder, urljoin(url, "/"))))


def _is_declared(link: html.HtmlElement) -> bool:
    kinds = (link.get("rel") or "").lower().split()
    return "alternate" in kinds and (link.get("type") or "").partition(";")[0].strip().lower() in _FEED_TYPES


def _absolute(references: Iterable[str], base: str, most: int) -> list[str]:
    found: dict[str, None] = {}
    for reference in references:
        url = absolute(reference, base)
        if url and not _COMMENTS.search(url):
            found[url] = None
        if len(found) == most:
            break
    return list(found)
