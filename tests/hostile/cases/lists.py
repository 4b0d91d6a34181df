"""Lists: sitemaps that lead in circles or never end, bombs, pagers without an end, pages of nothing but links."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.hostile.case import ROBOTS, Answer, Case
from tests.hostile.stories import moved, rss, story, xml
from tests.publisher.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.hostile.case import Exchange

_STORIES = {"/a": story("list a").reply(), "/b": story("list b", sentences=8).reply()}
_TWO = "<url><loc>{base}/a</loc></url><url><loc>{base}/b</loc></url>"
_FORBIDDING = Reply.text("User-agent: *\nDisallow: /n/")
_PACKED = (("Content-Type", "application/gzip"),)


def _index(*names: str) -> str:
    entries = "".join(f"<sitemap><loc>{{base}}{name}</loc></sitemap>" for name in names)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>'


def _map(entries: str) -> str:
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'


def _list(name: str, does: str, pages: Mapping[str, Answer], requests: int, **more: Any) -> Case:
    """A list of a source of its own, which brings up the two stories where nothing else is said."""
    usual: dict[str, Any] = {"expects": " ".join(["new"] * more.get("lists", 2)), "feed": "/map.xml", "lists": 2}
    return Case(f"lists/{name}", does, {**_STORIES, **pages}, requests=requests, **{**usual, **more})


def _ever_deeper(children: int) -> Answer:
    """Every address but the stories' answers an index of others that nobody has heard of before."""

    async def answer(exchange: Exchange) -> None:
        name = exchange.path.removesuffix(".xml").rstrip("/")
        text = _index(*(f"{name}/{number}.xml" for number in range(children)))
        await exchange.reply(xml(exchange.fill(text), "application/xml"))

    return answer


async def _ever_another_page(exchange: Exchange) -> None:
    """Each page of a feed has an article of today and a page after it."""
    number = int(exchange.path.rpartition("=")[2] or 1) if "=" in exchange.path else 1
    today = f"{datetime.now(UTC):%a, %d %b %Y %H:%M:%S} GMT"
    item = f"<item><title>T</title><link>{{base}}/n/{number}</link><pubDate>{today}</pubDate></item>"
    further = f'<atom:link rel="next" href="{{base}}/map.xml?page={number + 1}"/>'
    text = f'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>N</title>{further}{item}</channel></rss>'
    await exchange.reply(xml(exchange.fill(text)))


async def _same_posts_for_ever(exchange: Exchange) -> None:
    """The posts of a WordPress site that takes every page for its first."""
    posts = '[{{"link": "{0}/a", "date": "{1}"}}, {{"link": "{0}/b", "date": "{1}"}}]'
    text = posts.format(exchange.fill("{base}"), f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%dT%H:%M:%S}")
    headers = (("Content-Type", "application/json"), ("X-WP-TotalPages", "1000000"))
    await exchange.reply(Reply(200, headers, text.encode()))


