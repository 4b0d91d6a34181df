"""All ways of finding, over real HTTP: what is read, in what order, and how far."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from crawler.discovery.recency import recent
from crawler.feed_reader import Following
from crawler.limits import LimitSettings
from crawler.spiders.source import Plan
from storage.records import FeedKind, FeedTarget, Listing, Validators
from tests.loopback import Recorder, Reply, Site, crawl, now, rss, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = timedelta(days=1)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def urlset(*entries: tuple[str, datetime | None]) -> Reply:
    urls = "".join(f"<url><loc>{path}</loc>{lastmod(moment)}</url>" for path, moment in entries)
    return Reply(f'<urlset xmlns="http://wrong.example/ns">{urls}</urlset>'.encode())


def lastmod(moment: datetime | None) -> str:
    return f"<lastmod>{moment.isoformat()}</lastmod>" if moment else ""


def index(*children: tuple[str, datetime | None]) -> Reply:
    named = "".join(f"<sitemap><loc>{path}</loc>{lastmod(moment)}</sitemap>" for path, moment in children)
    return Reply(f"<sitemapindex>{named}</sitemapindex>".encode())


def read(site: Site, *paths: str, **options: Any) -> tuple[Recorder, list[str], list[str]]:
    """A crawl of these lists: what came of it, the paths of lists asked for, and what was left out."""
    limits = LimitSettings(**options.pop("limits", {}))
    feeds = tuple(FeedTarget(f"{site.url}{path}", options.get("kind")) for path in paths)
    known = options.pop("known", ())
    options.pop("kind", None)
    recorder, run = crawl(Plan(Following(feeds, known_feeds=known)), limits=limits, **options)
    articles = {f"{visit.requested_url}".removeprefix(site.url) for visit in recorder.visits}
    return recorder, [path for path in site.paths if path not in articles], run.problems


def listed(recorder: Recorder, site: Site) -> list[str]:
    return [each.url.removeprefix(site.url) for reading in recorder.readings for each in reading.listings]


def test_index_is_read_newest_first_and_only_as_far_as_recent(site: Site) -> None:
    ages = {f"/s{days}.xml": now() - days * DAY for days in range(0, 1000, 2)}
    site.pages["/map.xml"] = index(*ages.items())
    site.pages |= {path: urlset((f"/story-of-the-day-{path[2:-4]}", moment)) for path, moment in ages.items()}
    recorder, paths, problems = read(site, "/map.xml")
    assert paths == ["/map.xml", "/s0.xml", "/s2.xml", "/s4.xml", "/s6.xml"]
    assert listed(recorder, site) == [f"/story-of-the-day-{days}" for days in (0, 2, 4, 6)]
    assert problems == []


def test_sitemap_of_an_index_that_says_it_is_unchanged_is_not_asked_for(site: Site) -> None:
    changed = {path: now() - DAY for path in ("/a.xml", "/b.xml")}
    site.pages["/map.xml"] = index(*changed.items())
    site.pages |= {path: urlset(("/a-story-of-the-day", moment)) for path, moment in changed.items()}
    known = tuple(
        FeedTarget(
            f"{site.url}{path}",
            FeedKind.SITEMAP,
            parent_modified_raw=raw,
            read_in_full_at=now() - DAY / 2,
        )
        for path, raw in (("/a.xml", changed["/a.xml"].isoformat()), ("/b.xml", "2026-01-01"))
    )
    _, paths, _ = read(site, "/map.xml", known=known)
    assert paths == ["/map.xml", "/b.xml"]


def test_index_that_names_itself_and_its_parents_ends(site: Site) -> None:
    site.pages["/map.xml"] = index(("/nested.xml", None), ("/map.xml", None))
    site.pages["/nested.xml"] = index(("/map.xml", None), ("/nested.xml", None), ("/posts.xml", None))
    site.pages["/posts.xml"] = urlset(("/a-story-of-the-day", now()))
    recorder, paths, _ = read(site, "/map.xml")
    assert sorted(paths) == ["/map.xml", "/nested.xml", "/posts.xml"]
    assert listed(recorder, site) == ["/a-story-of-the-day"]


def test_index_without_end_costs_no_more_than_its_share(site: Site) -> None:
    site.pages["/map.xml"] = index(*((f"/s{number}.xml", now()) for number in range(200)))
    site.pages |= {f"/s{number}.xml": urlset((f"/story-of-the-day-{number}", now())) for number in range(200)}
    _, paths, problems = read(site, "/map.xml", limits={"sitemaps": 7})
    assert len(paths) == 1 + 7
    assert problems == [f"feed {site.url}/map.xml: 193 URLs left out, over limits.sitemaps = 7"]


def test_undated_index_is_given_up_where_nothing_tells_its_age(site: Site) -> None:
    site.pages["/map.xml"] = index(*((f"/s{number}.xml", None) for number in range(40)))
    site.pages |= {f"/s{number}.xml": urlset((f"/story-of-the-day-{number}", None)) for number in range(40)}
    _, paths, _ = read(site, "/map.xml")
    assert paths == ["/map.xml", "/s39.xml", "/s38.xml", "/s37.xml"]


def test_sitemap_lists_what_is_recent(site: Site) -> None:
    entries = [("/a-story-of-long-ago", now() - 90 * DAY), ("/a-story-of-the-day", now()), ("/tag/harbour", now())]
    site.pages["/map.xml"] = urlset(*entries, ("/1999/12/a-story", None), ("/a-story-without-a-date", None))
    recorder, _, _ = read(site, "/map.xml")
    assert listed(recorder, site) == ["/a-story-of-the-day", "/a-story-without-a-date"]


def test_of_many_undated_entries_the_newest_are_recent() -> None:
    numbered = [Listing(f"https://a.example/news/{number}") for number in range(10_000, 12_500)]
    assert recent(numbered[::-1], now()) == numbered[1500:][::-1]
    named = [Listing(f"https://a.example/{'x' * number}") for number in range(1, 2001)]
    assert recent(named, now()) == [*named[:500], *named[-500:]]


def test_sitemap_dates_of_change_are_no_dates_of_publication(site: Site) -> None:
    site.pages["/map.xml"] = urlset(("/a-story-of-the-day", now()))
    recorder, _, _ = read(site, "/map.xml")
    (listing,) = recorder.readings[0].listings
    assert (listing.published_raw, listing.published_at) == ("", None)
    assert listing.modified_at
    assert listing.modified_at <= now()


def test_text_sitemap_is_read(site: Site) -> None:
    site.pages["/map.txt"] = Reply(f"\ufeff{site.url}/a-story-of-the-day\r\n{site.url}/\r\n".encode())
    recorder, _, _ = read(site, "/map.txt")
    assert (recorder.readings[0].kind, listed(recorder, site)) == (FeedKind.SITEMAP, ["/a-story-of-the-day"])


def page_of(paths: list[str], following: str) -> Reply:
    dated = "".join(
        f"<item><link>{path}</link><pubDate>{now():%a, %d %b %Y %H:%M:%S +0000}</pubDate></item>" for path in paths
    )
    link = f'<atom:link rel="next" href="{following}"/>'
    return Reply(
        f'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>{link}{dated}</channel></rss>'.encode()
    )


def test_paged_feed_is_followed_while_what_comes_is_new(site: Site) -> None:
    site.pages["/feed"] = page_of(["/1", "/2"], "/feed2")
    site.pages["/feed2"] = page_of(["/3", "/4"], "/feed3")
    site.pages["/feed3"] = page_of(["/1", "/2", "/3", "/5"], "/feed4")
    recorder, paths, _ = read(site, "/feed")
    assert paths == ["/feed", "/feed2", "/feed3"]
    assert {reading.url for reading in recorder.readings} == {f"{site.url}/feed"}


def test_paged_feed_that_leads_to_itself_or_never_ends_is_left(site: Site) -> None:
    for number in range(30):
        site.pages[f"/feed{number}"] = page_of([f"/{number}-a", f"/{number}-b"], f"/feed{number + 1}")
    site.pages["/loop"] = page_of(["/x"], "/loop")
    _, paths, _ = read(site, "/feed0", "/loop", limits={"feed_pages": 4})
    assert sorted(paths) == ["/feed0", "/feed1", "/feed2", "/feed3", "/loop"]


@pytest.mark.parametrize(("age", "etag"), [(DAY / 2, '"7"'), (2 * DAY, None)])
def test_feed_is_asked_for_in_full_once_a_day(site: Site, age: timedelta, etag: str | None) -> None:
    site.pages["/feed"] = rss("/1")
    feed = FeedTarget(f"{site.url}/feed", FeedKind.RSS, Validators('"7"'), read_in_full_at=now() - age)
    crawl(Plan(Following((feed,))))
    assert site.sent("/feed").get("if-none-match") == etag


def test_wordpress_asks_for_addresses_and_dates_alone_and_keeps_the_site_s_own_day(site: Site) -> None:
    path = "/wp-json/wp/v2/posts"
    site.pages[path] = Reply(
        b'[{"link": "/2026/11/03/vote", "title": {"rendered": "Vote &amp; count"}, "date": "2026-11-04T01:30:00",'
        b'"date_gmt": "2026-11-03T22:30:00", "modified_gmt": "2026-11-05T08:00:00"}]'
    )
    recorder, _, _ = read(site, path)
    (listing,) = recorder.readings[0].listings
    assert (recorder.readings[0].kind, listing.title) == (FeedKind.WORDPRESS, "Vote & count")
    assert listing.published_raw == "2026-11-04T01:30:00"
    assert listing.published_at == datetime(2026, 11, 3, 22, 30, tzinfo=UTC)
    assert listing.modified_at == datetime(2026, 11, 5, 8, tzinfo=UTC)


def test_section_page_is_read_after_the_feeds_and_by_what_they_list(site: Site) -> None:
    site.pages["/feed"] = rss("/z/aa", "/z/bb", "/z/cc")
    links = "".join(f'<div><a href="/{path}">Talks resume now</a></div>' for path in ("z/dd", "y/ee"))
    site.pages["/world"] = Reply(f"<html><body>{links}</body></html>".encode())
    feeds = (FeedTarget(f"{site.url}/world", FeedKind.FRONT_PAGE), FeedTarget(f"{site.url}/feed"))
    recorder, _ = crawl(Plan(Following(feeds)))
    assert site.paths[0] == "/feed"
    assert listed(recorder, site)[3:] == ["/z/dd"]


def test_urls_of_a_path_that_grows_by_itself_are_left_out_and_told(site: Site) -> None:
    deep, repeated = "/" + "/".join("abcdefghijklm"), "/news/old/news/old/news/old/a-story"
    site.pages["/feed"] = rss(deep, repeated, "/2011/11/11/a-story-of-the-day")
    recorder, _, problems = read(site, "/feed")
    assert listed(recorder, site) == ["/2011/11/11/a-story-of-the-day"]
    assert [problem.partition(": ")[2] for problem in problems] == [
        "1 URLs left out, over limits.path_depth = 12",
        "1 URLs left out, over limits.repeated_segments = 2",
    ]


def test_feed_of_too_many_entries_is_read_to_its_limit_and_comes_again_in_full(site: Site) -> None:
    site.pages["/feed"] = rss(*(f"/{number}" for number in range(30)))
    site.pages["/feed"].headers["ETag"] = '"7"'  # type: ignore[union-attr] # a reply
    recorder, _, problems = read(site, "/feed", limits={"feed_entries": 20})
    assert len(listed(recorder, site)) == 20
    assert recorder.readings[0].validators.etag == ""
    assert problems == [f"feed {site.url}/feed: 10 URLs left out, over limits.feed_entries = 20"]


def test_index_comes_again_in_full_since_a_304_would_hide_its_sitemaps(site: Site) -> None:
    site.pages["/map.xml"] = Reply(index(("/posts.xml", None)).body, headers={"ETag": '"7"'})
    site.pages["/posts.xml"] = Reply(urlset(("/a-story-of-the-day", now())).body, headers={"ETag": '"8"'})
    recorder, _, _ = read(site, "/map.xml")
    assert [reading.validators.etag for reading in recorder.readings] == ["", '"8"']


def test_feed_whose_later_page_is_absent_was_read_all_the_same(site: Site) -> None:
    site.pages["/feed"] = page_of(["/1", "/2"], "/feed2")
    recorder, paths, problems = read(site, "/feed")
    assert paths == ["/feed", "/feed2"]
    assert ([reading.problem for reading in recorder.readings], problems) == ([None], [])


def test_sitemap_that_names_other_sites_is_not_followed_there(site: Site) -> None:
    site.pages["/map.xml"] = urlset(("/a-story-of-the-day", now()), ("https://other.example/a-story-of-the-day", now()))
    recorder, _, _ = read(site, "/map.xml")
    assert listed(recorder, site) == ["/a-story-of-the-day"]
