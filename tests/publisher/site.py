"""One publication: its articles as they stand now, its pages, its feed, its robots.txt.

It knows what a URL answers, and neither sockets nor faults.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING

from tests.publisher.articles import Article, articles_of
from tests.publisher.feeds import FEEDS, Entry, Feed
from tests.publisher.lists import Lists, Post
from tests.publisher.replies import Reply
from tests.publisher.themes import theme
from tests.publisher.wording import WORDINGS

if TYPE_CHECKING:
    from collections.abc import Callable

_PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
ROBOTS = "User-agent: *\nDisallow: /private/\nDisallow: /search\n"


@dataclass(frozen=True, slots=True)
class Publication:
    """What never changes about a site."""

    key: str
    name: str
    language: str
    timezone: str
    country: str
    feed_kind: str
    feed_path: str
    article_path: Callable[[Article], str]
    themes: tuple[str, str]


@dataclass(slots=True)
class Standing:
    """How one article stands with its publisher."""

    article: Article
    changed_at: datetime
    status: int = 200
    listed: bool = True
    furniture: int = 0
    revision: int = 0


@dataclass(slots=True)
class Site:
    """One publication as it is served; the fields are there to be turned by tests.

    `feed_length` is how many articles the feed holds. `validators` off: no ETag, no Last-Modified, never a 304.
    `canonical` off: pages do not declare their canonical URL. `ways` are the lists it has besides its feed
    (see `tests.publisher.lists`); under `mirror` the whole site is there a second time.
    """

    publication: Publication
    clock: Callable[[], datetime]
    base_url: str = ""
    hosts: frozenset[str] = frozenset()
    theme: str = ""
    robots: str | None = ROBOTS
    feed_length: int = 50
    validators: bool = True
    canonical: bool = True
    ways: frozenset[str] = frozenset()
    mirror: str = ""
    standings: dict[str, Standing] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    pages: dict[str, Reply] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    views: int = 12_345
    design: int = 0

    @classmethod
    def of(cls, publication: Publication, clock: Callable[[], datetime]) -> Site:
        """The site with every article that was written for it."""
        site = cls(publication, clock, theme=publication.themes[0])
        for article in articles_of(publication.key):
            site.publish(article)
        return site

    @property
    def feed_url(self) -> str:
        """The feed's address."""
        return self.base_url + self.publication.feed_path

    def publish(self, article: Article) -> None:
        """Put an article online, as if at the moment it is dated."""
        self.standings[article.slug] = Standing(article, article.published_at.astimezone(UTC))

    def path(self, slug: str) -> str:
        """Where an article is now."""
        return self.publication.article_path(self.standings[slug].article)

    def url(self, slug: str) -> str:
        """Where an article is now, in full."""
        return self.base_url + self.path(slug)

    def change(self, slug: str, article: Article | None = None) -> None:
        """Note that something about an article changed: its ETag and Last-Modified follow."""
        standing = self.standings[slug]
        standing.article = article or standing.article
        standing.revision += 1
        # Last-Modified counts whole seconds: two changes within one second must still differ.
        standing.changed_at = max(self.clock(), standing.changed_at + timedelta(seconds=1))

    def rename(self, slug: str, new_slug: str) -> None:
        """Move an article to a new address; the old one answers 301."""
        old_path = self.path(slug)
        standing = self.standings.pop(slug)
        number = 1 + max(other.article.number for other in [standing, *self.standings.values()])
        self.standings[new_slug] = standing
        self.change(new_slug, replace(standing.article, slug=new_slug, number=number))
        self.redirects[old_path] = self.path(new_slug)

    def reply(self, path: str, query: str = "") -> Reply:
        """What the site answers, before faults, conditions and compression."""
        if self.mirror:
            path = "/" + path.removeprefix(self.mirror).lstrip("/")
        if path in self.pages:
            return self.pages[path]
        if self.ways and (listed := Lists(self.base_url, self.ways, self.posts()).reply(path, query)):
            return listed
        if path in self.redirects:
            return Reply(301, (("Location", self.base_url + self.redirects[path]),))
        standing = next((found for slug, found in self.standings.items() if self.path(slug) == path), None)
        if standing:
            return self._article(standing)
        if path == self.publication.feed_path:
            return self._feed()
        return self._plain(path)

    def posts(self) -> list[Post]:
        """The articles that are online, as lists tell of them, the latest first."""
        held = [standing for standing in self.standings.values() if standing.status == 200]
        held.sort(key=lambda standing: standing.article.published_at, reverse=True)
        return [
            Post(
                self.url(standing.article.slug),
                standing.article.title,
                standing.article.published_at,
                max(standing.changed_at, standing.article.published_at),
            )
            for standing in held
        ]

    def _plain(self, path: str) -> Reply:
        if path == "/robots.txt" and self.robots is not None:
            return Reply.text(self.robots)
        if path.startswith("/media/"):
            return Reply(200, (("Content-Type", "image/gif"),), _PIXEL)
        if path == "/" or path.startswith(("/section/", "/private/")):
            return Reply.html(theme(self.theme).front(self._furniture(0)))
        return Reply.html(theme(self.theme).front(self._furniture(0)), status=404)

    def _article(self, standing: Standing) -> Reply:
        if standing.status != 200:
            return Reply.html(
                f"<!DOCTYPE html><title>{standing.status}</title><h1>{standing.status}</h1>", standing.status
            )
        article = standing.article
        page = theme(self.theme).article(article.blocks, self._values(standing))
        stamp = f"{self.theme} {self.design} {standing.revision} {standing.furniture} {article}"
        return self._with_validators(Reply.html(page), stamp, standing.changed_at)

    def _feed(self) -> Reply:
        listed = [standing for standing in self.standings.values() if standing.listed]
        listed.sort(key=lambda standing: standing.article.published_at, reverse=True)
        entries = [*self.entries, *(self._entry(standing) for standing in listed)][: self.feed_length]
        changed_at = max((standing.changed_at for standing in listed), default=self.clock())
        feed = Feed(self.publication.name, self.base_url, self.feed_url, self.publication.language, changed_at)
        kind = FEEDS[self.publication.feed_kind]
        body = kind.render(feed, entries)
        reply = Reply(200, (("Content-Type", f"{kind.media_type}; charset=utf-8"),), body.encode())
        return self._with_validators(reply, body, changed_at)

    def _entry(self, standing: Standing) -> Entry:
        article = standing.article
        return Entry(
            url=self.base_url + self.publication.article_path(article),
            title=article.title,
            published_at=article.published_at,
            updated_at=max(standing.changed_at, article.published_at),
            summary=article.blocks[0].text,
        )

    def _with_validators(self, reply: Reply, stamp: str, changed_at: datetime) -> Reply:
        if not self.validators:
            return reply
        etag = f'"{hashlib.sha256(stamp.encode()).hexdigest()[:20]}"'
        return reply.with_headers(("ETag", etag), ("Last-Modified", format_datetime(changed_at, usegmt=True)))

    def _furniture(self, touched: int) -> dict[str, str]:
        """What surrounds any page. Counters, times and rotating lists differ at every request."""
        self.views += 1
        wording = WORDINGS[self.publication.language]
        others = list(self.standings.values())
        turn = self.views + touched
        related = [others[(turn * 7 + step * 5) % len(others)] for step in range(4)] if others else []
        values = {
            "site_name": escape(self.publication.name),
            "home": self.base_url + "/",
            "feed_url": self.feed_url,
            "feed_type": FEEDS[self.publication.feed_kind].media_type,
            "site_language": self.publication.language,
            "site_direction": wording.direction,
            "views": wording.digits(self.views),
            "comments": wording.digits(self.views % 90),
            "appeal": wording.appeals[touched % len(wording.appeals)],
            "layout": f"layout-{touched}",
            "year": str(self.clock().year),
            "latest": "\n".join(self._link(standing, "li") for standing in others[:30]),
        }
        for place in range(4):
            values[f"related_{place + 1}"] = self._link(related[place], "") if related else ""
        return values

    def _link(self, standing: Standing, tag: str) -> str:
        article = standing.article
        link = f'<a href="{self.publication.article_path(article)}">{escape(article.title)}</a>'
        return f"<{tag}>{link}</{tag}>" if tag else link

    def _values(self, standing: Standing) -> dict[str, str]:
        article = standing.article
        language = article.language or self.publication.language
        wording = WORDINGS[self.publication.language]
        url = self.base_url + self.publication.article_path(article)
        minutes = max(1, len(article.text.split()) // 180)
        return self._furniture(standing.furniture + self.design) | {
            "title": escape(article.title),
            "url": url,
            "canonical": url if self.canonical else "",
            "language": language,
            "direction": WORDINGS[language].direction,
            "author": escape(article.author),
            "section": escape(article.section),
            "tags": " ".join(f'<a href="/section/tag" rel="tag">{escape(tag)}</a>' for tag in article.tags),
            "image": f"/media/{article.image}" if article.image else "",
            "caption": escape(article.caption),
            "credit": escape(article.credit),
            "date": wording.long_date(article.published_at),
            "date_iso": article.published_at.isoformat(),
            "relative": wording.relative(article.published_at, self.clock()),
            "minutes": wording.digits(minutes),
            "json_ld": self._json_ld(article, url),
        }

    def _json_ld(self, article: Article, url: str) -> str:
        item = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": article.title,
            "datePublished": article.published_at.isoformat(),
            "inLanguage": article.language or self.publication.language,
            "mainEntityOfPage": url,
            "publisher": {"@type": "Organization", "name": self.publication.name},
        }
        if article.author:
            item["author"] = {"@type": "Person", "name": article.author}
        if article.image:
            item["image"] = f"{self.base_url}/media/{article.image}"
        return json.dumps(item, ensure_ascii=False).replace("</", "<\\/")


MARSAD = Publication(
    key="marsad",
    name="مرصد الساحل",
    language="ar",
    timezone="Asia/Damascus",
    country="SY",
    feed_kind="rss",
    feed_path="/feed",
    article_path=lambda article: f"/archives/{article.number}",
    themes=("barada", "qasr"),
)
COURIER = Publication(
    key="courier",
    name="The Wexcombe Courier",
    language="en",
    timezone="Europe/London",
    country="GB",
    feed_kind="atom",
    feed_path="/atom.xml",
    article_path=lambda article: f"/{article.published_at:%Y/%m}/{article.slug}",
    themes=("pilot", "lantern"),
)
PUBLICATIONS = (MARSAD, COURIER)
