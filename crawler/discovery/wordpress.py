"""The WordPress REST API (https://developer.wordpress.org/rest-api/reference/posts/) as a way of finding.

Asked for nothing but address, title and dates, and in order of change: so one small page brings new posts, those that
were dated back, and the edited ones.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from crawler.discovery.listing import MOST_ENTRIES, Document, Entry, Reading, absolute, instant, linked, listings_of
from crawler.discovery.paging import next_numbered
from pipeline.charset import decode_text
from storage.records import FeedKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from lxml import html

_API = "https://api.w.org/"
_FIELDS = "link,title,date,date_gmt,modified,modified_gmt"
_POSTS_A_PAGE = 100  # the most that WordPress gives
_ROUTE = "/wp/v2/posts"
_SIGNS = re.compile(rb"/wp-(?:content|includes|json)/|<meta name=\"generator\" content=\"WordPress", re.IGNORECASE)


def api_root(page: html.HtmlElement, document: Document) -> str | None:
    """Where a home page says that its API is, or where a site that looks like WordPress has it; None elsewhere."""
    said = linked(document.header("Link"), _API) or page.xpath(f"string((//link[@rel='{_API}']/@href)[1])")
    if said:
        return absolute(str(said), document.url)
    return urljoin(document.url, "/wp-json/") if _SIGNS.search(document.body) else None


def posts_url(root: str) -> str:
    """The posts changed last, at the API with that root; with and without pretty URLs (``?rest_route=/``)."""
    parts = urlsplit(root)
    asked = [("per_page", str(_POSTS_A_PAGE)), ("orderby", "modified"), ("order", "desc"), ("_fields", _FIELDS)]
    fields = parse_qsl(parts.query, keep_blank_values=True)
    if any(name == "rest_route" for name, _ in fields):
        fields = [(name, _ROUTE if name == "rest_route" else value) for name, value in fields]
        return urlunsplit(parts._replace(query=urlencode([*fields, *asked], safe="/,")))
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + _ROUTE, query=urlencode(asked, safe=",")))


def by_route(root: str) -> str:
    """The root of the same API on a site without pretty URLs."""
    return urljoin(root, "/?rest_route=/")


def published_between(url: str, since: datetime, until: datetime) -> str:
    """The same posts, but only those published in that time, the latest first."""
    dated = {"after": _local(since), "before": _local(until), "orderby": "date", "page": "1"}
    fields = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True)) | dated
    return urlunsplit(urlsplit(url)._replace(query=urlencode(fields, safe="/,")))


def oldest_first(url: str) -> str:
    """The one post that was published first."""
    asked = {"orderby": "date", "order": "asc", "per_page": "1"}
    fields = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True)) | asked
    return urlunsplit(urlsplit(url)._replace(query=urlencode(fields, safe="/,")))


def read_posts(document: Document, most: int = MOST_ENTRIES) -> Reading | None:
    """What a page of posts lists; None where the document is none."""
    if document.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"[":
        return None
    try:
        posts = json.loads(decode_text(document.body, document.content_type)[0].lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(posts, list) or not _are_posts(posts, document.url):
        return None
    listings = listings_of(_entries(posts), document.url, most)
    return Reading(
        FeedKind.WORDPRESS,
        listings,
        next_url=_next(document, len(posts)),
        total=_number(document.header("X-WP-Total")),
        left_out=max(0, len(posts) - most),
    )


def _are_posts(posts: list[Any], url: str) -> bool:
    if not posts:
        return _ROUTE in urlsplit(url).path or _ROUTE in dict(parse_qsl(urlsplit(url).query)).get("rest_route", "")
    return all(isinstance(post, dict) and "link" in post and ("date" in post or "date_gmt" in post) for post in posts)


def _entries(posts: list[Any]) -> Iterator[Entry]:
    for post in posts:
        title = post.get("title")
        title = title.get("rendered") if isinstance(title, dict) else title
        # Dates without an offset are the site's own, those called gmt are UTC.
        local, utc = str(post.get("date") or ""), _in_utc(post.get("date_gmt"))
        modified = _in_utc(post.get("modified_gmt")) or str(post.get("modified") or "")
        yield Entry(
            str(post.get("link") or ""),
            str(title or ""),
            local or utc,
            modified_raw=modified,
            published_at=instant(utc) if utc else None,
        )


def _next(document: Document, posts: int) -> str | None:
    said = linked(document.header("Link"), "next")
    if said:
        return absolute(said, document.url)
    pages, page = _number(document.header("X-WP-TotalPages")), _page(document.url)
    if pages is not None:
        return next_numbered(document.url, "page") if page < pages else None
    return next_numbered(document.url, "page") if posts >= _POSTS_A_PAGE else None


def _page(url: str) -> int:
    return _number(dict(parse_qsl(urlsplit(url).query)).get("page", "")) or 1


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004 - no site has a milliard posts


def _in_utc(raw: object) -> str:
    return f"{raw}Z" if raw and not str(raw).startswith("0000") else ""


def _local(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")