_WORDPRESS = "/wp-json/wp/v2/posts"
_LINKS = "".join(f"<h2><a href=/n/2026/11/03/s{n}>Five words are in this</a></h2>" for n in range(28_000))
_MANY = "".join(f"Sitemap: http://{{host}}/maps/{n}.xml\n" for n in range(1000))
_WRONG = _TWO.replace("url>", "made:url>").replace("loc>", "made:loc>")
_OLD = "".join(
    f"<made:url><made:loc>{{base}}/n/{n}</made:loc><made:lastmod>2010-01-01</made:lastmod></made:url>"
    for n in range(9000)
)
CASES = (
    _list(
        "index of itself",
        "is a sitemap index that names itself",
        {"/map.xml": xml(_index("/map.xml"))},
        lists=0,
        requests=0,
    ),
    _list(
        "indexes in a circle",
        "has two sitemap indexes that name each other, and a sitemap",
        {
            "/map.xml": xml(_index("/two.xml")),
            "/two.xml": xml(_index("/map.xml", "/two.xml", "/three.xml")),
            "/three.xml": xml(_map(_TWO)),
        },
        requests=4,
    ),
    _list(
        "indexes without end",
        "is an index of one index of one index, and so on",
        {"/map.xml": (deeper := _ever_deeper(1)), "*": deeper},
        lists=0,
        requests=3,
    ),
    _list(
        "indexes without end or number",
        "is an index of 1,000 indexes, each of 1,000 others",
        {"/map.xml": (wider := _ever_deeper(1000)), "*": wider},
        lists=0,
        requests=50,
        problem="limits.sitemaps = 50",
    ),
    _list(
        "sitemap bomb",
        "is a sitemap.xml.gz of 120 kB that expands to 120 MB of empty elements",
        {"/map.xml.gz": Reply(200, _PACKED, gzip.compress(b"<urlset>" + b"<a/>" * 30_000_000))},
        feed="/map.xml.gz",
        lists=0,
        requests=0,
        problem="larger than 2 MB",
    ),
    _list(
        "large sitemap of a wrong namespace",
        "has 9,000 old entries after two new ones, in a namespace that was made up",
        {"/map.xml": xml(f'<made:urlset xmlns:made="http://example.org/made-up">{_WRONG}{_OLD}</made:urlset>')},
        requests=2,
    ),
    _list(
        "sitemaps that redirect in a circle",
        "redirects a sitemap to another, and that one back",
        {"/map.xml": moved("/two.xml"), "/two.xml": moved("/map.xml")},
        lists=0,
        requests=20,
        problem="redirect",
    ),
    _list(
        "feed of pages in a circle",
        "names as the page after its last the first one",
        {
            "/map.xml": rss(
                "/a", items='<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next" href="/two.xml"/>'
            ),
            "/two.xml": rss(
                "/b", items='<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next" href="/map.xml"/>'
            ),
        },
        lists=1,
        requests=3,
    ),
    _list(
        "feed of pages without end",
        "has after every page another, with an article of today that robots.txt forbids",
        {"/map.xml": _ever_another_page, ROBOTS: _FORBIDDING},
        lists=10,
        expects=" ".join(["refused"] * 10),
        requests=9,
        problem="robots.txt",
    ),
    _list(
        "wordpress without end",
        "gives the same two posts on each of a million pages",
        {_WORDPRESS: _same_posts_for_ever},
        feed=_WORDPRESS,
        requests=4,
    ),
    _list(
        "front page of 28,000 links",
        "has 28,000 links to what robots.txt forbids; 50 are looked at",
        {"/": Reply.html(f"<!DOCTYPE html><title>N</title>{_LINKS}"), ROBOTS: _FORBIDDING},
        feed="/",
        lists=50,
        expects=" ".join(["refused"] * 50),
        requests=0,
        problem="limits.page_links = 50",
        settings={"limits": "{ page_links = 50 }"},
    ),
    _list(
        "robots of 1,000 sitemaps",
        "names 1,000 sitemaps in robots.txt, none of which is there",
        {"/": Reply.html("<!DOCTYPE html><title>News</title><p>Nothing"), ROBOTS: Reply.text(_MANY)},
        feed="/",
        lists=0,
        requests=40,
        problem="no feed was found",
        settings={"feeds": "[]"},
    ),
    _list(
        "backfill of indexes in a circle",
        "has two sitemap indexes that name each other, and a sitemap: a backfill reads each once",
        {
            "/map.xml": xml(_index("/two.xml")),
            "/two.xml": xml(_index("/map.xml", "/two.xml", "/three.xml")),
            "/three.xml": xml(_map(_TWO)),
        },
        requests=60,
        backfill=True,
    ),
    _list(
        "backfill of indexes without end",
        "is an index of one index of one index, and so on: a backfill reads 200 of them",
        {"/map.xml": deeper, "*": deeper},
        lists=0,
        requests=260,
        problem="200 sitemaps in a row list nothing",
        backfill=True,
    ),
    _list(
        "backfill of wordpress without end",
        "gives the same two posts on each of a million pages: a backfill stops at the first that repeats",
        {_WORDPRESS: _same_posts_for_ever},
        feed=_WORDPRESS,
        requests=60,
        backfill=True,
    ),
)
