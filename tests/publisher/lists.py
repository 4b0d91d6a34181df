"""The lists that a site can offer besides its feed: sitemaps, WordPress API, pages, archives by month, and traps."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from tests.publisher.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE_LENGTH = 5
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


@dataclass(frozen=True, slots=True)
class Post:
    """An article as lists tell of it; `url` is whole."""

    url: str
    title: str
    published_at: datetime
    changed_at: datetime

    @property
    def month(self) -> str:
        """The month that it is filed under."""
        return f"{self.published_at:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Lists:
    """What a site lists, the latest post first; `ways` names the lists that it has.

    `sitemap`, `news`, `wordpress`, `pages` (the front page, several posts at a time), `archives` (by month) and
    `traps` (a calendar without end, and a sitemap index whose sitemaps never end).
    """

    base_url: str
    ways: frozenset[str]
    posts: Sequence[Post]

    def reply(self, path: str, query: str) -> Reply | None:
        """What is at that path; None where none of the lists is."""
        fields = dict(parse_qsl(query))
        if "sitemap" in self.ways and path.startswith("/sitemap"):
            return self._sitemap(path)
        if "news" in self.ways and path == "/news-sitemap.xml":
            return self._news()
        if "wordpress" in self.ways and path == "/wp-json/wp/v2/posts":
            return self._wordpress(fields)
        if "pages" in self.ways and (path == "/" or path.startswith("/page/")):
            return self._page(int(path.rstrip("/").rpartition("/")[2] or 1))
        if "archives" in self.ways and len(path) == len("/2026/11/") and path.endswith("/"):
            return self._archive(path[1:-1].replace("/", "-"))
        return self._trap(path) if "traps" in self.ways else None

    def _sitemap(self, path: str) -> Reply | None:
        months = sorted({post.month for post in self.posts})
        if path == "/sitemap.xml":
            changed = {month: max(post.changed_at for post in self.posts if post.month == month) for month in months}
            named = "".join(
                f"<sitemap><loc>{self.base_url}/sitemap-{month}.xml</loc><lastmod>{changed[month].isoformat()}</lastmod>"
                "</sitemap>"
                for month in months
            )
            tags = f"<sitemap><loc>{self.base_url}/sitemap-tags.xml</loc></sitemap>"
            return _xml(f'<sitemapindex xmlns="{_NAMESPACE}">{named}{tags}</sitemapindex>')
        month = path.removeprefix("/sitemap-").removesuffix(".xml")
        held = [post for post in self.posts if post.month == month]
        return _xml(_urlset(held)) if held else None

    def _news(self) -> Reply:
        latest = self.posts[0].published_at if self.posts else datetime.now(UTC)
        held = [post for post in self.posts if post.published_at > latest - timedelta(days=2)]
        entries = "".join(
            f"<url><loc>{escape(post.url)}</loc><n:news><n:publication_date>{post.published_at.isoformat()}"
            f"</n:publication_date><n:title>{escape(post.title)}</n:title></n:news></url>"
            for post in held
        )
        return _xml(f'<urlset xmlns="{_NAMESPACE}" xmlns:n="{_NEWS}">{entries}</urlset>')

    def _wordpress(self, fields: dict[str, str]) -> Reply:
        held = [post for post in self.posts if _is_between(post, fields)]
        key = "changed_at" if fields.get("orderby") == "modified" else "published_at"
        held.sort(key=lambda post: getattr(post, key), reverse=fields.get("order") != "asc")
        length, page = int(fields.get("per_page", 10)), int(fields.get("page", 1))
        pages = -(-len(held) // length)
        if page > max(pages, 1):
            return Reply(400, (("Content-Type", "application/json"),), b'{"code":"rest_post_invalid_page_number"}')
        shown = [_post_record(post) for post in held[(page - 1) * length : page * length]]
        headers = (
            ("Content-Type", "application/json"),
            ("X-WP-Total", str(len(held))),
            ("X-WP-TotalPages", str(pages)),
        )
        return Reply(200, headers, json.dumps(shown).encode())

    def _page(self, number: int) -> Reply:
        shown = self.posts[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]
        following = (
            f'<a class="next" href="/page/{number + 1}/">2</a>' if number * PAGE_LENGTH < len(self.posts) else ""
        )
        return Reply.html(_listing(shown, following))

    def _archive(self, month: str) -> Reply:
        held = [post for post in self.posts if post.month == month]
        return Reply.html(_listing(held), 200 if held else 404)

    def _trap(self, path: str) -> Reply | None:
        """Lists that lead to one more of their kind for ever."""
        number = int("0" + "".join(letter for letter in path if letter.isdigit())[-9:])
        if path.startswith("/endless"):
            children = "".join(
                f"<sitemap><loc>{self.base_url}/endless-{number * 10 + each}.xml</loc></sitemap>"
                for each in range(1, 10)
            )
            return _xml(f'<sitemapindex xmlns="{_NAMESPACE}">{children}</sitemapindex>')
        if path.startswith("/calendar"):
            links = f'<h2><a href="/calendar/{number + 1}/a-day-without-any-news">A day without any news</a></h2>'
            return Reply.html(f'<html><body>{links}<a rel="next" href="/calendar/{number + 1}">next</a></body></html>')
        return None


def _is_between(post: Post, fields: dict[str, str]) -> bool:
    moment = f"{post.published_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
    return fields.get("after", "") < moment < fields.get("before", "9")


def _post_record(post: Post) -> dict[str, object]:
    published, changed = (moment.astimezone(UTC) for moment in (post.published_at, post.changed_at))
    return {
        "link": post.url,
        "title": {"rendered": escape(post.title)},
        "date": f"{post.published_at:%Y-%m-%dT%H:%M:%S}",
        "date_gmt": f"{published:%Y-%m-%dT%H:%M:%S}",
        "modified_gmt": f"{changed:%Y-%m-%dT%H:%M:%S}",
    }


def _urlset(posts: Sequence[Post]) -> str:
    entries = "".join(
        f"<url><loc>{escape(post.url)}</loc><lastmod>{post.changed_at.isoformat()}</lastmod></url>" for post in posts
    )
    return f'<urlset xmlns="{_NAMESPACE}">{entries}</urlset>'


def _listing(posts: Sequence[Post], following: str = "") -> str:
    shown = "".join(
        f'<article><h2><a href="{escape(post.url)}">{escape(post.title)}</a></h2></article>' for post in posts
    )
    menu = '<nav><a href="/section/town">Town</a><a href="/about">About us</a></nav>'
    body = f"<body>{menu}<main>{shown}{following}</main></body>"
    return f"<!DOCTYPE html><html><head><title>Front</title></head>{body}</html>"


def _xml(text: str) -> Reply:
    return Reply(200, (("Content-Type", "application/xml"),), f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode())
