"""The feeds and sitemaps of a site: what its home page declares, what its robots.txt names, and the usual places.

The decisions are made here, over whatever fetches for it: Scrapy and the archive are not known.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

from crawler.discovery.listing import Document, Reading
from crawler.discovery.reading import read_listing
from pipeline.page import decode_text
from pipeline.urls import normalize_url
from storage.records import FeedKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

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
_USUAL_SITEMAPS = ("sitemap.xml", "news-sitemap.xml", "sitemap_index.xml")
_FEED_LIKE = re.compile(r"(?:^|[/?=_.-])(?:rss|atom|feeds?)(?:$|[/?=_.&-]|2|\.xml)", re.IGNORECASE)
_COMMENTS = re.compile(r"comments?[/_-]|[/=]comments?\b|withoutcomments=0", re.IGNORECASE)
_MOST_DECLARED = 12
_MOST_LINKED = 6
_MOST_SITEMAPS = 6
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
    """One feed or sitemap that a site has.

    ``chosen`` marks the feeds that are worth reading: those that list articles which no feed chosen before lists.
    """

    fetched: Fetched
    reading: Reading
    chosen: bool = False

    @property
    def url(self) -> str:
        """Where it was found."""
        return self.fetched.url

    @property
    def kind(self) -> FeedKind | None:
        """What it is."""
        return self.reading.kind

    @property
    def entries(self) -> int:
        """How many articles it lists."""
        return len(self.reading.listings)

    @property
    def newest(self) -> datetime | None:
        """The latest date in it that names its offset, in UTC."""
        return max((each.published_at for each in self.reading.listings if each.published_at), default=None)


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search came to. ``title`` is the site's name for itself; ``others`` are the pages fetched on the way."""

    title: str
    language: str | None
    feeds: tuple[FoundFeed, ...]
    others: tuple[Fetched, ...]
    problem: str | None = None


async def find_feeds(home_url: str, site: Site, *, with_sitemaps: bool) -> Findings:
    """The feeds of the site with that home page, and its sitemaps where they are wanted.

    The URL may itself be a feed. The usual places are tried only where the home page declares no feed that can be
    read. Costs one request for the page, one for each candidate.
    """
    home = await site.fetch(home_url)
    if home.document is None:
        return Findings("", None, (), (home,), home.problem)
    reading = read_listing(home.document)
    if reading.kind is not None:
        return Findings(reading.title, None, choose([FoundFeed(home, reading)]), ())
    page = await asyncio.to_thread(_parse, home.document)
    tried, found = [home], list[FoundFeed]()
    await _try(declared_feeds(page, home.document.url), site, tried, found)
    for url in usual_feeds(home.document.url):
        if any(each.entries for each in found):
            break
        await _try([url], site, tried, found)
    if with_sitemaps:
        await _try(await _sitemaps(home.document.url, site), site, tried, found)
    return Findings(_title(page), page.get("lang"), choose(found), tuple(tried))


async def _sitemaps(home_url: str, site: Site) -> list[str]:
    named = list(await site.named_sitemaps(home_url))
    usual = [urljoin(home_url, f"/{path}") for path in _USUAL_SITEMAPS]
    return named[:_MOST_SITEMAPS] or usual


async def _try(urls: Iterable[str], site: Site, tried: list[Fetched], found: list[FoundFeed]) -> None:
    seen = {fetched.url for fetched in tried} | {feed.url for feed in found}
    for url in dict.fromkeys(urls):
        if url in seen:
            continue
        fetched = await site.fetch(url)
        document = fetched.document
        reading = await asyncio.to_thread(read_listing, document) if document else Reading(None)
        if reading.kind is None:
            tried.append(fetched)
        else:
            found.append(FoundFeed(fetched, reading))


def choose(found: Sequence[FoundFeed]) -> tuple[FoundFeed, ...]:
    """The feeds in order, those marked that are worth reading: a second feed of the same articles is not."""
    known: set[str] = set()
    marked = []
    for feed in found:
        urls = {listing.url for listing in feed.reading.listings}
        chosen = feed.kind in _ARTICLE_FEEDS and not urls <= known
        known |= urls if chosen else set()
        marked.append(replace(feed, chosen=chosen))
    return tuple(marked)


def declared_feeds(page: html.HtmlElement, url: str) -> list[str]:
    """The feeds that a home page declares (``link rel=alternate``), then those it links to; not feeds of comments."""
    base = urljoin(url, next(iter(page.xpath("string(//base/@href)").split()), ""))
    declared = [link.get("href", "") for link in page.iter("link") if _is_declared(link)]
    linked = [link.get("href", "") for link in page.iter("a") if _FEED_LIKE.search(link.get("href", ""))]
    return [
        *_absolute(declared, base, _MOST_DECLARED),
        *(each for each in _absolute(linked, base, _MOST_LINKED) if urlsplit(each).netloc == urlsplit(url).netloc),
    ]


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
        try:
            url = normalize_url(urljoin(base, reference.strip()))
        except ValueError:
            continue
        if reference.strip() and not _COMMENTS.search(url):
            found[url] = None
        if len(found) == most:
            break
    return list(found)


def _parse(document: Document) -> html.HtmlElement:
    text = decode_text(document.body, document.content_type)[0]
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, huge_tree=False)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, ValueError):
        return html.document_fromstring("<html></html>")


def _title(page: html.HtmlElement) -> str:
    named = page.xpath("string((//meta[@property='og:site_name']/@content)[1])")
    return " ".join((named or page.xpath("string((//title)[1])")).split())[:200]
