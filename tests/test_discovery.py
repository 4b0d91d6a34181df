from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import html

from crawler.discovery.autodiscovery import declared_feeds, usual_feeds
from crawler.feed_reader import Following
from crawler.reactor import run_loop
from crawler.site import look_over
from crawler.spiders.source import Plan
from storage.errors import CrawlError
from storage.records import FeedKind, Role
from tests.loopback import Recorder, Reply, Site, closed_port, crawl, now, rss, serving, settings_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.discovery.autodiscovery import Findings

FEED_TYPE = "application/rss+xml"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def page(head: str = "", body: str = "") -> Reply:
    text = f'<!DOCTYPE html><html lang="ar"><head><title>The Site</title>{head}</head><body>{body}</body></html>'
    return Reply(text.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


def link(href: str, kind: str = FEED_TYPE) -> str:
    return f'<link rel="alternate" type="{kind}" href="{href}">'


def findings(url: str) -> Findings:
    settings = settings_for()
    return run_loop(lambda: look_over(url, settings, now), settings)


def test_declared_feeds_are_absolute_in_order_and_without_comments() -> None:
    tree = html.document_fromstring(
        '<base href="/ar/">'
        + link("feed/")
        + link("/comments/feed/")
        + link("atom.xml", "application/atom+xml; charset=utf-8")
        + link("/en/", "text/html")
        + link("javascript:x")
        + '<a href="/rss/politics">Politics</a><a href="https://else.org/feed">x</a><a href="/feedback">y</a>'
    )
    assert declared_feeds(tree, "https://news.org/home") == [
        "https://news.org/ar/feed/",
        "https://news.org/ar/atom.xml",
        "https://news.org/rss/politics",
    ]


def test_usual_feeds_are_beside_the_page_and_at_the_root() -> None:
    urls = usual_feeds("https://news.org/ar/home")
    assert "https://news.org/ar/feed/" in urls
    assert "https://news.org/feed.xml" in urls
    assert len(urls) == len(set(urls))


def test_site_with_declared_feed_is_found_with_its_sitemaps(site: Site) -> None:
    site.pages["/"] = page(link("/feed"))
    site.pages["/feed"] = rss("/1", "/2")
    site.pages["/robots.txt"] = Reply(f"Sitemap: {site.url}/news.xml\n".encode())
    site.pages["/news.xml"] = Reply(b"<urlset><url><loc>/1</loc><lastmod>2026-11-03T10:00:00Z</lastmod></url></urlset>")
    found = findings(site.url)
    assert (found.title, found.language) == ("The Site", "ar")
    assert [(feed.url, feed.kind, feed.extent and feed.extent.articles, feed.chosen) for feed in found.feeds] == [
        (f"{site.url}/feed", FeedKind.RSS, 2, True),
        (f"{site.url}/news.xml", FeedKind.SITEMAP, 1, True),
    ]
    assert found.feeds[1].extent
    assert found.feeds[1].extent.newest
    assert site.paths == ["/", "/feed", "/news.xml"]


def test_site_without_declaration_is_tried_in_the_usual_places(site: Site) -> None:
    site.pages["/"] = page()
    site.pages["/rss.xml"] = rss("/1")
    found = findings(site.url)
    assert [feed.url for feed in found.feeds if feed.chosen] == [f"{site.url}/rss.xml"]


def test_site_with_two_feeds_of_the_same_articles_chooses_one(site: Site) -> None:
    site.pages["/"] = page(link("/all") + link("/copy") + link("/more") + link("/empty"))
    site.pages |= {"/all": rss("/1", "/2"), "/copy": rss("/2", "/1"), "/more": rss("/2", "/3"), "/empty": rss()}
    chosen = [feed.url.removeprefix(site.url) for feed in findings(site.url).feeds if feed.chosen]
    assert chosen == ["/all", "/more"]


def test_site_that_is_a_feed_itself_is_taken(site: Site) -> None:
    site.pages["/feed"] = rss("/1")
    (feed,) = findings(f"{site.url}/feed").feeds
    assert (feed.url, feed.chosen) == (f"{site.url}/feed", True)


@pytest.mark.parametrize("url", ["ftp://x/", "nonsense", "http://127.0.0.1:{closed}/"])
def test_site_that_cannot_be_had_is_told_in_one_line(url: str) -> None:
    with pytest.raises(CrawlError):
        findings(url.format(closed=closed_port()))


def test_crawl_of_source_without_feeds_finds_and_reads_them(site: Site) -> None:
    site.pages["/"] = page(link("/feed"))
    site.pages |= {"/feed": rss("/1", "/2"), "/1": Reply(b"one"), "/2": Reply(b"two")}
    recorder, run = crawl(Plan(Following(home_url=f"{site.url}/")))
    assert [reading.url for reading in recorder.readings] == [f"{site.url}/feed"]
    assert sorted(visit.requested_url for visit in recorder.visits) == [f"{site.url}/1", f"{site.url}/2"]
    assert site.paths.count("/feed") == 1
    assert (Role.ROBOTS, f"{site.url}/robots.txt") in {(each.role, each.url) for each in recorder.exchanges}
    assert (Role.FEED, f"{site.url}/") in {(each.role, each.url) for each in recorder.exchanges}
    assert (run.feeds_read, run.feeds_failed, run.problems) == (1, 0, [])


def test_crawl_of_source_whose_feeds_cannot_be_found_says_so(site: Site) -> None:
    site.pages["/"] = page()
    _, run = crawl(Plan(Following(home_url=f"{site.url}/")), receiver=Recorder())
    assert run.feeds_failed == 1
    assert run.problems[0].startswith(f"feed {site.url}/: no feed was found there; name the source's feeds")
